package assurance.release.revision_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.release.revision

commit := "8f3c1d2a908f3c1d2a908f3c1d2a908f3c1d2a90"

test_a_commit_passes if {
	count(revision.findings) == 0 with input as {"environment": "production", "release": {"revision": commit}}
}

test_no_commit_fails_in_production if {
	some finding in revision.findings with input as {"environment": "production", "release": {"revision": null}}
	finding.status == "FAIL"
}

test_no_commit_warns_in_development if {
	some finding in revision.findings with input as {"environment": "development", "release": {"revision": null}}
	finding.status == "WARN"
}

test_a_tag_is_no_commit if {
	some finding in revision.findings with input as {"environment": "production", "release": {"revision": "v1.2.0"}}
	finding.status == "FAIL"
}

test_no_release_is_no_pass if {
	every odd in [null, [], "x", 1] {
		not revision.evaluated with input as sample.having("/release", odd)
	}
	not revision.evaluated with input as sample.lacking("/release")
}
