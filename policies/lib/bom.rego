# CycloneDX documents: their components, to three levels of nesting, and what those lack.
package assurance.lib.bom

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

# Components of these types are no packages: they have a hash rather than a version and a purl.
no_packages := {"file", "data", "cryptographic-asset"}

# The documents that can be read: CycloneDX by their own word, with a list of components.
readable(document) if {
	document.bomFormat == "CycloneDX"
	is_array(document.components)
	every component in document.components {
		is_object(component)
	}
}

all_readable if {
	count(evidence.sboms) > 0
	every item in evidence.sboms {
		readable(item.predicate)
	}
}

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

# Deeper nesting is not looked at, so it must not be there.
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

# A purl without qualifiers and subpath, with the one escape that versions have.
plain(purl) := replace(split(split(purl, "?")[0], "#")[0], "%2B", "+")

# What the collector worked out about each document, beside the documents themselves.
analyses := [entry |
	some item in evidence.sbom_details
	some entry in shape.items(item.predicate, "documents")
	is_object(entry)
]

# The analyses are about these very documents: as many, with the same serial numbers and as many
# packages. A document from elsewhere that nobody looked at makes this undefined.
analysed if {
	every item in evidence.sbom_details {
		is_array(item.predicate.documents)
	}
	count(analyses) == count(evidence.sboms)
	sort([object.get(entry, "id", null) | some entry in analyses]) == sort([object.get(item.predicate, "serialNumber", null) |
		some item in evidence.sboms
	])
	sum([shape.whole(entry, "packages") | some entry in analyses]) == count(packages)
}

# The texts, and the lists of texts, at key of any analysis.
noted(key) := [entry[key][_] | some entry in analyses; is_array(entry[key])]
