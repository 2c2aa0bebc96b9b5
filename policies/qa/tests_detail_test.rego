package assurance.tests.detail_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.tests.detail

run := "/evidence/3/predicate"

told := "/evidence/4/predicate"

fails(document) if {
	"FAIL" in sample.statuses(detail.findings) with input as document
}

test_good if {
	detail.evaluated with input as sample.good
	count(detail.findings) == 0 with input as sample.good
}

test_totals_that_do_not_agree if {
	every key in ["tests", "passed", "failed", "errors", "skipped", "flaky"] {
		fails(sample.having(sprintf("%s/totals/%s", [told, key]), 7))
	}
	fails(sample.having(sprintf("%s/files/0/tests", [told]), 12))
	fails(sample.having(sprintf("%s/passedTests/-", [run]), "t::test_new"))
	fails(sample.having(sprintf("%s/failedTests/-", [run]), "t::test_bad"))
	fails(sample.having(sprintf("%s/warnedTests/-", [run]), "t::test_flaky"))
	fails(sample.having(sprintf("%s/skippedTests/-", [told]), "t::test_other"))
}

test_no_tests if {
	document := json.patch(sample.good, [
		{"op": "replace", "path": sprintf("%s/totals", [told]), "value": {"tests": 0, "passed": 0, "failed": 0, "errors": 0, "skipped": 0, "flaky": 0}},
		{"op": "replace", "path": sprintf("%s/files/0/tests", [told]), "value": 0},
		{"op": "replace", "path": sprintf("%s/skippedTests", [told]), "value": []},
		{"op": "replace", "path": sprintf("%s/passedTests", [run]), "value": []},
	])
	fails(document)
}

test_problems_fail if {
	fails(sample.having(sprintf("%s/problems/-", [told]), "the report was cut"))
}

test_many_skipped_warn if {
	document := json.patch(sample.good, [
		{"op": "replace", "path": sprintf("%s/totals/skipped", [told]), "value": 2},
		{"op": "replace", "path": sprintf("%s/totals/tests", [told]), "value": 12},
		{"op": "replace", "path": sprintf("%s/files/0/tests", [told]), "value": 12},
		{"op": "add", "path": sprintf("%s/skippedTests/-", [told]), "value": "t::test_two"},
	])
	sample.statuses(detail.findings) == {"WARN"} with input as document
}

test_a_run_without_its_detail if {
	not detail.evaluated with input as sample.lacking("/evidence/4")
	not detail.evaluated with input as sample.lacking("/evidence/3")
	other := sample.having(sprintf("%s/files/0/sha256", [told]), "0000000000000000000000000000000000000000000000000000000000000000")
	not detail.evaluated with input as other
	"INDETERMINATE" in sample.statuses(detail.findings) with input as other
}

test_odd_content_is_no_pass if {
	every path in ["totals", "totals/tests", "totals/passed", "files", "files/0", "files/0/tests", "files/0/sha256", "skippedTests", "problems"] {
		not detail.evaluated with input as sample.lacking(sprintf("%s/%s", [told, path]))
		every odd in [null, "3", -1, 1.5, true, {}] {
			not detail.evaluated with input as sample.having(sprintf("%s/%s", [told, path]), odd)
		}
	}
}

test_each_reason_is_given if {
	wrong := sample.having(sprintf("%s/totals/errors", [told]), 1)
	sample.says(detail.findings, "FAIL", "do not add up: 11 tests, 12 in all") with input as wrong
	sample.says(detail.findings, "FAIL", "1 of 11 tests failed") with input as wrong
	alone := sample.lacking("/evidence/4")
	sample.says(detail.findings, "INDETERMINATE", "1 test runs have 0 details") with input as alone
}
