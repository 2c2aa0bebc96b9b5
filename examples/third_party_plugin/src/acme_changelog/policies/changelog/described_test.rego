package assurance.changelog.described_test

import rego.v1

import data.assurance.changelog.described

with_sections(sections) := {
	"release": {"version": "1.2.0"},
	"evidence": [{
		"line": 2,
		"predicate_type": "https://acme.example/changelog/v1",
		"predicate": {"file": "CHANGELOG.md", "sections": sections},
	}],
}

test_described if {
	value := with_sections([{"version": "1.2.0", "entries": 2}, {"version": "1.1.0", "entries": 0}])
	described.evaluated with input as value
	count(described.findings) == 0 with input as value
}

test_not_described if {
	value := with_sections([{"version": "1.1.0", "entries": 2}])
	some finding in described.findings with input as value
	finding.status == "FAIL"
	finding.message == "CHANGELOG.md has 0 sections for version 1.2.0"
}

test_described_twice if {
	value := with_sections([{"version": "1.2.0", "entries": 2}, {"version": "1.2.0", "entries": 1}])
	some finding in described.findings with input as value
	finding.actual == "2 sections"
}

test_empty_section if {
	value := with_sections([{"version": "1.2.0", "entries": 0}])
	some finding in described.findings with input as value
	finding.actual == "0 entries"
}

test_no_changelog_is_not_evaluated if {
	not described.evaluated with input as {"release": {"version": "1.2.0"}, "evidence": []}
}
