# METADATA
# title: Each SBOM has the minimum elements about itself
# description: |-
#   NTIA (July 2021) asks each SBOM for its author and its time; without them it fails. CISA's draft of
#   22 August 2025, which may still change, also asks for the tool and the generation context; their lack is
#   a warning. What both ask of each component is judged by sbom.complete (name, version, identifier,
#   dependencies), sbom.supplier, sbom.integrity (hash) and sbom.licences.
# custom:
#   severity: medium
#   weight: 2
#   blocking: true
#   owner: security
#   remedy: make the SBOM with a tool that names itself, its time and its lifecycle phase
#   requires: [sbom]
#   controls: [CRA 2.1, NTIA minimum elements]
package assurance.sbom.minimum_elements

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.evidence
import data.assurance.lib.shape

applies := true

evaluated if {
	bom.all_readable
}

metadata(item) := item.predicate.metadata if {
	is_object(item.predicate.metadata)
} else := {}

# A person, an organisation, or the tool that wrote it; or the holder of the key that signed it.
authored(item) if {
	some key in {"manufacturer", "manufacture", "supplier"}
	shape.text(metadata(item)[key], "name")
}

authored(item) if {
	some author in shape.items(metadata(item), "authors")
	some key in {"name", "email"}
	shape.text(author, key)
}

authored(item) if count(tools(item)) > 0

authored(item) if shape.text(item.signer, "holder")

# The names of the tools, in the form of CycloneDX 1.5 and in the older one.
tools(item) := {name |
	some tool in array.concat(
		shape.items(object.get(metadata(item), "tools", null), "components"),
		shape.items(metadata(item), "tools"),
	)
	name := shape.text(tool, "name")
}

timed(item) if {
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T`, shape.text(metadata(item), "timestamp"))
}

phased(item) if {
	some lifecycle in shape.items(metadata(item), "lifecycles")
	some key in {"phase", "name"}
	shape.text(lifecycle, key)
}

lacks(item, "author") if not authored(item)

lacks(item, "timestamp") if not timed(item)

lacks(item, "tool name") if count(tools(item)) == 0

lacks(item, "generation context (lifecycle)") if not phased(item)

asked := [
	{"by": "NTIA (2021-07-12)", "status": "FAIL", "elements": ["author", "timestamp"]},
	{
		"by": "CISA's draft of 2025-08-22", "status": "WARN",
		"elements": ["tool name", "generation context (lifecycle)"],
	},
]

findings contains {
	"status": wish.status,
	"message": sprintf("the SBOM at line %v has no %s, which %s asks for", [
		item.line, concat(" and no ", missing), wish.by,
	]),
	"actual": sprintf("%d of %d elements", [count(wish.elements) - count(missing), count(wish.elements)]),
	"required": concat(", ", wish.elements),
} if {
	some item in evidence.sboms
	bom.can_be_read(item)
	some wish in asked
	missing := [element |
		some element in wish.elements
		lacks(item, element)
	]
	count(missing) > 0
}
