"""Every predicate that we write has a schema, an example and a page, and they agree."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance import policy_set, predicate_schema, predicates, readiness, release_manifest
from assurance.errors import FormatError
from assurance.predicate_schema import FOLDER, NAMES, schema_for, validate
from assurance.predicates import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
PAGES = runpy.run_path(str(HERE / "predicate_pages.py"))
VECTORS = sorted((HERE.parent / "vectors" / "predicates").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"

OURS = "https://w3id.org/release-assurance/"
WRITTEN = {
    predicates.OPENVEX,
    predicates.REFERENCE,
    predicates.RELEASE,
    predicates.VULNERABILITIES,
    predicates.TEST_RESULT,
    predicates.VSA,
}
"""Standard types that we write by hand; a library writes and checks the others."""
every_type = pytest.mark.parametrize("uri", sorted(NAMES), ids=lambda uri: NAMES[uri])


def example(uri: str) -> Any:
    """Return the example of a predicate type."""
    return json.loads((FOLDER / "examples" / f"{NAMES[uri]}.json").read_bytes())


def places(
    root: Mapping[str, Any], node: Mapping[str, Any], value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[Mapping[str, Any], tuple[str | int, ...]]]:
    """Yield (schema, path) of every object in an example, as the schema sees it."""
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in node and value is not None:
        yield from places(root, node["anyOf"][0], value, path)
    elif isinstance(value, dict):
        yield node, path
        for key, inner in value.items():
            if key in node.get("properties", {}):
                yield from places(root, node["properties"][key], inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(root, node["items"], inner, (*path, index))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """Return what stands at `path`."""
    for step in path:
        value = value[step]
    return value


def pointer(uri: str, path: tuple[str | int, ...]) -> str:
    """Return the `where` of an error at `path`."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return f"{uri}#" + "".join(f"/{step}" for step in steps)


def test_all_ours_are_described() -> None:
    """Every constant of ours has a schema, and so has every standard type we write ourselves."""
    constants = {
        value
        for name, value in vars(predicates).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }
    ours = {uri for uri in constants if uri.startswith(OURS)}
    assert len(ours) == 15
    assert ours | WRITTEN == set(NAMES)
    assert {uri for uri in KINDS if uri.startswith(OURS)} == ours


def test_nothing_lies_about_unused() -> None:
    """Each file in the schema folder and each page belongs to a predicate type."""
    names = set(NAMES.values())
    assert names == {path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.json")}
    assert names == {path.stem for path in (FOLDER / "examples").iterdir()}
    assert names == {path.stem for path in PAGES["PAGES"].glob("*.md")} - {"index"}


@every_type
def test_id_names_the_type(uri: str) -> None:
    """A schema's `$id` is the predicate type's own, or that of our profile of a standard one."""
    schema = schema_for(uri)
    assert schema is not None
    expected = uri if uri.startswith(OURS) else f"{OURS}profile/{NAMES[uri]}"
    assert f"{expected}/schema.json" == schema["$id"]


@every_type
def test_every_field_is_described(uri: str) -> None:
    """No field without a meaning, and no object of ours that takes unknown fields."""
    schema = schema_for(uri)
    assert schema is not None
    todo: list[Any] = [schema]
    while todo:
        node = todo.pop()
        for name, field in node.get("properties", {}).items():
            referred = schema["$defs"].get(field.get("$ref", "").rsplit("/", 1)[-1], {})
            assert field.get("description") or referred.get("description"), name
        if "properties" in node and "required" in node and "patternProperties" not in node:
            assert node["additionalProperties"] is False, node
        todo.extend(node.get("$defs", {}).values())
        todo.extend(node.get("properties", {}).values())
        todo.extend(part for part in (node.get("items"), *node.get("anyOf", ())) if part)


@every_type
def test_example_passes(uri: str) -> None:
    """The example follows its schema."""
    validate(uri, example(uri))


@every_type
def test_each_required_field_is_needed(uri: str) -> None:
    """An example without one of its required fields is refused where the field is missing."""
    schema, whole = schema_for(uri), example(uri)
    assert schema is not None
    dropped = 0
    for node, path in places(schema, schema, whole, ()):
        for key in node.get("required", ()):
            broken = copy.deepcopy(whole)
            del at(broken, path)[key]
            with pytest.raises(FormatError, match=f"'{key}' is a required property") as caught:
                validate(uri, broken)
            assert pointer(uri, path) == caught.value.where
            dropped += 1
    assert dropped >= 4


@every_type
def test_no_field_may_be_added(uri: str) -> None:
    """An example with one more field, anywhere, is refused there."""
    schema, whole = schema_for(uri), example(uri)
    assert schema is not None
    for node, path in places(schema, schema, whole, ()):
        if node.get("additionalProperties") is not False:
            continue
        broken = copy.deepcopy(whole)
        at(broken, path)["surprise"] = True
        with pytest.raises(FormatError, match="surprise") as caught:
            validate(uri, broken)
        assert pointer(uri, path) == caught.value.where


@every_type
def test_page_is_current(uri: str) -> None:
    """The page holds the facts, fields and example of today.

    If not: `python tests/core/predicate_pages.py`.
    """
    page = PAGES["page_of"](uri).read_text(encoding="utf-8")
    assert page == PAGES["render"](uri, page)
    text = (FOLDER / "examples" / f"{NAMES[uri]}.json").read_text(encoding="utf-8")
    assert f"```json\n{text}```\n" in page


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    """Each changed example is refused for the reason and at the place that the vector says."""
    vector = json.loads(path.read_bytes())
    uri = next(uri for uri, name in NAMES.items() if name == vector["kind"])
    value = example(uri)
    *parents, last = vector["at"]
    at(value, tuple(parents))[last] = vector["value"]
    with pytest.raises(FormatError, match=vector["error"]) as caught:
        validate(uri, value)
    assert pointer(uri, tuple(vector.get("where", vector["at"]))) == caught.value.where
    assert f"docs/predicates/{vector['kind']}.md" in caught.value.remedy


def test_unknown_type_passes() -> None:
    """A predicate type without a schema of ours is nobody's business here."""
    assert schema_for("https://example.com/mine/v1") is None
    validate("https://example.com/mine/v1", {"anything": 1})


def test_pointer_is_escaped() -> None:
    """A key with a slash or tilde stands in the pointer as RFC 6901 says."""
    value = example(predicates.VULNERABILITIES)
    detail = "https://w3id.org/release-assurance/vulns-detail/v1"
    value[detail]["expected"] = -1
    with pytest.raises(FormatError) as caught:
        validate(predicates.VULNERABILITIES, value)
    assert caught.value.where == pointer(predicates.VULNERABILITIES, (detail, "expected"))
    assert "https:~1~1w3id.org~1" in str(caught.value.where)


def test_long_value_is_not_repeated() -> None:
    """The message stays short however long the wrong value is."""
    value = example(predicates.POLICY_SET)
    value["policySet"]["content"] = "!" * 100_000
    with pytest.raises(FormatError, match="does not follow its schema") as caught:
        validate(predicates.POLICY_SET, value)
    assert len(str(caught.value)) < 600


def test_core_reads_the_examples() -> None:
    """The core's own readers take the examples of what the core writes."""
    verdict = readiness.read(example(predicates.READINESS), where="example")
    assert "NO-GO" == verdict.result
    manifest = release_manifest.read(example(predicates.RELEASE), where="example")
    assert "ledger-api" == manifest.release.name


def test_core_writes_what_the_schema_says() -> None:
    """What the core writes of a verdict that it has read is the predicate it has read."""
    value = example(predicates.READINESS)
    verdict = readiness.read(value, where="example")
    trust = value["trust"]
    made = readiness.write(
        verdict, trust_version=trust["version"], trust_digest=trust["digest"]["sha256"]
    )
    again = json.loads(made.predicate)
    validate(predicates.READINESS, again)
    assert {**value, "tool": None} == {**again, "tool": None}


def test_policy_set_example_is_real() -> None:
    """The archive in the example has the digest it says, and holds the check it says."""
    value = example(predicates.POLICY_SET)
    archive = base64.b64decode(value["policySet"]["content"], validate=True)
    assert value["policySet"]["digest"]["sha256"] == hashlib.sha256(archive).hexdigest()
    checks = policy_set.unpack(archive, "example").checks
    assert value["checks"] == [check.id for check in checks]


def test_evidence_digest_example_is_real() -> None:
    """The evidence digest of readiness and sign-off follows from the lines of the manifest."""
    not_evidence = {
        predicates.POLICY_SET,
        predicates.SIGN_OFF,
        predicates.READINESS,
        predicates.VSA,
    }
    lines = example(predicates.BUNDLE_MANIFEST)["lines"]
    digests = sorted(
        line["lineSha256"] for line in lines if line["predicateType"] not in not_evidence
    )
    expected = hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()
    assert expected == example(predicates.SIGN_OFF)["evidenceDigest"]["sha256"]
    assert expected == example(predicates.READINESS)["evidenceDigest"]["sha256"]


def test_checkpoint_example_is_real() -> None:
    """The note begins with origin, size and root, and the roots follow from each other."""
    value = example(predicates.CHECKPOINT)
    origin, size, root, rest = value["note"].split("\n", 3)
    assert (value["origin"], str(value["size"]), value["rootHash"]) == (origin, size, root)
    assert rest.startswith("\n— log.example.com/ledger ")
    previous = value["previous"]
    left = base64.b64decode(previous["rootHash"])
    right = base64.b64decode(previous["consistencyProof"][0])
    assert base64.b64decode(root) == hashlib.sha256(b"\x01" + left + right).digest()


def test_waiver_example_is_real() -> None:
    """The fingerprint in the example is that of the waived finding in the readiness example."""
    waiver = example(predicates.WAIVER)
    finding = example(predicates.READINESS)["findings"][2]
    assert "WAIVED" == finding["status"]
    text = json.dumps(
        {
            "check": finding["check"],
            "status": finding["wouldBe"],
            "subject": finding["subject"],
            "actual": finding["actual"],
            "required": finding["required"],
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    assert waiver["fingerprint"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_import_is_cheap() -> None:
    """Knowing that there are schemas loads no jsonschema: only a check does."""
    code = (
        "import sys; from assurance import predicate_schema as p; "
        "p.schema_for(next(iter(p.NAMES))); sys.exit('jsonschema' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _check_jsonschema(*arguments: str | Path) -> None:
    from check_jsonschema import main  # its start alone takes a second
    from click.testing import CliRunner

    done = CliRunner().invoke(main, ["--no-cache", *map(str, arguments)])
    assert 0 == done.exit_code, (done.output, done.exception)


def test_schemas_are_schemas() -> None:
    """Somebody else's tool finds every schema to follow the JSON Schema 2020-12 metaschema."""
    _check_jsonschema("--check-metaschema", *sorted(FOLDER.glob("*.schema.json")))


@pytest.mark.slow
@every_type
def test_example_passes_elsewhere(uri: str) -> None:
    """Somebody else's tool accepts the example, formats included."""
    name = NAMES[uri]
    schema = FOLDER / f"{name}.schema.json"
    _check_jsonschema("--schemafile", schema, FOLDER / "examples" / f"{name}.json")


def test_names_are_file_names() -> None:
    """A kind of ours is called as its URI says."""
    for uri, name in predicate_schema.NAMES.items():
        if uri.startswith(OURS):
            assert f"{OURS}{name}/v1" == uri
