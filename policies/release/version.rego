# METADATA
# title: A version that was released is not given to other files
# description: |-
#   No release of this name for this environment that was GO had this version with artifacts of other digests. What
#   was NO-GO never went out, so it is built again under its version. Of releases before the last one only versions
#   are known: where this version is among them, the check cannot tell. Without a last release there is nothing to
#   compare with; the policy data `release.previous` can demand one.
# custom:
#   severity: high
#   weight: 4
#   blocking: true
#   owner: release
#   remedy: raise the version and build again; where it is the same release as then, name its bundle with --previous
#   requires: [release]
#   controls: [SSDF PS.3.1, OSPS-BR-02.01]
package assurance.release.version

import rego.v1

import data.assurance.lib.shape

# The policy data, where there is any: {"required": bool}.
written := value if {
	value := data.release.previous
} else := {}

settings_right if {
	is_object(written)
	count([key | some key, _ in written; key != "required"]) == 0
	is_boolean(object.get(written, "required", false))
}

demanded if written.required == true

# Absent is not null: it is an input that nobody made.
none if input.previous == null

applies := true if {
	demanded
} else := true if {
	not settings_right
} else := {"reason": "no last release was named, and the policy data `release.previous` does not demand one"} if {
	none
} else := true

version := shape.text(input.release, "version")

verdicts := {"GO", "NO-GO", "INDETERMINATE"}

files_known(release) if {
	count(shape.list(release, "artifacts")) > 0
	every artifact in release.artifacts {
		shape.text(artifact, "name")
		shape.sha256(artifact, "sha256")
	}
}

comparable if none

comparable if {
	shape.text(input.previous.release, "version")
	input.previous.release.name == input.release.name
	files_known(input.previous.release)
	input.previous.verdict in verdicts
	every past in shape.list(input.previous, "history") {
		shape.text(past, "version")
		past.verdict in verdicts
	}
}

evaluated if {
	settings_right
	version
	shape.text(input.release, "name")
	files_known(input.release)
	comparable
}

findings contains {
	"status": "INDETERMINATE",
	"message": "the policy data `release.previous` is none: it has `required` (true or false) and nothing else",
} if {
	not settings_right
}

findings contains {
	"status": "MISSING",
	"message": "no last release was named, and the policy data demands one",
	"required": "the sealed bundle of the last release, [release] previous or --previous",
} if {
	demanded
	none
}

# This version went out, and the last release says as which files.
released if {
	input.previous.verdict == "GO"
	input.previous.release.version == version
}

digests(release) := {artifact.sha256 | some artifact in shape.items(release, "artifacts")}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s is none of the files that were released as %s", [artifact.name, version]),
	"subject": artifact.name,
	"actual": sprintf("sha256:%s", [artifact.sha256]),
	"required": sprintf("another version, or the files of then: %s", [concat(", ", sort([sprintf("sha256:%s", [digest]) | some digest in digests(input.previous.release)]))]),
} if {
	released
	some artifact in shape.items(input.release, "artifacts")
	not artifact.sha256 in digests(input.previous.release)
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s was released as %s, and is not among the artifacts now", [artifact.name, version]),
	"subject": artifact.name,
	"actual": "absent",
	"required": sprintf("another version, or sha256:%s", [artifact.sha256]),
} if {
	released
	some artifact in shape.items(input.previous.release, "artifacts")
	not artifact.sha256 in digests(input.release)
}

findings contains {
	"status": "INDETERMINATE",
	"message": sprintf("%s was released before %s, and which files it had is not known here", [version, input.previous.release.version]),
	"actual": "a version that was GO before",
	"required": "another version, or the bundle of that release as the last one",
} if {
	not released
	some past in shape.items(input.previous, "history")
	past.version == version
	past.verdict == "GO"
}
