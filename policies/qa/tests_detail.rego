# METADATA
# title: The test run is complete and its totals agree
# description: |-
#   Totals, lists of tests and report files say the same, at least one test ran, and nothing speaks against
#   the run. More than a tenth of skipped tests is a warning.
# custom:
#   severity: high
#   weight: 5
#   blocking: true
#   owner: qa
#   remedy: run the whole suite again, keep its report as it is written, then collect again
#   requires: [tests-detail, tests]
#   max_age: {staging: 7d, production: 1d}
#   controls: [SSDF PW.8.2, OSPS-QA-06.01, CRA 2.3]
package assurance.tests.detail

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

applies := true

counted := ["tests", "passed", "failed", "errors", "skipped", "flaky"]

readable(detail) if {
	every key in counted {
		shape.whole(detail.totals, key) >= 0
	}
	is_array(detail.skippedTests)
	is_array(detail.problems)
	count(shape.list(detail, "files")) > 0
	every file in detail.files {
		shape.text(file, "name")
		shape.sha256(file, "sha256")
		shape.whole(file, "tests") >= 0
	}
}

evaluated if {
	count(evidence.tests_detail) > 0
	count(evidence.tests_detail) == count(evidence.tests)
	every item in evidence.tests_detail {
		readable(item.predicate)
		some run in evidence.tests
		belongs(run.predicate, item.predicate)
	}
	every run in evidence.tests {
		some item in evidence.tests_detail
		belongs(run.predicate, item.predicate)
	}
}

# A run and its detail are about the same report files.
belongs(run, detail) if {
	read := {entry.digest.sha256 | some entry in shape.items(run, "configuration")}
	count(read) > 0
	read == {file.sha256 | some file in shape.items(detail, "files")}
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("%d test runs have %d details; each needs one about the same report files", [
		count(evidence.tests), count(evidence.tests_detail),
	]),
} if {
	count(evidence.tests) != count(evidence.tests_detail)
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("no detail is about the report files of the test run at line %v", [run.line]),
} if {
	some run in evidence.tests
	matching := [item |
		some item in evidence.tests_detail
		belongs(run.predicate, item.predicate)
	]
	count(matching) == 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the test run at line %v has no tests", [item.line]),
	"actual": "0 tests",
	"required": "at least 1",
} if {
	some item in evidence.tests_detail
	item.predicate.totals.tests == 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the totals at line %v do not add up: %d tests, %d in all", [item.line, totals.tests, parts]),
	"actual": sprintf("%d", [parts]),
	"required": sprintf("%d", [totals.tests]),
} if {
	some item in evidence.tests_detail
	readable(item.predicate)
	totals := item.predicate.totals
	parts := (((totals.passed + totals.failed) + totals.errors) + totals.skipped) + totals.flaky
	parts != totals.tests
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the report files at line %v hold %d tests, the totals say %d", [
		item.line, held, item.predicate.totals.tests,
	]),
	"actual": sprintf("%d", [held]),
	"required": sprintf("%d", [item.predicate.totals.tests]),
} if {
	some item in evidence.tests_detail
	readable(item.predicate)
	held := sum([file.tests | some file in item.predicate.files])
	held != item.predicate.totals.tests
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%d tests are listed as %s at line %v, the totals say %d", [listed, name, run.line, said]),
	"actual": sprintf("%d", [listed]),
	"required": sprintf("%d", [said]),
} if {
	some item in evidence.tests_detail
	readable(item.predicate)
	some run in evidence.tests
	belongs(run.predicate, item.predicate)
	totals := item.predicate.totals
	some [name, listed, said] in [
		["passed", count(shape.items(run.predicate, "passedTests")), totals.passed],
		["flaky", count(shape.items(run.predicate, "warnedTests")), totals.flaky],
		["failed", count(shape.items(run.predicate, "failedTests")), totals.failed + totals.errors],
		["skipped", count(item.predicate.skippedTests), totals.skipped],
	]
	listed != said
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%d of %d tests failed", [bad, totals.tests]),
	"actual": sprintf("%d failed", [bad]),
	"required": "0",
} if {
	some item in evidence.tests_detail
	readable(item.predicate)
	totals := item.predicate.totals
	bad := totals.failed + totals.errors
	bad > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the test run at line %v: %v", [item.line, problem]),
} if {
	some item in evidence.tests_detail
	some problem in shape.items(item.predicate, "problems")
}

findings contains {
	"status": "WARN",
	"message": sprintf("%d of %d tests were skipped", [totals.skipped, totals.tests]),
	"actual": sprintf("%d skipped", [totals.skipped]),
	"required": "at most a tenth",
} if {
	some item in evidence.tests_detail
	readable(item.predicate)
	totals := item.predicate.totals
	totals.skipped * 10 > totals.tests
}
