package assurance.release.version_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.release.version

demand := {"release": {"previous": {"required": true}}}

# The last release was this version, as the file of `digest`.
released_as(digest) := json.patch(sample.good, [
	{"op": "replace", "path": "/previous/release/version", "value": sample.good.release.version},
	{"op": "replace", "path": "/previous/release/artifacts/0/sha256", "value": digest},
])

same := sample.good.release.artifacts[0].sha256

other := "9999999999999999999999999999999999999999999999999999999999999999"

passes(document) if {
	version.applies == true with input as document
	version.evaluated with input as document
	count(version.findings) == 0 with input as document
}

test_another_version_passes if passes(sample.good)

test_the_same_files_pass if passes(released_as(same))

test_other_files_fail if {
	document := released_as(other)
	version.evaluated with input as document
	sample.says(version.findings, "FAIL", "inkwell-0.3.0-py3-none-any.whl is none of the files that were released as 0.3.0") with input as document
	sample.says(version.findings, "FAIL", "was released as 0.3.0, and is not among the artifacts now") with input as document
}

test_a_file_more_fails if {
	artifact := {"name": "extra.whl", "sha256": other, "size": 1, "platform": null}
	document := json.patch(released_as(same), [{"op": "add", "path": "/release/artifacts/-", "value": artifact}])
	sample.says(version.findings, "FAIL", "extra.whl is none of the files") with input as document
	count(version.findings) == 1 with input as document
}

test_a_file_less_fails if {
	artifact := {"name": "extra.whl", "sha256": other, "size": 1, "platform": null}
	document := json.patch(released_as(same), [{"op": "add", "path": "/previous/release/artifacts/-", "value": artifact}])
	sample.says(version.findings, "FAIL", "extra.whl was released as 0.3.0, and is not among") with input as document
	count(version.findings) == 1 with input as document
}

test_a_file_of_another_name_is_the_same_file if {
	passes(json.patch(released_as(same), [{"op": "replace", "path": "/release/artifacts/0/name", "value": "renamed.whl"}]))
}

test_what_was_no_go_never_went_out if {
	every verdict in ["NO-GO", "INDETERMINATE"] {
		passes(json.patch(released_as(other), [{"op": "replace", "path": "/previous/verdict", "value": verdict}]))
	}
}

test_a_no_go_between_does_not_hide_the_release if {
	past := {"version": "0.3.0", "verdict": "GO", "grade": 80, "decided_at": "2026-10-01T08:00:00Z"}
	document := json.patch(released_as(other), [
		{"op": "replace", "path": "/previous/verdict", "value": "NO-GO"},
		{"op": "replace", "path": "/previous/history", "value": [past]},
	])
	version.evaluated with input as document
	sample.statuses(version.findings) == {"INDETERMINATE"} with input as document
	sample.says(version.findings, "INDETERMINATE", "which files it had is not known here") with input as document
	passes(json.patch(document, [{"op": "replace", "path": "/previous/history/0/verdict", "value": "NO-GO"}]))
	passes(json.patch(document, [{"op": "replace", "path": "/previous/history/0/version", "value": "0.1.0"}]))
}

test_a_version_of_long_ago_is_not_known if {
	past := {"version": "0.3.0", "verdict": "GO", "grade": 80, "decided_at": "2026-10-01T08:00:00Z"}
	document := sample.having("/previous/history", [past])
	sample.statuses(version.findings) == {"INDETERMINATE"} with input as document
}

test_the_first_release_does_not_apply if {
	document := sample.having("/previous", null)
	contains(version.applies.reason, "no last release was named") with input as document
}

test_one_that_is_demanded_is_missing if {
	document := sample.having("/previous", null)
	version.applies == true with input as document with data.release.previous as demand.release.previous
	version.evaluated with input as document with data.release.previous as demand.release.previous
	sample.says(version.findings, "MISSING", "the policy data demands one") with input as document with data.release.previous as demand.release.previous
}

test_one_that_cannot_be_read_is_not_evaluated if {
	every odd in ["x", 1, [], {}, false] {
		document := sample.having("/previous", odd)
		version.applies == true with input as document
		not version.evaluated with input as document
	}
	version.applies == true with input as sample.lacking("/previous")
	not version.evaluated with input as sample.lacking("/previous")
}

test_no_part_of_it_may_be_odd if {
	every path in [
		"/previous/release/name",
		"/previous/release/version",
		"/previous/release/artifacts",
		"/previous/release/artifacts/0/name",
		"/previous/release/artifacts/0/sha256",
		"/previous/verdict",
		"/previous/history",
		"/previous/history/0/version",
		"/previous/history/0/verdict",
		"/release/name",
		"/release/version",
		"/release/artifacts",
		"/release/artifacts/0/name",
		"/release/artifacts/0/sha256",
	] {
		every odd in [null, "", 1, {}] {
			not version.evaluated with input as sample.having(path, odd)
		}
		not version.evaluated with input as sample.lacking(path)
	}
}

test_odd_data_decides_nothing if {
	every odd in [null, [], "x", 1, {"required": "yes"}, {"require": true}] {
		version.applies == true with data.release.previous as odd with input as sample.good
		not version.evaluated with data.release.previous as odd with input as sample.good
		sample.says(version.findings, "INDETERMINATE", "the policy data `release.previous` is none") with data.release.previous as odd with input as sample.good
	}
}
