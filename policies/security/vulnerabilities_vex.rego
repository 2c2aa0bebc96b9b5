# METADATA
# title: Every VEX document says something that counts
# description: |-
#   Each VEX document is signed in role vex, is about all artifacts of this release, is not too old, and
#   gives a reason for each not_affected. Without VEX there is nothing to say. What does not count is a warning
#   here, and relieves nothing in `vulnerabilities.unresolved`.
# custom:
#   severity: medium
#   weight: 1
#   blocking: false
#   owner: security
#   remedy: look at the vulnerability again and sign a new VEX document (assurance vulnerabilities vex)
#   reads: [vex]
#   max_age: {staging: 90d, production: 90d}
#   controls: [SSDF RV.1.2, OSPS-VM-04.02, CRA 2.2]
package assurance.vulnerabilities.vex

import rego.v1

import data.assurance.lib.vex

applies := true

evaluated if is_array(input.evidence)

findings contains {
	"status": "WARN",
	"message": sprintf("the VEX document at line %v counts for nothing: %s", [document.item.line, document.flaw]),
	"subject": sprintf("line %v", [document.item.line]),
	"actual": document.flaw,
	"required": "OpenVEX 0.2, signed in role vex, about all artifacts, at most 90 days old",
} if {
	some document in vex.documents
	document.flaw != ""
}

findings contains {
	"status": "WARN",
	"message": sprintf("the VEX document at line %v says not_affected of %v without a justification", [
		statement.line, concat(", ", sort(statement.ids)),
	]),
	"subject": sprintf("line %v", [statement.line]),
	"actual": "not_affected",
	"required": "a justification or an impact statement",
} if {
	some statement in vex.statements
	statement.raw.status == "not_affected"
	not vex.reason(statement.raw)
}
