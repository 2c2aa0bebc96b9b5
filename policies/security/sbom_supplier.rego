# METADATA
# title: Every component of the SBOM names its supplier
# description: |-
#   Each package has a supplier, manufacturer, publisher or authors. A lack is a warning.
# custom:
#   severity: low
#   weight: 2
#   blocking: false
#   owner: security
#   remedy: ask the component's maintainers to fill in the author metadata of their package
#   requires: [sbom]
#   controls: [CRA 2.1, NTIA minimum elements]
package assurance.sbom.supplier

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
	"message": "the SBOM names no package, so there is no supplier to look at",
	"actual": "0 packages",
} if {
	bom.package_count == 0
}

named(component) if {
	some key in {"supplier", "manufacturer"}
	shape.text(component[key], "name")
}

named(component) if {
	some key in {"publisher", "author"}
	shape.text(component, key)
}

named(component) if {
	some author in shape.items(component, "authors")
	some key in {"name", "email"}
	shape.text(author, key)
}

# The common case, without a call for every component: where in `walk.packages` a supplier is.
supplied := {place |
	some place, component in walk.packages
	is_string(component.supplier.name)
	trim_space(component.supplier.name) != ""
}

silent := bom.known_lacking("supplier") if bom.prepared

else := [walk.label(component) |
	some place, component in walk.packages
	not supplied[place]
	not named(component)
]

findings contains {
	"status": "WARN",
	"message": sprintf("%d of %d components name no supplier: %s", [
		count(silent), bom.package_count, shape.some_of(sort(silent)),
	]),
	"actual": sprintf("%d without supplier", [count(silent)]),
	"required": "0",
} if {
	count(silent) > 0
}
