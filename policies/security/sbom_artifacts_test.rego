package assurance.sbom.artifacts_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.sbom.artifacts

other := "2222222222222222222222222222222222222222222222222222222222222222"

missing(document, part) if {
	sample.says(artifacts.findings, "MISSING", part) with input as document
}

test_good if {
	artifacts.evaluated with input as sample.good
	count(artifacts.findings) == 0 with input as sample.good
}

test_an_artifact_that_only_one_of_them_names if {
	missing(sample.having("/evidence/1/subject/0/digest/sha256", other), "py3-none-any.whl is no subject of an SBOM")
	missing(sample.having("/evidence/2/subject", []), "py3-none-any.whl is no subject of a vulnerability scan")
	missing(sample.having("/release/artifacts/-", {"name": "b.whl", "sha256": other}), "b.whl is no subject of an SBOM")
}

test_two_documents_may_share_the_work if {
	second := {"name": "b.whl", "sha256": other}
	part := {"name": "b.whl", "digest": {"sha256": other}, "uri": null}
	document := json.patch(sample.good, [
		{"op": "add", "path": "/release/artifacts/-", "value": second},
		{"op": "add", "path": "/evidence/-", "value": object.union(sample.good.evidence[1], {"subject": [part]})},
		{"op": "add", "path": "/evidence/-", "value": object.union(sample.good.evidence[2], {"subject": [part]})},
	])
	artifacts.evaluated with input as document
	count(artifacts.findings) == 0 with input as document
}

test_odd_documents_are_no_pass if {
	not artifacts.evaluated with input as sample.having("/release/artifacts", [])
	not artifacts.evaluated with input as sample.having("/release/artifacts/0/sha256", "aa")
	not artifacts.evaluated with input as sample.lacking("/release/artifacts/0/name")
	not artifacts.evaluated with input as sample.lacking("/evidence/1")
	not artifacts.evaluated with input as sample.lacking("/evidence/2")
	not artifacts.evaluated with input as sample.having("/evidence/1/predicate", {})
	not artifacts.evaluated with input as sample.having("/evidence/2/predicate", {})
	every odd in [null, {}, "x", [null], [{"digest": null}]] {
		missing(sample.having("/evidence/1/subject", odd), "is no subject of an SBOM")
	}
}
