package assurance.static_analysis.unresolved_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.static_analysis.unresolved

place := "/evidence/4/predicate/staticAnalysis"

good := {
	"files": [{"name": "bandit.sarif", "sha256": "3333333333333333333333333333333333333333333333333333333333333333"}],
	"runs": [{"file": "bandit.sarif", "tool": "Bandit", "version": "1.9.4", "completed": true, "ended": null, "results": 0}],
	"totals": {"results": 0, "errors": 0, "warnings": 0, "notes": 0, "others": 0, "undecided": 0, "suppressed": 0, "absent": 0},
	"severities": {"critical": 0, "high": 0, "unknown": 0, "medium": 0, "low": 0},
	"findings": [],
	"problems": [],
}

# The good release without a SARIF file.
without := sample.lacking(place)

said(changes) := sample.having(place, object.union(good, changes))

# The good analysis with one result.
with_one(key, result) := said({
	"runs": [object.union(good.runs[0], {"results": 1})],
	"totals": object.union(good.totals, {"results": 1, key: 1}),
	"severities": object.union(good.severities, rated(result)),
	"findings": [object.union(
		{"tool": "Bandit", "rule": "B602", "level": "error", "severity": null, "place": "a.py:3", "message": "shell", "state": "open", "justification": null},
		result,
	)],
})

rated(result) := {result.severity: 1} if {
	object.get(result, "state", "open") == "open"
	is_string(result.severity)
} else := {}

test_nothing_found_passes if {
	unresolved.applies == true with input as said({})
	unresolved.evaluated with input as said({})
	count(unresolved.findings) == 0 with input as said({})
	count(unresolved.findings) == 0 with input as said({}) with data.security.static_analysis as {"required": true, "tools": ["Bandit"]}
}

test_an_open_error_fails if {
	found := with_one("errors", {})
	unresolved.evaluated with input as found
	sample.statuses(unresolved.findings) == {"FAIL"} with input as found
	sample.says(unresolved.findings, "FAIL", "Bandit B602 a.py:3 (error): shell") with input as found
}

test_severe_ones_fail_whatever_the_level if {
	every severity in ["critical", "high", "unknown"] {
		found := with_one("notes", {"level": "note", "severity": severity})
		unresolved.evaluated with input as found
		sample.statuses(unresolved.findings) == {"FAIL"} with input as found
	}
}

test_an_error_that_is_rated_medium_fails if {
	sample.statuses(unresolved.findings) == {"FAIL"} with input as with_one("errors", {"severity": "medium"})
}

test_a_suppressed_one_is_shown if {
	found := with_one("suppressed", {"state": "suppressed", "justification": "LED-212"})
	unresolved.evaluated with input as found
	sample.statuses(unresolved.findings) == {"WARN"} with input as found
	sample.says(unresolved.findings, "WARN", "1 results are suppressed, of them severe: Bandit B602 a.py:3 (LED-212)") with input as found
	silent := with_one("suppressed", {"state": "suppressed", "rule": null, "place": null})
	sample.says(unresolved.findings, "WARN", "Bandit (no reason given)") with input as silent
	mild := said({
		"runs": [object.union(good.runs[0], {"results": 2})],
		"totals": object.union(good.totals, {"results": 2, "suppressed": 2}),
	})
	sample.says(unresolved.findings, "WARN", "2 results are suppressed, of them severe: none") with input as mild
}

test_warnings_warn if {
	found := said({
		"runs": [object.union(good.runs[0], {"results": 2})],
		"totals": object.union(good.totals, {"results": 2, "warnings": 2}),
	})
	unresolved.evaluated with input as found
	sample.statuses(unresolved.findings) == {"WARN"} with input as found
}

test_what_nobody_decided_is_not_decided if {
	found := with_one("undecided", {"state": "undecided", "level": "none"})
	unresolved.evaluated with input as found
	sample.statuses(unresolved.findings) == {"INDETERMINATE"} with input as found
}

test_a_tool_that_did_not_end_is_not_decided if {
	problem := said({"problems": ["bandit.sarif: Bandit did not come to its end"]})
	sample.statuses(unresolved.findings) == {"INDETERMINATE"} with input as problem
	silent := said({"runs": [object.union(good.runs[0], {"completed": false})]})
	sample.says(unresolved.findings, "INDETERMINATE", "Bandit did not come to its end") with input as silent
}

test_a_tool_that_does_not_say_warns if {
	found := said({"runs": [object.union(good.runs[0], {"completed": null})]})
	sample.statuses(unresolved.findings) == {"WARN"} with input as found
	sample.says(unresolved.findings, "WARN", "Bandit does not say whether it came to its end") with input as found
}

test_without_a_file_it_does_not_apply if {
	is_string(unresolved.applies.reason) with input as without
}

test_a_file_that_is_demanded_is_missing if {
	every settings in [{"required": true}, {"tools": ["Bandit"]}] {
		unresolved.applies == true with input as without with data.security.static_analysis as settings
		sample.statuses(unresolved.findings) == {"MISSING"} with input as without with data.security.static_analysis as settings
	}
	sample.says(unresolved.findings, "MISSING", "CodeQL did not run") with input as said({}) with data.security.static_analysis as {"tools": ["Bandit", "CodeQL"]}
}

test_without_test_evidence_it_applies if {
	unresolved.applies == true with input as sample.lacking("/evidence/4")
	not unresolved.evaluated with input as sample.lacking("/evidence/4")
}

test_settings_that_are_none_decide_nothing if {
	every settings in [[], null, false, {"tool": ["x"]}, {"tools": "Bandit"}, {"tools": [1]}, {"required": "yes"}] {
		unresolved.applies == true with input as without with data.security.static_analysis as settings
		not unresolved.evaluated with input as said({}) with data.security.static_analysis as settings
		"INDETERMINATE" in sample.statuses(unresolved.findings) with input as said({}) with data.security.static_analysis as settings
	}
}

test_figures_that_do_not_agree_are_no_pass if {
	not unresolved.evaluated with input as said({"totals": object.union(good.totals, {"errors": 1})})
	not unresolved.evaluated with input as said({"totals": object.union(good.totals, {"results": 1, "errors": 1})})
	not unresolved.evaluated with input as said({"totals": object.union(good.totals, {"results": 1, "notes": 1})})
	not unresolved.evaluated with input as said({"severities": object.union(good.severities, {"high": 1})})
	hidden := json.patch(with_one("errors", {}), [{"op": "replace", "path": sprintf("%s/findings", [place]), "value": []}])
	not unresolved.evaluated with input as hidden
	waiting := json.patch(with_one("undecided", {"state": "undecided"}), [{"op": "replace", "path": sprintf("%s/findings", [place]), "value": []}])
	not unresolved.evaluated with input as waiting
}

test_no_run_is_no_pass if {
	not unresolved.evaluated with input as said({"runs": []})
	unresolved.evaluated with input as said({"runs": [], "problems": ["x.sarif: no run"]})
	not unresolved.evaluated with input as said({"files": []})
}

test_odd_content_is_no_pass if {
	every path in ["totals", "totals/errors", "totals/results", "severities", "runs", "runs/0", "runs/0/completed", "runs/0/results", "problems", "findings"] {
		every odd in [3, "3", -1, 1.5, {}] {
			document := json.patch(said({}), [{"op": "add", "path": sprintf("%s/%s", [place, path]), "value": odd}])
			not unresolved.evaluated with input as document
		}
	}
	every odd in [{"level": "fatal"}, {"severity": "severe"}, {"state": "gone"}, {"message": ""}, {"tool": null}] {
		not unresolved.evaluated with input as with_one("errors", odd)
	}
	not unresolved.evaluated with input as sample.having(place, null)
}
