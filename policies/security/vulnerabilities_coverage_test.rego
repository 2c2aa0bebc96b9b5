package assurance.vulnerabilities.coverage_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.vulnerabilities.coverage

detail := "/evidence/2/predicate/https:~1~1w3id.org~1release-assurance~1vulns-detail~1v1"

undecided(document) if {
	sample.statuses(coverage.findings) == {"INDETERMINATE"} with input as document
}

test_good if {
	coverage.evaluated with input as sample.good
	count(coverage.findings) == 0 with input as sample.good
}

test_a_package_that_was_not_looked_up if {
	document := json.patch(sample.good, [
		{"op": "remove", "path": sprintf("%s/packages/0", [detail])},
		{"op": "replace", "path": sprintf("%s/audited", [detail]), "value": 2},
		{"op": "replace", "path": sprintf("%s/expected", [detail]), "value": 2},
	])
	undecided(document)
}

test_a_skipped_package if {
	document := sample.having(sprintf("%s/skipped/-", [detail]), "pkg:pypi/x@1")
	undecided(document)
}

test_figures_that_do_not_agree if {
	undecided(sample.having(sprintf("%s/audited", [detail]), 2))
	undecided(sample.having(sprintf("%s/expected", [detail]), 4))
	undecided(sample.having(sprintf("%s/packages/-", [detail]), "pkg:pypi/x@1"))
}

test_nothing_looked_up if {
	document := json.patch(sample.good, [
		{"op": "replace", "path": sprintf("%s/packages", [detail]), "value": []},
		{"op": "replace", "path": sprintf("%s/audited", [detail]), "value": 0},
		{"op": "replace", "path": sprintf("%s/expected", [detail]), "value": 0},
	])
	undecided(document)
}

test_a_component_without_purl if {
	undecided(sample.lacking("/evidence/1/predicate/components/0/purl"))
}

test_qualifiers_do_not_matter if {
	document := sample.having("/evidence/1/predicate/components/0/purl", "pkg:pypi/anyio@4.6.0?file_name=anyio.whl#sub")
	count(coverage.findings) == 0 with input as document
}

named(purl) := sample.having("/evidence/1/predicate/components/0/purl", purl)

test_a_namesake_from_elsewhere_was_not_looked_up if {
	every qualifiers in [
		"vcs_url=git%2Bhttps://example.org/anyio@abc",
		"file_name=anyio.whl&VCS_URL=git%2Bhttps://example.org/anyio@abc#sub",
		"download_url=https://example.org/anyio.whl",
		"download_url=https://example.org/pypi.org/",
		"repository_url=https://pypi.org.example.org/simple",
		"repository_url=https://pypi.org:x@example.org/simple",
		"repository_url=https%3A%2F%2Fexample.org%2Fsimple",
		"repository_url",
		"file_name=a?b&vcs_url=git%2Bhttps://example.org/anyio@abc",
	] {
		document := named(sprintf("pkg:pypi/anyio@4.6.0?%s", [qualifiers]))
		undecided(document)
		some finding in coverage.findings with input as document
		contains(finding.message, "1 of 3 packages of the SBOM were not looked up: pkg:pypi/anyio@4.6.0?")
	}
}

test_a_package_that_says_it_is_from_pypi if {
	every qualifiers in [
		"repository_url=https://pypi.org/simple",
		"repository_url=pypi.org",
		"repository_url=https%3A%2F%2FPyPI.org%2Fsimple&file_name=anyio.whl",
		"download_url=https://files.pythonhosted.org/packages/anyio.whl",
		"file_name=a?vcs",
	] {
		document := named(sprintf("pkg:pypi/anyio@4.6.0?%s", [qualifiers]))
		count(coverage.findings) == 0 with input as document
	}
}

test_odd_details_are_no_pass if {
	every key in ["expected", "audited", "packages", "skipped"] {
		not coverage.evaluated with input as sample.lacking(sprintf("%s/%s", [detail, key]))
		every odd in [null, "3", -1, 1.5, true, {}, [1]] {
			document := sample.having(sprintf("%s/%s", [detail, key]), odd)
			not passes(document)
		}
	}
	not coverage.evaluated with input as sample.lacking(detail)
	not coverage.evaluated with input as sample.lacking("/evidence/2/predicate/scanner")
	not coverage.evaluated with input as sample.lacking("/evidence/2")
	not coverage.evaluated with input as sample.lacking("/evidence/1")
}

passes(document) if {
	coverage.evaluated with input as document
	count(coverage.findings) == 0 with input as document
}

test_each_reason_is_given if {
	sample.says(coverage.findings, "INDETERMINATE", "skipped 1 packages") with input as sample.having(sprintf("%s/skipped/-", [detail]), "x")
	sample.says(coverage.findings, "INDETERMINATE", "looked up no package") with input as sample.having(sprintf("%s/packages", [detail]), [])
}

test_nothing_to_look_up_warns if {
	document := json.patch(sample.good, [
		{"op": "replace", "path": "/evidence/1/predicate/components", "value": []},
		{"op": "replace", "path": sprintf("%s/packages", [detail]), "value": []},
		{"op": "replace", "path": sprintf("%s/audited", [detail]), "value": 0},
		{"op": "replace", "path": sprintf("%s/expected", [detail]), "value": 0},
	])
	coverage.evaluated with input as document
	sample.statuses(coverage.findings) == {"WARN"} with input as document
}
