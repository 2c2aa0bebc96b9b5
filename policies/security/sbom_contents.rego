# METADATA
# title: Archives, installed files and locks agree with each other
# description: |-
#   The collector looked into each wheel and sdist of the release: name, metadata and RECORD say the same, and
#   every file is what RECORD says. Where it was told to, it compared installed files with their
#   RECORDs, and what is locked with what is installed.
# custom:
#   severity: high
#   weight: 6
#   blocking: true
#   owner: security
#   remedy: build the archives again, or install exactly what is locked, then collect again
#   requires: [sbom-detail]
#   controls: [SSDF PS.2.1, SSDF PW.4.4, CRA 1.2f]
package assurance.sbom.contents

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

details := [item.predicate | some item in evidence.sbom_details]

# The artifacts that can be looked into. A wheel is one by its name; a tar archive is looked into too.
to_look_into := [artifact |
	some artifact in input.release.artifacts
	some suffix in [".whl", ".tar.gz"]
	endswith(artifact.name, suffix)
]

asked_for if {
	some detail in details
	some key in {"installed", "drift"}
	object.get(detail, key, null) != null
}

nothing if {
	count(details) > 0
	count(to_look_into) == 0
	not asked_for
}

applies := {"reason": "the release has no wheel or sdist, and no environment was compared"} if {
	nothing
} else := true

archives := [archive |
	some detail in details
	some archive in shape.items(detail, "archives")
	is_object(archive)
]

looked_into(artifact) if {
	some archive in archives
	archive.sha256 == artifact.sha256
	archive.kind in {"wheel", "sdist", "other"}
	is_array(archive.problems)
}

unseen := [artifact.name |
	some artifact in to_look_into
	not looked_into(artifact)
]

evaluated if {
	count(details) > 0
	not nothing
	count(unseen) == 0
	every detail in details {
		is_array(detail.archives)
		compared(object.get(detail, "installed", null), "problems")
		compared(object.get(detail, "drift", null), "differences")
	}
}

compared(value, _) if value == null

compared(value, key) if is_array(value[key])

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("%d archives of the release were not looked into: %s", [
		count(unseen), shape.some_of(sort(unseen)),
	]),
	"actual": sprintf("%d not seen", [count(unseen)]),
	"required": "0",
} if {
	count(unseen) > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%v is not what it says it is: %s", [archive.name, shape.some_of(problems)]),
	"subject": sprintf("%v", [archive.name]),
	"actual": sprintf("%d problems", [count(problems)]),
	"required": "0",
} if {
	some archive in archives
	problems := [sprintf("%v", [problem]) | some problem in shape.items(archive, "problems")]
	count(problems) > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%d installed files are gone or are not what RECORD says: %s", [
		count(problems), shape.some_of(problems),
	]),
	"actual": sprintf("%d files", [count(problems)]),
	"required": "0",
} if {
	some detail in details
	problems := [sprintf("%v", [problem]) | some problem in shape.items(detail.installed, "problems")]
	count(problems) > 0
}

findings contains {
	"status": "WARN",
	"message": sprintf("%d installed packages have no RECORD to compare with: %s", [
		count(names), shape.some_of(names),
	]),
	"actual": sprintf("%d packages", [count(names)]),
	"required": "0",
} if {
	some detail in details
	names := [sprintf("%v", [name]) | some name in shape.items(detail.installed, "unrecorded")]
	count(names) > 0
}

words := {
	"not-installed": "locked and not installed",
	"not-locked": "installed and not locked",
	"version": "installed in another version than locked",
	"hash": "installed from an archive whose hash is not locked",
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%d packages are %s: %s", [count(names), words[kind], shape.some_of(sort(names))]),
	"actual": sprintf("%d packages", [count(names)]),
	"required": "0",
} if {
	some kind, _ in words
	names := [described(difference) |
		some detail in details
		some difference in shape.items(detail.drift, "differences")
		difference.kind == kind
	]
	count(names) > 0
}

# A kind of difference that is not known is no reason to overlook it.
findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("the lock and the environment differ in a way that is not known: %v", [difference]),
} if {
	some detail in details
	some difference in shape.items(detail.drift, "differences")
	not words[object.get(difference, "kind", "")]
}

described(difference) := sprintf("%v (locked %v, installed %v)", [
	difference.package, difference.locked, difference.installed,
])
