"""A change of the contract that breaks a client is named; one that does not, is not one."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance.errors import FormatError
from assurance_log import contract
from assurance_log.contract_diff import changes

if TYPE_CHECKING:
    from pathlib import Path


def operation(document: dict[str, Any], path: str, method: str = "get") -> Any:
    """One operation."""
    return document["paths"][path][method]


def schema(document: dict[str, Any], name: str) -> Any:
    """One schema."""
    return document["components"]["schemas"][name]


def parameter(document: dict[str, Any], path: str, name: str) -> Any:
    """One parameter that stands in its operation."""
    return next(
        item for item in operation(document, path)["parameters"] if item.get("name") == name
    )


BREAKS: dict[str, tuple[Any, str]] = {
    "path": (lambda d: d["paths"].pop("/v1/keys"), "GET /v1/keys: was removed"),
    "method": (lambda d: d["paths"]["/v1/entries"].pop("post"), "POST /v1/entries: was removed"),
    "operation-id": (
        lambda d: operation(d, "/v1/keys").update(operationId="all"),
        "GET /v1/keys: operationId was keys, is all",
    ),
    "credentials": (
        lambda d: operation(d, "/v1/keys").update(security=[{"token": []}]),
        "GET /v1/keys: asks for other credentials",
    ),
    "parameter": (
        lambda d: operation(d, "/v1/entries")["parameters"].pop(0),
        "query parameter release: was removed",
    ),
    "parameter-required": (
        lambda d: parameter(d, "/v1/entries", "first").update(required=True),
        "query parameter first: must be given now",
    ),
    "new-required-parameter": (
        lambda d: operation(d, "/v1/entries")["parameters"].append(
            {"name": "x", "in": "query", "required": True, "schema": {}}
        ),
        "query parameter x: must be given now",
    ),
    "value": (
        lambda d: parameter(d, "/v1/entries", "verdict")["schema"]["enum"].pop(),
        'verdict: value "INDETERMINATE" is not taken any more',
    ),
    "smaller-limit": (
        lambda d: d["components"]["parameters"]["Limit"]["schema"].update(maximum=100),
        "limit: maximum was 500, is 100",
    ),
    "new-pattern": (
        lambda d: d["components"]["parameters"]["Cursor"]["schema"].update(pattern="^a"),
        "cursor: pattern was none, is ^a",
    ),
    "other-pattern": (
        lambda d: parameter(d, "/v1/entries", "release")["schema"].update(pattern="^a"),
        "release: pattern was",
    ),
    "body-type": (
        lambda d: operation(d, "/v1/bundles", "post")["requestBody"]["content"].pop(
            "application/jsonl"
        ),
        "POST /v1/bundles: body application/jsonl: was removed",
    ),
    "body-property": (
        lambda d: schema(d, "Batch")["required"].append("more"),
        "POST /v1/batches: body.more: must be given now",
    ),
    "smaller-batch": (
        lambda d: schema(d, "Batch")["properties"]["entries"].update(maxItems=10),
        "body.entries: maxItems was 4096, is 10",
    ),
    "answer": (
        lambda d: operation(d, "/v1/keys")["responses"].pop("200"),
        "GET /v1/keys: answer 200: was removed",
    ),
    "other-answer": (
        lambda d: operation(d, "/v1/keys")["responses"].update({"202": {"description": "x"}}),
        "GET /v1/keys: answer 202: may be answered now",
    ),
    "answer-type": (
        lambda d: operation(d, "/checkpoint")["responses"]["200"]["content"].pop("text/plain"),
        "answer 200 text/plain: was removed",
    ),
    "answer-property": (
        lambda d: schema(d, "Entry")["properties"].pop("logged_at"),
        "answer 200.entries[].logged_at: was removed",
    ),
    "answer-optional": (
        lambda d: schema(d, "TreeHead")["required"].remove("note"),
        "answer 200.tree_head.note: may be missing now",
    ),
    "answer-null": (
        lambda d: schema(d, "TreeHead")["properties"]["origin"].update(type=["string", "null"]),
        "answer 200.tree_head.origin: type null may be answered now",
    ),
    "answer-any-type": (
        lambda d: schema(d, "TreeHead")["properties"]["origin"].pop("type"),
        "answer 200.tree_head.origin: type null may be answered now",
    ),
    "answer-value": (
        lambda d: schema(d, "Readiness")["properties"]["status"]["enum"].append("perhaps"),
        'value "perhaps" may be answered now',
    ),
    "answer-larger": (
        lambda d: schema(d, "EntryPage")["properties"]["entries"].pop("maxItems"),
        "answer 200.entries: maxItems was 500, is none",
    ),
    "answer-pattern": (
        lambda d: schema(d, "Checkpoint")["allOf"][1]["properties"]["key"].pop("pattern"),
        "key: pattern was",
    ),
    "answer-alternative": (
        lambda d: schema(d, "Entry")["properties"]["logged_at"]["anyOf"].append(
            {"type": "integer"}
        ),
        "logged_at: alternative 3 is new",
    ),
    "header": (
        lambda d: operation(d, "/v1/keys")["responses"]["200"]["headers"].pop("ETag"),
        "answer 200: header ETag: may be missing now",
    ),
}
HARMLESS: dict[str, Any] = {
    "path": lambda d: d["paths"].update({"/v1/more": {"get": {"responses": {}}}}),
    "parameter": lambda d: operation(d, "/v1/keys")["parameters"].append(
        {"name": "x", "in": "query", "schema": {"type": "string"}}
    ),
    "property": lambda d: schema(d, "Entry")["properties"].update(more={"type": "string"}),
    "larger-batch": lambda d: schema(d, "Batch")["properties"]["entries"].update(maxItems=9000),
    "optional-body-property": lambda d: schema(d, "Batch")["properties"].update(more={}),
    "value": lambda d: parameter(d, "/v1/entries", "verdict")["schema"]["enum"].append("WAIVED"),
    "refusal": lambda d: operation(d, "/v1/keys")["responses"].pop("429"),
    "text": lambda d: operation(d, "/v1/keys").update(summary="x", description="y"),
    "inlined": lambda d: schema(d, "EntryPage")["properties"].update(
        tree_head=copy.deepcopy(schema(d, "TreeHead"))
    ),
    "narrower-answer": lambda d: schema(d, "EntryPage")["properties"]["entries"].update(maxItems=9),
    "fewer-alternatives": lambda d: schema(d, "Entry")["properties"]["bundle"]["anyOf"].pop(),
}


def told(edit: Any) -> tuple[list[str], list[str]]:
    """Return what breaks and what does not, between the contract and one that was edited."""
    new = copy.deepcopy(contract.document())
    edit(new)
    found = changes(contract.document(), new)
    lines = [(f"{item.where}: {item.what}", item.is_breaking) for item in found]
    return [line for line, bad in lines if bad], [line for line, bad in lines if not bad]


@pytest.mark.parametrize("name", BREAKS)
def test_breaks(name: str) -> None:
    """Each kind of break is named with its place."""
    edit, expected = BREAKS[name]
    breaking, _ = told(edit)
    assert any(expected in line for line in breaking), breaking


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name: str) -> None:
    """What only adds, explains or narrows an answer breaks nobody."""
    assert [] == told(HARMLESS[name])[0]


def test_additions_are_listed() -> None:
    """A new operation is shown as what it is."""
    assert ["GET /v1/more: was added"] == told(HARMLESS["path"])[1]


def test_a_schema_that_contains_itself() -> None:
    """Circles end, and a change inside one is found."""
    document = contract.document()
    node = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Node"}}}
    document["components"]["schemas"]["Node"] = node
    schema(document, "Entry")["properties"]["node"] = {"$ref": "#/components/schemas/Node"}
    assert () == changes(document, copy.deepcopy(document))
    other = copy.deepcopy(document)
    schema(other, "Node")["properties"]["below"] = {"type": "string"}
    assert any(
        "node.below: type string" in f"{it.where}: {it.what}" for it in changes(document, other)
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "get", "$ref", "#/x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$ref", "get", "paths", "type", "anyOf", "properties", "required"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(junk=JSON, where=st.integers(0, 7))
def test_no_document_is_a_bug(junk: Any, where: int) -> None:
    """Whatever stands where the contract has something else is compared, or refused as ours."""
    new = contract.document()
    places: list[tuple[Any, Any]] = [
        (new, "paths"),
        (new["paths"], "/v1/entries"),
        (operation(new, "/v1/entries"), "parameters"),
        (operation(new, "/v1/entries"), "responses"),
        (operation(new, "/v1/batches", "post"), "requestBody"),
        (new["components"]["schemas"], "Entry"),
        (schema(new, "Entry"), "properties"),
        (schema(new, "Entry")["properties"], "bundle"),
    ]
    holder, key = places[where]
    holder[key] = junk
    for pair in ((contract.document(), new), (new, contract.document())):
        with contextlib.suppress(FormatError):
            changes(*pair)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `assurance log openapi`."""
    return subprocess.run(
        [sys.executable, "-m", "assurance", "log", "openapi", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
    )


def test_the_command(tmp_path: Path) -> None:
    """It prints the contract; what it printed has no difference; a break is exit 1, as evidence."""
    printed = run(tmp_path).stdout
    assert contract.document() == json.loads(printed)
    (tmp_path / "old.json").write_text(printed)
    same = run(tmp_path, "--diff", "old.json")
    assert (0, "0 changes break a client, 0 additions do not\n") == (same.returncode, same.stdout)
    old = contract.document()
    old["paths"]["/v0"] = {"get": {"responses": {}}}
    del old["paths"]["/v1/keys"]
    (tmp_path / "old.json").write_text(json.dumps(old))
    done = run(tmp_path, "--diff", "old.json", "-o", "json")
    found = json.loads(done.stdout)["log"]["contract"]
    assert 1 == done.returncode
    assert [
        {"where": "GET /v0", "what": "was removed", "breaking": True},
        {"where": "GET /v1/keys", "what": "was added", "breaking": False},
    ] == found["changes"]
    assert {64} == {len(found[side]["sha256"]) for side in ("old", "new")}
    (tmp_path / "old.json").write_text("[]")
    wrong = run(tmp_path, "--diff", "old.json")
    assert (1, True) == (wrong.returncode, "is no OpenAPI 3 document" in wrong.stderr)
    assert 2 == run(tmp_path, "--diff", "none.json").returncode
