package assurance.vulnerabilities.unresolved_test

import rego.v1

import data.assurance.vulnerabilities.unresolved

detail := {"expected": 1, "audited": 1, "skipped": [], "packages": ["pkg:pypi/urllib3@1.26.4"]}

scan(results) := {"evidence": [{
	"line": 3,
	"predicate_type": "https://in-toto.io/attestation/vulns/v0.2",
	"predicate": {
		"scanner": {"db": {"records": 10}, "result": results},
		"https://w3id.org/release-assurance/vulns-detail/v1": detail,
	},
}]}

rated(band, kev) := {
	"id": "PYSEC-1",
	"severity": [{"method": "band", "score": band}],
	"annotations": [{"package": "pkg:pypi/urllib3@1.26.4", "kev": kev, "fixedVersions": ["1.26.5"]}],
}

statuses(results) := {status |
	some finding in unresolved.findings with input as scan(results)
	status := finding.status
}

test_nothing_found_passes if {
	unresolved.evaluated with input as scan([])
	statuses([]) == set()
}

test_high_fails if statuses([rated("high", false)]) == {"FAIL"}

test_critical_fails if statuses([rated("critical", false)]) == {"FAIL"}

test_unknown_is_not_low if statuses([rated("unknown", false)]) == {"FAIL"}

test_two_ratings_are_none if {
	both := object.union(rated("low", false), {"severity": [{"method": "band", "score": "low"}, {"method": "band", "score": "medium"}]})
	statuses([both]) == {"FAIL"}
}

test_kev_blocks_whatever_the_severity if statuses([rated("low", true)]) == {"FAIL"}

test_low_warns if statuses([rated("low", false)]) == {"WARN"}

test_no_evidence_is_not_evaluated if {
	not unresolved.evaluated with input as {"evidence": []}
}

test_a_result_without_annotations_is_not_evaluated if {
	odd := object.union(rated("low", false), {"annotations": []})
	not unresolved.evaluated with input as scan([odd])
}

wheel := "1111111111111111111111111111111111111111111111111111111111111111"

bug := {
	"id": "PYSEC-2021-108",
	"severity": [{"method": "band", "score": "high"}],
	"annotations": [{
		"package": "pkg:pypi/urllib3@1.26.4",
		"aliases": ["CVE-2021-33503", "GHSA-q2q7-5pp4-w6pg"],
		"kev": false,
		"modified": "2021-07-05T00:01:22Z",
		"fixedVersions": ["1.26.5"],
	}],
}

not_affected := {
	"vulnerability": {"name": "CVE-2021-33503"},
	"products": [{"@id": "pkg:pypi/inkwell@0.3.0", "subcomponents": [{"@id": "pkg:pypi/urllib3@1.26.4"}]}],
	"status": "not_affected",
	"justification": "vulnerable_code_not_in_execute_path",
}

vex_document(number, statements) := {
	"line": number,
	"predicate_type": "https://openvex.dev/ns",
	"predicate": {
		"@context": "https://openvex.dev/ns/v0.2.0",
		"@id": "https://example.com/vex/1",
		"author": "M. Roy",
		"timestamp": "2026-11-23T14:00:00Z",
		"version": 1,
		"statements": statements,
	},
	"subject": [{"name": "inkwell.whl", "digest": {"sha256": wheel}, "uri": null}],
	"signer": {"key": "66", "holder": "m.roy", "roles": ["vex"]},
	"age_seconds": 300,
}

release_with(results, documents) := {
	"now": "2026-11-23T14:05:00Z",
	"release": {"name": "inkwell", "version": "0.3.0", "artifacts": [{"name": "inkwell.whl", "sha256": wheel}]},
	"evidence": array.concat(scan(results).evidence, documents),
}

found(results, documents) := {finding.status |
	some finding in unresolved.findings with input as release_with(results, documents)
}

messages(results, documents) := {finding.message |
	some finding in unresolved.findings with input as release_with(results, documents)
}

relieves(statements) if found([bug], [vex_document(9, statements)]) == {"WARN"}

relieves_nothing(statements, why) if {
	found([bug], [vex_document(9, statements)]) == {"FAIL"}
	some message in messages([bug], [vex_document(9, statements)])
	contains(message, why)
}

# `not_affected` with the value at `path` put there.
but(path, value) := json.patch(not_affected, [{"op": "add", "path": path, "value": value}])

part := "/products/0/subcomponents/0"

test_vex_relieves_and_stays_in_sight if {
	relieves([not_affected])
	messages([bug], [vex_document(9, [not_affected])]) == {"pkg:pypi/urllib3@1.26.4 has a high vulnerability: PYSEC-2021-108; VEX says not_affected (line 9, signed by m.roy): vulnerable_code_not_in_execute_path"}
	relieves([but("/status", "fixed")])
}

test_vex_relieves_low_ones_too if {
	low := json.patch(bug, [{"op": "replace", "path": "/severity/0/score", "value": "low"}])
	every message in messages([low], [vex_document(9, [not_affected])]) {
		contains(message, "VEX says not_affected")
	}
}

test_any_id_of_the_bug_will_do if {
	every id in ["PYSEC-2021-108", "CVE-2021-33503", "GHSA-q2q7-5pp4-w6pg", "ghsa-Q2Q7-5pp4-w6pg"] {
		relieves([but("/vulnerability/name", id)])
		relieves([but("/vulnerability", {"name": "INTERNAL-7", "aliases": [id]})])
	}
}

test_another_bug if {
	found([bug], [vex_document(9, [but("/vulnerability/name", "CVE-2021-33504")])]) == {"FAIL"}
	found([bug], [vex_document(9, [but("/vulnerability/name", "PYSEC-2021-1")])]) == {"FAIL"}
}

test_several_cves_must_all_be_named if {
	two := json.patch(bug, [{"op": "add", "path": "/annotations/0/aliases/-", "value": "CVE-2022-1"}])
	other := but("/vulnerability/name", "CVE-2022-1")
	found([two], [vex_document(9, [not_affected])]) == {"FAIL"}
	found([two], [vex_document(9, [not_affected, other])]) == {"WARN"}
	found([two], [vex_document(9, [not_affected]), vex_document(10, [other])]) == {"WARN"}
}

test_product_version_and_digest_must_be_right if {
	every path_and_value in [
		["/products/0/@id", "pkg:pypi/inkwell@0.3.1"],
		["/products/0/@id", "pkg:pypi/inkwell"],
		["/products/0/@id", "pkg:pypi/other@0.3.0"],
		["/products/0/@id", "inkwell 0.3.0"],
		["/products/0/hashes", {"sha-256": "2222222222222222222222222222222222222222222222222222222222222222"}],
		["/products/0/hashes", {"sha-512": "22"}],
		["/products/0/hashes", null],
		["/products/0/identifiers", {"purl": "pkg:pypi/inkwell@0.3.1"}],
		[sprintf("%s/@id", [part]), "pkg:pypi/urllib3@1.26.5"],
		[sprintf("%s/@id", [part]), "pkg:pypi/urllib3"],
		[sprintf("%s/@id", [part]), "pkg:pypi/urllib4@1.26.4"],
		[sprintf("%s/@id", [part]), "pkg:pypi/urllib3@1.26.4?repository_url=https://example.com/simple"],
		[sprintf("%s/hashes", [part]), {"sha-256": wheel}],
		["/products/0/subcomponents", []],
		["/products/0/subcomponents", null],
	] {
		relieves_nothing([but(path_and_value[0], path_and_value[1])], "line 9: it is about another product, version or digest")
		relieves_nothing([json.patch(but(path_and_value[0], path_and_value[1]), [{"op": "replace", "path": "/status", "value": "fixed"}])], "it is about another product, version or digest")
	}
}

test_other_ways_to_name_the_product if {
	not relieves([but("/products", [{"@id": "pkg:pypi/Ink_Well@0.3.0"}])])
	relieves([but("/products", [{"@id": "pkg:pypi/InkWell@0.3.0"}])])
	relieves([but("/products/0/hashes", {"sha-256": wheel})])
	relieves([but("/products/0", {"@id": "https://example.com/inkwell", "identifiers": {"purl": "pkg:pypi/inkwell@0.3.0"}})])
	relieves([but("/products", [{"@id": "pkg:pypi/URLLIB3@1.26.4"}])])
	relieves([but("/products", [{"@id": "pkg:pypi/other@1"}, {"@id": "pkg:pypi/urllib3@1.26.4"}])])
}

test_a_package_s_digest_is_that_of_the_sbom if {
	hash := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	sbom := {
		"line": 2,
		"predicate_type": "https://cyclonedx.org/bom",
		"predicate": {
			"bomFormat": "CycloneDX",
			"components": [{"purl": "pkg:pypi/urllib3@1.26.4", "hashes": [{"alg": "SHA-256", "content": hash}]}],
		},
	}
	right := but(sprintf("%s/hashes", [part]), {"sha-256": hash})
	wrong := but(sprintf("%s/hashes", [part]), {"sha-256": wheel})
	found([bug], [sbom, vex_document(9, [right])]) == {"WARN"}
	found([bug], [sbom, vex_document(9, [wrong])]) == {"FAIL"}
	found([bug], [vex_document(9, [right])]) == {"FAIL"}
}

test_only_later_than_the_advisory if {
	relieves_nothing([but("/timestamp", "2021-07-05T00:01:22Z")], "it is not later than the advisory")
	relieves([but("/timestamp", "2021-07-05T00:01:23Z")])
	relieves([but("/timestamp", "2021-07-05T02:01:22.5+02:00")])
	undated := json.remove(bug, ["annotations/0/modified"])
	found([undated], [vex_document(9, [not_affected])]) == {"FAIL"}
	some message in messages([undated], [vex_document(9, [not_affected])])
	contains(message, "the scan does not say when the advisory was changed last")
	timeless := json.remove(vex_document(9, [not_affected]), ["predicate/timestamp"])
	found([bug], [timeless]) == {"FAIL"}
	relieves_nothing([but("/timestamp", "2026-11-24T00:00:00Z")], "it is from the future")
}

test_documents_that_count_for_nothing if {
	good := vex_document(9, [not_affected])
	every change in [
		[{"op": "replace", "path": "/signer/roles", "value": ["collector"]}, "its signer has no role vex"],
		[{"op": "replace", "path": "/age_seconds", "value": 7776001}, "it is older than 90 days"],
		[{"op": "replace", "path": "/age_seconds", "value": -301}, "it is from the future"],
		[{"op": "replace", "path": "/age_seconds", "value": null}, "it does not say from when it is"],
		[{"op": "replace", "path": "/subject", "value": []}, "it names not all artifacts"],
		[{"op": "replace", "path": "/predicate/@context", "value": "https://openvex.dev/ns"}, "it is no OpenVEX 0.2 document"],
	] {
		bad := json.patch(good, [change[0]])
		found([bug], [bad]) == {"FAIL"}
		some message in messages([bug], [bad])
		contains(message, change[1])
	}
}

test_not_affected_needs_a_reason if {
	silent := json.remove(not_affected, ["justification"])
	relieves_nothing([silent], "it says not_affected without a justification")
	relieves([object.union(silent, {"impact_statement": "the parser is never called"})])
	relieves_nothing([but("/justification", "because")], "without a justification")
	relieves_nothing([object.union(silent, {"impact_statement": " "})], "without a justification")
}

test_other_states_relieve_nothing if {
	every status in ["affected", "under_investigation"] {
		relieves_nothing([but("/status", status)], sprintf("it says %s", [status]))
	}
}

test_the_worst_statement_counts if {
	every status in ["affected", "under_investigation", "harmless", null] {
		worse := but("/status", status)
		found([bug], [vex_document(9, [not_affected]), vex_document(10, [worse])]) == {"FAIL"}
		found([bug], [vex_document(9, [worse]), vex_document(10, [not_affected])]) == {"FAIL"}
	}
	worse := but("/status", "affected")

	# However old, whoever signed it, and however loosely it names the product.
	old := json.patch(vex_document(10, [worse]), [{"op": "replace", "path": "/age_seconds", "value": 99999999}])
	stranger := json.patch(vex_document(10, [worse]), [{"op": "replace", "path": "/signer/roles", "value": []}])
	every document in [old, stranger] {
		found([bug], [vex_document(9, [not_affected]), document]) == {"FAIL"}
	}
	every products in [[], [{"@id": "pkg:pypi/urllib3"}], [{"@id": "inkwell"}], ["x"], [{"@id": "pkg:pypi/inkwell"}]] {
		loose := object.union(worse, {"products": products})
		found([bug], [vex_document(9, [not_affected]), vex_document(10, [loose])]) == {"FAIL"}
	}
	silent := json.remove(worse, ["status"])
	found([bug], [vex_document(9, [not_affected]), vex_document(10, [silent])]) == {"FAIL"}
	nameless := json.remove(worse, ["vulnerability"])
	found([bug], [vex_document(9, [not_affected]), vex_document(10, [nameless])]) == {"FAIL"}
}

test_what_is_said_of_others_does_not_count_against if {
	every products in [
		[{"@id": "pkg:pypi/inkwell@0.3.0", "subcomponents": [{"@id": "pkg:pypi/requests@2.0"}]}],
		[{"@id": "pkg:pypi/urllib3@1.25.0"}],
		[{"@id": "pkg:pypi/inkwell@0.2.0"}],
	] {
		elsewhere := object.union(but("/status", "affected"), {"products": products})
		found([bug], [vex_document(9, [not_affected, elsewhere])]) == {"WARN"}
	}
	other_bug := object.union(but("/status", "affected"), {"vulnerability": {"name": "CVE-1999-1"}})
	found([bug], [vex_document(9, [not_affected, other_bug])]) == {"WARN"}
}

test_vex_does_not_relieve_what_is_exploited if {
	exploited := json.patch(bug, [{"op": "replace", "path": "/annotations/0/kev", "value": true}])
	found([exploited], [vex_document(9, [not_affected])]) == {"FAIL"}
}

test_one_package_relieved_and_one_not if {
	other := json.patch(bug, [{"op": "replace", "path": "/annotations/0/package", "value": "pkg:pypi/urllib3@1.25.0"}])
	found([bug, other], [vex_document(9, [not_affected])]) == {"FAIL", "WARN"}
}
