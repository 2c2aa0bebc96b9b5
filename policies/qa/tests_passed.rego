# METADATA
# title: Every test passed
# description: |-
#   Each test run says PASSED, at least one test passed and none failed. Flaky tests are a warning.
# custom:
#   severity: high
#   weight: 10
#   blocking: true
#   owner: qa
#   remedy: repair the tests that failed, run the suite again, then collect again
#   requires: [tests]
#   max_age: {staging: 7d, production: 1d}
#   controls: [SSDF PW.8.2, OSPS-QA-06.01, CRA 2.3]
package assurance.tests.passed

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

applies := true

evaluated if {
	count(evidence.tests) > 0
	every item in evidence.tests {
		item.predicate.result in {"PASSED", "WARNED", "FAILED"}
		every key in ["passedTests", "warnedTests", "failedTests"] {
			every name in shape.list(item.predicate, key) {
				is_string(name)
			}
		}
	}
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%d tests failed: %s", [count(failed), shape.some_of(sort(failed))]),
	"actual": sprintf("%d failed", [count(failed)]),
	"required": "0",
} if {
	failed := [name |
		some item in evidence.tests
		some name in shape.items(item.predicate, "failedTests")
	]
	count(failed) > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the test run at line %v says %v", [item.line, item.predicate.result]),
	"actual": sprintf("%v", [item.predicate.result]),
	"required": "PASSED",
} if {
	some item in evidence.tests
	not item.predicate.result in {"PASSED", "WARNED"}
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the test run at line %v has no test that passed", [item.line]),
	"actual": "0 passed",
	"required": "at least 1",
} if {
	some item in evidence.tests
	item.predicate.passedTests == []
}

findings contains {
	"status": "WARN",
	"message": sprintf("%d tests passed only at a later try: %s", [count(flaky), shape.some_of(sort(flaky))]),
	"actual": sprintf("%d flaky", [count(flaky)]),
	"required": "0",
} if {
	flaky := [name |
		some item in evidence.tests
		some name in shape.items(item.predicate, "warnedTests")
	]
	count(flaky) > 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("the test run at line %v says WARNED", [item.line]),
	"actual": "WARNED",
	"required": "PASSED",
} if {
	some item in evidence.tests
	item.predicate.result == "WARNED"
}
