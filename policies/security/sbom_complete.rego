# METADATA
# title: The SBOM names every component, with version, purl and dependencies
# description: |-
#   Each SBOM is CycloneDX and names at least one component; each package has name, version and
#   purl; each one's dependencies are listed, or declared as unknown in `compositions` (a warning).
# custom:
#   severity: high
#   weight: 8
#   blocking: true
#   owner: security
#   remedy: run `assurance explain sbom.complete`, mend the SBOM's source and collect again
#   requires: [sbom]
#   max_age: {staging: 14d, production: 7d}
#   controls: [SSDF PS.3.2, OSPS-QA-02.02, CRA 2.1, ASVS v5.0.0-15.1.2, NTIA minimum elements]
package assurance.sbom.complete

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.evidence
import data.assurance.lib.shape
import data.assurance.lib.walk

applies := true

# An SBOM of nothing is no SBOM, unless it says itself that nothing is all there is.
evaluated if {
	bom.all_readable
	not bom.too_deep
	every item in evidence.sboms {
		names_something(item.predicate)
	}
}

names_something(document) if {
	count(document.components) > 0
} else if says_nothing(document)

says_nothing(document) if {
	document.components == []
	some entry in shape.items(document, "dependencies")
	entry.ref == root(document)
	object.get(entry, "dependsOn", []) == []
	some composition in shape.items(document, "compositions")
	composition.aggregate == "complete"
	root(document) in shape.items(composition, "dependencies")
}

findings contains {
	"status": "WARN",
	"message": sprintf("the SBOM at line %v says that the release has no components", [item.line]),
	"actual": "0 components",
} if {
	some item in evidence.sboms
	says_nothing(item.predicate)
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the SBOM at line %v names no component", [item.line]),
	"actual": "0 components",
	"required": "at least 1",
} if {
	some item in evidence.sboms
	item.predicate.components == []
	not says_nothing(item.predicate)
}

findings contains {
	"status": "FAIL",
	"message": "the SBOM nests components deeper than three levels",
	"required": "at most 3 levels",
} if {
	bom.too_deep
}

findings contains lacks("version", unversioned)

unversioned := bom.lacking("version")

findings contains lacks("purl", nameless)

nameless := bom.known_lacking("package-url") if bom.prepared

else := [walk.label(component) |
	some place, component in walk.packages
	not with_purl[place]
]

with_purl := {place |
	some place, component in walk.packages
	is_string(component.purl)
	startswith(component.purl, "pkg:")
}

findings contains lacks("name", unnamed)

unnamed := bom.lacking("name")

lacks(what, names) := {
	"status": "FAIL",
	"message": sprintf("%d of %d components have no %s: %s", [
		count(names), bom.package_count, what, shape.some_of(sort(names)),
	]),
	"actual": sprintf("%d without %s", [count(names), what]),
	"required": "0",
} if {
	count(names) > 0
}

# Dependencies by line: what the graph lists, and what `compositions` says is not known.
listed[item.line] := {entry.ref |
	some entry in shape.items(item.predicate, "dependencies")
	is_string(entry.ref)
	is_array(object.get(entry, "dependsOn", []))
} if {
	some item in evidence.sboms
}

declared_unknown[item.line] := {ref |
	some composition in shape.items(item.predicate, "compositions")
	composition.aggregate in {"unknown", "incomplete", "incomplete_first_party_only", "incomplete_third_party_only"}
	some ref in shape.items(composition, "dependencies")
	is_string(ref)
} if {
	some item in evidence.sboms
}

# The packages at the top of each document, and what they are called in its graph.
packages[item.line] := walk.packages_of(item.predicate.components) if {
	some item in evidence.sboms
	bom.can_be_read(item)
}

references[line] := texts(components, "bom-ref") if some line, components in packages

# How many of the packages of each line have a bom-ref; two of the same are another's finding.
referred[line] := count([place |
	some place, component in components
	is_string(component["bom-ref"])
	trim_space(component["bom-ref"]) != ""
]) if some line, components in packages

texts(components, key) := {text |
	some component in components
	text := component[key]
	is_string(text)
	trim_space(text) != ""
}

# What the release itself is called; without it nobody knows what the graph begins with.
root(document) := shape.text(document.metadata.component, "bom-ref")

# What the graph leaves open: as worked out ahead, or worked out here.
root_known(item) if item.facts.graph.root_known

root_known(item) if {
	not bom.has_facts(item)
	is_known(item.predicate, listed[item.line] | declared_unknown[item.line])
}

silent_of(item) := item.facts.graph.silent if bom.has_facts(item)

else := [ref |
	some ref in (references[item.line] - listed[item.line]) - declared_unknown[item.line]
]

unreferred_of(item) := item.facts.graph.unreferred if bom.has_facts(item)

else := count(packages[item.line]) - referred[item.line]

unknown_of(item) := item.facts.graph.unknown if bom.has_facts(item)

else := count(references[item.line] & declared_unknown[item.line])

dangling_of(item) := item.facts.graph.dangling if bom.has_facts(item)

else := dangling if {
	bom.readable(item.predicate)
	known := everything(item.predicate)
	used := {target |
		some entry in shape.items(item.predicate, "dependencies")
		is_array(entry.dependsOn)
		some target in entry.dependsOn
	}
	dangling := [sprintf("%v", [target]) | some target in used - known]
}

everything(document) := {root(document)} | texts(document.components, "bom-ref")

findings contains {
	"status": "FAIL",
	"message": sprintf("the SBOM at line %v does not name the release as `metadata.component` with a bom-ref", [item.line]),
	"actual": "no root",
	"required": "a root of the dependency graph",
} if {
	some item in evidence.sboms
	not root(item.predicate)
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the SBOM at line %v says nothing of what the release itself depends on", [item.line]),
	"actual": "no entry in dependencies",
	"required": "listed, or declared as unknown in compositions",
} if {
	some item in evidence.sboms
	not root_known(item)
}

# By itself: in a negated expression OPA reads a call inside another one in its own way.
is_known(document, known) if root(document) in known

findings contains {
	"status": "FAIL",
	"message": sprintf("the SBOM at line %v says nothing of what %d components depend on: %s", [
		item.line, count(silent), shape.some_of(sort(silent)),
	]),
	"actual": sprintf("%d without dependencies", [count(silent)]),
	"required": "each listed, or declared as unknown in compositions",
} if {
	some item in evidence.sboms
	silent := silent_of(item)
	count(silent) > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the SBOM at line %v has %d components that the dependency graph cannot name", [
		item.line, unreferred,
	]),
	"actual": sprintf("%d without bom-ref", [unreferred]),
	"required": "0",
} if {
	some item in evidence.sboms
	unreferred := unreferred_of(item)
	unreferred > 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("the SBOM at line %v does not know what %d components depend on", [
		item.line, unknown,
	]),
	"actual": sprintf("%d unknown", [unknown]),
	"required": "0",
} if {
	some item in evidence.sboms
	unknown := unknown_of(item)
	unknown > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the SBOM at line %v lists dependencies on %d components that it does not name: %s", [
		item.line, count(dangling), shape.some_of(sort(dangling)),
	]),
	"actual": sprintf("%d unnamed", [count(dangling)]),
	"required": "0",
} if {
	some item in evidence.sboms
	dangling := dangling_of(item)
	count(dangling) > 0
}
