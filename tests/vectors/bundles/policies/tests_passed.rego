# METADATA
# title: The tests passed
# description: A test that failed blocks.
# custom:
#   severity: high
#   weight: 10
#   blocking: true
#   owner: QA
#   remedy: mend the test
#   requires: [tests]
#   max_age: {production: 1d}
package assurance.qa.tests

import rego.v1

results := [item.predicate.result |
	some item in input.evidence
	item.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"
]

applies := true

evaluated if count(results) > 0

findings contains {
	"status": "FAIL",
	"message": sprintf("the tests say %v", [result]),
	"actual": result,
	"required": "PASSED",
} if {
	some result in results
	result != "PASSED"
}
