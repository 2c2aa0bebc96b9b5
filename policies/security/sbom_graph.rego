# METADATA
# title: The SBOM's dependency graph is sound, and each package is in it once
# description: |-
#   The graph was walked by the collector: packages that need each other in a circle, packages that nothing
#   leads to, and packages in more than one version are a warning. One version listed twice is a failure.
# custom:
#   severity: medium
#   weight: 3
#   blocking: true
#   owner: security
#   remedy: see docs/plugins/sbom.md; lock again, or take out what the release does not need
#   requires: [sbom, sbom-detail]
#   controls: [CRA 2.1, NTIA minimum elements]
package assurance.sbom.graph

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.shape

applies := true

readable(entry) if {
	every key in {"circles", "versions", "repeated"} {
		is_array(entry[key])
	}
	listed(entry.unreachable)
}

listed(value) if value == null

listed(value) if is_array(value)

evaluated if {
	bom.all_readable
	not bom.too_deep
	bom.analysed
	every entry in bom.analyses {
		readable(entry)
	}
}

findings contains {
	"status": "INDETERMINATE",
	"message": "what the sbom collector worked out is not about the SBOMs in this bundle",
	"actual": sprintf("%d analyses", [count(bom.analyses)]),
	"required": "one for each SBOM, with its serial number and number of packages",
} if {
	bom.all_readable
	not bom.too_deep
	not bom.analysed
}

texts(values) := sort([sprintf("%v", [value]) | some value in values])

circles := [concat(" → ", texts(circle)) |
	some circle in bom.noted("circles")
	is_array(circle)
]

findings contains {
	"status": "WARN",
	"message": sprintf("%d sets of packages need each other in a circle: %s", [
		count(circles), shape.some_of(sort(circles)),
	]),
	"actual": sprintf("%d circles", [count(circles)]),
	"required": "0",
} if {
	count(circles) > 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("nothing in the release leads to %d packages: %s", [
		count(loose), shape.some_of(texts(loose)),
	]),
	"actual": sprintf("%d unreachable", [count(loose)]),
	"required": "0",
} if {
	loose := bom.noted("unreachable")
	count(loose) > 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("%d packages are there in more than one version: %s", [
		count(several), shape.some_of(sort(several)),
	]),
	"actual": sprintf("%d in several versions", [count(several)]),
	"required": "0",
} if {
	several := [sprintf("%v %s", [entry.name, concat(", ", texts(shape.items(entry, "versions")))]) |
		some entry in bom.noted("versions")
	]
	count(several) > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%d packages are listed twice: %s", [count(twice), shape.some_of(texts(twice))]),
	"actual": sprintf("%d twice", [count(twice)]),
	"required": "0",
} if {
	twice := bom.noted("repeated")
	count(twice) > 0
}
