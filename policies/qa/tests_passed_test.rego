package assurance.tests.passed_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.tests.passed

report(predicate) := {"evidence": [{
	"line": 4,
	"predicate_type": "https://in-toto.io/attestation/test-result/v0.1",
	"predicate": predicate,
}]}

good := {"result": "PASSED", "passedTests": ["a"], "warnedTests": [], "failedTests": []}

statuses(predicate) := {status |
	some finding in passed.findings with input as report(predicate)
	status := finding.status
}

test_passed_passes if {
	passed.evaluated with input as report(good)
	statuses(good) == set()
}

test_a_failed_test_fails if statuses(object.union(good, {"failedTests": ["b"]})) == {"FAIL"}

test_failed_as_a_whole_fails if statuses(object.union(good, {"result": "FAILED"})) == {"FAIL"}

test_no_passed_test_fails if statuses(object.union(good, {"passedTests": []})) == {"FAIL"}

test_flaky_warns if statuses(object.union(good, {"warnedTests": ["c"]})) == {"WARN"}

test_an_unknown_word_is_not_evaluated if {
	not passed.evaluated with input as report(object.union(good, {"result": "OK"}))
}

test_a_run_that_only_says_warned_warns if {
	warned := sample.having("/evidence/3/predicate/result", "WARNED")
	sample.statuses(passed.findings) == {"WARN"} with input as warned
}
