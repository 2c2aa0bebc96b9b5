# METADATA
# title: The SBOM names its components
# description: An SBOM without components says nothing.
# custom:
#   severity: high
#   weight: 10
#   blocking: true
#   owner: DevEx
#   remedy: make the SBOM again
#   requires: [sbom]
#   max_age: {production: 7d}
package assurance.sbom.present

import rego.v1

boms := [item | some item in input.evidence; item.predicate_type == "https://cyclonedx.org/bom"]

applies := true

evaluated if count(boms) > 0

findings contains {
	"status": "FAIL",
	"message": "the SBOM names no component",
	"actual": "0",
	"required": "at least 1",
} if {
	some item in boms
	count(object.get(item.predicate, "components", [])) == 0
}
