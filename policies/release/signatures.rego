# METADATA
# title: All evidence is signed in its role and is about this release
# description: |-
#   One release manifest, signed in role releaser, names exactly the artifacts of this release; every other
#   piece of evidence is signed in the role that its kind needs, and is about an artifact, the revision or a
#   service that the manifest links to. The core has checked the signatures themselves before.
# custom:
#   severity: critical
#   weight: 8
#   blocking: true
#   waivable: false
#   owner: release
#   remedy: collect again with the keys that the trust file names for each role
#   requires: [release]
#   controls: [SSDF PS.2.1, OSPS-BR-06.01, CRA 1.2f]
package assurance.release.signatures

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape

applies := true

ours := "https://w3id.org/release-assurance"

# It holds for every release of a project: it is about policies and trust file, and names the project.
freeze := sprintf("%s/freeze/v1", [ours])

# The roles of which one is needed; for any other kind it is `collector`.
roles := {
	"https://in-toto.io/attestation/release/v0.1": {"releaser"},
	"https://openvex.dev/ns": {"vex"},
	"https://slsa.dev/verification_summary/v1": {"verifier"},
	sprintf("%s/review/v1", [ours]): {"reviewer"},
	freeze: {"policy"},
	sprintf("%s/policy-set/v1", [ours]): {"policy", "verifier"},
	sprintf("%s/waiver/v1", [ours]): {"waiver-approver", "waiver-requester"},
	sprintf("%s/readiness/v1", [ours]): {"verifier"},
	sprintf("%s/bundle-manifest/v1", [ours]): {"verifier"},
}

signed_off := sprintf("%s/sign-off/v1", [ours])

needed(item) := {sprintf("sign-off:%v", [item.predicate.area])} if {
	item.predicate_type == signed_off
} else := object.get(roles, item.predicate_type, {"collector"})

has(item) := {role | some role in shape.items(item.signer, "roles")}

in_role(item) if count(needed(item) & has(item)) > 0

manifest := evidence.release[0].predicate if count(evidence.release) == 1

# Name and digest of each artifact, as the release, the manifest and its subjects have them.
artifacts := {[artifact.name, artifact.sha256] | some artifact in shape.items(input.release, "artifacts")}

listed := {[artifact.name, artifact.sha256] | some artifact in shape.items(manifest, "artifacts")}

subjects := {[subject.name, subject.digest.sha256] | some subject in shape.items(evidence.release[0], "subject")}

# A release without artifacts is about its name by digest, where it has no revision either: that says nothing, and is no
# other release. It never passes: `evaluated` asks for an artifact.
nothing_built if {
	count(artifacts) == 0
	count(listed) == 0
}

stand_in := {subject.digest.sha256 | nothing_built; some subject in shape.items(evidence.release[0], "subject")}

# Everything that evidence may be about.
known := (({artifact[1] | some artifact in artifacts} | {input.release.revision | is_string(input.release.revision)}) |
	{digest | some link in shape.items(manifest, "links"); is_object(link.digest); some digest in link.digest}) |
	stand_in

readable(item) if {
	shape.text(item.signer, "key")
	shape.text(item.signer, "holder")
	is_array(item.signer.roles)
	count(shape.list(item, "subject")) > 0
	every subject in item.subject {
		is_object(subject.digest)
		count(subject.digest) > 0
	}
}

evaluated if {
	count(evidence.release) == 1
	count(artifacts) > 0
	every item in input.evidence {
		readable(item)
	}
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the release manifest says that the release is %v %v of revision %v", [
		object.get(manifest, "name", "nothing"), object.get(manifest, "version", "without version"),
		object.get(manifest, "revision", null),
	]),
	"actual": sprintf("%v %v", [object.get(manifest, "name", null), object.get(manifest, "version", null)]),
	"required": sprintf("%v %v", [object.get(input.release, "name", null), object.get(input.release, "version", null)]),
} if {
	some key in ["name", "version", "revision"]
	object.get(manifest, key, false) != object.get(input.release, key, true)
}

findings contains {
	"status": "FAIL",
	"message": sprintf("the release manifest and its subjects name other artifacts than the release: %s", [
		shape.some_of(sort([sprintf("%v", [pair[0]]) | some pair in different])),
	]),
	"actual": sprintf("%d artifacts differ", [count(different)]),
	"required": "the same artifacts, by name and SHA-256",
} if {
	not nothing_built
	different := ((artifacts | listed) | subjects) - ((artifacts & listed) & subjects)
	count(different) > 0
}

findings contains {
	"status": "FAIL",
	"message": sprintf("line %v is signed by %v, who has not the role %s", [
		item.line, item.signer.holder, concat(" or ", sort(needed(item))),
	]),
	"subject": sprintf("line %v", [item.line]),
	"actual": sprintf("roles %s", [concat(", ", sort([role | some role in has(item); is_string(role)]))]),
	"required": concat(" or ", sort(needed(item))),
} if {
	some item in input.evidence
	not in_role(item)
}

findings contains {
	"status": "FAIL",
	"message": sprintf("line %v is about %v, which is nothing of this release", [item.line, digest]),
	"subject": sprintf("line %v", [item.line]),
	"actual": sprintf("%v", [digest]),
	"required": "an artifact, the revision, or what the release manifest links to",
} if {
	some item in input.evidence
	item.predicate_type != freeze
	some subject in shape.items(item, "subject")
	is_object(subject.digest)
	some digest in subject.digest
	not digest in known
}

findings contains {
	"status": "FAIL",
	"message": sprintf("line %v freezes %v, which is another project", [item.line, object.get(item.predicate, "project", "no project")]),
	"subject": sprintf("line %v", [item.line]),
	"actual": sprintf("%v", [object.get(item.predicate, "project", null)]),
	"required": sprintf("%v", [object.get(input.release, "name", null)]),
} if {
	some item in input.evidence
	item.predicate_type == freeze
	object.get(item.predicate, "project", false) != object.get(input.release, "name", true)
}
