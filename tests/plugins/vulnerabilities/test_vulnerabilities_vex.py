"""VEX documents as their users sign them: from a file to a verdict that shows what they relieve."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance import predicate_schema
from assurance.errors import FormatError
from assurance.model import Release
from assurance.predicates import OPENVEX
from assurance_vulnerabilities import cyclonedx_vex

ROOT = Path(__file__).resolve().parents[3]
VECTORS = sorted((ROOT / "tests" / "vectors" / "vulnerabilities" / "vex").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
RELEASE = Release(
    name="shop",
    version="1.0",
    revision=None,
    artifacts=(),
    environment="development",
    resource_uri="https://example.org/shop",
)


def _openvex(document: Any) -> dict[str, Any]:
    data = json.dumps(document).encode()
    return cyclonedx_vex.openvex(document, data, RELEASE, now=NOW, where="vex.json")


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_cyclonedx_vector(path: Path) -> None:
    """Each document becomes the OpenVEX that the vector says, or is refused for its reason."""
    vector = json.loads(path.read_text("utf-8"))
    if "error" in vector:
        with pytest.raises(FormatError, match=re.escape(vector["error"])) as caught:
            _openvex(vector["document"])
        assert str(caught.value.where).startswith("vex.json")
        return
    made = _openvex(vector["document"])
    predicate_schema.validate(OPENVEX, made)
    assert vector["statements"] == made["statements"]
    assert ("M. Roy", "2026-11-20T10:00:00Z") == (made["author"], made["timestamp"])
    assert re.search("from CycloneDX 1.6, sha256:[0-9a-f]{64}$", made["tooling"])


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=8),
    st.sampled_from(["1.6", "not_affected", "exploitable", "pkg:pypi/a@1", "2026-01-01T00:00:00Z"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["specVersion", "metadata", "timestamp", "component", "components", "vulnerabilities", "id",
     "analysis", "state", "justification", "detail", "affects", "ref", "versions", "version",
     "references", "purl", "bom-ref", "authors", "name"]
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=15,
)


@settings(deadline=None)
@given(changes=st.dictionaries(KEYS, JSON, max_size=5), analysis=JSON, affects=JSON)
def test_cyclonedx_raises_only_our_error(changes: Any, analysis: Any, affects: Any) -> None:
    """Any JSON is written as OpenVEX, or refused."""
    good = json.loads((VECTORS[0].parent / "good-component-reference.json").read_text())["document"]
    good["vulnerabilities"].append({"id": "CVE-1", "analysis": analysis, "affects": affects})
    for document in (good, good | changes):
        try:
            made = _openvex(document)
        except FormatError:
            continue
        assert len(made["statements"]) == len(document["vulnerabilities"])


class Shop:
    """A project with one vulnerable package, taken to a draft by the command line."""

    def __init__(self, folder: Path, command: Any) -> None:
        """Take the folder, and what runs commands."""
        self.folder = folder
        self.command = command

    def write(self) -> None:
        """Write the project and its keys."""
        folder = self.folder
        shutil.copytree(ROOT / "tests" / "data" / "advisories", folder / "advisories")
        (folder / "dist").mkdir()
        (folder / "dist" / "shop.bin").write_bytes(b"shop")
        (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1.0"\n')
        (folder / "build").mkdir()
        (folder / "build" / "junit.xml").write_text(JUNIT.format(datetime.now(tz=UTC).isoformat()))
        digest = "--hash=sha256:" + "0" * 64
        (folder / "requirements.txt").write_text(f"django==3.2 {digest}\n")
        self.run("init", "--quiet", expected=0)
        (folder / "assurance.toml").write_text(SETTINGS)

    def run(self, *words: str, expected: int) -> str:
        """Run a command, and return what it says."""
        done = self.command(words, cwd=self.folder)
        said = str(done.stdout + done.stderr)
        assert expected == done.returncode, said
        return said

    def vex(self, status: str = "not_affected", **changes: Any) -> Path:
        """Write an OpenVEX document about the one vulnerability."""
        hour_ago = datetime.now(tz=UTC) - timedelta(hours=1)
        statement = {
            "vulnerability": {"name": "CVE-2021-33203"},
            "products": [
                {"@id": "pkg:pypi/shop@1.0", "subcomponents": [{"@id": "pkg:pypi/django@3.2"}]}
            ],
            "status": status,
            "justification": "vulnerable_code_not_in_execute_path",
        }
        document = {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": f"https://example.com/vex/{status}",
            "author": "M. Roy",
            "timestamp": hour_ago.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "version": 1,
            "statements": [{k: v for k, v in (statement | changes).items() if v is not None}],
        }
        path = self.folder / f"{status}.json"
        path.write_text(json.dumps(document))
        return path


RELIEVED = r"PYSEC-2021-98; VEX says not_affected \(line [0-9]+, signed by development\)"
JUNIT = """\
<testsuites><testsuite name="pytest" tests="1" failures="0" errors="0" skipped="0" time="0.1" \
timestamp="{}"><testcase classname="a" name="b" time="0.1"/></testsuite></testsuites>
"""
SETTINGS = """\
[release]
name = "shop"
version = "1.0"
artifacts = ["dist/*"]
environment = "development"
[collect.sbom]
inputs = ["requirements.txt"]
[collect.vulnerabilities]
inputs = ["requirements.txt"]
options = { advisories = "advisories/osv", kev = "advisories/kev.json" }
[collect.tests]
inputs = ["build/junit.xml"]
[sign.default]
uri = "file:keys/development.pem"
[gate]
trust = "trust.json"
"""


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory, forked: Any) -> Path:
    """A project after `collect`, for tests to copy."""
    folder = tmp_path_factory.mktemp("drafts") / "shop"
    folder.mkdir()
    shop = Shop(folder, forked)
    shop.write()
    shop.run("collect", "--quiet", expected=0)
    return folder


@pytest.fixture
def shop(drafts: Path, tmp_path: Path, forked: Any) -> Shop:
    """A project of its own, with a draft."""
    shutil.copytree(drafts, tmp_path / "shop")
    return Shop(tmp_path / "shop", forked)


def _statuses(said: str) -> dict[str, list[str]]:
    """Return the messages about the vulnerability, by status."""
    found: dict[str, list[str]] = {}
    for finding in json.loads(said)["findings"]:
        if finding["subject"] == "pkg:pypi/django@3.2":
            found.setdefault(finding["status"], []).append(finding["message"])
    return found


@pytest.mark.slow
def test_from_a_file_to_the_verdict(shop: Shop) -> None:
    """Signed and appended, VEX makes a warning of the failure; then the worst statement counts."""
    said = shop.run("vulnerabilities", "vex", "-o", "json", shop.vex().name, expected=0)
    (message,) = _statuses(said)["WARN"]
    assert re.search(RELIEVED, message)
    assert "FAIL" not in _statuses(said)
    decided = shop.run("decide", expected=0)
    assert f"WARN  vulnerabilities.unresolved  {message}" in decided
    verify = ("verify", "evidence/shop-1.0.intoto.jsonl", "dist/shop.bin")
    shop.run(*verify, "--trust", "trust.json", "--allow-development", expected=0)
    # Somebody looks again and finds that it is affected after all.
    said = shop.run("vulnerabilities", "vex", "-o", "json", shop.vex("affected").name, expected=0)
    (message,) = _statuses(said)["FAIL"]
    assert re.search(r"VEX does not relieve it \(line [0-9]+: it says affected\)", message)
    assert "NO-GO" in shop.run("decide", expected=1)


@pytest.mark.slow
def test_cyclonedx_becomes_openvex(shop: Shop) -> None:
    """A CycloneDX document relieves as an OpenVEX one does."""
    vector = json.loads((VECTORS[0].parent / "good-component-reference.json").read_text())
    document = vector["document"]
    document["components"][0]["purl"] = "pkg:pypi/django@3.2"
    document["vulnerabilities"][0] |= {"id": "CVE-2021-33203", "references": []}
    (shop.folder / "vex.cdx.json").write_text(json.dumps(document))
    said = shop.run("vulnerabilities", "vex", "-o", "json", "vex.cdx.json", expected=0)
    (message,) = _statuses(said)["WARN"]
    assert re.search(RELIEVED, message)


@pytest.mark.slow
def test_a_file_to_import(shop: Shop) -> None:
    """Signed before the run and imported by it, VEX is in the bundle and counts there."""
    said = shop.run("vulnerabilities", "vex", shop.vex().name, "--to", "vex.jsonl", expected=0)
    assert '[[import]] path = "vex.jsonl"' in said
    with (shop.folder / "assurance.toml").open("a") as file:
        file.write('[[import]]\npath = "vex.jsonl"\n')
    decided = shop.run("run", expected=0)
    assert re.search(RELIEVED, decided)
    # Another build is another release: what was signed about the old one is refused.
    (shop.folder / "dist" / "shop.bin").write_bytes(b"another shop")
    assert "is for another release" in shop.run("run", expected=1)


@pytest.mark.slow
def test_a_key_without_the_role(shop: Shop) -> None:
    """Only a holder with role vex signs VEX; the draft stays as it was."""
    trust = json.loads((shop.folder / "trust.json").read_text())
    trust["keys"][0]["roles"].remove("vex")
    (shop.folder / "trust.json").write_text(json.dumps(trust))
    draft = shop.folder / "evidence" / "shop-1.0.draft.jsonl"
    before = draft.read_bytes()
    for words in ((), ("--to", "vex.jsonl")):
        said = shop.run("vulnerabilities", "vex", shop.vex().name, *words, expected=1)
        assert "has no role vex in the trust file: nobody has that role" in said
    assert before == draft.read_bytes()
    assert not (shop.folder / "vex.jsonl").exists()


@pytest.mark.slow
def test_documents_that_are_refused(shop: Shop) -> None:
    """A document that could count for nothing is not signed, and the message says why."""
    cases = (
        (shop.vex(justification=None), 1, r"statements\[0\] says not_affected without a reason"),
        (shop.vex("harmless"), 1, "does not follow its schema openvex: 'harmless' is not one of"),
        (shop.folder / "trust.json", 1, "neither an OpenVEX document .* nor a CycloneDX one"),
        (shop.folder / "pyproject.toml", 1, "not JSON"),
        (shop.folder / "absent.json", 2, "the VEX document cannot be read: No such file"),
    )
    for path, expected, message in cases:
        said = shop.run("vulnerabilities", "vex", path.name, expected=expected)
        assert re.search(message, said), said
    (shop.folder / "evidence" / "shop-1.0.draft.jsonl").unlink()
    said = shop.run("vulnerabilities", "vex", shop.vex().name, expected=2)
    assert "the draft cannot be read" in said


@pytest.mark.slow
def test_a_run_that_asks_a_service(shop: Shop, osv_server: Any) -> None:
    """Through the collector's own process: found where the service answers, undecided where not."""
    text = SETTINGS.replace('advisories = "advisories/osv"', f'service = "{osv_server.url}"')
    (shop.folder / "assurance.toml").write_text(text)
    said = shop.run("run", expected=1)
    assert "pkg:pypi/django@3.2 has an unrated vulnerability that 3.2.4 fixes: PYSEC-2021" in said
    assert re.search("WARN  vulnerabilities.data  the scan at line [0-9]+ asked a service", said)
    osv_server.change = lambda answer: {"results": answer["results"][:-1]}
    said = shop.run("run", expected=3)
    assert said.startswith("INDETERMINATE  shop 1.0")
    assert "the advisory service answered 3 of 4 queries" in said
