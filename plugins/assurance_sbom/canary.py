"""The self-test: plants a defect for a source, and says whether the collector saw it.

- environment: two packages that nobody has, one needing the other through a marker and an
  extra; both purls and the edge must be in the document.
- requirements: a lock of two packages where the second one's hash is gone; it must be
  refused at its line, and accepted with the hash.
- pylock, uv, poetry: the same in their formats.
- archive, and wherever the release has archives: a wheel with a changed file; RECORD must tell.
- cyclonedx: a document with a component without a type; it must be refused by name, and
  accepted with the type. And an SPDX document that needs a package it does not have, and the
  same with the package.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from assurance import CollectError
from assurance.interfaces import SelfTest
from assurance_sbom import archive_check, graph_walk, source_documents, sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from assurance.interfaces import CollectContext

_NEEDS: Final = "pkg:pypi/assurance-canary@1.0"
_NEEDED: Final = "pkg:pypi/assurance-canary-wings@2.0"
_HASH: Final = f"sha256:{'0' * 64}"
_HEAD: Final = 'name = "assurance-canary"\nversion = "1.0"\n'
_EMPTY: Final = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"
"""What RECORD says of an empty file."""
_METADATA: Final = "Metadata-Version: 2.1\nName: assurance-canary\nVersion: 1.0\n"
_METADATA_HASH: Final = "sha256=61WkZy3Om1zryV0VssIkOUqh1fgb2WjcSTpuEsM6Opk,58"
_WHEEL: Final = {
    "METADATA": _METADATA,
    "RECORD": f"assurance_canary.py,{_EMPTY}\n"
    f"assurance_canary-1.0.dist-info/METADATA,{_METADATA_HASH}\n"
    "assurance_canary-1.0.dist-info/RECORD,,\n",
}
_TOML_LOCKS: Final = {
    sources.PYLOCK: (
        "pylock.toml",
        (
            f'lock-version = "1.0"\ncreated-by = "canary"\n[[packages]]\n{_HEAD}'
            f'sdist = {{ hashes = {{ sha256 = "{"0" * 64}" }} }}\n'
        ),
        f'sha256 = "{"0" * 64}"',
    ),
    sources.UV: (
        "uv.lock",
        (
            f'version = 1\n[[package]]\n{_HEAD}source = {{ registry = "https://canary.invalid" }}\n'
            f'wheels = [{{ url = "https://canary.invalid/x.whl", hash = "{_HASH}" }}]\n'
        ),
        f', hash = "{_HASH}"',
    ),
    sources.POETRY: (
        "poetry.lock",
        (
            f'[[package]]\n{_HEAD}files = [{{ file = "x.whl", hash = "{_HASH}" }}]\n'
            '[metadata]\nlock-version = "2.1"\n'
        ),
        f', hash = "{_HASH}"',
    ),
}
"""File name, a lock that is whole, and the piece that is taken out of it."""


def look(chosen: Iterable[str], context: CollectContext) -> SelfTest:
    """Plant and look for each source of `chosen`, below `context.workdir`."""
    planted, problems = [], []
    wanted = dict.fromkeys(chosen)
    if any(archive_check.is_archive(path.name) for path in context.artifacts):
        wanted[sources.ARCHIVE] = None
    for source in wanted:
        what, test = _TESTS[source]
        planted.append(what)
        problem = test(context)
        if problem is not None:
            problems.append(f"{source}: {problem}")
    return SelfTest(
        planted="; ".join(planted),
        found=not problems,
        message="; ".join(problems) or "everything planted was found",
    )


def _environment(context: CollectContext) -> str | None:
    """Look at a folder with two packages and an edge that takes a marker and an extra."""
    folder = context.workdir / "site-packages"
    _install(folder, "assurance_canary", "1.0", 'Assurance.Canary_Wings[fly] ; os_name != ""')
    _install(folder, "assurance_canary_wings", "2.0", 'assurance-canary ; extra == "fly"')
    planted = replace(
        context,
        artifacts=(),
        root=context.workdir,
        inputs=(),
        options={**context.options, "source": sources.ENVIRONMENT, "python": str(folder)},
    )
    try:
        document = _document(sources.ENVIRONMENT, planted)
    except CollectError as err:
        return str(err)
    edges = {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}
    if {entry.get("purl") for entry in document["components"]} != {_NEEDS, _NEEDED}:
        return f"{_NEEDS} and {_NEEDED} were installed and are not what is listed"
    if edges.get(_NEEDS) != [_NEEDED] or edges.get(_NEEDED) != [_NEEDS]:
        return f"{_NEEDS} and {_NEEDED} need each other and the graph does not say so"
    if sorted((_NEEDS, _NEEDED)) not in graph_walk.circles(edges):
        return f"{_NEEDS} and {_NEEDED} need each other and the circle was not seen"
    return None


def _requirements(context: CollectContext) -> str | None:
    """Look at a lock that lost a hash line, and at the same lock with it."""
    lock = context.workdir / "requirements.txt"
    whole = (
        f"assurance-canary==1.0 \\\n    --hash={_HASH}\n"
        f"assurance-canary-wings==2.0 \\\n    --hash={_HASH}\n"
    )
    planted = replace(context, artifacts=(), root=context.workdir, inputs=(lock,), options={})
    kept, _, _ = whole.rpartition(" \\\n")
    lock.write_text(kept + "\n", encoding="utf-8")
    refusal = _refusal(sources.REQUIREMENTS, planted)
    if refusal is None or "assurance-canary-wings 2.0 has no --hash" not in refusal:
        return f"a lock without a hash was read as: {refusal or 'complete'}"
    lock.write_text(whole, encoding="utf-8")
    return _refusal(sources.REQUIREMENTS, planted)


def _toml_lock(source: str, context: CollectContext) -> str | None:
    """Look at a lock in TOML that lost a hash, and at the same lock with it."""
    name, text, piece = _TOML_LOCKS[source]
    lock = context.workdir / name
    planted = replace(context, artifacts=(), root=context.workdir, inputs=(lock,), options={})
    lock.write_text(text.replace(piece, ""), encoding="utf-8")
    refusal = _refusal(source, planted)
    if refusal is None or "hash" not in refusal:
        return f"a lock without a hash was read as: {refusal or 'complete'}"
    lock.write_text(text, encoding="utf-8")
    return _refusal(source, planted)


def _archive(context: CollectContext) -> str | None:
    """Look into a wheel of which one file was changed after RECORD was written."""
    path = context.workdir / "assurance_canary-1.0-py3-none-any.whl"
    for content, problem in (("x", "assurance_canary.py is not what RECORD says"), ("", None)):
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("assurance_canary.py", content)
            for name, text in _WHEEL.items():
                wheel.writestr(f"assurance_canary-1.0.dist-info/{name}", text)
        said = archive_check.check(path).problems
        if (problem is None) != (not said) or not all(problem in one for one in said if problem):
            return f"a wheel with {content!r} in it was read as: {', '.join(said) or 'sound'}"
    return None


def _cyclonedx(context: CollectContext) -> str | None:
    """Look at a document whose component lost its type, and at the same one with it."""
    path = context.workdir / "canary.cdx.json"
    component = {"name": "assurance-canary", "version": "1.0", "purl": _NEEDS}
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [component],
    }
    planted = replace(context, artifacts=(), root=context.workdir, inputs=(path,), options={})
    path.write_text(json.dumps(document), encoding="utf-8")
    refusal = _refusal(sources.EXISTING, planted)
    if refusal is None or "'type' is a required property" not in refusal:
        return f"a component without a type was read as: {refusal or 'valid'}"
    document["components"] = [{**component, "type": "library"}]
    path.write_text(json.dumps(document), encoding="utf-8")
    return _refusal(sources.EXISTING, planted) or _spdx(path, planted)


def _spdx(path: Path, planted: CollectContext) -> str | None:
    """Look at an SPDX document that needs a package it does not have, and at one that has it."""
    ids = ("SPDXRef-DOCUMENT", "SPDXRef-canary", "SPDXRef-wings")
    packages = [{"SPDXID": one, "name": one, "downloadLocation": "NOASSERTION"} for one in ids[1:]]
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": ids[0],
        "name": "canary",
        "documentNamespace": "https://canary.invalid/spdx",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: canary"]},
        "packages": packages[:1],
        "relationships": [
            {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
            for source, kind, target in (
                (ids[0], "DESCRIBES", ids[1]),
                (ids[1], "DEPENDS_ON", ids[2]),
            )
        ],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    refusal = _refusal(sources.EXISTING, planted)
    if refusal is None or "relationships[1].relatedSpdxElement` names nothing here" not in refusal:
        return f"SPDX that needs a package it does not have was read as: {refusal or 'valid'}"
    path.write_text(json.dumps({**document, "packages": packages}), encoding="utf-8")
    return _refusal(sources.EXISTING, planted)


def _document(source: str, context: CollectContext) -> dict[str, Any]:
    *_, made = source_documents.documents(source, context.inputs, context)
    document: dict[str, Any] = json.loads(made.predicate)
    return document


def _refusal(source: str, context: CollectContext) -> str | None:
    """What the collector says against the inputs; None if it takes them."""
    try:
        _document(source, context)
    except CollectError as err:
        return str(err)
    return None


def _install(folder: Path, name: str, version: str, requirement: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        f"Provides-Extra: fly\nRequires-Dist: {requirement}\n\n",
        encoding="utf-8",
    )
    (info / "RECORD").write_text(f"{info.name}/METADATA,,\n", encoding="utf-8")


_TESTS: Final[dict[str, tuple[str, Callable[[CollectContext], str | None]]]] = {
    sources.ENVIRONMENT: ("two packages and the edge between them", _environment),
    sources.REQUIREMENTS: ("a lock line without its hash", _requirements),
    **{
        source: (f"a hash missing in {name}", partial(_toml_lock, source))
        for source, (name, _, _) in _TOML_LOCKS.items()
    },
    sources.ARCHIVE: ("a wheel with a changed file", _archive),
    sources.EXISTING: (
        "a component without a type, and an SPDX package that is not there",
        _cyclonedx,
    ),
}
