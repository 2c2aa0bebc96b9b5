# METADATA
# title: Every package of the SBOM was looked up among the advisories
# description: |-
#   Each scan audited as many packages as it expected to and skipped none, and all scans together looked
#   up every package that any SBOM names. Advisories are about PyPI's packages: one that the SBOM has from
#   version control, another index or another server was not looked up, whatever its name.
# custom:
#   severity: critical
#   weight: 8
#   blocking: true
#   owner: security
#   remedy: give the scan the same lock file or environment as the SBOM, then collect both again
#   requires: [vulnerabilities, sbom]
#   controls: [SSDF RV.1.1, OSPS-VM-05.03, CRA 2.1]
package assurance.vulnerabilities.coverage

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.evidence
import data.assurance.lib.shape

applies := true

detail_key := "https://w3id.org/release-assurance/vulns-detail/v1"

readable(item) if {
	detail := item.predicate[detail_key]
	shape.whole(detail, "expected") >= 0
	shape.whole(detail, "audited") >= 0
	every purl in shape.list(detail, "packages") {
		is_string(purl)
	}
	is_array(detail.skipped)
	is_array(item.predicate.scanner.result)
}

evaluated if {
	bom.all_readable
	not bom.too_deep
	count(evidence.vulnerabilities) > 0
	every item in evidence.vulnerabilities {
		readable(item)
	}
}

looked_up := {purl |
	some item in evidence.vulnerabilities
	some purl in shape.items(item.predicate[detail_key], "packages")
	is_string(purl)
}

plainly(purls) := {bom.plain(purl) | some purl in purls}

# Packages whose purl says that they are from elsewhere than PyPI.
from_elsewhere(purls) := {purl |
	some purl in purls
	contains(purl, "?")
	some index, qualifier in regex.split(`[?&]`, split(purl, "#")[0])
	index > 0
	is_elsewhere(lower(qualifier))
}

is_elsewhere(qualifier) if split(qualifier, "=")[0] == "vcs_url"

is_elsewhere(qualifier) if {
	split(qualifier, "=")[0] in {"repository_url", "download_url"}
	not regex.match(`^[a-z_]+=(https?(:|%3a)(/|%2f){2})?(pypi\.org|pypi\.python\.org|files\.pythonhosted\.org)(/|%2f|$)`, qualifier)
}

without_purl := bom.lacking("purl")

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("%d of %d packages of the SBOM were not looked up: %s", [
		count(missed), count(plainly(bom.purls)), shape.some_of(sort(missed)),
	]),
	"actual": sprintf("%d not looked up", [count(missed)]),
	"required": "0",
} if {
	unequal := bom.purls - looked_up # most are equal as they stand
	count(unequal) > 0
	elsewhere := from_elsewhere(unequal)
	missed := [purl | some purl in (plainly(unequal - elsewhere) - plainly(looked_up)) | elsewhere]
	count(missed) > 0
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("%d components of the SBOM have no purl to look up: %s", [
		count(without_purl), shape.some_of(sort(without_purl)),
	]),
	"actual": sprintf("%d without purl", [count(without_purl)]),
	"required": "0",
} if {
	count(without_purl) > 0
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("the scan at line %v skipped %d packages", [item.line, count(skipped)]),
	"actual": sprintf("%d skipped", [count(skipped)]),
	"required": "0",
} if {
	some item in evidence.vulnerabilities
	skipped := shape.items(item.predicate[detail_key], "skipped")
	count(skipped) > 0
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("the scan at line %v audited %v packages and skipped %v, but expected %v", [
		item.line, audited, count(skipped), expected,
	]),
	"actual": sprintf("%v audited", [audited]),
	"required": sprintf("%v", [expected]),
} if {
	some item in evidence.vulnerabilities
	detail := item.predicate[detail_key]
	audited := shape.whole(detail, "audited")
	expected := shape.whole(detail, "expected")
	skipped := shape.list(detail, "skipped")
	audited + count(skipped) != expected
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("the scan at line %v names %d packages, but audited %v", [
		item.line, count(names), audited,
	]),
	"actual": sprintf("%d named", [count(names)]),
	"required": sprintf("%v", [audited]),
} if {
	some item in evidence.vulnerabilities
	detail := item.predicate[detail_key]
	audited := shape.whole(detail, "audited")
	names := {purl | some purl in shape.items(detail, "packages")}
	count(names) != audited
}

# Nothing looked up is nothing known, unless there is nothing to look up.
findings contains {
	"status": nothing_status,
	"message": sprintf("the scan at line %v looked up no package", [item.line]),
	"actual": "0 packages",
	"required": "at least 1",
} if {
	some item in evidence.vulnerabilities
	shape.items(item.predicate[detail_key], "packages") == []
}

nothing_status := "WARN" if bom.component_count == 0 else := "INDETERMINATE"
