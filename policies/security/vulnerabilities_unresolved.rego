# METADATA
# title: No open high, critical or unrated vulnerability
# description: |-
#   No scan found a vulnerability that is rated high or critical, that nobody has rated, or that is known to
#   be exploited (whatever its rating). Medium and low ones are a warning. One that a signed VEX document
#   calls not affected or fixed is a warning too, unless it is known to be exploited.
# custom:
#   severity: critical
#   weight: 10
#   blocking: true
#   owner: security
#   remedy: upgrade the package to a version that fixes it, then collect again; or say why it does not matter (assurance vulnerabilities vex)
#   requires: [vulnerabilities]
#   max_age: {staging: 14d, production: 7d}
#   controls: [SSDF RV.2.2, OSPS-VM-05.02, CRA 1.2a, CRA 2.2, ASVS v5.0.0-15.2.1]
package assurance.vulnerabilities.unresolved

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape
import data.assurance.lib.vex

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

ids(result, note) := {upper(result.id)} | {upper(id) | some id in shape.items(note, "aliases"); is_string(id)}

# What VEX says about the bug, whoever signed it; "" finds what does not say what it is about.
said(known) := [vex.statements[place] |
	some place in union({found | some id in known; found := vex.by_id[id]})
]

modified(note) := ns if {
	ns := vex.time_of(note, "modified")
} else := 0

# One entry for each bug in each package: what relieves it, and what keeps it from being relieved.
weighed := [entry |
	some result in results
	some note in result.annotations
	known := ids(result, note)
	statements := said(known | {""})
	entry := {
		"result": result,
		"note": note,
		"ids": known,
		"relief": [statement |
			some statement in statements
			vex.objection(statement, note.package, modified(note)) == ""
		],
		"against": [statement |
			some statement in statements
			not vex.relieving(statement.raw)
			vex.may_be_about(statement.raw, note.package)
		],
		"useless": [sprintf("line %v: %s", [statement.line, objection]) |
			some statement in statements
			objection := vex.objection(statement, note.package, modified(note))
			objection != ""
		],
	}
]

relieved(entry) if {
	not exploited(entry.result)
	count(entry.against) == 0
	count(entry.relief) > 0
	named := {id | some statement in entry.relief; some id in statement.ids}
	every id in must_be_named(entry.ids) {
		id in named
	}
}

# One bug may carry several CVEs, joined by a record that lists them all: then each of them must be named.
must_be_named(known) := cves if {
	cves := {id | some id in known; startswith(id, "CVE-")}
	count(cves) > 1
} else := set()

open := [entry |
	some entry in weighed
	not relieved(entry)
]

words := {"critical": "a critical", "high": "a high", "medium": "a medium", "low": "a low", "unknown": "an unrated"}

rating(result) := sprintf("%s vulnerability that is known to be exploited", [words[band(result)]]) if {
	exploited(result)
} else := sprintf("%s vulnerability", [words[band(result)]])

repair(note) := sprintf(" that %s fixes", [note.fixedVersions[0]]) if {
	is_string(note.fixedVersions[0])
} else := " without a fix"

unrelieved(entry) := "" if {
	count(entry.useless) == 0
} else := sprintf("; VEX does not relieve it (%s)", [shape.some_of(sort(entry.useless))]) if {
	not exploited(entry.result)
} else := "; VEX does not relieve what is known to be exploited"

findings contains {
	"status": "FAIL",
	"message": sprintf("%s has %s%s: %s%s", [
		entry.note.package, rating(entry.result), repair(entry.note), entry.result.id, unrelieved(entry),
	]),
	"subject": entry.note.package,
	"actual": sprintf("%s, %s", [entry.result.id, band(entry.result)]),
	"required": "none that is high, critical, unrated or known to be exploited",
} if {
	some entry in open
	blocks(entry.result)
}

tolerated := [entry.result.id |
	some entry in open
	not blocks(entry.result)
]

findings contains {
	"status": "WARN",
	"message": sprintf("%d vulnerabilities rated medium or low are open: %s", [
		count(tolerated), shape.some_of(sort(tolerated)),
	]),
	"actual": sprintf("%d medium or low", [count(tolerated)]),
	"required": "0",
} if {
	count(tolerated) > 0
}

# What VEX takes away stays in sight.
findings contains {
	"status": "WARN",
	"message": sprintf("%s has %s: %s; VEX says %s (line %v, signed by %s): %s", [
		entry.note.package, rating(entry.result), entry.result.id, statement.raw.status,
		statement.line, statement.holder, why(statement.raw),
	]),
	"subject": entry.note.package,
	"actual": sprintf("%s, %s, %s by VEX", [entry.result.id, band(entry.result), statement.raw.status]),
	"required": "none that is high, critical, unrated or known to be exploited",
} if {
	some entry in weighed
	relieved(entry)
	some statement in entry.relief
}

why(raw) := vex.reason(raw) if {
	raw.status == "not_affected"
} else := "this version has the fix"
