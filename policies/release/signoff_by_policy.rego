# METADATA
# title: The areas that policy demands are signed off
# description: |-
#   Each area that the policy data `release.approvals.areas` names is signed off by as many holders as the
#   trust file asks for, over this evidence and these policies. It is demanded besides the settings'
#   `[gate] areas`: what stands in the data, a project cannot take out of its settings.
# custom:
#   severity: high
#   weight: 5
#   blocking: true
#   waivable: false
#   owner: release
#   remedy: name the area in [gate] areas, have it signed off over this evidence (assurance sign-off AREA --show), then decide
#   requires: [release]
#   controls: [SSDF PO.4.1, SSDF PO.2.1]
package assurance.signoff.by_policy

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

# The policy data, where there is any: {"areas": [names]}.
written := value if {
	value := data.release.approvals
} else := {}

settings_right if {
	is_object(written)
	count([key | some key, _ in written; key != "areas"]) == 0
	is_array(object.get(written, "areas", []))
	every area in object.get(written, "areas", []) {
		is_string(area)
	}
}

demanded := {area | some area in shape.items(written, "areas"); is_string(area)}

applies := true if {
	count(demanded) > 0
} else := true if {
	not settings_right
} else := true if {
	count(evidence.release) == 0
} else := {"reason": "the policy data `release.approvals` demands no sign-off; those of [gate] areas are demanded all the same"}

# What the core found for each area: it has compared digests, holders, roles and times.
readable(state) if {
	shape.text(state, "area")
	state.state in {"GIVEN", "VOID", "MISSING"}
	shape.whole(state, "needs") > 0
	is_array(state.by)
	count({holder | some holder in state.by}) == shape.whole(state, "has")
}

evaluated if {
	settings_right
	count(demanded) > 0
	count(evidence.release) > 0
	is_array(input.sign_offs)
	every state in input.sign_offs {
		readable(state)
	}
}

findings contains {
	"status": "INDETERMINATE",
	"message": "the policy data `release.approvals` is none: it has `areas` (a list of names) and nothing else",
} if {
	not settings_right
}

states(area) := [state | some state in shape.items(input, "sign_offs"); state.area == area]

# Several entries of one area: each of them has to be given.
given(area) if {
	count(states(area)) > 0
	every state in states(area) {
		state.state == "GIVEN"
		state.has >= state.needs
	}
}

findings contains {
	"status": "MISSING",
	"message": sprintf("%s is not signed off, and the policy data demands it%s", [area, because(area)]),
	"subject": area,
	"actual": sprintf("%d of %d", [figure(area, "has"), figure(area, "needs")]),
	"required": sprintf("a sign-off by role sign-off:%s", [area]),
} if {
	some area in demanded
	not given(area)
}

figure(area, key) := sum([number | some state in states(area); number := shape.whole(state, key)])

because(area) := sprintf(": %s", [shape.some_of(sort(reasons))]) if {
	reasons := {state.reason | some state in states(area); is_string(state.reason)}
	count(reasons) > 0
} else := ""
