# CycloneDX documents: what is known of them. What has to be walked for that is in `walk`, a package
# of its own, because the engine evaluates a package whole when another one asks for a rule of it.
package assurance.lib.bom

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape
import data.assurance.lib.walk

# Whoever judges works the facts of each document out ahead, in one pass over it, the same as the rules
# below do (ADR 12). They count for all documents or for none.
prepared if {
	count(evidence.sboms) > 0
	every item in evidence.sboms {
		is_object(item.facts)
	}
}

facts := [item.facts | some item in evidence.sboms] if prepared

# How many packages, and how many components at the top, all documents have together.
package_count := sum([fact.packages | some fact in facts]) if prepared else := count(walk.packages)

component_count := sum([fact.components | some fact in facts]) if prepared else := count(walk.top)

# The documents that can be read: CycloneDX by their own word, with a list of components.
readable(document) if {
	document.bomFormat == "CycloneDX"
	is_array(document.components)
	every component in document.components {
		is_object(component)
	}
}

# By itself: in a negated expression OPA takes what is not there for the end of the whole rule.
has_facts(item) if is_object(object.get(item, "facts", null))

can_be_read(item) if item.facts.readable

can_be_read(item) if {
	not has_facts(item)
	readable(item.predicate)
}

all_readable if {
	count(evidence.sboms) > 0
	every item in evidence.sboms {
		can_be_read(item)
	}
}

# Deeper nesting is not looked at, so it must not be there.
too_deep if {
	some fact in facts
	fact.too_deep
}

too_deep if {
	not prepared
	walk.too_deep
}

# What the packages are called by package URL, each once.
purls := {purl | some fact in facts; some purl in fact.purls} if prepared

else := {component.purl |
	some component in walk.packages
	is_string(component.purl)
	trim_space(component.purl) != ""
}

# What the packages are called that lack something, of what facts know.
known_lacking(what) := [name |
	some fact in facts
	some name in fact.lacking[what]
]

# What the packages without a text at key are called.
lacking(key) := known_lacking(key) if prepared

else := walk.lacking(key)

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
	sum([shape.whole(entry, "packages") | some entry in analyses]) == package_count
}

# The texts, and the lists of texts, at key of any analysis.
noted(key) := [entry[key][_] | some entry in analyses; is_array(entry[key])]
