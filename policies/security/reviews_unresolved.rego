# METADATA
# title: Reviews approve this commit and leave nothing high or critical open
# description: |-
#   Every review is of the release's commit, signed by its reviewer, and approves; no finding of one is critical or
#   high and open, or accepted without a waiver. Policy data may demand kinds of reviews. Severe findings that a
#   reviewer calls false positives, and open ones below high, are warnings.
# custom:
#   severity: high
#   weight: 5
#   blocking: true
#   owner: security
#   remedy: "have this commit reviewed: assurance review security --document FILE --result APPROVED; what was found, repair first, or have it waived"
#   requires: []
#   reads: [review]
#   max_age: {staging: 365d, production: 180d}
#   controls: [SSDF PW.7.2, SSDF PW.2.1, CRA 2.3]
package assurance.reviews.unresolved

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

# The policy data, where there is any: {"required": [kinds]}.
written := value if {
	value := data.security.reviews
} else := {}

settings := written if {
	is_object(written)
} else := {}

kinds := {"code", "design", "threat-model", "security", "penetration-test", "document"}

settings_right if {
	is_object(written)
	count([key | some key, _ in settings; key != "required"]) == 0
	is_array(object.get(settings, "required", []))
	every kind in object.get(settings, "required", []) {
		kind in kinds
	}
}

demanded := {kind | some kind in shape.items(settings, "required")}

given := evidence.of_type("https://w3id.org/release-assurance/review/v1")

applies := true if {
	count(given) > 0
} else := true if {
	count(demanded) > 0
} else := true if {
	not settings_right
} else := {"reason": "nobody signed a review, and the policy data `security.reviews` does not demand one"}

readable(item) if {
	item.predicate.kind in kinds
	shape.text(item.predicate, "commit")
	shape.text(item.predicate.reviewer, "name")
	item.predicate.result in {"APPROVED", "CHANGES_REQUESTED", "REJECTED"}
	is_array(item.predicate.findings)
	every finding in item.predicate.findings {
		shape.text(finding, "id")
		shape.text(finding, "title")
		finding.severity in {"critical", "high", "medium", "low", "info"}
		finding.state in {"OPEN", "FIXED", "ACCEPTED", "FALSE_POSITIVE"}
	}
}

enough if count(given) > 0

# Then it is MISSING, which is known.
enough if count(demanded) > 0

evaluated if {
	settings_right
	enough
	shape.text(input.release, "name")
	every item in given {
		readable(item)
	}
}

findings contains {
	"status": "INDETERMINATE",
	"message": "the policy data `security.reviews` is none: it has `required`, a list of kinds of reviews, and nothing else",
} if {
	not settings_right
}

# A review that is of something else is not the one that is demanded.
counts(item) if {
	item.predicate.commit == input.release.revision
	item.predicate.reviewer.name == item.signer.holder
}

there := {item.predicate.kind | some item in given; counts(item)}

findings contains {
	"status": "MISSING",
	"message": sprintf("no %s review of this commit was signed, and the policy data demands one", [kind]),
	"subject": kind,
	"required": sprintf("a review of kind %s", [kind]),
} if {
	some kind in demanded
	not kind in there
}

# How people call a review: kind, document, and who answers for it.
label(item) := sprintf("%v of %v by %v", [item.predicate.kind, item.predicate.report.name, item.predicate.reviewer.name]) if {
	is_string(item.predicate.report.name)
} else := sprintf("%v by %v", [item.predicate.kind, item.predicate.reviewer.name])

revision := value if {
	value := input.release.revision
	is_string(value)
} else := "no commit"

findings contains {
	"status": "FAIL",
	"message": sprintf("the review %s is of commit %v, the release is of %s", [label(item), item.predicate.commit, revision]),
	"subject": label(item),
	"actual": item.predicate.commit,
	"required": revision,
} if {
	some item in given
	item.predicate.commit != revision
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the review %s is signed by %v, and not by its reviewer", [label(item), item.signer.holder]),
	"subject": label(item),
	"actual": item.signer.holder,
	"required": item.predicate.reviewer.name,
} if {
	some item in given
	item.predicate.reviewer.name != item.signer.holder
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the review %s ends with %s", [label(item), item.predicate.result]),
	"subject": label(item),
	"actual": item.predicate.result,
	"required": "APPROVED",
} if {
	some item in given
	item.predicate.result != "APPROVED"
}

severe := {"critical", "high"}

# To accept a severe finding takes two people: a waiver.
findings contains {
	"status": "FAIL",
	"message": sprintf("%s (%s, %s) of the review %s: %s", [finding.id, finding.severity, finding.state, label(item), finding.title]),
	"subject": finding.id,
	"actual": sprintf("%s %s", [finding.severity, finding.state]),
	"required": "no critical or high finding that is open or accepted",
} if {
	some item in given
	some finding in shape.items(item.predicate, "findings")
	finding.severity in severe
	finding.state in {"OPEN", "ACCEPTED"}
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s (%s) of the review %s is called fixed, and no commit fixes it", [finding.id, finding.severity, label(item)]),
	"subject": finding.id,
	"actual": "FIXED in no commit",
	"required": "the commit that fixes it",
} if {
	some item in given
	some finding in shape.items(item.predicate, "findings")
	finding.state == "FIXED"
	not shape.text(finding, "fixedIn")
}

findings contains {
	"status": "WARN",
	"message": sprintf("%s (%s) of the review %s is called a false positive: %s", [finding.id, finding.severity, label(item), finding.title]),
	"subject": finding.id,
	"actual": sprintf("%s FALSE_POSITIVE", [finding.severity]),
	"required": "somebody else has looked at it, too",
} if {
	some item in given
	some finding in shape.items(item.predicate, "findings")
	finding.severity in severe
	finding.state == "FALSE_POSITIVE"
}

lesser := sort([finding.id |
	some item in given
	some finding in shape.items(item.predicate, "findings")
	finding.severity in {"medium", "low"}
	finding.state in {"OPEN", "ACCEPTED"}
])

findings contains {
	"status": "WARN",
	"message": sprintf("reviews leave open or accept, below high: %s", [shape.some_of(lesser)]),
	"actual": sprintf("%d open", [count(lesser)]),
	"required": "0",
} if {
	count(lesser) > 0
}
