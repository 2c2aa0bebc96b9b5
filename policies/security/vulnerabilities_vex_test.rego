package assurance.vulnerabilities.vex_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.vulnerabilities.vex

statement := {
	"vulnerability": {"name": "CVE-2026-1"},
	"products": [{"@id": "pkg:pypi/inkwell@0.3.0"}],
	"status": "not_affected",
	"justification": "vulnerable_code_not_present",
}

document := {
	"line": 6,
	"predicate_type": "https://openvex.dev/ns",
	"predicate": {
		"@context": "https://openvex.dev/ns/v0.2.0",
		"@id": "https://example.com/vex/1",
		"author": "M. Roy",
		"timestamp": "2026-11-23T14:00:00Z",
		"version": 1,
		"statements": [statement],
	},
	"subject": sample.good.evidence[0].subject,
	"signer": {"key": "66", "holder": "m.roy", "roles": ["vex"]},
	"as_of": "2026-11-23T14:00:00Z",
	"age_seconds": 300,
	"proven_at": null,
}

with_document(item) := object.union(sample.good, {"evidence": array.concat(sample.good.evidence, [item])})

changed(path, value) := with_document(json.patch(document, [{"op": "add", "path": path, "value": value}]))

warns(input_document, part) if {
	vex.evaluated with input as input_document
	sample.says(vex.findings, "WARN", part) with input as input_document
	sample.statuses(vex.findings) == {"WARN"} with input as input_document
}

test_without_vex_there_is_nothing_to_say if {
	vex.evaluated with input as sample.good
	count(vex.findings) == 0 with input as sample.good
}

test_a_good_document if {
	vex.evaluated with input as with_document(document)
	count(vex.findings) == 0 with input as with_document(document)
}

test_no_role_vex if warns(changed("/signer/roles", ["collector"]), "its signer has no role vex")

test_no_openvex if {
	every path_and_value in [
		["/predicate/@context", "https://openvex.dev/ns/v1.0.0"],
		["/predicate/@context", null],
		["/predicate/statements", []],
		["/predicate/statements", null],
		["/predicate/statements/0", "x"],
		["/predicate/statements/0/status", "harmless"],
		["/predicate/statements/0/vulnerability", "CVE-2026-1"],
		["/predicate/statements/0/products", []],
		["/predicate/statements/0/products/0", "pkg:pypi/inkwell@0.3.0"],
	] {
		warns(changed(path_and_value[0], path_and_value[1]), "it is no OpenVEX 0.2 document")
	}
}

test_not_about_all_artifacts if {
	other := "2222222222222222222222222222222222222222222222222222222222222222"
	warns(changed("/subject/0/digest/sha256", other), "it names not all artifacts")
	warns(changed("/subject", []), "it names not all artifacts")
}

test_ages if {
	warns(changed("/age_seconds", null), "it does not say from when it is")
	warns(changed("/age_seconds", -301), "it is from the future")
	warns(changed("/age_seconds", 7776001), "it is older than 90 days")
	count(vex.findings) == 0 with input as changed("/age_seconds", 7776000)
	count(vex.findings) == 0 with input as changed("/age_seconds", -300)
}

test_not_affected_without_a_reason if {
	silent := json.remove(document, ["predicate/statements/0/justification"])
	warns(with_document(silent), "says not_affected of CVE-2026-1 without a justification")
	warns(changed("/predicate/statements/0/justification", "trust_me"), "without a justification")
	said := json.patch(silent, [{"op": "add", "path": "/predicate/statements/0/impact_statement", "value": "never called"}])
	count(vex.findings) == 0 with input as with_document(said)
}
