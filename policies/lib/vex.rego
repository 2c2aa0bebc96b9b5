# What signed VEX documents (OpenVEX 0.2) say about vulnerabilities that scans found.
#
# Only `not_affected` with its reason and `fixed` count for something, and only where everything
# fits: signer, product, version, digest, time. `affected`, `under_investigation` and what cannot be
# read object, and for that it is enough that they may be about the package.
package assurance.lib.vex

import rego.v1

import data.assurance.lib.evidence
import data.assurance.lib.shape
import data.assurance.lib.walk

# So long after its `timestamp` a document counts; `vulnerabilities.vex` has the same `max_age`.
max_age_seconds := 7776000

skew_seconds := 300

documents := [{"item": item, "flaw": flaw(item)} | some item in evidence.vex]

# Why a document counts for nothing; an empty text where it does.
flaw(item) := "its signer has no role vex" if {
	not has_role(item)
} else := "it is no OpenVEX 0.2 document" if {
	not openvex(item.predicate)
} else := "it names not all artifacts of the release" if {
	not covers(item)
} else := "it does not say from when it is" if {
	not is_number(item.age_seconds)
} else := "it is from the future" if {
	item.age_seconds < 0 - skew_seconds
} else := "it is older than 90 days" if {
	item.age_seconds > max_age_seconds
} else := ""

# `not` before something that may be undefined is a rule of its own: engines differ on the short form.
has_role(item) if "vex" in item.signer.roles

relieving(raw) if raw.status in {"not_affected", "fixed"}

openvex(document) if {
	regex.match(`^https://openvex\.dev/ns/v0\.2\.[0-9]+$`, shape.text(document, "@context"))
	count(shape.list(document, "statements")) > 0
	every raw in document.statements {
		readable(raw)
	}
}

readable(raw) if {
	shape.text(raw.vulnerability, "name")
	raw.status in {"not_affected", "fixed", "affected", "under_investigation"}
	count(shape.list(raw, "products")) > 0
	every product in raw.products {
		is_object(product)
	}
}

covers(item) if {
	count(artifacts) > 0
	count(artifacts - {subject.digest.sha256 | some subject in item.subject}) == 0
}

artifacts := {artifact.sha256 | some artifact in input.release.artifacts}

statements := [statement |
	some document in documents
	some raw in shape.items(document.item.predicate, "statements")
	statement := {
		"raw": raw,
		"ids": ids(raw),
		"line": document.item.line,
		"holder": document.item.signer.holder,
		"flaw": document.flaw,
		"moment": moment(raw, document.item.predicate),
	}
]

# The places in `statements` of what is said under an id; "" holds those without any.
by_id[id] contains place if {
	some place, statement in statements
	some id in statement.ids
}

by_id[""] contains place if {
	some place, statement in statements
	count(statement.ids) == 0
}

ids(raw) := ({upper(id) | id := shape.text(raw.vulnerability, "name")} |
	{upper(id) | some id in shape.items(raw.vulnerability, "aliases"); is_string(id)}) |
	{upper(id) | id := shape.text(raw, "vulnerability")}

# The statement's own time, else the document's; 0 where there is none: older than everything.
moment(raw, document) := ns if {
	ns := max({time_of(raw, key) | some key in ["timestamp", "last_updated"]})
} else := ns if {
	ns := time_of(document, "timestamp")
} else := 0

# Nanoseconds since 1970 of an RFC 3339 time.
time_of(object, key) := time.parse_rfc3339_ns(text) if {
	text := shape.text(object, key)
	regex.match(`^(19[7-9]|20[0-9]|21[0-9])[0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`, text)
}

# Why a statement does not relieve `package` of a bug whose advisories changed last at `modified`
# (nanoseconds; 0: the scan does not say); an empty text where it does.
objection(statement, purl, modified) := statement.flaw if {
	statement.flaw != ""
} else := sprintf("it says %v", [object.get(statement.raw, "status", "nothing")]) if {
	not relieving(statement.raw)
} else := "it says not_affected without a justification" if {
	statement.raw.status == "not_affected"
	not reason(statement.raw)
} else := "it is about another product, version or digest" if {
	not names(statement.raw, purl)
} else := "the scan does not say when the advisory was changed last" if {
	modified <= 0
} else := "it is not later than the advisory" if {
	statement.moment <= modified
} else := "it is from the future" if {
	statement.moment > time.parse_rfc3339_ns(input.now) + (skew_seconds * 1000000000)
} else := ""

justifications := {
	"component_not_present",
	"vulnerable_code_not_present",
	"vulnerable_code_not_in_execute_path",
	"vulnerable_code_cannot_be_controlled_by_adversary",
	"inline_mitigations_already_exist",
}

reason(raw) := raw.justification if {
	raw.justification in justifications
} else := raw.impact_statement if {
	not raw.justification
	shape.text(raw, "impact_statement")
}

# A product is the release, then its subcomponents (if it has any) name the package; or it is the
# package itself. Name and version must be there and equal, and a digest that is given must be right.
names(raw, purl) if {
	some product in shape.list(raw, "products")
	called(product) == {release_purl}
	not wrong_digest(product, artifacts)
	not "subcomponents" in object.keys(product)
}

names(raw, purl) if {
	some product in shape.list(raw, "products")
	called(product) == {release_purl}
	not wrong_digest(product, artifacts)
	some part in shape.list(product, "subcomponents")
	is_package(part, purl)
}

names(raw, purl) if {
	some product in shape.list(raw, "products")
	is_package(product, purl)
}

is_package(component, purl) if {
	called(component) == {plain(purl)}
	not "hashes" in object.keys(component)
}

is_package(component, purl) if {
	called(component) == {plain(purl)}
	known := digests[plain(purl)]
	not wrong_digest(component, known)
}

wrong_digest(component, known) if {
	"hashes" in object.keys(component)
	not digest_in(component, known)
}

digest_in(component, known) if component.hashes["sha-256"] in known

release_purl := plain(sprintf("pkg:pypi/%s@%s", [input.release.name, input.release.version]))

# The purls of a product or subcomponent; none where it has only other names.
called(component) := ({plain(name) | name := shape.text(component, "@id"); startswith(name, "pkg:")} |
	{plain(name) | name := shape.text(component.identifiers, "purl")})

# The digests that SBOMs give, by package; looked at only where there is a VEX document.
digests[purl] contains content if {
	count(evidence.vex) > 0
	some component in walk.packages
	purl := plain(shape.text(component, "purl"))
	some hash in shape.items(component, "hashes")
	hash.alg == "SHA-256"
	content := shape.text(hash, "content")
}

# A purl with its package's name as PEP 503 normalises it, and without the one escape of versions.
plain(purl) := concat("@", array.concat([name], array.slice(parts, 1, count(parts)))) if {
	startswith(purl, "pkg:pypi/")
	parts := split(replace(purl, "%2B", "+"), "@")
	name := lower(regex.replace(parts[0], `[-_.]+`, "-"))
} else := purl

# Whether a statement that relieves nothing may be about the package: it names it in this version or
# in none, or the release as a whole, or something that it does not name by a purl.
may_be_about(raw, _) if count(shape.items(raw, "products")) == 0

may_be_about(raw, purl) if {
	some product in shape.list(raw, "products")
	some part in array.concat([product], shape.items(product, "subcomponents"))
	some name in loosely(part)
	name in {plain(purl), split(plain(purl), "@")[0]}
}

may_be_about(raw, _) if {
	some product in shape.list(raw, "products")
	count(shape.items(product, "subcomponents")) == 0
	some name in loosely(product)
	name in {release_purl, split(release_purl, "@")[0]}
}

may_be_about(raw, _) if {
	some product in shape.list(raw, "products")
	some part in array.concat([product], shape.items(product, "subcomponents"))
	count(loosely(part)) == 0
}

loosely(component) := {split(split(name, "?")[0], "#")[0] | some name in called(component)}
