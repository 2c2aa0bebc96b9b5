# METADATA
# title: Every component of the SBOM names its licence
# description: |-
#   Each package has an SPDX licence expression, identifier or name. A lack is a warning.
# custom:
#   severity: low
#   weight: 2
#   blocking: false
#   owner: security
#   remedy: ask the component's maintainers to state an SPDX licence expression in their package
#   requires: [sbom]
#   controls: [OSPS-LE-02]
package assurance.sbom.licences

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.shape
import data.assurance.lib.walk

applies := true

evaluated if {
	bom.all_readable
	not bom.too_deep
	bom.package_count > 0
}

# An SBOM without packages: `sbom.complete` says whether that may be.
evaluated if {
	bom.all_readable
	bom.component_count == 0
}

findings contains {
	"status": "WARN",
	"message": "the SBOM names no package, so there is no licence to look at",
	"actual": "0 packages",
} if {
	bom.package_count == 0
}

licensed(component) if {
	some licence in shape.items(component, "licenses")
	shape.text(licence, "expression")
}

licensed(component) if {
	some licence in shape.items(component, "licenses")
	some key in {"id", "name"}
	shape.text(licence.license, key)
}

# The common case, without a call for every component: where in `walk.packages` an SPDX id is.
identified := {place |
	some place, component in walk.packages
	is_array(component.licenses)
	some licence in component.licenses
	is_string(licence.license.id)
	trim_space(licence.license.id) != ""
}

silent := bom.known_lacking("licence") if bom.prepared

else := [walk.label(component) |
	some place, component in walk.packages
	not identified[place]
	not licensed(component)
]

findings contains {
	"status": "WARN",
	"message": sprintf("%d of %d components name no licence: %s", [
		count(silent), bom.package_count, shape.some_of(sort(silent)),
	]),
	"actual": sprintf("%d without licence", [count(silent)]),
	"required": "0",
} if {
	count(silent) > 0
}
