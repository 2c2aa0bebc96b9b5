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
