# METADATA
# title: No open high, critical or unrated vulnerability
# description: |-
#   No scan found a vulnerability that is rated high or critical, that nobody has rated, or that is known to
#   be exploited (whatever its rating). Medium and low ones are a warning.
# custom:
#   severity: critical
#   weight: 10
#   blocking: true
#   owner: security
#   remedy: upgrade the package to a version that fixes it, then collect again
#   requires: [vulnerabilities]
#   max_age: {staging: 14d, production: 7d}
#   controls: [SSDF RV.2.2, OSPS-VM-05]
package assurance.vulnerabilities.unresolved

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

applies := true

results := [result |
	some item in evidence.vulnerabilities
	some result in shape.items(item.predicate.scanner, "result")
	readable(result)
]

readable(result) if {
	shape.text(result, "id")
	is_array(result.severity)
	count(shape.list(result, "annotations")) > 0
	every note in result.annotations {
		is_object(note)
		is_boolean(note.kev)
		shape.text(note, "package")
	}
}

evaluated if {
	count(evidence.vulnerabilities) > 0
	every item in evidence.vulnerabilities {
		is_array(item.predicate.scanner.result)

		# A scan that looked at nothing finds nothing.
		scanned(item)
		every result in item.predicate.scanner.result {
			readable(result)
		}
	}
}

scanned(item) if {
	detail := item.predicate["https://w3id.org/release-assurance/vulns-detail/v1"]
	shape.whole(detail, "audited") == shape.whole(detail, "expected")
	detail.skipped == []
	shape.whole(item.predicate.scanner.db, "records") > 0
}

# The one rating. None, several, or a word that nobody knows: not rated.
bands(result) := {entry.score |
	some entry in shape.items(result, "severity")
	entry.method == "band"
}

band(result) := score if {
	count(bands(result)) == 1
	some score in bands(result)
	score in {"critical", "high", "medium", "low"}
} else := "unknown"

exploited(result) if {
	some note in result.annotations
	note.kev == true
}

blocks(result) if exploited(result)

blocks(result) if band(result) in {"critical", "high", "unknown"}

words := {"critical": "a critical", "high": "a high", "medium": "a medium", "low": "a low", "unknown": "an unrated"}

rating(result) := sprintf("%s vulnerability that is known to be exploited", [words[band(result)]]) if {
	exploited(result)
} else := sprintf("%s vulnerability", [words[band(result)]])

repair(note) := sprintf(" that %s fixes", [note.fixedVersions[0]]) if {
	is_string(note.fixedVersions[0])
} else := " without a fix"

findings contains {
	"status": "FAIL",
	"message": sprintf("%s has %s%s: %s", [note.package, rating(result), repair(note), result.id]),
	"subject": note.package,
	"actual": sprintf("%s, %s", [result.id, band(result)]),
	"required": "none that is high, critical, unrated or known to be exploited",
} if {
	some result in results
	blocks(result)
	some note in result.annotations
}

tolerated := [result |
	some result in results
	not blocks(result)
]

findings contains {
	"status": "WARN",
	"message": sprintf("%d vulnerabilities rated medium or low are open: %s", [
		count(tolerated), shape.some_of(sort([result.id | some result in tolerated])),
	]),
	"actual": sprintf("%d medium or low", [count(tolerated)]),
	"required": "0",
} if {
	count(tolerated) > 0
}
