"""The functions that a policy may call, and those that it may not although engines have them.

`ALLOWED` is what regorus 0.13 offers, less what would make a verdict depend on anything but the
policy input: network, clock, chance, environment. A policy that OPA knows and regorus does not
is an unknown function, and the static check says so before anything is judged.
"""

from __future__ import annotations

from typing import Final

_CLOCK: Final = "it reads the clock; compare with `input.now`"
_CHANCE: Final = "it gives another answer each time"
_NETWORK: Final = "it would ask the network"
_DEBUG: Final = "it is for debugging and says nothing in a verdict"
_SLOW: Final = "graphs of real size take it minutes; the evidence says what is reachable"

BANNED: Final = {
    "graph.reachable": _SLOW,
    "graph.reachable_paths": _SLOW,
    "http.send": _NETWORK,
    "net.lookup_ip_addr": _NETWORK,
    "opa.runtime": "it reads the environment",
    "rand.intn": _CHANCE,
    "time.now_ns": _CLOCK,
    "trace": _DEBUG,
    "uuid.rfc4122": _CHANCE,
}
"""Function: why not."""

BANNED_PREFIXES: Final = {
    "io.jwt.": "keys and signatures are checked before policies run",
    "providers.aws.": "it signs requests",
    "rego.metadata.": "the engine does not know it; `# METADATA` is read by `assurance`",
}
"""Beginning of a function's name: why not."""

ALLOWED: Final = frozenset(
    """
    abs array.concat array.reverse array.slice base64.decode base64.encode base64.is_valid
    base64url.decode base64url.encode base64url.encode_no_pad bits.and bits.lsh bits.negate
    bits.or bits.rsh bits.xor ceil concat contains count endswith floor format_int
    glob.match glob.quote_meta hex.decode hex.encode indexof indexof_n intersection is_array
    is_boolean is_null is_number is_object is_set is_string json.filter json.is_valid
    json.marshal json.marshal_with_options json.match_schema json.patch json.remove
    json.unmarshal json.verify_schema lower max min net.cidr_contains net.cidr_expand
    net.cidr_is_valid numbers.range numbers.range_step object.filter object.get object.keys
    object.remove object.subset object.union object.union_n print product
    regex.find_all_string_submatch_n regex.find_n regex.is_valid regex.match regex.replace
    regex.split regex.template_match replace round semver.compare semver.is_valid sort split
    sprintf startswith strings.any_prefix_match strings.any_suffix_match strings.count
    strings.replace_n strings.reverse substring sum time.add_date time.clock time.date
    time.diff time.format time.parse_duration_ns time.parse_ns time.parse_rfc3339_ns
    time.weekday to_number trim trim_left trim_prefix trim_right trim_space trim_suffix
    type_name union units.parse units.parse_bytes upper urlquery.decode
    urlquery.decode_object urlquery.encode urlquery.encode_object uuid.parse walk
    yaml.is_valid yaml.marshal yaml.unmarshal
    """.split()  # noqa: SIM905 - a table reads better than ninety quoted words
)

ARGUMENTS_OUT: Final = frozenset({"walk"})
"""Functions whose last argument is bound to their answer."""
