package assurance.signoff.by_policy_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.signoff.by_policy

wanted := {"areas": ["security", "release"]}

missing(document, part) if {
	found := by_policy.findings with input as document with data.release.approvals as wanted
	sample.statuses(found) == {"MISSING"}
	sample.says(found, "MISSING", part)
}

passes(document) if {
	by_policy.applies == true with input as document with data.release.approvals as wanted
	by_policy.evaluated with input as document with data.release.approvals as wanted
	found := by_policy.findings with input as document with data.release.approvals as wanted
	count(found) == 0
}

test_good if passes(sample.good)

test_without_a_demand_it_does_not_apply if {
	is_string(by_policy.applies.reason) with input as sample.good
	is_string(by_policy.applies.reason) with input as sample.good with data.release.approvals as {"areas": []}
	by_policy.applies == true with input as sample.having("/evidence", [])
	not by_policy.evaluated with input as sample.having("/evidence", [])
	not by_policy.evaluated with input as sample.good
}

test_demanded_and_not_given_is_missing if {
	missing(sample.having("/sign_offs", []), "security is not signed off, and the policy data demands it")
	missing(sample.lacking("/sign_offs/0"), "release is not signed off, and the policy data demands it")
}

test_a_void_one_is_missing_with_its_reason if {
	void := {"state": "VOID", "has": 0, "by": [], "reason": "line 9 is void, its evidenceDigest is another"}
	document := sample.having("/sign_offs/1", object.union(sample.good.sign_offs[1], void))
	missing(document, "the policy data demands it: line 9 is void, its evidenceDigest is another")
}

test_too_few_holders if {
	missing(sample.having("/sign_offs/1/needs", 2), "security is not signed off")
	missing(sample.having("/sign_offs/1/state", "MISSING"), "security is not signed off")
}

test_a_second_entry_does_not_hide_the_first if {
	missing(sample.having("/sign_offs/-", object.union(sample.good.sign_offs[1], {"needs": 3})), "security is not signed off")
}

test_an_area_that_nobody_demands_does_not_matter if {
	passes(sample.having("/sign_offs/-", {"area": "qa", "state": "MISSING", "needs": 1, "has": 0, "by": [], "reason": null}))
}

test_a_policy_that_is_misspelt_is_no_policy if {
	every odd in [null, [], "x", {"area": []}, {"areas": "qa"}, {"areas": [1]}] {
		by_policy.applies == true with input as sample.good with data.release.approvals as odd
		not by_policy.evaluated with input as sample.good with data.release.approvals as odd
		sample.says(by_policy.findings, "INDETERMINATE", "`release.approvals` is none") with input as sample.good with data.release.approvals as odd
	}
}

test_odd_states_are_no_pass if {
	every odd in [null, {}, "x", 1, [null], [{}], ["x"]] {
		not passes(sample.having("/sign_offs", odd))
	}
	not passes(sample.lacking("/sign_offs"))
	every pair in [["needs", 0], ["needs", "1"], ["has", -1], ["has", 2], ["by", null], ["by", []], ["state", "OK"], ["area", ""]] {
		not passes(sample.having(sprintf("/sign_offs/0/%s", [pair[0]]), pair[1]))
	}
}
