package assurance.sbom.complete_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.sbom.complete

bom := "/evidence/1/predicate"

test_good if {
	complete.evaluated with input as sample.good
	count(complete.findings) == 0 with input as sample.good
}

test_no_component_is_no_pass if {
	document := sample.having(sprintf("%s/components", [bom]), [])
	not complete.evaluated with input as document
	"FAIL" in sample.statuses(complete.findings) with input as document
}

test_no_component_because_there_is_none_warns if {
	root := sample.good.evidence[1].predicate.metadata.component["bom-ref"]
	document := json.patch(sample.good, [
		{"op": "replace", "path": sprintf("%s/components", [bom]), "value": []},
		{"op": "replace", "path": sprintf("%s/dependencies", [bom]), "value": [{"ref": root, "dependsOn": []}]},
		{"op": "replace", "path": sprintf("%s/compositions", [bom]), "value": [{"aggregate": "complete", "dependencies": [root]}]},
	])
	complete.evaluated with input as document
	sample.statuses(complete.findings) == {"WARN"} with input as document
}

test_each_lack_fails if {
	every lost in ["name", "version", "purl", "bom-ref"] {
		document := sample.lacking(sprintf("%s/components/0/%s", [bom, lost]))
		"FAIL" in sample.statuses(complete.findings) with input as document
	}
}

test_an_entry_less_in_the_graph_fails if {
	every at in [0, 1, 2, 3] {
		document := sample.lacking(sprintf("%s/dependencies/%d", [bom, at]))
		moved := json.patch(document, [{"op": "remove", "path": sprintf("%s/compositions", [bom])}])
		"FAIL" in sample.statuses(complete.findings) with input as moved
	}
}

test_declared_unknown_warns if {
	document := json.patch(sample.good, [
		{"op": "remove", "path": sprintf("%s/dependencies/3", [bom])},
		{"op": "add", "path": sprintf("%s/compositions/-", [bom]), "value": {"aggregate": "unknown", "dependencies": ["pkg:pypi/idna@3.10"]}},
	])
	complete.evaluated with input as document
	sample.statuses(complete.findings) == {"WARN"} with input as document
}

test_a_dependency_that_is_not_named_fails if {
	every odd in ["pkg:pypi/ghost@1.0", 1, null, {}] {
		document := sample.having(sprintf("%s/dependencies/1/dependsOn/-", [bom]), odd)
		"FAIL" in sample.statuses(complete.findings) with input as document
	}
}

test_no_root_fails if {
	document := sample.lacking(sprintf("%s/metadata/component", [bom]))
	"FAIL" in sample.statuses(complete.findings) with input as document
}

test_too_deep_is_no_pass if {
	deep := {"type": "library", "components": [{"type": "library", "components": [{"type": "library", "components": [{"type": "library"}]}]}]}
	document := sample.having(sprintf("%s/components/-", [bom]), deep)
	not complete.evaluated with input as document
}

test_odd_documents_are_no_pass if {
	every odd in [{}, {"bomFormat": "CycloneDX"}, {"bomFormat": "CycloneDX", "components": "x"}, {"bomFormat": "SPDX", "components": []}, {"bomFormat": "CycloneDX", "components": [1]}] {
		document := sample.having(bom, odd)
		not complete.evaluated with input as document
	}
	not complete.evaluated with input as sample.having("/evidence", [])
}

test_the_worst_of_two_counts if {
	document := sample.having("/evidence/-", {"line": 9, "predicate_type": "https://cyclonedx.org/bom", "predicate": {"bomFormat": "CycloneDX", "components": []}})
	not complete.evaluated with input as document
}

test_each_reason_is_given if {
	empty := sample.having(sprintf("%s/components", [bom]), [])
	sample.says(complete.findings, "FAIL", "names no component") with input as empty
	deep := {"type": "library", "components": [{"type": "library", "components": [{"type": "library", "components": [{"type": "library"}]}]}]}
	sample.says(complete.findings, "FAIL", "deeper than three levels") with input as sample.having(sprintf("%s/components/-", [bom]), deep)
	sample.says(complete.findings, "FAIL", "does not name the release") with input as sample.lacking(sprintf("%s/metadata/component", [bom]))
	sample.says(complete.findings, "FAIL", "1 components that the dependency graph cannot name") with input as sample.lacking(sprintf("%s/components/0/bom-ref", [bom]))
}
