# METADATA
# title: Every piece of evidence says from when it is, and none is old
# description: |-
#   The outer limit for evidence of every kind, also of plugins' own: 90 days for production, 180 for
#   staging. What changes faster has a shorter limit of its own in the check that judges it. Waivers and
#   sign-offs end by rules of their own.
# custom:
#   severity: high
#   weight: 4
#   blocking: true
#   owner: release
#   remedy: collect the evidence again, then decide
#   requires: [release]
#   reads: [sbom, sbom-spdx, sbom-detail, vulnerabilities, vex, tests, tests-detail, provenance, reference, review, fuzz, slo, drill, telemetry, auth-hardening, checkpoint]
#   max_age: {staging: 180d, production: 90d}
#   controls: [SSDF PO.4.2, SSDF RV.1.1]
package assurance.release.freshness

import rego.v1

import data.assurance.lib.evidence

applies := true

ours := "https://w3id.org/release-assurance"

# The core looks at the age of these itself: they are in `reads`.
aged := {
	"https://in-toto.io/attestation/release/v0.1",
	"https://cyclonedx.org/bom",
	"https://spdx.dev/Document",
	"https://in-toto.io/attestation/vulns/v0.2",
	"https://openvex.dev/ns",
	"https://in-toto.io/attestation/test-result/v0.1",
	"https://slsa.dev/provenance/v1",
	"https://in-toto.io/attestation/reference/v0.1",
} | {sprintf("%s/%s/v1", [ours, kind]) |
	some kind in ["sbom-detail", "tests-detail", "review", "fuzz", "slo", "drill", "telemetry", "auth-hardening", "checkpoint"]
}

# People sign these, and the gate makes them: they have no age. A freeze holds until the next one.
ageless := {sprintf("%s/%s/v1", [ours, kind]) |
	some kind in ["policy-set", "freeze", "waiver", "sign-off", "readiness", "bundle-manifest"]
} | {"https://slsa.dev/verification_summary/v1"}

# Kinds that plugins bring.
others := [item |
	some item in input.evidence
	not item.predicate_type in aged | ageless
]

# In days. An environment that is not foreseen has the shortest limit; development has none.
limit := object.get({"staging": 180}, input.environment, 90) if input.environment != "development"

day := 86400

evaluated if {
	count(evidence.release) > 0
	every item in input.evidence {
		is_string(item.predicate_type)
		is_number(item.line)
	}
}

findings contains {
	"status": "STALE",
	"message": sprintf("the evidence at line %v (%v) does not say from when it is", [item.line, item.predicate_type]),
	"subject": sprintf("line %v", [item.line]),
	"actual": "no time",
	"required": "a time",
} if {
	some item in others
	not is_number(object.get(item, "age_seconds", null))
}

findings contains {
	"status": "STALE",
	"message": sprintf("the evidence at line %v (%v) is too old for %s", [item.line, item.predicate_type, input.environment]),
	"subject": sprintf("line %v", [item.line]),
	"actual": sprintf("%d days old", [floor(item.age_seconds / day)]),
	"required": sprintf("at most %d days old", [limit]),
} if {
	some item in others
	is_number(object.get(item, "age_seconds", null))
	item.age_seconds > limit * day
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("the evidence at line %v (%v) is dated in the future", [item.line, item.predicate_type]),
	"subject": sprintf("line %v", [item.line]),
	"actual": sprintf("%v seconds ahead", [0 - item.age_seconds]),
	"required": "at most 300 seconds ahead",
} if {
	some item in others
	is_number(object.get(item, "age_seconds", null))
	item.age_seconds < -300
}
