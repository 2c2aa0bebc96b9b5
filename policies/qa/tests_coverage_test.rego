package assurance.tests.coverage_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.tests.coverage

place := "/evidence/4/predicate/coverage"

good := {
	"files": [{
		"name": "build/coverage.json",
		"sha256": "3333333333333333333333333333333333333333333333333333333333333333",
		"format": "coverage.py",
		"tool": "coverage.py 7.11.0",
		"measured": "2026-11-23T14:05:00Z",
		"statements": 100,
	}],
	"lines": {"covered": 80, "total": 100},
	"branches": {"covered": 30, "total": 40},
	"sources": 5,
	"uncovered": [],
}

# The good release without a coverage report.
without := sample.lacking(place)

said(changes) := sample.having(place, object.union(good, changes))

statuses(document, settings) := found if {
	found := sample.statuses(coverage.findings) with input as document with data.qa.coverage as settings
}

test_exactly_the_minimum_passes if {
	coverage.applies == true with input as said({})
	coverage.evaluated with input as said({})
	count(coverage.findings) == 0 with input as said({})
	statuses(said({}), {"minimum": 80, "minimum_branches": 75, "required": true}) == set()
	statuses(said({}), {"minimum": 0}) == set()
}

test_a_line_below_the_minimum_fails if {
	below := said({"lines": {"covered": 79, "total": 100}})
	sample.says(coverage.findings, "FAIL", "79 of 100 (79.0 %) lines are covered") with input as below
	statuses(said({}), {"minimum": 80.5}) == {"FAIL"}
}

test_rounding_never_helps if {
	statuses(said({"lines": {"covered": 79999, "total": 100000}}), {"minimum": 80}) == {"FAIL"}
}

test_branches_count_where_they_are_asked_for if {
	statuses(said({}), {"minimum_branches": 76}) == {"FAIL"}
	statuses(said({"branches": null}), {}) == set()
	statuses(said({"branches": null}), {"minimum_branches": 0}) == {"FAIL"}
	statuses(said({"branches": {"covered": 0, "total": 0}}), {"minimum_branches": 0}) == {"FAIL"}
}

test_nothing_measured_is_not_all_covered if {
	empty := said({"lines": {"covered": 0, "total": 0}, "sources": 0})
	statuses(empty, {"minimum": 0}) == {"FAIL"}
	sample.says(coverage.findings, "FAIL", "0 of 0 lines are covered") with input as empty
	one := json.patch(said({}), [{"op": "replace", "path": sprintf("%s/files/0/statements", [place]), "value": 0}])
	sample.says(coverage.findings, "FAIL", "build/coverage.json measured nothing") with input as one
}

test_files_that_did_not_run_warn if {
	idle := said({"uncovered": ["src/a.py", "src/b.py"]})
	sample.statuses(coverage.findings) == {"WARN"} with input as idle
	sample.says(coverage.findings, "WARN", "2 source files did not run at all: src/a.py, src/b.py") with input as idle
}

test_without_a_report_it_does_not_apply if {
	is_string(coverage.applies.reason) with input as without
}

test_a_report_that_is_demanded_is_missing if {
	every settings in [{"required": true}, {"minimum": 1}, {"minimum_branches": 0}] {
		coverage.applies == true with input as without with data.qa.coverage as settings
		statuses(without, settings) == {"MISSING"}
		coverage.evaluated with input as without with data.qa.coverage as settings
	}
	is_string(coverage.applies.reason) with input as without with data.qa.coverage as {"required": false}
}

test_without_test_evidence_it_applies if {
	coverage.applies == true with input as sample.lacking("/evidence/4")
	not coverage.evaluated with input as sample.lacking("/evidence/4")
}

test_settings_that_are_none_decide_nothing if {
	every settings in [
		[],
		"80",
		null,
		false,
		{"minimun": 80},
		{"minimum": "80"},
		{"minimum": -1},
		{"minimum": 101},
		{"minimum": null},
		{"minimum_branches": true},
		{"required": "yes"},
	] {
		coverage.applies == true with input as without with data.qa.coverage as settings
		not coverage.evaluated with input as said({}) with data.qa.coverage as settings
		"INDETERMINATE" in statuses(said({}), settings)
	}
}

test_odd_content_is_no_pass if {
	every path in ["lines", "lines/covered", "lines/total", "branches/total", "sources", "uncovered", "files", "files/0", "files/0/sha256", "files/0/statements"] {
		every odd in ["3", -1, 1.5, true, {}] {
			document := json.patch(said({}), [{"op": "add", "path": sprintf("%s/%s", [place, path]), "value": odd}])
			not coverage.evaluated with input as document
		}
	}
	not coverage.evaluated with input as said({"lines": {"covered": 101, "total": 100}})
	not coverage.evaluated with input as sample.having(place, null)
	coverage.applies == true with input as sample.having(place, null)
	not coverage.evaluated with input as said({"files": []})
}

test_each_run_counts if {
	second := json.patch(said({}), [{"op": "add", "path": "/evidence/-", "value": said({"lines": {"covered": 1, "total": 100}}).evidence[4]}])
	sample.statuses(coverage.findings) == {"FAIL"} with input as second
}
