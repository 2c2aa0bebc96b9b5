# METADATA
# title: Every component of the SBOM is known by a strong hash
# description: |-
#   Each package has a hash of the SHA-2 or SHA-3 family (256 bits or more) or BLAKE, of itself or of the
#   files nested in it. In development a lack is a warning.
# custom:
#   severity: medium
#   weight: 4
#   blocking: true
#   owner: security
#   remedy: make the SBOM from a lock file with hashes (`pip-compile --generate-hashes`, `uv export`)
#   requires: [sbom]
#   controls: [SSDF PW.4.4, OSPS-BR-05.01, ASVS v5.0.0-15.2.4]
package assurance.sbom.integrity

import rego.v1

import data.assurance.lib.bom
import data.assurance.lib.evidence
import data.assurance.lib.shape
import data.assurance.lib.walk

applies := true

evaluated if {
	bom.all_readable
	not bom.too_deep
	bom.package_count > 0
}

# An SBOM without packages: `sbom.complete` says whether that may be.
evaluated if {
	bom.all_readable
	bom.component_count == 0
	bom.package_count == 0
}

findings contains {
	"status": "WARN",
	"message": "the SBOM names no package, so there is no hash to look at",
	"actual": "0 packages",
} if {
	bom.package_count == 0
}

digits := {
	"SHA-256": 64, "SHA-384": 96, "SHA-512": 128,
	"SHA3-256": 64, "SHA3-384": 96, "SHA3-512": 128,
	"BLAKE2b-256": 64, "BLAKE2b-384": 96, "BLAKE2b-512": 128,
	"BLAKE3": 64,
}

strong(component) if {
	some hash in shape.items(component, "hashes")
	is_strong(hash)
}

# Each file in it must be known; one that is says nothing of the others.
strong(component) if {
	files := shape.items(component, "components")
	count(files) > 0
	every file in files {
		walk.no_packages[file.type]
		hashed(file)
	}
}

hashed(file) if {
	some hash in shape.items(file, "hashes")
	is_strong(hash)
}

is_strong(hash) if {
	content := shape.text(hash, "content")
	count(content) == digits[hash.alg]
	regex.match(`^[0-9a-fA-F]+$`, content)
}

status := "WARN" if input.environment == "development" else := "FAIL"

# The common case, without a call for every component: where in `walk.packages` a hash of its own is.
hashed_itself := {place |
	some place, component in walk.packages
	is_array(component.hashes)
	some hash in component.hashes
	is_string(hash.content)
	count(hash.content) == digits[hash.alg]
	regex.match(`^[0-9a-fA-F]+$`, hash.content)
}

weak := bom.known_lacking("hash") if bom.prepared

else := [walk.label(component) |
	some place, component in walk.packages
	not hashed_itself[place]
	not strong(component)
]

findings contains {
	"status": status,
	"message": sprintf("%d of %d components have no strong hash: %s", [
		count(weak), bom.package_count, shape.some_of(sort(weak)),
	]),
	"actual": sprintf("%d without hash", [count(weak)]),
	"required": "0",
} if {
	count(weak) > 0
}

findings contains {
	"status": "FAIL",
	"message": "the SBOM cannot be read as CycloneDX with a list of components",
} if {
	count(evidence.sboms) > 0
	not bom.all_readable
}
