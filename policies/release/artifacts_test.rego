package assurance.release.artifacts_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.release.artifacts

wheel := {"name": "a.whl", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "size": 3, "platform": null}

test_a_wheel_passes if {
	artifacts.evaluated with input as {"release": {"artifacts": [wheel]}}
	count(artifacts.findings) == 0 with input as {"release": {"artifacts": [wheel]}}
}

test_no_artifact_is_missing if {
	some finding in artifacts.findings with input as {"release": {"artifacts": []}}
	finding.status == "MISSING"
}

test_no_list_is_not_evaluated if {
	not artifacts.evaluated with input as {"release": {}}
}

test_an_empty_file_fails if {
	some finding in artifacts.findings with input as {"release": {"artifacts": [object.union(wheel, {"size": 0})]}}
	finding.status == "FAIL"
}

test_a_short_digest_is_not_evaluated if {
	not artifacts.evaluated with input as {"release": {"artifacts": [object.union(wheel, {"sha256": "aa"})]}}
}

test_a_name_twice_fails if {
	some finding in artifacts.findings with input as {"release": {"artifacts": [wheel, wheel]}}
	finding.status == "FAIL"
}

test_a_digest_that_is_none_fails if {
	every odd in [null, "", "abc", 1, [], "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
		document := sample.having("/release/artifacts/0/sha256", odd)
		not artifacts.evaluated with input as document
		sample.says(artifacts.findings, "FAIL", "has no SHA-256") with input as document
	}
}
