# METADATA
# title: Every component of the SBOM has a licence that the policy allows
# description: |-
#   Each package has an SPDX licence expression, identifier or name. Of OR any allowed alternative will do,
#   of AND all terms must be allowed; WITH counts as a licence of its own. A denied licence fails; no
#   licence, a name, a reference, or one that no list names is for review, which is a warning unless the
#   data says otherwise (`security.licences`, see docs/plugins/sbom.md).
# custom:
#   severity: medium
#   weight: 3
#   blocking: true
#   owner: security
#   remedy: replace the component, or add its licence to `security.licences` in a file of [policy] data
#   requires: [sbom]
#   reads: [sbom-detail]
#   controls: [OSPS-LE-02]
package assurance.sbom.licences

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.evidence
import data.assurance.lib.licence_policy
import data.assurance.lib.shape
import data.assurance.lib.walk

applies := true

evaluated if {
	bom.all_readable
	not bom.too_deep
	bom.package_count > 0
	count(licence_policy.problems) == 0
}

# An SBOM without packages: `sbom.complete` says whether that may be.
evaluated if {
	bom.all_readable
	bom.component_count == 0
	count(licence_policy.problems) == 0
}

findings contains {
	"status": "WARN",
	"message": "the SBOM names no package, so there is no licence to look at",
	"actual": "0 packages",
} if {
	bom.package_count == 0
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("the licence policy in the data (security.licences) is wrong: %s", [problem]),
} if {
	some problem in licence_policy.problems
}

# What the policy says of one licence, or licence with exception, as text.
verdict(text) := "deny" if {
	text in licence_policy.deny
} else := "review" if {
	text in licence_policy.review
} else := "allow" if {
	text in licence_policy.allow
} else := licence_policy.unlisted

# A term of an expression. An exception that no list names makes an allowed licence one for review,
# and a denied one no better.
term_verdict(term) := "review" if {
	object.get(term, "known", false) != true
	not named(term.licence)
} else := verdict(term.licence) if {
	term.exception == null
} else := verdict(combined) if {
	combined := sprintf("%s WITH %s", [term.licence, term.exception])
	named(combined)
} else := "deny" if {
	verdict(term.licence) == "deny"
} else := "review"

named(text) if text in licence_policy.deny

named(text) if text in licence_policy.review

named(text) if text in licence_policy.allow

# AND: the worst of its terms.
all_verdict(terms) := worst({term_verdict(term) | some term in terms}) if {
	is_array(terms)
	count(terms) > 0
} else := "review"

worst(verdicts) := "deny" if {
	"deny" in verdicts
} else := "review" if {
	"review" in verdicts
} else := "allow" if {
	verdicts == {"allow"}
} else := "review"

# OR: the best of its alternatives.
best(verdicts) := "allow" if {
	"allow" in verdicts
} else := "review" if {
	"review" in verdicts
} else := "deny" if {
	verdicts == {"deny"}
} else := "review"

# The expressions that the collector took apart; two analyses that differ about one are for review.
expressions[text] := {best({all_verdict(terms) | some terms in offered}) |
	some entry in parsed
	entry.expression == text
	offered := shape.items(entry, "alternatives")
} if {
	some text in {entry.expression | some entry in parsed; is_string(entry.expression)}
}

parsed := [entry |
	some item in evidence.sbom_details
	some entry in shape.items(item.predicate, "licences")
	is_object(entry)
]

known_expression(text) := found if {
	count(expressions[text]) == 1
	some found in expressions[text]
}

# The verdict on one entry of `licenses`. A name is no SPDX identifier, whatever it looks like.
entry_verdict(entry) := found if {
	text := shape.text(entry, "expression")
	found := known_expression(text)
} else := verdict(text) if {
	text := shape.text(entry, "expression")
	named(text)
} else := verdict(identifier) if {
	identifier := shape.text(entry.license, "id")
	not shape.text(entry, "expression")
} else := "review"

# The packages by what they state, as worked out ahead, or each by itself.
groups := [group | some fact in bom.facts; some group in fact.licences] if bom.prepared

else := [{"stated": shape.items(component, "licenses"), "packages": [walk.label(component)]} |
	some component in walk.packages
]

# Several entries may all apply: the worst counts.
stated_verdict(entries) := worst({entry_verdict(entry) | some entry in entries}) if {
	count(entries) > 0
} else := "none"

judged := [[verdict_of_group, described(label, group.stated)] |
	some group in groups
	verdict_of_group := stated_verdict(group.stated)
	verdict_of_group != "allow"
	some label in group.packages
]

described(label, entries) := sprintf("%s (%s)", [label, concat(", ", names)]) if {
	names := [name |
		some entry in entries
		name := stated(entry)
	]
	count(names) > 0
} else := label

stated(entry) := text if {
	text := shape.text(entry, "expression")
} else := text if {
	text := shape.text(entry.license, "id")
} else := text if {
	text := shape.text(entry.license, "name")
}

of_verdict(wanted) := sort([text |
	some pair in judged
	pair[0] == wanted
	text := pair[1]
])

words := {
	"deny": {"status": "FAIL", "what": "have a licence that is denied"},
	"review": {"status": licence_policy.status_of_review, "what": "have a licence that somebody has to look at"},
	"none": {"status": licence_policy.status_of_review, "what": "name no licence"},
}

findings contains {
	"status": word.status,
	"message": sprintf("%d of %d components %s: %s", [
		count(labels), bom.package_count, word.what, shape.some_of(labels),
	]),
	"actual": sprintf("%d of %d components", [count(labels), bom.package_count]),
	"required": "0",
} if {
	some kind, word in words
	labels := of_verdict(kind)
	count(labels) > 0
}
