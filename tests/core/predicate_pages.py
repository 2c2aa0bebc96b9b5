"""Writes the parts of docs/predicates/*.md that follow from the code: facts, fields, example.

Run `python tests/core/predicate_pages.py` after a schema or an example has changed;
`test_predicates.py` compares the pages with what this would write.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance.predicate_schema import FOLDER, NAMES, schema_for
from assurance.predicates import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGES = Path(__file__).parents[2] / "docs" / "predicates"

_PART = re.compile(r"(<!-- generated: ([a-z]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
_SUBJECTS = {
    "release": "all artifacts of the release, each by name and SHA-256",
    "commit": "the release's revision, as `gitCommit`",
    "service": "a service that the release manifest links to, by name, URI and digest of its "
    "descriptor",
    "linked": "anything that the release manifest links to",
    "project": "what it freezes, by name and SHA-256: it holds for every release of its project",
}
_TYPES = {
    "any": "text",
    "base64": "text, base64",
    "check": "text, `<area>.<name>`",
    "commit": "text, 40 or 64 hex digits",
    "count": "integer ≥ 0",
    "date": "text, `YYYY-MM-DD`",
    "decimal": "decimal as text",
    "digestSet": "object, algorithm to hex",
    "hash": "text, base64 of 32 bytes",
    "line": "integer ≥ 1",
    "name": "text",
    "purl": "text, package URL",
    "sha256": "text, 64 hex digits",
    "text": "text",
    "time": "text, RFC 3339 UTC",
    "uri": "text, URI",
    "word": "text, a-z 0-9 -",
}
_WORDS = {"string": "text", "boolean": "true or false"}


def render(predicate_type: str, page: str) -> str:
    """Return `page` with its generated parts as they must be."""
    parts = {
        "facts": _facts(predicate_type),
        "fields": _fields(predicate_type),
        "example": f"```json\n{_example(predicate_type)}```\n",
    }
    found = [match.group(2) for match in _PART.finditer(page)]
    assert sorted(parts) == sorted(found), f"{predicate_type}: parts {found}"
    return _PART.sub(lambda match: match.group(1) + parts[match.group(2)] + match.group(3), page)


def page_of(predicate_type: str) -> Path:
    """Return where the page of `predicate_type` stands."""
    return PAGES / f"{NAMES[predicate_type]}.md"


def _example(predicate_type: str) -> str:
    return (FOLDER / "examples" / f"{NAMES[predicate_type]}.json").read_text(encoding="utf-8")


def _facts(predicate_type: str) -> str:
    kind = kind_of(predicate_type)
    roles = " or ".join(
        f"`{role}`" if not role.endswith(":") else f"`{role}<area>`" for role in kind.roles
    )
    as_of = (
        f"the older of {' and '.join(f'`{path}`' for path in kind.as_of)}"
        if len(kind.as_of) > 1
        else f"`{kind.as_of[0]}`"
        if kind.as_of
        else "when it was collected or made (`collectedAt` of the manifests)"
    )
    rows = (
        ("predicate type", f"`{predicate_type}`"),
        ("subject", _SUBJECTS[kind.binding]),
        ("signed by role", roles),
        ("as-of time", as_of),
        ("schema", f"`assurance/schemas/predicates/{NAMES[predicate_type]}.schema.json`"),
    )
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {text} |\n" for name, text in rows)


def _fields(predicate_type: str) -> str:
    schema = schema_for(predicate_type)
    assert schema is not None
    rows = "".join(
        f"| `{path}` | {kind} | {meaning} |\n" for path, kind, meaning in _rows(schema, schema, "")
    )
    return "| field | type | meaning |\n|---|---|---|\n" + rows


def _rows(
    root: Mapping[str, Any], node: Mapping[str, Any], path: str
) -> Iterator[tuple[str, str, str]]:
    for name, child in node.get("properties", {}).items():
        inner, types = _resolved(root, child)
        shown = f"['{name}']" if ":" in name else name
        here = f"{path}.{shown}" if path else shown
        if inner.get("type") == "array":
            here += "[]"
            of, item_types = _resolved(root, inner["items"])
            types = [f"array of {' or '.join(item_types)}", *types[1:]]
            inner = of
        if name not in node.get("required", ()):
            types = [*types, "optional"]
        meaning = child.get("description") or inner.get("description") or ""
        yield here, ", ".join(types).replace("|", "\\|"), meaning.replace("|", "\\|")
        yield from _rows(root, inner, here)


def _resolved(  # noqa: PLR0911 - one answer a form of schema
    root: Mapping[str, Any], node: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[str]]:
    """Return what `node` finally is, and words for its type."""
    if "anyOf" in node:
        inner, types = _resolved(root, node["anyOf"][0])
        return inner, [*types, "or null"]
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        inner, types = _resolved(root, root["$defs"][name])
        return inner, [_TYPES[name]] if name in _TYPES else types
    if "enum" in node:
        return node, [
            " ".join("null" if word is None else f"`{word}`" for word in list(node["enum"]))
        ]
    if "const" in node:
        return node, [f"`{json.dumps(node['const'])}`"]
    kind = node["type"]
    if isinstance(kind, list):
        return node, [" or ".join(str(_WORDS.get(word, word)) for word in kind)]
    if kind == "integer":
        least, most = node.get("minimum", 0), node.get("maximum")
        return node, [f"integer ≥ {least}" if most is None else f"integer, {least} to {most}"]
    return node, [_WORDS.get(kind, kind)]


if __name__ == "__main__":
    for uri in NAMES:
        target = page_of(uri)
        target.write_text(render(uri, target.read_text(encoding="utf-8")), encoding="utf-8")
