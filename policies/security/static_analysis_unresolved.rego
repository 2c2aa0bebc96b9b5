# METADATA
# title: Static analysis came to its end and left no error open
# description: |-
#   Where SARIF was given, or policy data demands it, every tool came to its end and no result is open that is
#   an error, or rated critical or high, or rated by something that is no number. Suppressed results, open
#   warnings, and tools that do not say whether they came to their end are warnings.
# custom:
#   severity: high
#   weight: 5
#   blocking: true
#   owner: security
#   remedy: repair what was found, or have its suppression accepted where the tool keeps them, then scan and collect again
#   requires: [tests-detail]
#   max_age: {staging: 7d, production: 1d}
#   controls: [SSDF PW.7.2, OSPS-VM-06.02, CRA 2.3]
package assurance.static_analysis.unresolved

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

# The policy data, where there is any: {"required": bool, "tools": [names]}.
written := value if {
	value := data.security.static_analysis
} else := {}

settings := written if {
	is_object(written)
} else := {}

settings_right if {
	is_object(written)
	count([key | some key, _ in settings; not key in {"required", "tools"}]) == 0
	is_boolean(object.get(settings, "required", false))
	is_array(object.get(settings, "tools", []))
	every name in object.get(settings, "tools", []) {
		is_string(name)
	}
}

# A tool that is named is a demand too.
demanded if settings.required == true

demanded if count(shape.items(settings, "tools")) > 0

given := [item |
	some item in evidence.tests_detail
	some key, _ in item.predicate
	key == "staticAnalysis"
]

applies := true if {
	count(given) > 0
} else := true if {
	demanded
} else := true if {
	not settings_right
} else := true if {
	count(evidence.tests_detail) == 0
} else := {"reason": "no SARIF file is among the inputs of the tests, and the policy data `security.static_analysis` does not demand one"}

states := ["errors", "warnings", "notes", "others", "undecided", "suppressed", "absent"]

readable(analysis) if {
	every key in states {
		shape.whole(analysis.totals, key) >= 0
	}
	sum([number | some key in states; number := shape.whole(analysis.totals, key)]) == shape.whole(analysis.totals, "results")
	sum([number | some run in shape.items(analysis, "runs"); number := shape.whole(run, "results")]) == analysis.totals.results
	every run in analysis.runs {
		shape.text(run, "tool")
		shape.whole(run, "results") >= 0
		run.completed in {true, false, null}
	}
	is_array(analysis.problems)
	something_ran(analysis)
	count(shape.list(analysis, "files")) > 0
	every file in analysis.files {
		shape.text(file, "name")
		shape.sha256(file, "sha256")
	}
	is_array(analysis.findings)
	every finding in analysis.findings {
		shape.text(finding, "tool")
		shape.text(finding, "message")
		finding.state in {"open", "undecided", "suppressed"}
		finding.level in {"error", "warning", "note", "none"}
		finding.severity in {"critical", "high", "unknown", "medium", "low", null}
	}
	listed(analysis, "error") == analysis.totals.errors
	count([1 | some finding in analysis.findings; finding.state == "undecided"]) == analysis.totals.undecided
	every word in ["critical", "high", "unknown"] {
		rated(analysis, word) == shape.whole(analysis.severities, word)
	}
}

# A file without a run has its problem, which says so.
something_ran(analysis) if count(shape.list(analysis, "runs")) > 0

something_ran(analysis) if {
	is_array(analysis.runs)
	count(analysis.problems) > 0
}

listed(analysis, level) := count([1 |
	some finding in analysis.findings
	finding.state == "open"
	finding.level == level
])

rated(analysis, word) := count([1 |
	some finding in analysis.findings
	finding.state == "open"
	finding.severity == word
])

evaluated if {
	settings_right
	count(evidence.tests_detail) > 0
	enough_given
	every item in evidence.tests_detail {
		is_object(item.predicate.totals)
	}
	every item in given {
		readable(item.predicate.staticAnalysis)
	}
}

enough_given if count(given) > 0

# Then it is MISSING, which is known.
enough_given if demanded

findings contains {
	"status": "INDETERMINATE",
	"message": "the policy data `security.static_analysis` is none: it has `required` (true or false) and `tools` (a list of names) and nothing else",
} if {
	not settings_right
}

findings contains {
	"status": "MISSING",
	"message": "no static analysis was given, and the policy data demands one",
	"required": "a SARIF file among the inputs of the tests",
} if {
	demanded
	count(given) == 0
}

ran := {run.tool |
	some item in given
	some run in shape.items(item.predicate.staticAnalysis, "runs")
}

findings contains {
	"status": "MISSING",
	"message": sprintf("%s did not run, and the policy data demands it", [tool]),
	"subject": tool,
	"required": sprintf("a run of %s", [tool]),
} if {
	count(given) > 0
	some tool in shape.items(settings, "tools")
	not tool in ran
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("could not decide: %v", [problem]),
	"required": "every tool came to its end",
} if {
	some item in given
	some problem in shape.items(item.predicate.staticAnalysis, "problems")
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("could not decide: %v did not come to its end", [run.tool]),
	"subject": run.tool,
	"required": "every tool came to its end",
} if {
	some item in given
	count(shape.items(item.predicate.staticAnalysis, "problems")) == 0
	some run in shape.items(item.predicate.staticAnalysis, "runs")
	run.completed == false
}

results(state) := [finding |
	some item in given
	some finding in shape.items(item.predicate.staticAnalysis, "findings")
	finding.state == state
]

total(key) := sum([number | some item in given; number := shape.whole(item.predicate.staticAnalysis.totals, key)])

# How people call a result, and its waiver: tool, rule, place.
label(finding) := concat(" ", [part |
	some key in ["tool", "rule", "place"]
	part := finding[key]
	is_string(part)
])

grade(finding) := finding.level if {
	finding.severity == null
} else := "unrated" if {
	finding.severity == "unknown"
} else := finding.severity

blocks(finding) if finding.level == "error"

blocks(finding) if finding.severity in {"critical", "high", "unknown"}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s (%s): %s", [label(finding), grade(finding), finding.message]),
	"subject": label(finding),
	"actual": grade(finding),
	"required": "no open result that is an error, critical, high or rated by something that is no number",
} if {
	some finding in results("open")
	blocks(finding)
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("%d results wait for somebody to decide: %s", [
		count(waiting), shape.some_of(sort([label(finding) | some finding in waiting])),
	]),
	"actual": sprintf("%d not decided", [count(waiting)]),
	"required": "0",
} if {
	waiting := results("undecided")
	count(waiting) > 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("%d results are suppressed, of them severe: %s", [number, named]),
	"actual": sprintf("%d suppressed", [number]),
	"required": "0",
} if {
	number := total("suppressed")
	number > 0
	hidden := sort([sprintf("%s (%s)", [label(finding), why(finding)]) | some finding in results("suppressed")])
	named := severe(hidden)
}

severe(hidden) := shape.some_of(hidden) if {
	count(hidden) > 0
} else := "none"

why(finding) := finding.justification if {
	is_string(finding.justification)
} else := "no reason given"

findings contains {
	"status": "WARN",
	"message": sprintf("%d warnings of static analysis are open", [number]),
	"actual": sprintf("%d warnings", [number]),
	"required": "0",
} if {
	number := total("warnings")
	number > 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("%v does not say whether it came to its end", [run.tool]),
	"subject": run.tool,
	"actual": "no word",
	"required": "`executionSuccessful` in the SARIF file",
} if {
	some item in given
	some run in shape.items(item.predicate.staticAnalysis, "runs")
	run.completed == null
}
