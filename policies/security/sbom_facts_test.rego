# Facts that whoever judges has worked out ahead take the place of walking the document (ADR 12).
package assurance.sbom.facts_test

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.sample
import data.assurance.sbom.supplier

facts := {
	"readable": true,
	"too_deep": false,
	"components": 3,
	"packages": 3,
	"purls": ["pkg:pypi/anyio@4.6.0", "pkg:pypi/h11@0.16.0", "pkg:pypi/idna@3.10"],
	"lacking": {"purl": [], "supplier": []},
}

known(path, value) := sample.having("/evidence/1/facts", json.patch(facts, [{"op": "add", "path": path, "value": value}]))

test_facts_are_taken_for_the_document if {
	document := known("/packages", 3)
	bom.package_count == 3 with input as document
	bom.component_count == 3 with input as document
	count(bom.purls) == 3 with input as document
	not bom.too_deep with input as document
	supplier.evaluated with input as document
	count(supplier.findings) == 0 with input as document
}

test_what_facts_say_is_lacking_is_found if {
	document := known("/lacking/supplier", ["pkg:pypi/h11@0.16.0"])
	bom.known_lacking("supplier") == ["pkg:pypi/h11@0.16.0"] with input as document
	sample.says(supplier.findings, "WARN", "1 of 3 components name no supplier: pkg:pypi/h11@0.16.0") with input as document
}

test_facts_that_say_too_deep_or_unreadable_are_no_pass if {
	bom.too_deep with input as known("/too_deep", true)
	not supplier.evaluated with input as known("/too_deep", true)
	not supplier.evaluated with input as known("/readable", false)
}

# A document's nesting, without facts, four levels down.
test_a_document_that_is_too_deep_is_no_pass if {
	inner := {"type": "library", "name": "d", "components": [{"type": "library", "name": "e"}]}
	nested := [{"type": "library", "name": "b", "components": [inner]}]
	document := sample.having("/evidence/1/predicate/components/0/components", nested)
	bom.too_deep with input as document
	not supplier.evaluated with input as document
}

test_a_component_says_its_supplier_in_any_of_these_ways if {
	component := "/evidence/1/predicate/components/1"
	silent := sample.lacking(sprintf("%s/supplier", [component]))
	every pair in [
		["manufacturer", {"name": "h11 project"}],
		["publisher", "h11 project"],
		["author", "h11 project"],
		["authors", [{"name": "h11 project"}]],
		["authors", [{"email": "h11@example.com"}]],
	] {
		document := json.patch(silent, [{"op": "add", "path": sprintf("%s/%s", [component, pair[0]]), "value": pair[1]}])
		supplier.evaluated with input as document
		count(supplier.findings) == 0 with input as document
	}
}
