# The evidence by kind. Everything of a kind counts: there is no "latest wins".
package assurance.lib.evidence

import rego.v1

# Everything of one predicate type.
of_type(predicate_type) := [item |
	some item in input.evidence
	item.predicate_type == predicate_type
	is_object(item.predicate)
]

release := of_type("https://in-toto.io/attestation/release/v0.1")

sboms := of_type("https://cyclonedx.org/bom")

# What the collector worked out about the SBOMs; see docs/predicates/sbom-detail.md.
sbom_details := of_type("https://w3id.org/release-assurance/sbom-detail/v1")

vulnerabilities := of_type("https://in-toto.io/attestation/vulns/v0.2")

vex := of_type("https://openvex.dev/ns")

tests := of_type("https://in-toto.io/attestation/test-result/v0.1")

tests_detail := of_type("https://w3id.org/release-assurance/tests-detail/v1")

provenance := of_type("https://slsa.dev/provenance/v1")
