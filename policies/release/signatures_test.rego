package assurance.release.signatures_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.release.signatures

other := "2222222222222222222222222222222222222222222222222222222222222222"

fails(document, part) if {
	sample.says(signatures.findings, "FAIL", part) with input as document
}

no_pass(document) if {
	not signatures.evaluated with input as document
}

no_pass(document) if {
	count(signatures.findings) > 0 with input as document
}

test_good if {
	signatures.evaluated with input as sample.good
	count(signatures.findings) == 0 with input as sample.good
}

test_a_manifest_of_another_release if {
	fails(sample.having("/evidence/0/predicate/name", "blotter"), "the release is blotter 0.3.0")
	fails(sample.having("/evidence/0/predicate/version", "0.4.0"), "the release is inkwell 0.4.0")
	fails(sample.having("/evidence/0/predicate/revision", null), "of revision null")
	fails(sample.lacking("/evidence/0/predicate/version"), "without version")
	fails(sample.lacking("/release/version"), "the release is inkwell 0.3.0")
}

test_other_artifacts_in_manifest_or_subjects if {
	every path in [
		"/release/artifacts/0/sha256", "/evidence/0/predicate/artifacts/0/sha256",
		"/evidence/0/subject/0/digest/sha256",
	] {
		fails(sample.having(path, other), "name other artifacts than the release: inkwell-0.3.0-py3-none-any.whl")
	}
	fails(sample.having("/evidence/0/predicate/artifacts/-", {"name": "b.whl", "sha256": other}), "other artifacts than the release: b.whl")
	fails(sample.having("/evidence/0/predicate/artifacts", []), "name other artifacts")
}

# The subject of a release without artifacts and without a revision is the digest of its name.
test_nothing_built_is_no_pass_and_no_other_release if {
	bare := json.patch(sample.good, [
		{"op": "add", "path": "/evidence", "value": [sample.good.evidence[0]]},
		{"op": "add", "path": "/evidence/0/subject", "value": [{"name": "inkwell", "digest": {"sha256": other}}]},
		{"op": "add", "path": "/evidence/0/predicate/artifacts", "value": []},
		{"op": "add", "path": "/release/artifacts", "value": []},
	])
	not signatures.evaluated with input as bare
	count(signatures.findings) == 0 with input as bare
	about_it := json.patch(bare, [{"op": "add", "path": "/evidence/-", "value": sample.good.evidence[1]}])
	fails(about_it, "line 2 is about")
}

test_no_manifest_or_two_are_no_pass if {
	no_pass(sample.lacking("/evidence/0"))
	no_pass(sample.having("/evidence/-", sample.good.evidence[0]))
}

test_a_signer_without_the_role if {
	fails(sample.having("/evidence/0/signer/roles", ["collector"]), "line 1 is signed by ci, who has not the role releaser")
	fails(sample.having("/evidence/1/signer/roles", ["releaser"]), "line 2 is signed by ci, who has not the role collector")
	fails(sample.having("/evidence/1/signer/roles", []), "line 2 is signed by ci, who has not the role collector")
	fails(sample.having("/evidence/1/predicate_type", "https://openvex.dev/ns"), "line 2 is signed by ci, who has not the role vex")
	waiver := "https://w3id.org/release-assurance/waiver/v1"
	fails(sample.having("/evidence/1/predicate_type", waiver), "who has not the role waiver-approver or waiver-requester")
}

test_a_sign_off_needs_the_role_of_its_area if {
	signed := object.union(sample.good.evidence[0], {
		"predicate_type": "https://w3id.org/release-assurance/sign-off/v1",
		"predicate": {"area": "qa"},
	})
	as_qa := json.patch(signed, [{"op": "add", "path": "/signer/roles", "value": ["sign-off:qa"]}])
	as_security := json.patch(signed, [{"op": "add", "path": "/signer/roles", "value": ["sign-off:security"]}])
	count(signatures.findings) == 0 with input as sample.having("/evidence/-", as_qa)
	fails(sample.having("/evidence/-", as_security), "who has not the role sign-off:qa")
}

test_something_else_is_nothing_of_this_release if {
	fails(sample.having("/evidence/1/subject/0/digest/sha256", other), sprintf("line 2 is about %s, which is nothing", [other]))
	fails(sample.having("/evidence/3/subject/0/digest/gitCommit", "abc"), "line 4 is about abc, which is nothing")
	fails(sample.having("/evidence/1/subject/-", {"name": "x", "digest": {"sha512": other}}), "line 2 is about")
}

test_what_the_manifest_links_to_is_of_this_release if {
	linked := json.patch(sample.good, [
		{"op": "add", "path": "/evidence/0/predicate/links", "value": [{"name": "ledger", "digest": {"sha256": other}}]},
		{"op": "add", "path": "/evidence/4/subject/0/digest", "value": {"sha256": other}},
	])
	signatures.evaluated with input as linked
	count(signatures.findings) == 0 with input as linked
}

test_odd_evidence_is_no_pass if {
	every odd in [null, [], {}, "x", 1] {
		every path in ["/evidence/1/subject", "/evidence/1/signer", "/evidence/1/subject/0/digest", "/release/artifacts"] {
			no_pass(sample.having(path, odd))
		}
	}
	every key in ["key", "holder", "roles"] {
		no_pass(sample.lacking(sprintf("/evidence/1/signer/%s", [key])))
	}
}

freeze(project, roles) := sample.having("/evidence/-", {
	"line": 7,
	"predicate_type": "https://w3id.org/release-assurance/freeze/v1",
	"predicate": {"project": project},
	"subject": [{"name": "policies", "digest": {"sha256": other}, "uri": null}],
	"signer": {"key": other, "holder": "a.novak", "roles": roles},
	"as_of": null,
	"age_seconds": null,
	"proven_at": null,
})

test_a_freeze_is_of_the_project if {
	good := freeze("inkwell", ["policy"])
	signatures.evaluated with input as good
	count(signatures.findings) == 0 with input as good
	fails(freeze("blotter", ["policy"]), "line 7 freezes blotter, which is another project")
	fails(freeze(null, ["policy"]), "line 7 freezes null")
	fails(freeze("inkwell", ["collector"]), "line 7 is signed by a.novak, who has not the role policy")
}
