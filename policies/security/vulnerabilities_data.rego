# METADATA
# title: The advisories that were compared with are real, dated and recent
# description: |-
#   Each scan names its data with digest, number of records and date. Without a catalogue of known exploited
#   vulnerabilities there is a warning, also where it is old (30 days for production, 90 for staging) or of the
#   future, and where a service was asked in place of an export.
# custom:
#   severity: high
#   weight: 5
#   blocking: true
#   owner: security
#   remedy: fetch the current advisories (docs/plugins/vulnerabilities.md), then collect again
#   requires: [vulnerabilities]
#   max_age: {staging: 14d, production: 7d}
#   controls: [SSDF RV.1.1, OSPS-VM-05.03, CRA 2.1]
package assurance.vulnerabilities.data

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape
import data.assurance.lib.vex

applies := true

detail(item) := item.predicate["https://w3id.org/release-assurance/vulns-detail/v1"]

evaluated if {
	count(evidence.vulnerabilities) > 0
	every item in evidence.vulnerabilities {
		db := item.predicate.scanner.db
		shape.whole(db, "records") >= 0
		shape.sha256(db.digest, "sha256")
		is_date(db, "lastUpdate")
		is_date(item.predicate.metadata, "scanFinishedOn")
		catalogue_known(item)
	}
}

# `null` says that there was no catalogue; a silent scan does not say.
catalogue_known(item) if detail(item).kev == null

catalogue_known(item) if {
	shape.whole(detail(item).kev, "count") > 0
	shape.sha256(detail(item).kev.digest, "sha256")
	is_date(detail(item).kev, "dateReleased")
}

is_date(object, key) if {
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`, shape.text(object, key))
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("the scan at line %v compared with advisory data of 0 records", [item.line]),
	"actual": "0 records",
	"required": "at least 1",
} if {
	some item in evidence.vulnerabilities
	item.predicate.scanner.db.records == 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("the scan at line %v had no catalogue of known exploited vulnerabilities", [item.line]),
	"actual": "none",
	"required": "a catalogue, option `kev` of the collector",
} if {
	some item in evidence.vulnerabilities
	detail(item).kev == null
}

# In days. An environment that is not foreseen has the shortest limit; development has none.
catalogue_limit := object.get({"staging": 90}, input.environment, 30) if input.environment != "development"

second := 1000000000

untimely(age) if age > ((catalogue_limit * 86400) * second)

untimely(age) if age < -300 * second

# An old catalogue says of what is exploited since then as much as none.
findings contains {
	"status": "WARN",
	"message": sprintf("the catalogue of known exploited vulnerabilities of the scan at line %v is of %v", [item.line, released]),
	"actual": released,
	"required": "a catalogue of these days",
} if {
	some item in evidence.vulnerabilities
	released := detail(item).kev.dateReleased
	untimely(time.parse_rfc3339_ns(input.now) - vex.time_of(detail(item).kev, "dateReleased"))
}

# Its date is then that of the answer, or of the newest record where that is long ago.
findings contains {
	"status": "WARN",
	"message": sprintf("the scan at line %v asked a service, which does not say how old its data is; its newest record is of %v", [
		item.line, object.get(detail(item).service, "newest", "no known date"),
	]),
	"actual": "a service",
	"required": "an export of the advisories, pinned by digest",
} if {
	some item in evidence.vulnerabilities
	is_object(detail(item).service)
}
