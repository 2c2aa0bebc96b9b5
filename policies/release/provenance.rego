# METADATA
# title: Every artifact was built where it should be, from the released commit
# description: |-
#   Where SLSA provenance was given, or policy data demands it, each artifact is a subject of one that
#   names its builder and build type, the builder is one of `release.provenance.builders` where that is set,
#   and the source that it names is the released commit. Provenance that names no source is a warning.
# custom:
#   severity: high
#   weight: 6
#   blocking: true
#   owner: release
#   remedy: build in the pipeline that attests provenance, and import it ([[import]]), then collect again
#   requires: [release]
#   reads: [provenance]
#   max_age: {staging: 90d, production: 90d}
#   controls: [SLSA Build L2, SSDF PS.3.2, OSPS-BR-06.01]
package assurance.release.provenance

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

# The policy data, where there is any: {"required": bool, "builders": [ids]}.
written := value if {
	value := data.release.provenance
} else := {}

settings := written if {
	is_object(written)
} else := {}

settings_right if {
	is_object(written)
	count([key | some key, _ in settings; not key in {"required", "builders"}]) == 0
	is_boolean(object.get(settings, "required", false))
	is_array(object.get(settings, "builders", []))
	every id in object.get(settings, "builders", []) {
		is_string(id)
	}
}

# Builders that are named are a demand too.
demanded if settings.required == true

demanded if count(builders) > 0

builders := {id | some id in shape.items(settings, "builders"); is_string(id)}

# Whatever is called provenance counts, readable or not.
given := [item |
	some item in input.evidence
	item.predicate_type == "https://slsa.dev/provenance/v1"
]

applies := true if {
	count(given) > 0
} else := true if {
	demanded
} else := true if {
	not settings_right
} else := true if {
	count(evidence.release) == 0
} else := {"reason": "no SLSA provenance is among the evidence, and the policy data `release.provenance` does not demand it"}

readable(item) if {
	definition := item.predicate.buildDefinition
	shape.text(definition, "buildType")
	is_object(definition.externalParameters)
	shape.text(item.predicate.runDetails.builder, "id")
	every source in sources(item) {
		is_object(source)
	}
	count(shape.list(item, "subject")) > 0
}

# SLSA lets a builder that knows of no dependency leave the list out.
sources(item) := object.get(item.predicate.buildDefinition, "resolvedDependencies", [])

evaluated if {
	settings_right
	count(evidence.release) > 0
	count(shape.list(input.release, "artifacts")) > 0
	every artifact in input.release.artifacts {
		shape.text(artifact, "name")
		shape.sha256(artifact, "sha256")
	}
	every item in given {
		readable(item)
		is_array(sources(item))
	}
}

findings contains {
	"status": "INDETERMINATE",
	"message": "the policy data `release.provenance` is none: it has `required` (true or false) and `builders` (a list of ids) and nothing else",
} if {
	not settings_right
}

covered := {subject.digest.sha256 |
	some item in given
	some subject in shape.items(item, "subject")
}

findings contains {
	"status": "MISSING",
	"message": sprintf("%v has no provenance", [artifact.name]),
	"subject": artifact.name,
	"actual": "no provenance",
	"required": sprintf("SLSA provenance that names sha256:%v", [artifact.sha256]),
} if {
	some artifact in shape.items(input.release, "artifacts")
	not artifact.sha256 in covered
}

builder(item) := shape.text(item.predicate.runDetails.builder, "id")

findings contains {
	"status": "FAIL",
	"message": sprintf("the provenance at line %v is by the builder %s, which is none of those that are trusted", [item.line, builder(item)]),
	"subject": sprintf("line %v", [item.line]),
	"actual": builder(item),
	"required": concat(", ", sort(builders)),
} if {
	count(builders) > 0
	some item in given
	not builder(item) in builders
}

revision := object.get(input.release, "revision", null)

commits(item) := {commit |
	some source in shape.items(item.predicate.buildDefinition, "resolvedDependencies")
	some algorithm in ["gitCommit", "sha1"]
	commit := source.digest[algorithm]
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the provenance at line %v is of another source: %s", [item.line, shape.some_of(sort([sprintf("%v", [commit]) | some commit in commits(item)]))]),
	"subject": sprintf("line %v", [item.line]),
	"actual": "another commit",
	"required": sprintf("commit %v", [revision]),
} if {
	some item in given
	count(commits(item)) > 0
	not revision in commits(item)
}

findings contains {
	"status": "WARN",
	"message": sprintf("the provenance at line %v does not say from which commit the artifacts were built", [item.line]),
	"subject": sprintf("line %v", [item.line]),
	"actual": "no commit",
	"required": sprintf("commit %v", [revision]),
} if {
	some item in given
	count(commits(item)) == 0
}
