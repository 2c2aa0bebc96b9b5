package assurance.reviews.unresolved_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.reviews.unresolved

commit := sample.good.release.revision

good := {
	"line": 8,
	"predicate_type": "https://w3id.org/release-assurance/review/v1",
	"predicate": {
		"kind": "security",
		"scope": {"description": "Token validation.", "paths": [], "excluded": []},
		"commit": commit,
		"startedAt": "2026-11-20T08:00:00Z",
		"completedAt": "2026-11-20T15:30:00Z",
		"reviewer": {"name": "m.okafor", "organisation": null, "independent": true},
		"result": "APPROVED",
		"findings": [],
		"report": null,
	},
	"subject": [{"name": "inkwell", "digest": {"gitCommit": commit}, "uri": null}],
	"signer": {
		"key": "6666666666666666666666666666666666666666666666666666666666666666",
		"holder": "m.okafor",
		"roles": ["reviewer"],
	},
	"as_of": "2026-11-20T15:30:00Z",
	"age_seconds": 254100,
	"proven_at": null,
}

with_reviews(reviews) := object.union(sample.good, {"evidence": array.concat(sample.good.evidence, reviews)})

said(changes) := with_reviews([json.patch(good, [{"op": "add", "path": "/predicate", "value": object.union(good.predicate, changes)}])])

one(changes) := said({"findings": [object.union(
	{"id": "NG-01", "title": "no limit", "severity": "high", "state": "OPEN", "fixedIn": null, "owner": null, "reference": null},
	changes,
)]})

test_an_approving_review_passes if {
	unresolved.applies == true with input as said({})
	unresolved.evaluated with input as said({})
	count(unresolved.findings) == 0 with input as said({})
	count(unresolved.findings) == 0 with input as said({}) with data.security.reviews as {"required": ["security"]}
	count(unresolved.findings) == 0 with input as one({"state": "FIXED", "fixedIn": commit})
	count(unresolved.findings) == 0 with input as one({"severity": "info"})
	count(unresolved.findings) == 0 with input as one({"severity": "low", "state": "FALSE_POSITIVE"})
}

test_without_a_review_it_does_not_apply if {
	is_string(unresolved.applies.reason) with input as sample.good
	not unresolved.evaluated with input as sample.good
}

test_a_severe_finding_that_is_not_resolved_fails if {
	every severity in ["critical", "high"] {
		every state in ["OPEN", "ACCEPTED"] {
			found := one({"severity": severity, "state": state})
			unresolved.evaluated with input as found
			sample.statuses(unresolved.findings) == {"FAIL"} with input as found
			sample.says(unresolved.findings, "FAIL", sprintf("NG-01 (%s, %s) of the review security by m.okafor: no limit", [severity, state])) with input as found
		}
	}
}

test_a_lesser_one_warns if {
	every severity in ["medium", "low"] {
		every state in ["OPEN", "ACCEPTED"] {
			found := one({"severity": severity, "state": state})
			sample.statuses(unresolved.findings) == {"WARN"} with input as found
			sample.says(unresolved.findings, "WARN", "reviews leave open or accept, below high: NG-01") with input as found
		}
	}
}

test_a_severe_false_positive_stays_in_sight if {
	found := one({"state": "FALSE_POSITIVE"})
	sample.statuses(unresolved.findings) == {"WARN"} with input as found
	sample.says(unresolved.findings, "WARN", "NG-01 (high) of the review security by m.okafor is called a false positive") with input as found
}

test_fixed_in_no_commit_fails if {
	every value in [null, "", 1] {
		found := one({"state": "FIXED", "severity": "low", "fixedIn": value})
		sample.statuses(unresolved.findings) == {"FAIL"} with input as found
		sample.says(unresolved.findings, "FAIL", "is called fixed, and no commit fixes it") with input as found
	}
}

test_another_commit_fails if {
	found := said({"commit": "0000000000000000000000000000000000000000"})
	unresolved.evaluated with input as found
	sample.statuses(unresolved.findings) == {"FAIL"} with input as found
	sample.says(unresolved.findings, "FAIL", sprintf("is of commit 0000000000000000000000000000000000000000, the release is of %s", [commit])) with input as found
	none := json.patch(said({}), [{"op": "replace", "path": "/release/revision", "value": null}])
	sample.says(unresolved.findings, "FAIL", "the release is of no commit") with input as none
}

test_another_signer_fails if {
	found := said({"reviewer": {"name": "n.abara", "organisation": null, "independent": true}})
	sample.statuses(unresolved.findings) == {"FAIL"} with input as found
	sample.says(unresolved.findings, "FAIL", "is signed by m.okafor, and not by its reviewer") with input as found
}

test_another_conclusion_fails if {
	every result in ["CHANGES_REQUESTED", "REJECTED"] {
		found := said({"result": result, "report": {"name": "report.pdf"}})
		sample.statuses(unresolved.findings) == {"FAIL"} with input as found
		sample.says(unresolved.findings, "FAIL", sprintf("the review security of report.pdf by m.okafor ends with %s", [result])) with input as found
	}
}

test_the_worst_of_two_decides if {
	bad := json.patch(good, [{"op": "replace", "path": "/predicate/result", "value": "REJECTED"}])
	sample.statuses(unresolved.findings) == {"FAIL"} with input as with_reviews([good, bad])
	sample.statuses(unresolved.findings) == {"FAIL"} with input as with_reviews([bad, good])
}

test_a_review_that_is_demanded_is_missing if {
	demand := {"required": ["penetration-test", "security"]}
	unresolved.applies == true with input as sample.good with data.security.reviews as demand
	unresolved.evaluated with input as sample.good with data.security.reviews as demand
	sample.statuses(unresolved.findings) == {"MISSING"} with input as sample.good with data.security.reviews as demand
	count(unresolved.findings) == 1 with input as said({}) with data.security.reviews as demand
	sample.says(unresolved.findings, "MISSING", "no penetration-test review of this commit was signed") with input as said({}) with data.security.reviews as demand
}

test_a_review_of_something_else_is_not_the_one_demanded if {
	demand := {"required": ["security"]}
	other := said({"commit": "0000000000000000000000000000000000000000"})
	sample.statuses(unresolved.findings) == {"FAIL", "MISSING"} with input as other with data.security.reviews as demand
	strange := said({"reviewer": {"name": "n.abara"}})
	sample.statuses(unresolved.findings) == {"FAIL", "MISSING"} with input as strange with data.security.reviews as demand
}

test_settings_that_are_none_decide_nothing if {
	every settings in [[], null, false, {"require": []}, {"required": "security"}, {"required": ["secruity"]}, {"required": [1]}] {
		unresolved.applies == true with input as sample.good with data.security.reviews as settings
		not unresolved.evaluated with input as said({}) with data.security.reviews as settings
		"INDETERMINATE" in sample.statuses(unresolved.findings) with input as said({}) with data.security.reviews as settings
	}
}

test_odd_content_is_no_pass if {
	every path in ["kind", "commit", "reviewer", "reviewer/name", "result", "findings"] {
		every value in [null, 1, "", {}] {
			odd := json.patch(said({}), [{"op": "replace", "path": sprintf("/evidence/7/predicate/%s", [path]), "value": value}])
			not unresolved.evaluated with input as odd
		}
	}
	every key in ["id", "title", "severity", "state"] {
		every value in [null, 1, "", "unknown"] {
			odd := one({key: value})
			usable(key, value, odd)
		}
	}
	not unresolved.evaluated with input as said({"findings": ["x"]})
}

# Any text is an id and a title.
usable(key, "unknown", _) if key in {"id", "title"}

usable(_, _, odd) if not unresolved.evaluated with input as odd
