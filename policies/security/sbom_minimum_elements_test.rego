package assurance.sbom.minimum_elements_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.sbom.minimum_elements

metadata := "/evidence/1/predicate/metadata"

changed(path, value) := sample.having(path, value)

test_good if {
	minimum_elements.evaluated with input as sample.good
	count(minimum_elements.findings) == 0 with input as sample.good
}

test_other_forms_are_taken if {
	every tools in [[{"vendor": "x", "name": "y"}], {"components": [{"name": "y"}]}] {
		count(minimum_elements.findings) == 0 with input as changed(sprintf("%s/tools", [metadata]), tools)
	}
	count(minimum_elements.findings) == 0 with input as changed(sprintf("%s/lifecycles", [metadata]), [{"name": "nightly"}])
}

test_no_time_fails if {
	every odd in [null, "", 0, "yesterday", []] {
		document := changed(sprintf("%s/timestamp", [metadata]), odd)
		sample.says(minimum_elements.findings, "FAIL", "no timestamp, which NTIA (2021-07-12) asks for") with input as document
	}
}

anonymous := json.patch(changed("/evidence/1/signer/holder", ""), [{"op": "remove", "path": sprintf("%s/tools", [metadata])}])

test_no_author_fails if {
	sample.says(minimum_elements.findings, "FAIL", "no author, which NTIA") with input as anonymous
}

test_any_author_will_do if {
	every author in [{"authors": [{"email": "a@example.com"}]}, {"supplier": {"name": "A"}}, {"manufacturer": {"name": "A"}}, {"manufacture": {"name": "A"}}] {
		document := json.patch(anonymous, [{"op": "replace", "path": metadata, "value": object.union(author, {"timestamp": "2026-11-23T14:05:00Z"})}])
		sample.statuses(minimum_elements.findings) == {"WARN"} with input as document
	}
}

test_what_the_draft_asks_for_warns if {
	document := json.patch(changed(sprintf("%s/tools", [metadata]), []), [{"op": "remove", "path": sprintf("%s/lifecycles", [metadata])}])
	sample.statuses(minimum_elements.findings) == {"WARN"} with input as document
	sample.says(minimum_elements.findings, "WARN", "no tool name and no generation context (lifecycle), which CISA's draft of 2025-08-22 asks for") with input as document
}

test_nothing_about_itself if {
	document := json.patch(sample.good, [{"op": "remove", "path": metadata}])
	sample.statuses(minimum_elements.findings) == {"FAIL", "WARN"} with input as document
}

test_odd_documents_are_no_pass if {
	not minimum_elements.evaluated with input as sample.having("/evidence", [])
	every odd in [{}, {"bomFormat": "CycloneDX"}, {"bomFormat": "SPDX", "components": []}] {
		not minimum_elements.evaluated with input as sample.having("/evidence/1/predicate", odd)
	}
}
