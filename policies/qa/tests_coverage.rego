# METADATA
# title: The tests cover enough of the code
# description: |-
#   Where a coverage report was given, or policy data demands one, at least `qa.coverage.minimum` percent of
#   the lines ran (80 where it says nothing), and `qa.coverage.minimum_branches` percent of the branches where
#   it is set. Nothing measured is not everything covered. Source files that did not run at all are a warning.
# custom:
#   severity: medium
#   weight: 4
#   blocking: true
#   owner: qa
#   remedy: test what is not covered, or measure what was left out, then collect again
#   requires: [tests-detail]
#   max_age: {staging: 7d, production: 1d}
#   controls: [SSDF PW.8.2, OSPS-QA-06.02, CRA 2.3]
package assurance.tests.coverage

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

# The policy data, where there is any: {"required": bool, "minimum": %, "minimum_branches": %}.
written := value if {
	value := data.qa.coverage
} else := {}

settings := written if {
	is_object(written)
} else := {}

default_minimum := 80

settings_right if {
	is_object(written)
	count([key | some key, _ in settings; not key in {"required", "minimum", "minimum_branches"}]) == 0
	is_boolean(object.get(settings, "required", false))
	is_percentage(object.get(settings, "minimum", default_minimum))
	is_percentage(object.get(settings, "minimum_branches", 0))
}

is_percentage(value) if {
	is_number(value)
	value >= 0
	value <= 100
}

# A minimum is a demand too.
demanded if settings.required == true

demanded if is_number(settings.minimum)

demanded if is_number(settings.minimum_branches)

given := [item |
	some item in evidence.tests_detail
	some key, _ in item.predicate
	key == "coverage"
]

applies := true if {
	count(given) > 0
} else := true if {
	demanded
} else := true if {
	not settings_right
} else := true if {
	count(evidence.tests_detail) == 0
} else := {"reason": "no coverage report is among the inputs of the tests, and the policy data `qa.coverage` does not demand one"}

is_share(object, key) if {
	shape.whole(object[key], "covered") <= shape.whole(object[key], "total")
}

readable(coverage) if {
	is_share(coverage, "lines")
	branches_readable(coverage)
	shape.whole(coverage, "sources") >= 0
	is_array(coverage.uncovered)
	count(shape.list(coverage, "files")) > 0
	every file in coverage.files {
		shape.text(file, "name")
		shape.sha256(file, "sha256")
		shape.whole(file, "statements") >= 0
	}
}

branches_readable(coverage) if coverage.branches == null

branches_readable(coverage) if is_share(coverage, "branches")

evaluated if {
	settings_right
	count(evidence.tests_detail) > 0
	enough_given
	every item in evidence.tests_detail {
		is_object(item.predicate.totals)
	}
	every item in given {
		readable(item.predicate.coverage)
	}
}

enough_given if count(given) > 0

# Then it is MISSING, which is known.
enough_given if demanded

# "92 of 120 (76.6 %)", rounded down.
told(share) := sprintf("%d of %d (%d.%d %%)", [share.covered, share.total, floor(tenths / 10), tenths % 10]) if {
	share.total > 0
	tenths := floor((share.covered * 1000) / share.total)
} else := "0 of 0"

findings contains {
	"status": "INDETERMINATE",
	"message": "the policy data `qa.coverage` is none: it has `required` (true or false), `minimum` and `minimum_branches` (0 to 100) and nothing else",
} if {
	not settings_right
}

findings contains {
	"status": "MISSING",
	"message": "no coverage report was given, and the policy data demands one",
	"required": "a coverage report among the inputs of the tests",
} if {
	demanded
	count(given) == 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the coverage report %s measured nothing", [file.name]),
	"subject": file.name,
	"actual": "0 lines",
	"required": "at least 1",
} if {
	some item in given
	some file in shape.items(item.predicate.coverage, "files")
	file.statements == 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s lines are covered", [told(lines)]),
	"actual": sprintf("%s lines", [told(lines)]),
	"required": sprintf("%v %% of the lines", [least]),
} if {
	some item in given
	readable(item.predicate.coverage)
	lines := item.predicate.coverage.lines
	least := object.get(settings, "minimum", default_minimum)
	is_percentage(least)
	is_short(lines, least)
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s branches are covered", [told(branches)]),
	"actual": sprintf("%s branches", [told(branches)]),
	"required": sprintf("%v %% of the branches", [settings.minimum_branches]),
} if {
	some item in given
	readable(item.predicate.coverage)
	branches := item.predicate.coverage.branches
	branches != null
	is_percentage(settings.minimum_branches)
	is_short(branches, settings.minimum_branches)
}

findings contains {
	"status": "FAIL",
	"message": "not every coverage report measured branches",
	"actual": "no branches",
	"required": sprintf("%v %% of the branches", [settings.minimum_branches]),
} if {
	some item in given
	item.predicate.coverage.branches == null
	is_number(settings.minimum_branches)
}

# None of none is not enough, whatever the minimum.
is_short(share, _) if share.total == 0

is_short(share, least) if share.covered * 100 < least * share.total

findings contains {
	"status": "WARN",
	"message": sprintf("%d source files did not run at all: %s", [count(idle), shape.some_of(sort(idle))]),
	"actual": sprintf("%d of %d files", [count(idle), item.predicate.coverage.sources]),
	"required": "0",
} if {
	some item in given
	readable(item.predicate.coverage)
	idle := item.predicate.coverage.uncovered
	count(idle) > 0
}
