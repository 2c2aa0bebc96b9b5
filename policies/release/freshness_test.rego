package assurance.release.freshness_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.release.freshness

# The good input with evidence of a plugin's own kind, so many seconds old.
foreign(age) := sample.having("/evidence/-", object.union(sample.good.evidence[1], {
	"line": 7, "predicate_type": "https://acme.example/changelog/v1", "age_seconds": age,
}))

passes(document) if {
	freshness.evaluated with input as document
	count(freshness.findings) == 0 with input as document
}

test_good if passes(sample.good)

test_the_limit_is_fresh_and_a_second_more_is_not if {
	passes(foreign(90 * 86400))
	passes(foreign(-300))
	sample.says(freshness.findings, "STALE", "line 7 (https://acme.example/changelog/v1) is too old for production") with input as foreign((90 * 86400) + 1)
	sample.says(freshness.findings, "INDETERMINATE", "line 7 (https://acme.example/changelog/v1) is dated in the future") with input as foreign(-301)
}

test_the_environment_sets_the_limit if {
	staging := json.patch(foreign(91 * 86400), [{"op": "add", "path": "/environment", "value": "staging"}])
	passes(staging)
	old := json.patch(foreign(181 * 86400), [{"op": "add", "path": "/environment", "value": "staging"}])
	sample.statuses(freshness.findings) == {"STALE"} with input as old
	development := json.patch(foreign(9999 * 86400), [{"op": "add", "path": "/environment", "value": "development"}])
	passes(development)
}

test_an_environment_that_is_not_foreseen_has_the_shortest_limit if {
	prod := json.patch(foreign((90 * 86400) + 1), [{"op": "add", "path": "/environment", "value": "prod"}])
	sample.says(freshness.findings, "STALE", "is too old for prod") with input as prod
	fresh := json.patch(foreign(90 * 86400), [{"op": "add", "path": "/environment", "value": "prod"}])
	passes(fresh)
}

test_no_time_is_stale if {
	every odd in [null, "7", [], {}, true] {
		sample.says(freshness.findings, "STALE", "does not say from when it is") with input as foreign(odd)
	}
}

test_what_people_sign_has_no_age if {
	every kind in ["waiver", "sign-off", "policy-set", "freeze"] {
		document := json.patch(foreign(null), [{"op": "add", "path": "/evidence/7/predicate_type", "value": sprintf("https://w3id.org/release-assurance/%s/v1", [kind])}])
		passes(document)
	}
}

test_odd_evidence_is_no_pass if {
	not freshness.evaluated with input as sample.having("/evidence", [])
	not freshness.evaluated with input as sample.having("/evidence/1/predicate_type", null)
	not freshness.evaluated with input as sample.having("/evidence/1/line", "x")
}
