package assurance.sbom.graph_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.sbom.graph

entry := "/evidence/5/predicate/documents/0"

test_good if {
	graph.evaluated with input as sample.good
	count(graph.findings) == 0 with input as sample.good
}

test_a_circle_warns if {
	document := sample.having(sprintf("%s/circles", [entry]), [["pkg:pypi/a@1", "pkg:pypi/b@1"]])
	sample.statuses(graph.findings) == {"WARN"} with input as document
	sample.says(graph.findings, "WARN", "in a circle: pkg:pypi/a@1 → pkg:pypi/b@1") with input as document
}

test_what_nothing_leads_to_warns if {
	document := sample.having(sprintf("%s/unreachable", [entry]), ["pkg:pypi/a@1"])
	sample.statuses(graph.findings) == {"WARN"} with input as document
	sample.says(graph.findings, "WARN", "leads to 1 packages: pkg:pypi/a@1") with input as document
}

test_an_unknown_graph_is_no_finding if {
	document := sample.having(sprintf("%s/unreachable", [entry]), null)
	graph.evaluated with input as document
	count(graph.findings) == 0 with input as document
}

test_two_versions_warn if {
	document := sample.having(sprintf("%s/versions", [entry]), [{"name": "a", "versions": ["1", "2"]}])
	sample.statuses(graph.findings) == {"WARN"} with input as document
	sample.says(graph.findings, "WARN", "more than one version: a 1, 2") with input as document
}

test_the_same_twice_fails if {
	document := sample.having(sprintf("%s/repeated", [entry]), ["a@1"])
	sample.statuses(graph.findings) == {"FAIL"} with input as document
	sample.says(graph.findings, "FAIL", "listed twice: a@1") with input as document
}

test_analyses_of_something_else_decide_nothing if {
	others := [
		sample.having(sprintf("%s/packages", [entry]), 2),
		sample.having(sprintf("%s/packages", [entry]), "3"),
		sample.having(sprintf("%s/id", [entry]), "urn:uuid:1"),
		sample.having("/evidence/5/predicate/documents", []),
		sample.having("/evidence/1/predicate/serialNumber", "urn:uuid:2"),
		sample.having("/evidence/-", {"line": 9, "predicate_type": "https://cyclonedx.org/bom", "predicate": {"bomFormat": "CycloneDX", "components": []}}),
	]
	every document in others {
		not graph.evaluated with input as document
		sample.says(graph.findings, "INDETERMINATE", "not about the SBOMs in this bundle") with input as document
	}
}

test_what_an_sbom_says_of_itself_does_not_count if {
	claims := [{"name": "release-assurance:circles", "value": "0"}]
	document := json.patch(sample.having("/evidence/1/predicate/properties", claims), [{"op": "remove", "path": "/evidence/5"}])
	not graph.evaluated with input as document
}

test_odd_values_are_no_pass if {
	every key in ["circles", "versions", "repeated"] {
		every odd in [null, "", 0, {}] {
			not graph.evaluated with input as sample.having(sprintf("%s/%s", [entry, key]), odd)
		}
	}
	not graph.evaluated with input as sample.having(sprintf("%s/unreachable", [entry]), 0)
	not graph.evaluated with input as sample.lacking(sprintf("%s/unreachable", [entry]))
	not graph.evaluated with input as sample.having("/evidence", [])
	not graph.evaluated with input as sample.having("/evidence/1/predicate", {})
	not graph.evaluated with input as sample.having("/evidence/5/predicate", {})
}
