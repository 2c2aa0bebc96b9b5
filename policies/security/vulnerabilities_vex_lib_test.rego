package assurance.vulnerabilities.vex_lib_test

import rego.v1

import data.assurance.lib.vex

test_purls_are_compared_as_pep_503_has_names if {
	vex.plain("pkg:pypi/Zope.Interface@5.0%2Bcpu") == "pkg:pypi/zope-interface@5.0+cpu"
	vex.plain("pkg:pypi/a__b") == "pkg:pypi/a-b"
	vex.plain("pkg:oci/App@1") == "pkg:oci/App@1"
}

test_times if {
	vex.time_of({"t": "1970-01-01T00:00:01Z"}, "t") == 1000000000
	vex.time_of({"t": "1970-01-01T01:00:01.5+01:00"}, "t") == 1500000000
	every odd in [null, "", "1970-01-01", "1970-13-01T00:00:00Z", "2500-01-01T00:00:00Z", 1, "x"] {
		not vex.time_of({"t": odd}, "t")
	}
	not vex.time_of({}, "t")
}

test_ids_of_a_statement if {
	vex.ids({"vulnerability": {"name": "cve-1", "aliases": ["GHSA-a", 1]}}) == {"CVE-1", "GHSA-A"}
	vex.ids({"vulnerability": "CVE-2"}) == {"CVE-2"}
	every odd in [null, {}, {"vulnerability": null}, {"vulnerability": {"name": ""}}, "x"] {
		vex.ids(odd) == set()
	}
}

test_a_statement_s_own_time_counts_before_the_document_s if {
	document := {"timestamp": "1970-01-01T00:00:09Z"}
	vex.moment({}, document) == 9000000000
	vex.moment({"timestamp": "1970-01-01T00:00:01Z"}, document) == 1000000000
	vex.moment({"timestamp": "1970-01-01T00:00:01Z", "last_updated": "1970-01-01T00:00:02Z"}, document) == 2000000000
	vex.moment({}, {}) == 0
}
