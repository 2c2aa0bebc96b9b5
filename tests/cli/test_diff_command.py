"""`assurance diff` on sealed bundles: text, JSON, Markdown, and its exit codes."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import assurance as package
from assurance.cli.main import main

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Assurance = Callable[..., subprocess.CompletedProcess[str]]

SCHEMAS = Path(package.__file__).parent / "schemas/output"
BUNDLES = Path(__file__).parents[1] / "vectors" / "bundles"
HOSTILE = "\x1b[2J\u202e<script>alert(1)</script> ::error::x ##vso[task] | * [a](javascript:b)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, the current one, with three bundles and a trust file for their keys."""
    for name in ("good", "last", "no-go"):
        shutil.copy(BUNDLES / f"{name}.intoto.jsonl", tmp_path / f"{name}.jsonl")
    trust = json.loads((BUNDLES / "trust.json").read_text())
    trust["expires"] = "2099-01-01T00:00:00Z"
    for key in trust["keys"]:
        key |= {"not_before": "2020-01-01T00:00:00Z", "not_after": "2098-01-01T00:00:00Z"}
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int) -> tuple[str, str]:
    """Run `assurance diff` in this process; return what it said."""
    assert code == main(["diff", *words])
    done = capsys.readouterr()
    return done.out, done.err


def test_text(assurance: Assurance, folder: Path) -> None:
    """The first line is the answer, and nothing is said to be verified."""
    done = assurance("diff", "last.jsonl", "no-go.jsonl", cwd=folder)
    assert 0 == done.returncode, done.stderr
    lines = done.stdout.splitlines()
    assert "ledger-api 2.4.0 → 2.4.1 for production: GO → NO-GO, grade 100 → 50" == lines[0]
    assert "nothing here is verified" in done.stdout
    assert "~ qa.tests  PASS → FAIL" in done.stdout
    assert "The same: evidence, components, " in done.stdout
    assert "note: signatures were not checked; give --trust FILE\n" == done.stderr


def test_trust(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a trust file each bundle is said to be verified."""
    out, err = run(capsys, "last.jsonl", "good.jsonl", "--trust", "trust.json", code=0)
    assert 2 == out.count("verified: every line's signature, signer and place")
    assert "Signatures were not checked" not in out
    assert "" == err


def test_a_bundle_that_does_not_verify(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The difference is told all the same, with which bundle does not hold and why: exit 1."""
    lines = (folder / "good.jsonl").read_bytes().splitlines(keepends=True)
    value = json.loads(lines[1])
    signature = value["dsseEnvelope"]["signatures"][0]
    signature["sig"] = base64.b64encode(bytes(64)).decode()
    lines[1] = json.dumps(value, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    (folder / "bad.jsonl").write_bytes(b"".join(lines))
    words = ("last.jsonl", "bad.jsonl", "--trust", "trust.json")
    out, _ = run(capsys, *words, code=1)
    assert 1 == out.count("verified: every line's")
    assert "does not verify: bad.jsonl:2: the signature of line 2" in out
    out, _ = run(capsys, *words, "-o", "json", code=1)
    found = json.loads(out)
    assert 1 == found["exit"]
    assert [True, False] == [found["difference"][side]["verified"] for side in ("a", "b")]
    assert "the signature of line 2" in found["difference"]["b"]["problem"]
    out, _ = run(capsys, *words, "-o", "markdown", code=1)
    assert "**no**" in out
    assert "the signature of line 2" in out


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One document that follows both schemas; nobody is said to be verified."""
    out, _ = run(capsys, "last.jsonl", "no-go.jsonl", "-o", "json", code=0)
    found = json.loads(out)
    jsonschema.validate(found, json.loads((SCHEMAS / "v1.schema.json").read_text()))
    jsonschema.validate(found["difference"], json.loads((SCHEMAS / "diff.schema.json").read_text()))
    assert found["schema"].endswith("/output/diff/v1")
    assert found["difference"]["a"]["verified"] is None
    assert found["verdict"] is None


def test_exit_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--exit-code` is 1 on a change and 0 without one; looking alone is 0."""
    run(capsys, "last.jsonl", "good.jsonl", code=0)
    run(capsys, "last.jsonl", "good.jsonl", "--exit-code", code=1)
    out, _ = run(capsys, "good.jsonl", "good.jsonl", "--exit-code", code=0)
    assert out.startswith("the same  ledger-api 2.4.1 → 2.4.1 for production: GO, grade 100")


def test_quiet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-q` is the first line alone, without a note."""
    out, err = run(capsys, "last.jsonl", "no-go.jsonl", "-q", code=0)
    assert 1 == len(out.splitlines())
    assert "" == err


def test_markdown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markdown says what text says."""
    out, _ = run(capsys, "last.jsonl", "no-go.jsonl", "-o", "markdown", code=0)
    assert out.startswith("# ledger&#45;api 2&#46;4.0 → 2&#46;4.1: GO → NO&#45;GO\n")
    assert "**Nothing here is verified.**" in out
    assert "- changed <code>qa.tests</code>: PASS → FAIL\n" in out
    out, _ = run(capsys, "good.jsonl", "good.jsonl", "-o", "markdown", code=0)
    assert "## The same in both\n\nVerdict, Grade, Checks" in out
    assert "## Checks" not in out


def hostile(value: Any) -> Any:
    """Return the same shape with hostile text wherever a text may be any text."""
    if isinstance(value, dict):
        closed = {"status", "wouldBe", "result", "state", "selfTest", "severity"}
        return {
            key: item
            if key in closed or (isinstance(item, str) and len(item) in {40, 64})
            else hostile(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [hostile(item) for item in value]
    if isinstance(value, str) and not value.startswith(("https:", "2026-")):
        return f"{value}{HOSTILE}"
    return value


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_hostile_text(form: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text of the bundles acts neither on a terminal, nor on a CI service, nor as Markdown."""
    lines = (folder / "good.jsonl").read_bytes().splitlines()
    made = []
    for line in lines:
        value = json.loads(line)
        statement = json.loads(base64.b64decode(value["dsseEnvelope"]["payload"]))
        kind = statement["predicateType"]
        if kind.endswith("readiness/v1") or "cyclonedx" in kind:
            statement["predicate"] = hostile(statement["predicate"])
        payload = json.dumps(statement, separators=(",", ":"), sort_keys=True).encode()
        value["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
        made.append(json.dumps(value, separators=(",", ":"), sort_keys=True).encode() + b"\n")
    (folder / "bad.jsonl").write_bytes(b"".join(made))
    out, err = run(capsys, "last.jsonl", "bad.jsonl", "-v", "-o", form, code=0)
    assert "script" in out, "the hostile text is not shown at all"
    for character in ("\x1b", "\u202e"):
        assert character not in out + err
    assert "##vso[" not in out
    assert not any(line.startswith("::") for line in out.splitlines())
    if form == "markdown":
        assert "<script" not in out
        assert "](" not in out


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("nowhere.jsonl", "good.jsonl"), 2, "the bundle cannot be read: No such file"),
        (("good.jsonl", "good.jsonl", "--trust", "no.json"), 2, "the trust file cannot be read"),
        (("good.jsonl",), 2, "the following arguments are required: B"),
        (("good.jsonl", "text.jsonl"), 1, "not JSON"),
        (("draft.jsonl", "good.jsonl"), 1, "this is no sealed bundle: 0 verdicts"),
        (("draft.jsonl", "good.jsonl", "--trust", "trust.json"), 1, "this is no sealed bundle"),
        (("good.jsonl", "good.jsonl", "--trust", "old.json"), 3, "the trust file expired"),
        (("good.jsonl", "good.jsonl", "-o", "html"), 2, "invalid choice: 'html'"),
    ],
)
def test_refusals(
    words: tuple[str, ...],
    code: int,
    problem: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot be compared is told with its reason and exit code, and nothing on stdout."""
    data = (folder / "good.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "draft.jsonl").write_bytes(b"".join(data[:3]))
    (folder / "text.jsonl").write_text("hello\n")
    trust = json.loads((folder / "trust.json").read_text()) | {"expires": "2020-06-01T00:00:00Z"}
    for key in trust["keys"]:
        key["not_after"] = "2020-06-01T00:00:00Z"
    (folder / "old.json").write_text(json.dumps(trust))
    out, err = run(capsys, *words, code=code)
    assert "" == out
    assert problem in err
