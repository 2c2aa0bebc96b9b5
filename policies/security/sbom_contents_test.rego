package assurance.sbom.contents_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.sbom.contents

detail := "/evidence/5/predicate"

drift(differences) := sample.having(sprintf("%s/drift", [detail]), {
	"environment": ".venv", "compared": 3, "differences": differences, "unproven": 3, "ignored": [],
})

installed(problems, unrecorded) := sample.having(sprintf("%s/installed", [detail]), {
	"packages": 3, "files": 9, "compared": "sizes", "problems": problems, "unrecorded": unrecorded,
})

test_good if {
	contents.evaluated with input as sample.good
	contents.applies == true with input as sample.good
	count(contents.findings) == 0 with input as sample.good
	contents.evaluated with input as drift([])
	count(contents.findings) == 0 with input as drift([])
	count(contents.findings) == 0 with input as installed([], [])
}

test_an_archive_with_a_problem_fails if {
	document := sample.having(sprintf("%s/archives/0/problems", [detail]), ["a.py differs"])
	sample.statuses(contents.findings) == {"FAIL"} with input as document
	sample.says(contents.findings, "FAIL", "inkwell-0.3.0-py3-none-any.whl is not what it says it is: a.py differs") with input as document
}

test_an_archive_that_nobody_saw_decides_nothing if {
	others := [
		sample.having(sprintf("%s/archives", [detail]), []),
		sample.having(sprintf("%s/archives/0/sha256", [detail]), "00"),
		sample.having(sprintf("%s/archives/0/kind", [detail]), "pass"),
		sample.having(sprintf("%s/archives/0/problems", [detail]), null),
		sample.having("/release/artifacts/-", {"name": "a-1.tar.gz", "sha256": "22", "size": 1, "platform": null}),
	]
	every document in others {
		not contents.evaluated with input as document
		sample.says(contents.findings, "INDETERMINATE", "were not looked into") with input as document
	}
}

test_a_changed_file_fails if {
	document := installed(["h11 0.16.0: h11/_state.py is gone"], [])
	sample.statuses(contents.findings) == {"FAIL"} with input as document
	sample.says(contents.findings, "FAIL", "1 installed files are gone or are not what RECORD says: h11 0.16.0") with input as document
}

test_a_package_without_record_warns if {
	document := installed([], ["h11 0.16.0"])
	sample.statuses(contents.findings) == {"WARN"} with input as document
	sample.says(contents.findings, "WARN", "have no RECORD to compare with: h11") with input as document
}

test_each_difference_fails if {
	said := {
		"not-installed": "are locked and not installed: h11",
		"not-locked": "are installed and not locked: h11",
		"version": "are installed in another version than locked: h11",
		"hash": "are installed from an archive whose hash is not locked: h11",
	}
	every kind, text in said {
		document := drift([{"kind": kind, "package": "h11", "locked": ["0.16.0"], "installed": "0.15.0"}])
		sample.statuses(contents.findings) == {"FAIL"} with input as document
		sample.says(contents.findings, "FAIL", text) with input as document
	}
}

test_an_unknown_difference_decides_nothing if {
	every odd in [{}, {"kind": "new"}, {"kind": null}] {
		document := drift([odd])
		sample.says(contents.findings, "INDETERMINATE", "in a way that is not known") with input as document
	}
}

test_nothing_to_look_at_does_not_apply if {
	document := json.patch(sample.good, [
		{"op": "replace", "path": "/release/artifacts/0/name", "value": "inkwell.bin"},
		{"op": "replace", "path": sprintf("%s/archives", [detail]), "value": []},
	])
	contents.applies.reason with input as document
	not contents.evaluated with input as document
}

test_odd_documents_are_no_pass if {
	not contents.evaluated with input as sample.having("/evidence", [])
	not contents.evaluated with input as sample.having(detail, {})
	every key in ["drift", "installed"] {
		every odd in ["", 0, [], {}] {
			not contents.evaluated with input as sample.having(sprintf("%s/%s", [detail, key]), odd)
		}
	}
}
