# METADATA
# title: The changelog describes the release
# description: |-
#   CHANGELOG.md has exactly one section for the version that is about to go out, with an entry in it.
# custom:
#   severity: medium
#   weight: 3
#   blocking: true
#   owner: docs
#   remedy: add a section for this version to the changelog, with at least one entry
#   requires: ["https://acme.example/changelog/v1"]
package assurance.changelog.described

import rego.v1

applies := true

changelogs := [item |
	some item in input.evidence
	item.predicate_type == "https://acme.example/changelog/v1"
]

entries(item) := [section.entries |
	some section in item.predicate.sections
	section.version == input.release.version
]

# Looked at: every changelog has sections to compare the version with.
evaluated if {
	count(changelogs) > 0
	every item in changelogs {
		is_array(item.predicate.sections)
	}
}

findings contains {
	"status": "FAIL",
	"message": sprintf("%s has %d sections for version %s", [
		item.predicate.file, count(entries(item)), input.release.version,
	]),
	"actual": sprintf("%d sections", [count(entries(item))]),
	"required": "1 section",
	"subject": item.predicate.file,
} if {
	some item in changelogs
	count(entries(item)) != 1
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the section for version %s in %s has no entry", [
		input.release.version, item.predicate.file,
	]),
	"actual": "0 entries",
	"required": "at least 1",
	"subject": item.predicate.file,
} if {
	some item in changelogs
	entries(item) == [0]
}
