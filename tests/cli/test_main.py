"""The command line as a whole: dispatch, exit codes, streams, JSON for every ending."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import assurance as package
from assurance.cli import arguments, command_table, main
from assurance.cli.command import Outcome
from assurance.errors import ExitCode, RefusedError, SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from assurance.cli.terminal import Terminal

    Assurance = Callable[..., subprocess.CompletedProcess[str]]

SCHEMA = json.loads(
    (Path(package.__file__).parent / "schemas/output/v1.schema.json").read_text(encoding="utf-8")
)
WORDS = {**command_table.BUILT_IN, **command_table.OWN_PLUGINS}


def document(text: str) -> dict[str, Any]:
    """Return the one document that `text` must be, after holding it against the schema."""
    assert 1 == text.count("\n")
    found: dict[str, Any] = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.parametrize("word", sorted(WORDS))
def test_table_says_what_the_module_says(word: str) -> None:
    """The static list of commands agrees with their modules."""
    command = command_table.load(word)
    assert command is not None
    assert WORDS[word] == command.SUMMARY


def test_table_has_every_module() -> None:
    """A module of `assurance.cli` that is a command is in the list."""
    folder = Path(command_table.__file__).parent
    modules = {
        path.stem.replace("_", "-")
        for path in folder.glob("*.py")
        if path.stem != "command" and "\nSUMMARY" in path.read_text(encoding="utf-8")
    }
    assert set(command_table.BUILT_IN) == modules


def test_help_lists_every_command(assurance: Assurance) -> None:
    """`--help` names each command with its summary and tells the exit codes."""
    done = assurance("--help")
    assert 0 == done.returncode
    told = " ".join(done.stdout.split())
    for word, summary in WORDS.items():
        assert f" {word} {summary}" in told
    assert "exit codes: 0 yes" in done.stdout
    assert "" == done.stderr
    assert done.stdout == assurance("-h").stdout


def test_help_is_cheap() -> None:
    """`--help` imports nothing that its budget of five bare interpreters does not allow."""
    code = (
        "import sys\nfrom assurance.cli.main import main\nmain(['--help'])\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    banned = {
        "importlib.metadata",
        "pluggy",
        "cryptography",
        "jsonschema",
        "yaml",
        "jinja2",
        "pathlib",
        "dataclasses",
        "inspect",
        "json",
        "tomllib",
    }
    # What the interpreter's own start loads (editable installs, coverage) is not ours.
    bare = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set() == banned & loaded - set(bare.stdout.split())


def distribution(folder: Path, name: str, words: str) -> None:
    """Install a distribution that claims commands, as files."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    info.joinpath("entry_points.txt").write_text(f"[assurance.commands]\n{words}\n")
    folder.joinpath(f"{name}.py").write_text(
        "from assurance.cli.command import Outcome\nfrom assurance.errors import ExitCode\n"
        "SUMMARY = 'say hello'\ndef configure(parser): pass\n"
        "def run(arguments, terminal): return Outcome(exit=ExitCode.YES, text='hello')\n"
    )


def test_commands_of_third_parties(assurance: Assurance, tmp_path: Path) -> None:
    """A plugin's command is listed and run; it takes no word of ours, and two claims are none."""
    distribution(tmp_path / "a", "acme", "ticket = acme\nverify = acme\nboth = acme")
    distribution(tmp_path / "b", "bolt", "both = bolt\nkey = bolt")
    path = f"{tmp_path}/a:{tmp_path}/b:{os.environ.get('PYTHONPATH', '')}"
    said = re.sub(" {2,}", "  ", assurance("--help", PYTHONPATH=path).stdout)
    assert "  ticket  from acme\n" in said
    assert "`verify` of acme is not used: the word is ours" in said
    assert "  both  not usable: more than one distribution claims it\n" in said
    assert "  key  not usable: more than one distribution claims it\n" in said
    done = assurance("ticket", PYTHONPATH=path)
    assert (0, "hello\n") == (done.returncode, done.stdout)
    assert document(assurance("ticket", "-ojson", PYTHONPATH=path).stdout)["schema"].endswith(
        "/ticket/v1"
    )
    assert "sealed bundle" in assurance("verify", "--help", PYTHONPATH=path).stdout
    done = assurance("key", "list", PYTHONPATH=path)
    assert 2 == done.returncode
    assert "the command `key` is claimed by `release-assurance` and `bolt`" in done.stderr


def test_version(assurance: Assurance) -> None:
    """`--version` names the version."""
    assert f"assurance {package.__version__}\n" == assurance("--version").stdout


@pytest.mark.parametrize(
    ("words", "problem", "remedy"),
    [
        ((), "no command given; there are backtest, collect, completion,", "assurance --help"),
        (("rnu",), "there is no command 'rnu'; did you mean `run`?", "assurance run --help"),
        (("qqqq",), "there is no command 'qqqq'", "assurance --help"),
        (("--quiet", "run"), "the command comes before its options", "assurance --help"),
        (("report",), "arguments are required: BUNDLE", "assurance report --help"),
        (("report", "b", "--trsut", "t"), "unrecognized arguments", "assurance report --help"),
        (("inspect", "b", "-o", "xml"), "invalid choice", "assurance inspect --help"),
        (("inspect", "nowhere"), "cannot be read: No such file", "check the path"),
        (("run", "-c", "nowhere.toml"), "no settings file at `nowhere.toml`", "assurance init"),
        (("run",), "no settings here", "assurance init"),
        *(
            (words, f"`assurance {words[0]}` reads no settings", "leave it out")
            for words in (
                ("verify", "b", "a", "--trust", "t", "-c", "x"),
                ("policy", "check", "--config=x"),
                ("init", "-c", "x"),
            )
        ),
    ],
)
def test_usage_errors(
    words: tuple[str, ...], problem: str, remedy: str, assurance: Assurance
) -> None:
    """A wrong command line is exit 2 and says what, where and what next; as JSON too."""
    done = assurance(*words)
    assert 2 == done.returncode
    assert "" == done.stdout
    assert done.stderr.startswith("error: ")
    assert problem in done.stderr
    assert remedy in done.stderr.split("→ next: ")[1]
    assert "Traceback" not in done.stderr
    same = assurance(*words, ASSURANCE_OUTPUT="json")
    assert 2 == same.returncode
    found = document(same.stdout) if "xml" not in words else None
    if found is not None:
        assert 2 == found["exit"]
        assert problem in found["errors"][0]["problem"]
        assert found["errors"][0]["remedy"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("-o", "json"), True),
        (("-ojson",), True),
        (("-vqojson",), True),
        (("-vo", "json"), True),
        (("--output=json",), True),
        (("--output", "json"), True),
        (("--output", "json", "-o", "text"), False),
        (("-o", "text"), False),
        (("-o",), False),
        (("json",), False),
        (("--", "-o", "json"), False),
        (("-o", "json=report.json"), False),
    ],
)
def test_wants_json(words: tuple[str, ...], wanted: object) -> None:
    """JSON is told from words that may not parse, as argparse would read them."""
    assert wanted == arguments.wants_json(words, {})


def test_variable_for_the_output(assurance: Assurance) -> None:
    """ASSURANCE_OUTPUT is the default of -o; a wrong one is an error."""
    assert (
        []
        != document(assurance("plugins", "--available", ASSURANCE_OUTPUT="json").stdout)["plugins"]
    )
    done = assurance("plugins", ASSURANCE_OUTPUT="xml")
    assert 2 == done.returncode
    assert "ASSURANCE_OUTPUT must be text or json, found 'xml'" in done.stderr


def test_unknown_variable_warns(assurance: Assurance, tmp_path: Path) -> None:
    """A misspelt variable is pointed at, with the nearest name; the result stays."""
    done = assurance("init", cwd=tmp_path, ASSURANCE_TRSUT="x")
    assert 0 == done.returncode
    said = "the variable ASSURANCE_TRSUT means nothing; did you mean ASSURANCE_TRUST?"
    assert f"warning: {said}\n" == done.stderr
    assert "ASSURANCE_TRSUT" not in done.stdout
    assert "" == assurance("init", "--force", "-q", cwd=tmp_path, ASSURANCE_TRSUT="x").stderr


def fake(monkeypatch: pytest.MonkeyPatch, run: Callable[..., Outcome]) -> None:
    """Put a command `fake` in the place of every command."""
    command = SimpleNamespace(SUMMARY="fake", configure=_no_arguments, run=run)
    monkeypatch.setattr(command_table, "load", lambda word: command if word == "fake" else None)


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Nothing."


@pytest.mark.parametrize("code", list(ExitCode))
def test_outcome_is_delivered(
    code: ExitCode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command's text goes to stdout, its exit code is the process's, JSON carries both."""

    def run(_arguments: argparse.Namespace, _terminal: Terminal) -> Outcome:
        return Outcome(exit=code, text="the text", document={"mine": 1, "exit": 9, "schema": "x"})

    fake(monkeypatch, run)
    assert code == main.main(["fake"])
    assert "the text\n" == capsys.readouterr().out
    assert code == main.main(["fake", "-o", "json"])
    found = document(capsys.readouterr().out)
    assert (code, 1) == (found["exit"], found["mine"])
    assert found["schema"].endswith("/fake/v1")


def test_expected_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Our errors end in their exit code, each with its parts, without a traceback."""

    def run(_arguments: argparse.Namespace, _terminal: Terminal) -> Outcome:
        raise RefusedError("bad \x1b[2J line", remedy="fetch it again", where="b.jsonl:3")

    fake(monkeypatch, run)
    assert 1 == main.main(["fake"])
    said = capsys.readouterr()
    assert "error: bad \\x1b[2J line\n  --> b.jsonl:3\n→ next: fetch it again\n" == said.err
    assert "" == said.out
    assert 1 == main.main(["fake", "-o", "json"])
    (error,) = document(capsys.readouterr().out)["errors"]
    assert {
        "code": "refused",
        "problem": "bad \x1b[2J line",
        "where": "b.jsonl:3",
        "remedy": "fetch it again",
    } == error


def test_several_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error that carries others shows all of them."""

    def run(_arguments: argparse.Namespace, _terminal: Terminal) -> Outcome:
        other = SettingsError("two", remedy="b", where="f:2:1")
        raise SettingsError("one", remedy="a", where="f:1:1", others=(other,), excerpt="1 | x")

    fake(monkeypatch, run)
    assert 2 == main.main(["fake", "-o", "json"])
    said = capsys.readouterr()
    assert "error: one\n  --> f:1:1\n1 | x\n→ next: a\nerror: two" in said.err
    assert ["one", "two"] == [item["problem"] for item in document(said.out)["errors"]]


class Panic(BaseException):
    """As Rust's bindings raise it: no Exception."""


@pytest.mark.parametrize(
    "error", [ValueError("what"), Panic("what"), RecursionError(), MemoryError()]
)
def test_bugs(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything unexpected is exit 3, never Python's own 1, which would read as a plain no."""

    def run(_arguments: argparse.Namespace, _terminal: Terminal) -> Outcome:
        raise error

    fake(monkeypatch, run)
    assert 3 == main.main(["fake"])
    said = capsys.readouterr().err
    assert type(error).__name__ in said
    assert "→ next: this is our bug" in said
    assert "Traceback" not in said
    assert 3 == main.main(["fake", "-v", "-o", "json"])
    captured = capsys.readouterr()
    assert "Traceback" in captured.err
    assert "bug" == document(captured.out)["errors"][0]["code"]


def test_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C is exit 3 with a sentence; one document with -o json."""

    def run(_arguments: argparse.Namespace, _terminal: Terminal) -> Outcome:
        raise KeyboardInterrupt

    fake(monkeypatch, run)
    assert 3 == main.main(["fake", "-o", "json"])
    captured = capsys.readouterr()
    assert "stopped by Ctrl-C" in captured.err
    assert "interrupted" == document(captured.out)["errors"][0]["code"]


def test_sigint(tmp_path: Path) -> None:
    """SIGINT to the real process while it works is exit 3."""
    fifo = tmp_path / "bundle"
    os.mkfifo(fifo)
    # A shell without job control starts background jobs with SIGINT ignored, and that is inherited.
    heeding = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", heeding, "-m", "assurance", "inspect", str(fifo)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    writer = os.open(fifo, os.O_WRONLY)  # returns when the command has opened the other end
    try:
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=100)
    finally:
        os.close(writer)
        process.kill()
        process.wait()
    assert 3 == process.returncode
    assert "stopped by Ctrl-C" in said
    assert "Traceback" not in said


def test_broken_pipe() -> None:
    """A reader that goes away is no event: quiet, and the exit code stands."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "assurance", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert 0 == done.returncode
    assert "" == done.stderr


def test_result_that_cannot_be_written(tmp_path: Path) -> None:
    """A yes that did not reach its reader is not a yes."""
    (tmp_path / "out").write_bytes(b"")
    # Opened for reading: every system refuses the write, a full disk cannot be had everywhere.
    with (tmp_path / "out").open("rb") as unwritable:
        done = subprocess.run(
            [sys.executable, "-m", "assurance", "--version"],
            stdout=unwritable,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert 3 == done.returncode
    assert "the result cannot be written: Bad file descriptor" in done.stderr


def test_closed_streams() -> None:
    """A command without standard output or error still ends in its exit code."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m assurance --version >&- 2>&-"], check=False
    )
    assert 0 == done.returncode
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m assurance rnu >&- 2>&-"], check=False
    )
    assert 2 == done.returncode


def test_latin_1_terminal(assurance: Assurance) -> None:
    """Where the encoding has no symbols they are ASCII, and no text crashes the command."""
    done = assurance(
        "inspect", "grün→", PYTHONUTF8="0", PYTHONIOENCODING="ascii", PYTHONCOERCECLOCALE="0"
    )
    assert 2 == done.returncode
    assert "-> next:" in done.stderr
    assert done.stderr.isascii()


def test_json_is_utf8_whatever_the_terminal(assurance: Assurance) -> None:
    """The document is JSON even where standard output is ASCII."""
    done = assurance("inspect", "grün", "-o", "json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "grün" == document(done.stdout)["errors"][0]["where"]


@pytest.mark.parametrize("word", sorted(WORDS))
def test_page_has_the_help(word: str, assurance: Assurance, project_root: Path) -> None:
    """Each command has a page in docs/commands with its `--help`, as it is."""
    done = assurance(word, "--help")
    assert 0 == done.returncode
    assert "" == done.stderr
    page = (project_root / "docs" / "commands" / f"{word}.md").read_text(encoding="utf-8")
    wanted = " ".join(done.stdout.split())
    message = f"paste the output of: COLUMNS=80 assurance {word} --help"
    assert wanted in " ".join(page.split()), message


def test_main_is_short() -> None:
    """`main()` parses, runs and maps: under 60 lines."""
    source = Path(importlib.import_module("assurance.cli.main").__file__ or "")
    text = source.read_text(encoding="utf-8")
    assert len(text.split("def main(")[1].split("\ndef ")[0].splitlines()) < 60
