# Which licences a release may have in it: our lists, or those in `security.licences` of the data.
package assurance.lib.licence_policy

import rego.v1

# The user's own policy, from a file in [policy] data; each key that is there replaces ours.
own := data.security.licences

default_allow := {
	"0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Artistic-2.0", "BlueOak-1.0.0", "BSD-1-Clause",
	"BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Modification", "BSL-1.0", "CC0-1.0", "CNRI-Python",
	"HPND", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "NCSA", "OFL-1.1", "PostgreSQL", "PSF-2.0",
	"Python-2.0", "Python-2.0.1", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "UPL-1.0", "X11", "Zlib",
	"ZPL-2.1",
}

default_deny := {
	"AGPL-1.0", "AGPL-3.0", "AGPL-1.0-only", "AGPL-1.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later", "BUSL-1.1",
	"CC-BY-NC-4.0", "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-4.0", "Elastic-2.0", "JSON", "SSPL-1.0",
}

# A list of the user's, where there is one.
list(key, ours) := {entry | some entry in own[key]} if {
	is_array(own[key])
} else := ours

allow := list("allow", default_allow)

deny := list("deny", default_deny)

review := list("review", set())

# What a licence is that no list names.
unlisted := own.unlisted if {
	own.unlisted in {"allow", "deny", "review"}
} else := "review"

# What a licence for review is: a warning, or a failure.
status_of_review := own.status_of_review if {
	own.status_of_review in {"WARN", "FAIL"}
} else := "WARN"

# What is wrong with the user's data: a policy that is misspelt must not pass for one.
problems contains "it is no object" if {
	value := own
	not is_object(value)
}

problems contains sprintf("it has the unknown key %v", [key]) if {
	is_object(own)
	some key, _ in own
	not key in {"allow", "deny", "review", "unlisted", "status_of_review"}
}

problems contains sprintf("%v is no list of texts", [key]) if {
	some key in {"allow", "deny", "review"}
	value := own[key]
	not texts(value)
}

problems contains "unlisted is none of allow, deny, review" if {
	value := own.unlisted
	not value in {"allow", "deny", "review"}
}

problems contains "status_of_review is none of WARN, FAIL" if {
	value := own.status_of_review
	not value in {"WARN", "FAIL"}
}

# The key that Americans would look for is not the one that is read.
problems contains "it is called `licenses`, and `licences` is what is read" if {
	data.security.licenses
}

texts(value) if {
	is_array(value)
	every entry in value {
		is_string(entry)
	}
}
