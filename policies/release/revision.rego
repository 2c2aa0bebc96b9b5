# METADATA
# title: The release comes from a known source revision
# description: |-
#   The release names the Git commit that it was built from. In development a folder without a
#   repository is only a warning.
# custom:
#   severity: high
#   weight: 4
#   blocking: true
#   owner: release
#   remedy: commit the source, then run `assurance run` inside the repository
#   requires: [release]
#   controls: [SSDF PS.3.1, SLSA Source L1, OSPS-BR-02.02]
package assurance.release.revision

import rego.v1

applies := true

evaluated if is_object(input.release)

known if {
	is_string(input.release.revision)
	regex.match(`^([0-9a-f]{40}|[0-9a-f]{64})$`, input.release.revision)
}

status := "WARN" if input.environment == "development" else := "FAIL"

findings contains {
	"status": status,
	"message": "the release names no Git commit that it was built from",
	"actual": "no revision",
	"required": "a commit of 40 or 64 hex digits",
} if {
	not known
}
