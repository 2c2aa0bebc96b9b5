package assurance.release.provenance_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.release.provenance

at := "/evidence/6"

wanted := {"required": true, "builders": ["https://ci.example.com/builders/wheel/v1"]}

other := "2222222222222222222222222222222222222222222222222222222222222222"

fails(document, status, part) if {
	sample.says(provenance.findings, status, part) with input as document with data.release.provenance as wanted
}

passes(document) if {
	provenance.applies == true with input as document
	provenance.evaluated with input as document
	count(provenance.findings) == 0 with input as document
}

test_good if {
	passes(sample.good) with data.release.provenance as wanted
	passes(sample.good)
}

test_without_provenance_it_does_not_apply if {
	is_string(provenance.applies.reason) with input as sample.lacking(at)
	provenance.applies == true with input as json.patch(sample.good, [{"op": "replace", "path": "/evidence", "value": []}])
}

test_demanded_and_not_there_is_missing if {
	every setting in [{"required": true}, {"builders": ["b"]}, wanted] {
		provenance.applies == true with input as sample.lacking(at) with data.release.provenance as setting
		sample.statuses(provenance.findings) == {"MISSING"} with input as sample.lacking(at) with data.release.provenance as setting
	}
	is_string(provenance.applies.reason) with input as sample.lacking(at) with data.release.provenance as {"required": false}
}

test_a_policy_that_is_misspelt_is_no_policy if {
	every odd in [null, [], "x", {"require": true}, {"required": "yes"}, {"builders": "b"}, {"builders": [1]}] {
		provenance.applies == true with input as sample.lacking(at) with data.release.provenance as odd
		not provenance.evaluated with input as sample.good with data.release.provenance as odd
		sample.says(provenance.findings, "INDETERMINATE", "`release.provenance` is none") with input as sample.good with data.release.provenance as odd
	}
}

test_an_artifact_without_provenance if {
	fails(sample.having("/release/artifacts/-", {"name": "b.whl", "sha256": other}), "MISSING", "b.whl has no provenance")
	fails(sample.having(sprintf("%s/subject/0/digest/sha256", [at]), other), "MISSING", "py3-none-any.whl has no provenance")
}

test_another_builder if {
	document := sample.having(sprintf("%s/predicate/runDetails/builder/id", [at]), "https://laptop.example.com")
	fails(document, "FAIL", "is by the builder https://laptop.example.com, which is none of those")
	passes(document)
}

test_another_source if {
	source := sprintf("%s/predicate/buildDefinition/resolvedDependencies/0/digest", [at])
	fails(sample.having(source, {"gitCommit": "abc"}), "FAIL", "is of another source: abc")
	fails(sample.having(source, {"sha1": "abc"}), "FAIL", "is of another source: abc")
	fails(sample.having(source, {"sha256": other}), "WARN", "does not say from which commit")
	fails(sample.lacking(sprintf("%s/predicate/buildDefinition/resolvedDependencies", [at])), "WARN", "does not say from which commit")
	passes(sample.having(source, {"sha1": sample.good.release.revision}))
}

test_odd_provenance_is_no_pass if {
	every path in [
		"/predicate", "/predicate/buildDefinition", "/predicate/buildDefinition/buildType",
		"/predicate/buildDefinition/externalParameters", "/predicate/runDetails", "/predicate/runDetails/builder",
		"/predicate/runDetails/builder/id", "/subject",
	] {
		every odd in [null, [], "", 1] {
			not provenance.evaluated with input as sample.having(sprintf("%s%s", [at, path]), odd)
		}
	}
	every odd in [null, {}, [1], "x"] {
		not passes(sample.having(sprintf("%s/predicate/buildDefinition/resolvedDependencies", [at]), odd))
	}
	not provenance.evaluated with input as sample.having("/release/artifacts", [])
	not provenance.evaluated with input as sample.having("/release/artifacts/0", null)
	not provenance.evaluated with input as sample.lacking("/release/artifacts/0/sha256")
	fails(sample.lacking("/release/revision"), "FAIL", "is of another source")
}
