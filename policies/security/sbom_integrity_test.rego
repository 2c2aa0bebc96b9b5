package assurance.sbom.integrity_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.sbom.integrity

bom := "/evidence/1/predicate"

test_good if {
	integrity.evaluated with input as sample.good
	count(integrity.findings) == 0 with input as sample.good
}

test_a_lack_is_found if {
	document := sample.lacking(sprintf("%s/components/1/hashes", [bom]))
	sample.statuses(integrity.findings) == {"FAIL"} with input as document
	some finding in integrity.findings with input as document
	contains(finding.message, "1 of 3 components")
	contains(finding.message, "pkg:pypi/h11@0.16.0")
}

test_odd_values_are_lacks if {
	every odd in [null, "", "x", 0, [], {}, [1], [{}], [{"name": ""}]] {
		document := sample.having(sprintf("%s/components/1/hashes", [bom]), odd)
		"FAIL" in sample.statuses(integrity.findings) with input as document
	}
}

test_a_nested_component_counts if {
	nested := [{"type": "library", "name": "inner", "version": "1.0"}]
	document := sample.having(sprintf("%s/components/0/components", [bom]), nested)
	"FAIL" in sample.statuses(integrity.findings) with input as document
}

test_a_file_with_a_purl_counts if {
	document := sample.having(sprintf("%s/components/-", [bom]), {"type": "file", "purl": "pkg:pypi/hidden@1.0"})
	"FAIL" in sample.statuses(integrity.findings) with input as document
}

test_no_component_warns if {
	document := sample.having(sprintf("%s/components", [bom]), [])
	sample.statuses(integrity.findings) == {"WARN"} with input as document
}

test_odd_documents_are_no_pass if {
	every odd in [{}, {"bomFormat": "CycloneDX"}, {"bomFormat": "CycloneDX", "components": "x"}] {
		not integrity.evaluated with input as sample.having(bom, odd)
	}
	not integrity.evaluated with input as sample.having("/evidence", [])
}

test_weak_hashes_do_not_count if {
	every weak in [{"alg": "MD5", "content": "d41d8cd98f00b204e9800998ecf8427e"}, {"alg": "SHA-256", "content": "abcd"}, {"alg": "SHA-256"}, {"content": "abcd"}] {
		document := sample.having(sprintf("%s/components/0/hashes", [bom]), [weak])
		sample.statuses(integrity.findings) == {"FAIL"} with input as document
	}
}

test_hashed_files_stand_for_their_package if {
	sha := sample.good.evidence[1].predicate.components[0].hashes
	files := json.patch(sample.lacking(sprintf("%s/components/0/hashes", [bom])), [{
		"op": "add", "path": sprintf("%s/components/0/components", [bom]),
		"value": [{"type": "file", "name": "a.py", "hashes": sha}],
	}])
	count(integrity.findings) == 0 with input as files
	one_without := json.patch(files, [{
		"op": "add", "path": sprintf("%s/components/0/components/-", [bom]),
		"value": {"type": "file", "name": "b.py"},
	}])
	sample.statuses(integrity.findings) == {"FAIL"} with input as one_without
}

test_development_warns if {
	document := json.patch(sample.lacking(sprintf("%s/components/1/hashes", [bom])), [{"op": "replace", "path": "/environment", "value": "development"}])
	sample.statuses(integrity.findings) == {"WARN"} with input as document
}

test_what_cannot_be_read_fails if {
	sample.says(integrity.findings, "FAIL", "cannot be read as CycloneDX") with input as sample.having(bom, {})
}
