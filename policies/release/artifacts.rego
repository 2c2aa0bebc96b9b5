# METADATA
# title: Every artifact is there and known by its digest
# description: |-
#   The release names at least one artifact, each once, not empty, and by its SHA-256.
# custom:
#   severity: critical
#   weight: 10
#   blocking: true
#   owner: release
#   remedy: build the artifacts, check `artifacts` in the settings, then run again
#   requires: [release]
#   controls: [SSDF PS.2.1, OSPS-BR-02.02, CRA 1.2f]
package assurance.release.artifacts

import rego.v1

import data.assurance.lib.shape

applies := true

artifacts := shape.list(input.release, "artifacts")

evaluated if {
	count(artifacts) > 0
	every artifact in artifacts {
		shape.text(artifact, "name")
		shape.sha256(artifact, "sha256")
	}
}

findings contains {
	"status": "MISSING",
	"message": "the release names no artifact",
	"actual": "0 artifacts",
	"required": "at least 1",
} if {
	count(artifacts) == 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s is empty", [artifact.name]),
	"subject": artifact.name,
	"actual": "0 bytes",
	"required": "at least 1 byte",
} if {
	some artifact in artifacts
	artifact.size == 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s has no SHA-256 of 64 hex digits", [object.get(artifact, "name", "an artifact")]),
	"subject": object.get(artifact, "name", null),
	"required": "a SHA-256",
} if {
	some artifact in artifacts
	not shape.sha256(artifact, "sha256")
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s stands %d times in the release", [name, count(same)]),
	"subject": name,
	"required": "each name once",
} if {
	names := [given | some artifact in artifacts; given := shape.text(artifact, "name")]
	unique := {each | some each in names}
	count(names) != count(unique)
	some name in unique
	same := [other | some other in names; other == name]
	count(same) > 1
}
