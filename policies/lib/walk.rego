# The components of CycloneDX documents, to three levels of nesting: walked where nobody has worked
# the facts out.
package assurance.lib.walk

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

# Components of these types are no packages: they have a hash rather than a version and a purl.
no_packages := {"file", "data", "cryptographic-asset"}

top := [component |
	some item in evidence.sboms
	some component in shape.items(item.predicate, "components")
	is_object(component)
]

second := [component |
	some parent in top
	some component in shape.items(parent, "components")
	is_object(component)
]

third := [component |
	some parent in second
	some component in shape.items(parent, "components")
	is_object(component)
]

# Deeper nesting than that is not looked at.
too_deep if {
	some component in third
	count(shape.items(component, "components")) > 0
}

# The packages among components. A file with a purl is a package all the same: its type must not
# hide it. In one pass each, because a call for every component takes long.
packages_of(components) := array.concat(
	[component |
		some component in components
		not no_packages[object.get(component, "type", "library")]
	],
	[component |
		some component in components
		no_packages[object.get(component, "type", "library")]
		object.get(component, "purl", null) != null
	],
)

# Every package of every document, wherever it is nested.
packages := packages_of(array.concat(array.concat(top, second), third))

# The places in packages of those with a text at key.
with_text(key) := {place |
	some place, component in packages
	is_string(component[key])
	trim_space(component[key]) != ""
}

# What the packages without a text at key are called.
lacking(key) := [label(component) |
	known := with_text(key)
	some place, component in packages
	not known[place]
]

# What people call a component.
label(component) := component.purl if {
	is_string(component.purl)
} else := sprintf("%s %s", [component.name, component.version]) if {
	is_string(component.name)
	is_string(component.version)
} else := component.name if {
	is_string(component.name)
} else := "a component without a name"
