"""SPDX 2.3 files: attested as they are, judged as CycloneDX, refused where they are spoilt."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance import CollectError
from assurance.predicate_schema import validate
from assurance.predicates import CYCLONEDX, SBOM_DETAIL, SPDX
from assurance_sbom import spdx_file, spdx_inventory
from assurance_sbom.collector import SbomCollector
from assurance_sbom.inventory import Party
from assurance_sbom.spdx_package import Actor

if TYPE_CHECKING:
    from tests.plugins.sbom.conftest import MakeContext

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "sbom" / "spdx"
VECTORS = sorted(FOLDER.glob("*.json"))
assert VECTORS, "an empty glob would pass silently"
GOOD: dict[str, Any] = json.loads((FOLDER / "good" / "inkwell.spdx.json").read_text("utf-8"))


def _spoilt(at: list[Any], value: Any) -> dict[str, Any]:
    """The good document with another value at one place; null takes it out."""
    document = copy.deepcopy(GOOD)
    entry: Any = document
    for key in at[:-1]:
        entry = entry[key]
    if value is None:
        del entry[at[-1]]
    else:
        entry[at[-1]] = value
    return document


def _collect(
    document: dict[str, Any], project: Path, make_context: MakeContext, **more: Any
) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """What is attested: the file, the document derived from it, and the detail."""
    path = project / "sbom.spdx.json"
    path.write_text(json.dumps(document, indent=2), "utf-8")
    statements = SbomCollector().collect(make_context(path, **more))
    assert [SPDX, CYCLONEDX, SBOM_DETAIL] == [one.predicate_type for one in statements]
    file, derived, detail = (one.predicate for one in statements)
    assert path.read_bytes() == file
    validate(SBOM_DETAIL, json.loads(detail))
    return file, json.loads(derived), json.loads(detail)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector_is_refused(path: Path, project: Path, make_context: MakeContext) -> None:
    """A document with this defect is refused, with the file and the place in it."""
    vector = json.loads(path.read_text("utf-8"))
    with pytest.raises(CollectError) as caught:
        _collect(_spoilt(vector["at"], vector["value"]), project, make_context)
    said = f"{caught.value.where}: {caught.value.problem}"
    assert re.search(vector["error"], said), said
    assert "sbom.spdx.json" in said
    assert caught.value.remedy


@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_derived_document_says_what_the_file_says(
    version: str, project: Path, make_context: MakeContext
) -> None:
    """Components, edges, licences, suppliers, tools and time are the file's; nothing is added."""
    file, derived, detail = _collect(GOOD, project, make_context, options={"spec_version": version})
    assert version == derived["specVersion"]
    metadata = derived["metadata"]
    assert "2026-11-20T10:00:00Z" == metadata["timestamp"]
    assert "lifecycles" not in metadata
    assert ["quill-1.2"] == [tool["name"] for tool in metadata["tools"]["components"]]
    assert [{"name": "Inkwell Press", "email": "sbom@example.com"}] == metadata["authors"]
    assert "pkg:pypi/inkwell@0.3.0" == metadata["component"]["purl"]
    assert "components" not in metadata["component"]
    assert {"name": spdx_inventory.SHA256, "value": hashlib.sha256(file).hexdigest()} in metadata[
        "properties"
    ]
    jinja2 = next(one for one in derived["components"] if one["name"] == "jinja2")
    assert {
        "type": "library",
        "bom-ref": "SPDXRef-jinja2",
        "name": "jinja2",
        "version": "3.1.6",
        "purl": "pkg:pypi/jinja2@3.1.6",
        "supplier": {
            "name": "Pallets",
            "contact": [{"name": "Pallets", "email": "contact@example.com"}],
        },
        "licenses": [{"license": {"id": "BSD-3-Clause", "acknowledgement": "concluded"}}],
        "hashes": [{"alg": "SHA-256", "content": "2" * 64}],
    } == jinja2
    licences = {one["name"]: one["licenses"] for one in derived["components"]}
    assert [{"expression": "(MIT) AND (MIT OR Apache-2.0)"}] == licences["attrs"]
    assert [
        {"license": {"id": "BSD-3-Clause", "acknowledgement": "declared"}}
    ] == licences["markupsafe"]  # fmt: skip
    assert {
        "SPDXRef-inkwell": ["SPDXRef-attrs", "SPDXRef-jinja2"],
        "SPDXRef-jinja2": ["SPDXRef-markupsafe"],
        "SPDXRef-attrs": [],
        "SPDXRef-markupsafe": [],
    } == {entry["ref"]: entry["dependsOn"] for entry in derived["dependencies"]}
    (analysis,) = detail["documents"]
    assert ("spdx", "sbom.spdx.json", 3, derived["serialNumber"]) == tuple(
        analysis[key] for key in ("source", "input", "packages", "id")
    )


def test_known_of_dependencies(project: Path, make_context: MakeContext) -> None:
    """NONE is complete, edges are not specified, elsewhere is incomplete, silence is unknown."""
    document = _spoilt(["externalDocumentRefs"], [{"externalDocumentId": "DocumentRef-o"}])
    document["relationships"][5]["relatedSpdxElement"] = "DocumentRef-o:SPDXRef-x"
    del document["relationships"][6]
    _, derived, _ = _collect(document, project, make_context)
    assert {
        "not_specified": ["SPDXRef-inkwell", "SPDXRef-jinja2"],
        "incomplete": ["SPDXRef-markupsafe"],
        "unknown": ["SPDXRef-attrs"],
    } == {entry["aggregate"]: entry["dependencies"] for entry in derived["compositions"]}


@pytest.mark.parametrize("nothing", ["NONE", "NOASSERTION", None])
def test_nothing_said_is_nothing(
    nothing: str | None, project: Path, make_context: MakeContext
) -> None:
    """Words that SPDX has for nothing are no licence, no supplier and no version."""
    document = copy.deepcopy(GOOD)
    for key in ("licenseConcluded", "licenseDeclared", "supplier", "versionInfo"):
        document["packages"][1][key] = nothing
    _, derived, _ = _collect(document, project, make_context)
    jinja2 = next(one for one in derived["components"] if one["name"] == "jinja2")
    assert not {"licenses", "supplier", "version"} & set(jinja2)


def test_document_without_other_packages(project: Path, make_context: MakeContext) -> None:
    """One that names only what it describes is no inventory."""
    document = _spoilt(["packages"], GOOD["packages"][:1])
    document["relationships"] = document["relationships"][:1]
    with pytest.raises(CollectError, match="no packages beside SPDXRef-inkwell"):
        _collect(document, project, make_context)


def test_number_of_packages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the limit is refused before they are read."""
    monkeypatch.setattr("assurance_sbom.spdx_file.MAX_PACKAGES", 3)
    with pytest.raises(CollectError, match=r"`\$\.packages` has more than 3 entries"):
        spdx_file.read(GOOD, where="x.json")


_TEXTS = st.sampled_from(
    ["SPDXRef-inkwell", "SPDXRef-DOCUMENT", "NONE", "NOASSERTION", "DEPENDS_ON", "MIT AND", "(",
     "Person: (", "Tool: x", "pkg:x", "SHA256", "PACKAGE-MANAGER", "purl"]
) | st.text(max_size=5)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted({*GOOD, *GOOD["packages"][1], *GOOD["relationships"][0]})),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
_PLACES = [
    *([key] for key in GOOD),
    *(["packages", 1, key] for key in GOOD["packages"][1]),
    *(["relationships", 1, key] for key in GOOD["relationships"][1]),
    *(["creationInfo", key] for key in GOOD["creationInfo"]),
    ["packages", 1, "checksums", 0],
    ["packages", 1, "externalRefs", 0],
    ["relationships", 0],
]


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(_PLACES), _JSON)
def test_reader_raises_only_our_error(at: list[Any], value: Any) -> None:
    """The document with anything at any place is an inventory, or refused."""
    try:
        found = spdx_file.read(_spoilt(at, value), where="x.json")
        listed = spdx_inventory.inventory(found, "0" * 64, where="x.json")
    except CollectError as err:
        assert "x.json" in str(err.where)  # noqa: PT017 - the other outcome is right too
    else:
        assert len(found.packages) == len(listed.components) + 1


def _judged(
    project: Path, document: dict[str, Any], environment: str
) -> dict[str, tuple[str, str]]:
    """Status and message of each SBOM check, from the real command."""
    (project / "dist").mkdir(exist_ok=True)
    with zipfile.ZipFile(project / "dist" / "inkwell-0.3.0-py3-none-any.whl", "w") as archive:
        archive.writestr(zipfile.ZipInfo("inkwell/__init__.py"), "")
    (project / "sbom.spdx.json").write_text(json.dumps(document), "utf-8")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "assurance", *words],
            cwd=project, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    if not (project / "trust.json").exists():
        (project / "pyproject.toml").write_text('[project]\nname = "inkwell"\nversion = "0.3.0"\n')
        done = run("init")
        assert 0 == done.returncode, done.stderr
        (project / "assurance.toml").write_text(
            '[release]\nname = "inkwell"\nversion = "0.3.0"\nartifacts = ["dist/*.whl"]\n'
            f'environment = "{environment}"\n[collect.sbom]\ninputs = ["sbom.spdx.json"]\n'
            '[policy]\npacks = ["security"]\n[sign.default]\nuri = "file:keys/development.pem"\n'
            '[gate]\ntarget_grade = 0\ntrust = "trust.json"\n'
        )
    done = run("run", "-o", "json")
    assert 1 == done.returncode, done.stderr
    found: dict[str, tuple[str, str]] = {}
    for check in json.loads(done.stdout)["checks"]:
        status, message = found.get(check["id"], (check["status"], ""))
        found[check["id"]] = (status, f"{message}\n{check['message']}")
    return found


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("Jane (jane@example.com)", Party(name="Jane", email="jane@example.com")),
        ("Jane  ( jane@example.com )", Party(name="Jane", email="jane@example.com")),
        (
            "Jane (née Doe) (jane@example.com)",
            Party(name="Jane (née Doe)", email="jane@example.com"),
        ),
        ("Jane ()", Party(name="Jane")),
        ("Jane (Doe))", Party(name="Jane (Doe))")),
        ("Jane)", Party(name="Jane)")),
        ("(jane@example.com)", None),
        ("anonymous ()", None),
    ],
)
def test_party_of_a_creator(text: str, party: Party | None) -> None:
    """What stands last in parentheses is the address, if it is one."""
    assert party == spdx_inventory._party(Actor("Person", text))


def test_long_creator_is_read_at_once() -> None:
    """The time is linear in the length: an SBOM from elsewhere says whatever it likes."""
    started = time.process_time()
    spdx_inventory._party(Actor("Person", "a" + " " * 200_000 + "("))
    assert time.process_time() - started < 2


def test_command_judges_an_spdx_file(project: Path) -> None:
    """Each check finds in an SPDX file what it would find in a CycloneDX file."""
    document = copy.deepcopy(GOOD)
    jinja2, markupsafe, attrs = document["packages"][1:]
    del jinja2["externalRefs"], attrs["versionInfo"]
    markupsafe["checksums"] = [{"algorithm": "SHA1", "checksumValue": "3" * 40}]
    markupsafe["supplier"] = markupsafe["licenseDeclared"] = "NOASSERTION"
    attrs["licenseDeclared"] = "AGPL-3.0-only"
    document["creationInfo"]["creators"] = ["Person: anonymous"]
    del document["relationships"][6]
    found = _judged(project, document, "development")
    for check, status, said in (
        ("sbom.complete", "FAIL", "1 of 3 components have no purl: jinja2 3.1.6"),
        ("sbom.complete", "FAIL", "1 of 3 components have no version: pkg:pypi/attrs@26.1.0"),
        ("sbom.complete", "FAIL", "does not know what 1 components depend on"),
        (
            "sbom.integrity",
            "WARN",
            "1 of 3 components have no strong hash: pkg:pypi/markupsafe@3.0.3",
        ),
        ("sbom.supplier", "WARN", "1 of 3 components name no supplier: pkg:pypi/markupsafe@3.0.3"),
        ("sbom.licences", "FAIL", "((MIT) AND (AGPL-3.0-only))"),
        ("sbom.licences", "FAIL", "1 of 3 components name no licence: pkg:pypi/markupsafe@3.0.3"),
        ("sbom.minimum_elements", "WARN", "no tool name and no generation context (lifecycle)"),
        ("sbom.graph", "PASS", ""),
    ):
        assert status == found[check][0], found[check]
        assert said in found[check][1], found[check]


def test_command_finds_an_old_spdx_file_stale(project: Path) -> None:
    """The derived document is as old as the file, not as the run."""
    document = _spoilt(["creationInfo", "created"], "2020-01-01T00:00:00Z")
    found = _judged(project, document, "staging")
    assert "STALE" == found["sbom.complete"][0], found["sbom.complete"]
