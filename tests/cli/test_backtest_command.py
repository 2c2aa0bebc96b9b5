"""`assurance backtest`: many bundles, one process or two, and those that it cannot judge."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import assurance as package
from assurance.cli import backtest_view
from assurance.cli.main import main
from assurance.cli.terminal import Terminal

SCHEMAS = Path(package.__file__).parent / "schemas/output"
BUNDLES = Path(__file__).parents[1] / "vectors" / "bundles"
STRICT = """# METADATA
# title: The SBOM has two components
# description: One is too few.
# custom:
#   severity: high
#   weight: 10
#   owner: QA
#   remedy: add one
#   requires: [https://cyclonedx.org/bom]
package assurance.sbom.two

import rego.v1

applies := true

evaluated if some item in input.evidence

findings contains {"status": "FAIL", "message": sprintf("%d components", [found])} if {
	some item in input.evidence
	item.predicate_type == "https://cyclonedx.org/bom"
	found := count(item.predicate.components)
	found < 2
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with three bundles, their trust file and a stricter policy."""
    for name in ("good", "last", "no-go"):
        shutil.copy(BUNDLES / f"{name}.intoto.jsonl", tmp_path / f"{name}.jsonl")
    trust = json.loads((BUNDLES / "trust.json").read_text()) | {"expires": "2099-01-01T00:00:00Z"}
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "two.rego").write_text(STRICT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


WORDS = ("backtest", "--policy", "policies", "--trust", "trust.json")


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int) -> tuple[str, str]:
    """Run it in this process; return what it said."""
    assert code == main([*WORDS, *words])
    done = capsys.readouterr()
    return done.out, done.err


def test_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer first, then verdicts, bundles with another one, and checks."""
    words = ("good.jsonl", "last.jsonl", "no-go.jsonl", "--add")
    out, err = run(capsys, *words, code=0)
    lines = out.splitlines()
    assert "3 of 3 bundles judged: 2 verdicts would have been another" == lines[0]
    assert "      2  GO → NO-GO" == lines[1]
    assert "      1  NO-GO as before" == lines[2]
    assert "ledger-api 2.4.1 for production: GO → NO-GO, grade 100 → 66   good.jsonl" in out
    assert "sbom.two  not made → FAIL: 1 components" in out
    assert "      3  sbom.two  not made → FAIL" in lines
    assert "" == err


def test_quiet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-q` is the answer alone."""
    out, _ = run(capsys, "good.jsonl", "-q", code=0)
    assert "1 of 1 bundles judged: 1 verdict would have been another\n" == out


def test_json_and_two_processes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two processes say what one says, in the order of the command line."""
    words = ("no-go.jsonl", "good.jsonl", "last.jsonl", "bad.jsonl", "-o", "json")
    (folder / "bad.jsonl").write_text("hello\n")
    one = json.loads(run(capsys, *words, "--jobs", "1", code=1)[0])
    two = json.loads(run(capsys, *words, "--jobs", "2", code=1)[0])
    assert one == two
    jsonschema.validate(one, json.loads((SCHEMAS / "v1.schema.json").read_text()))
    jsonschema.validate(one["backtest"], json.loads((SCHEMAS / "backtest.schema.json").read_text()))
    found = one["backtest"]
    assert ["no-go.jsonl", "good.jsonl", "last.jsonl", "bad.jsonl"] == [
        item["path"] for item in found["bundles"]
    ]
    assert (3, 1) == (found["judged"], found["not_judged"])
    assert {
        ("GO", "NO-GO", 2),
        ("NO-GO", "NO-GO", 1),
    } == {(item["from"], item["to"], item["bundles"]) for item in found["verdicts"]}
    assert "not JSON" in found["bundles"][3]["error"]["problem"]


def test_the_settings_trust_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--trust` it is the settings' trust file; without settings it says what to do."""
    assert 2 == main([*WORDS[:3], "good.jsonl"])
    assert "no settings" in capsys.readouterr().err
    (folder / "assurance.toml").write_text('[release]\nname = "a"\n[gate]\ntrust = "trust.json"\n')
    assert 0 == main([*WORDS[:3], "good.jsonl"])


def test_what_cannot_be_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One bad bundle does not lose the others: it is named with its reason, and the exit is 1."""
    data = (folder / "good.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "cut.jsonl").write_bytes(b"".join(data[:-1]))
    out, _ = run(capsys, "cut.jsonl", "good.jsonl", code=1)
    assert "1 of 2 bundles judged: 1 verdict would have been another; 1 could not be judged" in out
    assert "cut.jsonl: the last line is not the bundle manifest" in out
    out, _ = run(capsys, "cut.jsonl", code=1)
    assert out.startswith("0 of 1 bundles judged: none of them could be judged\n")


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("nowhere.jsonl",), 2, "there is no such bundle"),
        (("good.jsonl", "--policy", "nowhere"), 2, "the policy folder is not there"),
        (("good.jsonl", "--jobs", "0"), 2, "--jobs must be a number from 1 to 256"),
        (("good.jsonl", "--jobs", "1_0"), 2, "--jobs must be a number from 1 to 256"),
        (("good.jsonl", "--trust", "no.json"), 2, "the trust file cannot be read"),
        (("good.jsonl", "--trust", "old.json"), 3, "the trust file expired on 2020-06-01"),
        ((), 2, "the following arguments are required: BUNDLE"),
    ],
)
def test_usage(
    words: tuple[str, ...],
    code: int,
    problem: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot begin is told before anything is judged."""
    trust = json.loads((folder / "trust.json").read_text()) | {"expires": "2020-06-01T00:00:00Z"}
    for key in trust["keys"]:
        key |= {"not_before": "2020-01-01T00:00:00Z", "not_after": "2020-06-01T00:00:00Z"}
    (folder / "old.json").write_text(json.dumps(trust))
    out, err = run(capsys, *words, code=code)
    assert "" == out
    assert problem in err


def test_no_policies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Folders without a check judge nothing, which is a mistake."""
    (folder / "empty").mkdir()
    assert 2 == main(["backtest", "--policy", "empty", "--trust", "trust.json", "good.jsonl"])
    assert "the policy folders hold no check" in capsys.readouterr().err


class Screen(StringIO):
    """A terminal's error stream."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def item(verdict: str, error: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a bundle that was GO."""
    return {"error": error, "from": {"verdict": "GO"}, "to": {"verdict": verdict}}


def test_progress_on_a_terminal() -> None:
    """It is redrawn in place at most ten times a second, and gone at the end."""
    screen, now = Screen(), [0.0]
    progress = backtest_view.Progress(Terminal(StringIO(), screen, {}), 1_000, clock=lambda: now[0])
    for number in range(3):
        now[0] += 0.06
        progress.judged(item("NO-GO", {"exit": 1} if number == 0 else None))
    progress.end()
    assert (
        "\r  judged 2 of 1,000 bundles, 1 with another verdict, 1 could not be judged\x1b[K"
        "\r\x1b[K" == screen.getvalue()
    )


def test_progress_in_a_log() -> None:
    """Elsewhere there is a line after 30 seconds, and nothing with `-q`."""
    for quiet, expected in (
        (False, "assurance: judged 1 of 2 bundles, 0 with another verdict\n"),
        (True, ""),
    ):
        stream, now = StringIO(), [0.0]
        terminal = Terminal(StringIO(), stream, {}, quiet=quiet)
        progress = backtest_view.Progress(terminal, 2, clock=lambda now=now: now[0])  # type: ignore[misc]
        now[0] = 31.0
        progress.judged(item("GO"))
        progress.judged(item("GO"))
        progress.end()
        assert expected == stream.getvalue()
