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
