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

# Functions take the metadata, not the whole SBOM: the engine looks at its arguments each time.

signer(item) := value if {
	value := shape.text(item.signer, "holder")
} else := ""

# The holder of the key that signed it; a person, an organisation, or the tool that wrote it.
authored(described, holder) if {
	holder != ""
} else if {
	count(tools(described)) > 0
} else if {
	some key in {"manufacturer", "manufacture", "supplier"}
	shape.text(described[key], "name")
} else if {
	some author in shape.items(described, "authors")
	some key in {"name", "email"}
	shape.text(author, key)
}

# The names of the tools, in the form of CycloneDX 1.5 and in the older one.
tools(described) := {name |
	some tool in array.concat(
		shape.items(object.get(described, "tools", null), "components"),
		shape.items(described, "tools"),
	)
	name := shape.text(tool, "name")
}

timed(described) if {
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T`, shape.text(described, "timestamp"))
}

phased(described) if {
	some lifecycle in shape.items(described, "lifecycles")
	some key in {"phase", "name"}
	shape.text(lifecycle, key)
}

lacks(described, holder, "author") if not authored(described, holder)

lacks(described, _, "timestamp") if not timed(described)

lacks(described, _, "tool name") if count(tools(described)) == 0

lacks(described, _, "generation context (lifecycle)") if not phased(described)

# Most SBOMs have everything: they are passed over at once.
whole(described, holder) if {
	timed(described)
	phased(described)
	count(tools(described)) > 0
	authored(described, holder)
}

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
	described := metadata(item)
	holder := signer(item)
	not whole(described, holder)
	some wish in asked
	missing := [element |
		some element in wish.elements
		lacks(described, holder, element)
	]
	count(missing) > 0
}
