# METADATA
# title: Every artifact has an SBOM and was scanned
# description: |-
#   Each artifact of the release is, by its digest, a subject of an SBOM and of a vulnerability scan: what is
#   inside a second wheel or image is not known from the first one's SBOM.
# custom:
#   severity: high
#   weight: 5
#   blocking: true
#   owner: security
#   remedy: collect SBOM and scan for all artifacts in one run
#   requires: [sbom, vulnerabilities]
#   max_age: {staging: 14d, production: 7d}
#   controls: [SSDF PS.3.2, OSPS-QA-02.02, CRA 2.1]
package assurance.sbom.artifacts

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.evidence
import data.assurance.lib.shape

applies := true

digests(items) := {subject.digest.sha256 |
	some item in items
	some subject in shape.items(item, "subject")
}

covered := {
	"an SBOM": digests(evidence.sboms),
	"a vulnerability scan": digests(evidence.vulnerabilities),
}

artifacts := shape.list(input.release, "artifacts")

evaluated if {
	bom.all_readable
	count(evidence.vulnerabilities) > 0
	every item in evidence.vulnerabilities {
		is_array(item.predicate.scanner.result)
	}
	count(artifacts) > 0
	every artifact in artifacts {
		shape.text(artifact, "name")
		shape.sha256(artifact, "sha256")
	}
}

findings contains {
	"status": "MISSING",
	"message": sprintf("%v is no subject of %s", [artifact.name, what]),
	"subject": artifact.name,
	"actual": "not covered",
	"required": sprintf("%s that names sha256:%v", [what, artifact.sha256]),
} if {
	some artifact in artifacts
	some what, found in covered
	not artifact.sha256 in found
}
