# Values from outside, taken only in the shape that they should have.
package assurance.lib.shape

import rego.v1

# The value at key, where it is a text with something in it.
text(object, key) := value if {
	is_object(object)
	value := object[key]
	is_string(value)
	trim_space(value) != ""
}

# The array at key.
list(object, key) := value if {
	is_object(object)
	value := object[key]
	is_array(value)
}

# The whole number at key, at least zero. Texts, fractions and booleans are none.
whole(object, key) := value if {
	is_object(object)
	value := object[key]
	is_number(value)
	value >= 0
	floor(value) == value
}

# The SHA-256 at key: 64 lowercase hex digits.
sha256(object, key) := value if {
	value := text(object, key)
	regex.match(`^[0-9a-f]{64}$`, value)
}

# The items of an array that is there, none of anything else.
items(object, key) := value if {
	value := list(object, key)
} else := []

# The first names of a sorted list, for a message: "a, b, c and 4 more".
some_of(names) := concat(", ", names) if {
	count(names) <= 3
} else := sprintf("%s and %d more", [concat(", ", array.slice(names, 0, 3)), count(names) - 3])
