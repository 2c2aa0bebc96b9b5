package assurance.vulnerabilities.data_test

import rego.v1

import data.assurance.lib.sample
import data.assurance.vulnerabilities.data as advisories

scan := "/evidence/2/predicate"

kev := sprintf("%s/https:~1~1w3id.org~1release-assurance~1vulns-detail~1v1/kev", [scan])

test_good if {
	advisories.evaluated with input as sample.good
	count(advisories.findings) == 0 with input as sample.good
}

test_no_records if {
	document := sample.having(sprintf("%s/scanner/db/records", [scan]), 0)
	sample.statuses(advisories.findings) == {"INDETERMINATE"} with input as document
}

test_no_catalogue_warns if {
	document := sample.having(kev, null)
	advisories.evaluated with input as document
	sample.statuses(advisories.findings) == {"WARN"} with input as document
}

test_an_old_catalogue_warns if {
	dated := sprintf("%s/dateReleased", [kev])
	every environment, days in {"production": ["2026-10-01T00:00:00Z"], "staging": ["2026-08-01T00:00:00Z"], "elsewhere": ["2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"]} {
		every day in days {
			document := json.patch(sample.having(dated, day), [{"op": "replace", "path": "/environment", "value": environment}])
			sample.statuses(advisories.findings) == {"WARN"} with input as document
			sample.says(advisories.findings, "WARN", sprintf("is of %s", [day])) with input as document
		}
	}
	every environment, day in {"development": "2016-10-01T00:00:00Z", "staging": "2026-10-01T00:00:00Z", "production": "2026-11-01T00:00:00Z"} {
		document := json.patch(sample.having(dated, day), [{"op": "replace", "path": "/environment", "value": environment}])
		count(advisories.findings) == 0 with input as document
	}
}

test_a_service_warns if {
	service := sprintf("%s/https:~1~1w3id.org~1release-assurance~1vulns-detail~1v1/service", [scan])
	document := sample.having(service, {"packages": 3, "requests": 1, "newest": "2026-11-20T00:00:00Z"})
	advisories.evaluated with input as document
	sample.statuses(advisories.findings) == {"WARN"} with input as document
	sample.says(advisories.findings, "WARN", "its newest record is of 2026-11-20T00:00:00Z") with input as document
	sample.says(advisories.findings, "WARN", "no known date") with input as sample.having(service, {})
	count(advisories.findings) == 0 with input as sample.having(service, null)
}

test_what_is_absent_or_odd_is_no_pass if {
	every path in ["scanner/db/records", "scanner/db/digest", "scanner/db/lastUpdate", "metadata/scanFinishedOn", "scanner/db", "scanner", "metadata"] {
		not advisories.evaluated with input as sample.lacking(sprintf("%s/%s", [scan, path]))
		every odd in [null, "", "yesterday", -1, 1.5, true, [], {}] {
			not advisories.evaluated with input as sample.having(sprintf("%s/%s", [scan, path]), odd)
		}
	}
	every path in ["count", "digest", "dateReleased"] {
		not advisories.evaluated with input as sample.lacking(sprintf("%s/%s", [kev, path]))
	}
	not advisories.evaluated with input as sample.lacking(kev)
	not advisories.evaluated with input as sample.having("/evidence", [])
}
