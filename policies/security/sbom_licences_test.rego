package assurance.sbom.licences_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.sbom.licences

bom := "/evidence/1/predicate"

test_good if {
	licences.evaluated with input as sample.good
	count(licences.findings) == 0 with input as sample.good
}

test_a_lack_is_found if {
	document := sample.lacking(sprintf("%s/components/1/licenses", [bom]))
	sample.statuses(licences.findings) == {"WARN"} with input as document
	some finding in licences.findings with input as document
	contains(finding.message, "1 of 3 components")
	contains(finding.message, "pkg:pypi/h11@0.16.0")
}

test_odd_values_are_lacks if {
	every odd in [null, "", "x", 0, [], {}, [1], [{}], [{"name": ""}]] {
		document := sample.having(sprintf("%s/components/1/licenses", [bom]), odd)
		"WARN" in sample.statuses(licences.findings) with input as document
	}
}

test_a_nested_component_counts if {
	nested := [{"type": "library", "name": "inner", "version": "1.0"}]
	document := sample.having(sprintf("%s/components/0/components", [bom]), nested)
	"WARN" in sample.statuses(licences.findings) with input as document
}

test_a_file_with_a_purl_counts if {
	document := sample.having(sprintf("%s/components/-", [bom]), {"type": "file", "purl": "pkg:pypi/hidden@1.0"})
	"WARN" in sample.statuses(licences.findings) with input as document
}

test_no_component_warns if {
	document := sample.having(sprintf("%s/components", [bom]), [])
	sample.statuses(licences.findings) == {"WARN"} with input as document
}

test_odd_documents_are_no_pass if {
	every odd in [{}, {"bomFormat": "CycloneDX"}, {"bomFormat": "CycloneDX", "components": "x"}] {
		not licences.evaluated with input as sample.having(bom, odd)
	}
	not licences.evaluated with input as sample.having("/evidence", [])
}

# The good input, with these entries as the licences of its first component.
licensed(entries) := sample.having(sprintf("%s/components/0/licenses", [bom]), entries)

# The same, with an expression that the collector took apart.
expressed(alternatives) := json.patch(licensed([{"expression": "E"}]), [{
	"op": "replace", "path": "/evidence/5/predicate/licences",
	"value": [{"expression": "E", "alternatives": alternatives}],
}])

term(licence) := {"licence": licence, "exception": null, "known": true}

with_exception(licence, exception) := {"licence": licence, "exception": exception, "known": true}

stranger(licence) := {"licence": licence, "exception": null, "known": false}

test_identifiers_are_judged_by_the_lists if {
	count(licences.findings) == 0 with input as licensed([{"license": {"id": "Apache-2.0"}}])
	denied := licensed([{"license": {"id": "AGPL-3.0-only"}}])
	sample.statuses(licences.findings) == {"FAIL"} with input as denied
	sample.says(licences.findings, "FAIL", "1 of 3 components have a licence that is denied: pkg:pypi/anyio@4.6.0 (AGPL-3.0-only)") with input as denied
	sample.says(licences.findings, "WARN", "somebody has to look at: pkg:pypi/anyio@4.6.0 (GPL-3.0-only)") with input as licensed([{"license": {"id": "GPL-3.0-only"}}])
}

test_names_and_references_are_for_review if {
	every entries in [
		[{"license": {"name": "MIT"}}],
		[{"expression": "LicenseRef-MIT"}],
		[{"expression": "NOASSERTION"}],
		[{"expression": "MIT OR Apache-2.0"}],
		[{"license": {"id": "MIT"}}, {"license": {"name": "and ours"}}],
	] {
		sample.statuses(licences.findings) == {"WARN"} with input as licensed(entries)
	}
}

test_any_branch_of_or_will_do if {
	count(licences.findings) == 0 with input as expressed([[term("AGPL-3.0-only")], [term("MIT")]])
	sample.statuses(licences.findings) == {"WARN"} with input as expressed([[term("AGPL-3.0-only")], [term("GPL-3.0-only")]])
	sample.statuses(licences.findings) == {"FAIL"} with input as expressed([[term("AGPL-3.0-only")], [term("SSPL-1.0")]])
}

test_all_terms_of_and_are_needed if {
	count(licences.findings) == 0 with input as expressed([[term("Apache-2.0"), term("MIT")]])
	sample.statuses(licences.findings) == {"FAIL"} with input as expressed([[term("AGPL-3.0-only"), term("MIT")]])
	sample.statuses(licences.findings) == {"WARN"} with input as expressed([[stranger("LicenseRef-x"), term("MIT")]])
}

test_with_counts_as_a_licence_of_its_own if {
	count(licences.findings) == 0 with input as expressed([[with_exception("Apache-2.0", "LLVM-exception")]])
	sample.statuses(licences.findings) == {"WARN"} with input as expressed([[with_exception("MIT", "LLVM-exception")]])
	sample.statuses(licences.findings) == {"FAIL"} with input as expressed([[with_exception("AGPL-3.0-only", "LLVM-exception")]])
	classpath := expressed([[with_exception("GPL-2.0-only", "Classpath-exception-2.0")]])
	sample.statuses(licences.findings) == {"WARN"} with input as classpath
	count(licences.findings) == 0 with input as classpath with data.security.licences as {"allow": ["MIT", "GPL-2.0-only WITH Classpath-exception-2.0"]}
}

test_what_does_not_parse_is_for_review if {
	every odd in [null, [], "MIT", [[]], [null], {}] {
		sample.statuses(licences.findings) == {"WARN"} with input as expressed(odd)
	}
}

test_two_analyses_that_differ_are_for_review if {
	two := json.patch(expressed([[term("MIT")]]), [{
		"op": "add", "path": "/evidence/5/predicate/licences/-",
		"value": {"expression": "E", "alternatives": [[term("AGPL-3.0-only")]]},
	}])
	sample.statuses(licences.findings) == {"WARN"} with input as two
}

test_an_sbom_cannot_take_its_own_expression_apart if {
	claimed := json.patch(licensed([{"expression": "AGPL-3.0-only AND MIT"}]), [{
		"op": "add", "path": sprintf("%s/properties", [bom]),
		"value": [{"name": "release-assurance:licence", "value": "allow"}],
	}])
	sample.statuses(licences.findings) == {"WARN"} with input as claimed
}

test_the_data_replaces_our_lists if {
	only_mit := {"allow": ["MIT"], "unlisted": "deny"}
	sample.statuses(licences.findings) == {"FAIL"} with input as licensed([{"license": {"id": "Apache-2.0"}}]) with data.security.licences as only_mit
	count(licences.findings) == 0 with input as licensed([{"license": {"id": "MIT"}}]) with data.security.licences as only_mit
	strict := {"status_of_review": "FAIL"}
	sample.statuses(licences.findings) == {"FAIL"} with input as licensed([]) with data.security.licences as strict
	sample.says(licences.findings, "FAIL", "name no licence: pkg:pypi/anyio@4.6.0") with input as licensed([]) with data.security.licences as strict
	looked_at := {"review": ["MIT"]}
	sample.statuses(licences.findings) == {"WARN"} with input as sample.good with data.security.licences as looked_at
	count(licences.findings) == 0 with input as licensed([{"license": {"id": "GPL-3.0-only"}}]) with data.security.licences as {"unlisted": "allow"}
}

test_denied_beats_allowed if {
	both := {"allow": ["MIT"], "deny": ["MIT"]}
	sample.statuses(licences.findings) == {"FAIL"} with input as sample.good with data.security.licences as both
}

test_a_misspelt_policy_decides_nothing if {
	every odd in [
		[], "x", null, {"denny": []}, {"deny": "MIT"}, {"allow": [1]}, {"review": {}},
		{"unlisted": "ignore"}, {"status_of_review": "PASS"}, {"status_of_review": null},
	] {
		not licences.evaluated with input as sample.good with data.security.licences as odd
		sample.says(licences.findings, "INDETERMINATE", "licence policy in the data (security.licences) is wrong") with input as sample.good with data.security.licences as odd
	}
	not licences.evaluated with input as sample.good with data.security.licenses as {"deny": ["MIT"]}
}
