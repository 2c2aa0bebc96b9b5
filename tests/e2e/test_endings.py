"""However a command ends: stopped, fed with hostile files, or asked for JSON."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

import assurance
from assurance.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = Path(__file__).parents[1] / "vectors"
BUNDLE = "evidence/inkwell-0.3.0.intoto.jsonl"
VERDICT = "evidence/inkwell-0.3.0.verdict.json"
WHEEL = "dist/inkwell-0.3.0-py3-none-any.whl"
TRUST = ("--trust", "trust.json", "--allow-development")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
def test_a_run_that_is_stopped(project: Any, number: signal.Signals) -> None:
    """Exit 3, no verdict, no collector left behind, and a word about what is kept."""
    assert (project.root / VERDICT).exists()
    # A shell without job control starts background jobs with SIGINT ignored, and that is inherited.
    heeding = (
        "import os, signal, sys;"
        f"signal.signal({number.value}, signal.SIG_DFL);"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", heeding, "-m", "assurance", "run", "-o", "json"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        first = process.stderr.readline()
        process.send_signal(number)
        out, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert "started" in first
    assert 3 == process.returncode, said
    by = "Ctrl-C" if number == signal.SIGINT else number.name
    assert f"stopped by {by}: no verdict was written; " in said
    assert "evidence keeps " in said
    assert "INDETERMINATE" not in said or "stopped with the whole run" in said
    assert "Traceback" not in said
    assert "interrupted" == json.loads(out)["errors"][0]["code"]
    assert not (project.root / VERDICT).exists()
    assert not (project.root / BUNDLE).exists()
    assert [] == _processes_in(project.root)


def test_a_stop_after_the_verdict_was_written(project: Any) -> None:
    """Whoever stops the command has got no verdict: the file goes, too."""
    code = (
        "import signal, sys\n"
        "from assurance.cli import main, verdict_view\n"
        "write = verdict_view.write_atomic\n"
        "def stopped(path, data, **more):\n"
        "    write(path, data, **more)\n"
        "    assert path.exists()\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "verdict_view.write_atomic = stopped\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.exit(main.main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "run"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 3 == done.returncode, done.stderr
    assert "stopped by Ctrl-C: no verdict was written; " in done.stderr
    assert "" == done.stdout
    assert not (project.root / VERDICT).exists()


@pytest.mark.parametrize("word", ["run", "decide", "collect"])
def test_a_stop_before_anything_was_done(project: Any, word: str) -> None:
    """While plugins load, the last run's GO lies there: it is no answer to this one, and goes."""
    code = (
        "import signal, sys\n"
        f"from assurance.cli import main, {word}\n"
        f"{word}.load_host = lambda settings: signal.raise_signal(signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.exit(main.main())\n"
    )
    for place in ("evidence", "fresh"):
        done = subprocess.run(
            [sys.executable, "-c", code, word, "--out", place],
            cwd=project.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 3 == done.returncode, done.stderr
        assert "stopped by Ctrl-C: no verdict was written; " in done.stderr
    assert not (project.root / VERDICT).exists()
    assert (project.root / BUNDLE).exists(), "what is kept is said, and kept"
    assert not (project.root / "fresh").exists()


def test_a_run_that_cannot_begin_leaves_no_old_verdict(project: Any) -> None:
    """An artifact that cannot be read ends the run before it collects; the old GO is gone."""
    (project.root / WHEEL).unlink()
    (project.root / WHEEL).symlink_to("/etc/hostname")
    assert "leads out of" in project.run("run", code=2).stderr
    assert not (project.root / VERDICT).exists()
    assert not (project.root / BUNDLE).exists()


def test_two_runs_do_not_share_a_folder(project: Any) -> None:
    """The second one says so and touches nothing; in a folder of its own it runs."""
    folder = os.open(project.root / "evidence", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        before = (project.root / VERDICT).read_bytes()
        for command in ("run", "collect", "decide"):
            done = project.run(command, code=3)
            assert "another `assurance` is at work in this folder" in done.stderr
            assert "choose another folder with --out" in done.stderr
        assert before == (project.root / VERDICT).read_bytes()
        project.run("run", "--out", "elsewhere", code=0)
    finally:
        os.close(folder)
    project.run("decide", code=0)


def test_a_wheel_of_another_version_is_not_released(project: Any) -> None:
    """A version that was raised without building again would have released the old wheel."""
    made = project.root / "pyproject.toml"
    made.write_text(made.read_text().replace('version = "0.3.0"', 'version = "0.4.0"'))
    done = project.run("run", code=2)
    assert f"`{Path(WHEEL).name}` is of version 0.3.0, and the release is 0.4.0" in done.stderr
    assert "next: build again" in done.stderr


def test_a_stated_version_that_the_wheel_has_outrun(project: Any) -> None:
    """What `init` stated for want of a wheel goes, once there is one: that is what it says."""
    made = project.root / "pyproject.toml"
    made.write_text(made.read_text().replace('version = "0.3.0"', 'dynamic = ["version"]'))
    settings = project.root / "assurance.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[release]\n", '[release]\nversion = "0.0.0.dev0"\n'))
    done = project.run("run", code=2)
    assert "and the release is 0.0.0.dev0, as the settings state" in done.stderr
    assert "next: take `version` out of [release]" in done.stderr
    settings.write_text(text)
    assert "GO  inkwell 0.3.0" in project.run("run", code=0).stdout


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        ("4102444800", "SOURCE_DATE_EPOCH is in the future: 4102444800 is 2100-01-01T00:00:00Z"),
        ("-1", "SOURCE_DATE_EPOCH must be seconds since 1970, found '-1'"),
        ("99999999999", "SOURCE_DATE_EPOCH is in the future"),
    ],
)
def test_a_source_date_that_cannot_be(project: Any, seconds: str, reason: str) -> None:
    """The variable is to blame, and no collector: it was told to report a bug of the plugin."""
    done = project.run("run", code=2, SOURCE_DATE_EPOCH=seconds)
    assert reason in done.stderr
    assert "--> SOURCE_DATE_EPOCH" in done.stderr


def test_collect_and_run_name_things_alike(project: Any) -> None:
    """An entry of `plugins` has the same keys in every document, written the same way."""
    keys = [
        {
            frozenset(it)
            for it in json.loads(project.run(word, "-o", "json", code=0).stdout)["plugins"]
        }
        for word in ("collect", "decide")
    ]
    assert keys[0] == keys[1]
    (found,) = keys[0]
    assert {"sha256", "self_test", "duration_ms"} < found


def test_a_draft_for_another_environment_is_no_answer(project: Any) -> None:
    """Asked for production, a draft for development is not decided: its GO would be exit 0."""
    for words, environ in (
        (("--env", "production"), {}),
        ((), {"ASSURANCE_ENV": "production"}),
    ):
        done = project.run("decide", *words, code=1, **environ)
        assert "draft is for development, and production is to be decided" in done.stderr
        assert "assurance collect --env production" in done.stderr
        assert "draft.jsonl:1" in done.stderr
        assert not (project.root / VERDICT).exists()
    assert "decide" == project.run("collect", code=0).stdout.split()[-1]
    there = ("--out", "a b", "--env", "staging")
    done = project.run("collect", *there, code=0)
    assert done.stdout.endswith("next: assurance decide --out 'a b' --env staging\n")
    project.run("decide", *there, code=1)
    assert (project.root / "a b" / Path(VERDICT).name).exists()
    project.run("collect", "--env", "staging", code=0)
    assert "NO-GO  inkwell 0.3.0 for staging" in project.run("decide", code=1).stdout
    settings = project.root / "assurance.toml"
    settings.write_text(settings.read_text().replace("[release]", '[release]\nname = "blotter"'))
    done = project.run("decide", "evidence/inkwell-0.3.0.draft.jsonl", code=1)
    assert "for release inkwell 0.3.0, and blotter 0.3.0 is to be decided" in done.stderr
    assert [] == list(project.root.glob("evidence/blotter*"))


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("assurance.toml", "file:keys/development.pem", "flie:a", "signs with flie: (offered"),
        ("assurance.toml", "[sign.default]", "[sign.policy]", "no key is configured for role rel"),
        ("assurance.toml", "sqlite:///log/log.db", "sqlit:///log/log.db", "a log for sqlit: (off"),
        ("trust.json", '"version"', '"vresion"', "did you mean `version`?"),
    ],
    ids=["scheme", "role", "log", "trust"],
)
def test_what_deciding_needs_is_looked_at_first(
    project: Any, name: str, old: str, new: str, reason: str
) -> None:
    """Exit 2, and no collector has run: nobody waits for the tests to hear of a typing error."""
    path = project.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    done = project.run("run", code=2)
    assert reason in done.stderr + done.stdout
    assert "assurance: started" not in done.stderr


def _processes_in(folder: Path) -> list[str]:
    """Return the processes that work in `folder`; a killed one may take a moment to go."""
    found: list[str] = []
    for _ in range(300):
        found = []
        for path in Path("/proc").glob("[0-9]*/cwd"):
            try:
                inside = path.readlink().is_relative_to(folder)
            except OSError:
                continue
            if inside:
                found.append(path.parent.name)
        if not found:
            return []
        time.sleep(0.1)
    return found


def junit(name: str) -> Callable[[Any], None]:
    """Return a change that puts a vector in place of the test report."""

    def change(project: Any) -> None:
        shutil.copy(VECTORS / "junit" / f"{name}.xml", project.root / "build" / "junit.xml")

    return change


def advisories(name: str) -> Callable[[Any], None]:
    """Return a change that puts a vector in place of the advisories."""

    def change(project: Any) -> None:
        source = VECTORS / "vulnerabilities" / "archives" / f"{name}.zip"
        shutil.copy(source, project.root / "advisories.zip")
        settings = project.root / "assurance.toml"
        old = settings.read_text()
        new = re.sub(r'advisories = "advisories"', 'advisories = "advisories.zip"', old)
        assert old != new
        settings.write_text(new)

    return change


def endless_report(project: Any) -> None:
    """Put 4 GB of nothing, in a file that takes no room, in place of the test report."""
    with (project.root / "build" / "junit.xml").open("wb") as file:
        file.truncate(4 * 1024**3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (junit("billion-laughs"), "collector tests: .*(DTD|entit)"),
        (junit("cut-inside-a-tag"), "collector tests: "),
        (endless_report, "collector tests: "),
        (advisories("bomb-by-ratio"), "collector vulnerabilities: "),
        (advisories("duplicate-key"), "collector vulnerabilities: .*stands twice"),
    ],
)
def test_hostile_inputs_are_not_decided(
    project: Any, change: Callable[[Any], None], reason: str
) -> None:
    """A bomb or a broken file is exit 3 with its collector's name; the others' evidence stays."""
    change(project)
    done = project.run("run", code=3)
    assert done.stdout.startswith("INDETERMINATE  inkwell 0.3.0 for development")
    assert re.search(reason, done.stdout), done.stdout
    document = json.loads((project.root / VERDICT).read_text())
    status = {item["name"]: item["status"] for item in document["plugins"]}
    assert ["INDETERMINATE", "ok", "ok"] == sorted(status.values())


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """Return the shipped schema of every JSON answer."""
    path = Path(assurance.__file__).parent / "schemas" / "output" / "v1.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


ENDINGS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (1, ("decide", "requirements.txt")),
    (0, ("run",)),
    (1, ("run", "--env", "production")),
    (3, ("run", "--now", "2024-01-01T00:00:00Z")),
    (1, ("run", "--now", "2099-01-01T00:00:00Z")),
    (2, ("run", "--now", "now")),
    (2, ("run", "-c", "none.toml")),
    (2, ("run", "--out", ".")),
    (0, ("collect",)),
    (0, ("decide",)),
    (2, ("decide", "none.draft.jsonl")),
    (2, ("init",)),
    (0, ("init", "elsewhere")),
    (2, ("init", "none")),
    (0, ("inspect", BUNDLE)),
    (0, ("inspect", BUNDLE, "--line", "2")),
    (1, ("inspect", "requirements.txt")),
    (2, ("inspect", "none.jsonl")),
    (0, ("report", BUNDLE)),
    (1, ("report", "requirements.txt")),
    (2, ("report", "none.jsonl")),
    (0, ("plugins",)),
    (0, ("plugins", "--available")),
    (0, ("trust", "show")),
    (2, ("trust", "show", "--trust", "requirements.txt")),
    (0, ("key", "list")),
    (0, ("log", "list")),
    (2, ("log", "list", "--log", "sqlite:///none.db")),
    (1, ("policy", "check", "own")),
    (2, ("policy", "check", "none")),
    (0, ("verify", BUNDLE, WHEEL, *TRUST)),
    (1, ("verify", BUNDLE, "requirements.txt", *TRUST)),
    (2, ("verify", BUNDLE, *TRUST)),
    (3, ("verify", BUNDLE, WHEEL, *TRUST, "--now", "2099-01-01T00:00:00Z")),
    (2, ("nonsense",)),
    (2, ("run", "--nonsense")),
    (2, ()),
)


def test_json_on_every_ending(
    project: Any,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    schema: Draft202012Validator,
) -> None:
    """One document of one shape on stdout, whatever the exit code, and it says the exit code."""
    monkeypatch.chdir(project.root)
    (project.root / "elsewhere").mkdir()
    (project.root / "own").mkdir()
    for name in [name for name in os.environ if name.startswith("ASSURANCE_")]:
        monkeypatch.delenv(name)
    for code, words in ENDINGS:
        found = main([*words, "-o", "json"])
        said = capfd.readouterr()
        assert code == found, (words, said)
        document = json.loads(said.out)
        assert [] == [error.message for error in schema.iter_errors(document)], words
        assert code == document["exit"], words
        word = words[0] if words else "none"
        assert document["schema"].endswith(f"/output/{word}/v1"), words
        assert code != 0 or not document["errors"], words
        assert code != 2 or document["errors"], words
        assert "Traceback" not in said.err, words


def formats(folder: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the vectors of a format that are to be refused."""
    read = [(path.stem, json.loads(path.read_text())) for path in (VECTORS / folder).glob("*.json")]
    found = [(name, vector) for name, vector in read if "error" in vector]
    assert len(found) > 30, "too few vectors would pass silently"
    return sorted(found)


def test_trust_vectors_through_the_command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each bad trust file is exit 2 with its reason, its place and a next step."""
    path = tmp_path / "trust.json"
    for name, vector in formats("trust"):
        if "text" in vector:
            path.write_text(vector["text"], encoding="utf-8")
        elif "hex" in vector:
            path.write_bytes(bytes.fromhex(vector["hex"]))
        else:
            path.write_bytes(b"".join(text.encode() * times for text, times in vector["input"]))
        assert 2 == main(["trust", "show", "--trust", str(path)]), name
        said = capfd.readouterr()
        assert "" == said.out, name
        assert "next: " in said.err, name
        assert "Traceback" not in said.err, name


def test_line_vectors_through_the_command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each bad line is exit 1 with its reason, line number and a next step."""
    good = (VECTORS / "bundles" / "good.intoto.jsonl").read_bytes()
    place = f"bundle.jsonl:{len(good.splitlines()) + 1}"
    path = tmp_path / "bundle.jsonl"
    for name, vector in formats("envelope"):
        if "two-lines" == name:
            continue  # a bundle of two
        path.write_bytes(good + vector["text"].encode() + b"\n")
        assert 1 == main(["inspect", str(path)]), name
        said = capfd.readouterr()
        assert place in said.err, name
        assert "next: " in said.err, name
        assert "Traceback" not in said.err, name


def test_verify_without_standard_output(released: Any) -> None:
    """A result that nobody got is no yes; who closed the output asked for the code alone."""
    command = [
        *(sys.executable, "-m", "assurance", "verify"),
        *(BUNDLE, WHEEL),
        *TRUST,
    ]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=released.root, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (3, True) == (done.returncode, "the result cannot be written" in done.stderr)
    words = " ".join(shlex.quote(word) for word in command)
    closed = subprocess.run(
        ["/bin/sh", "-c", f"{words} >&-"], cwd=released.root, capture_output=True, check=False
    )
    assert (0, b"") == (closed.returncode, closed.stdout)
    assert b"Traceback" not in closed.stderr


def test_commands_do_not_build_a_grammar_of_iris(released: Any) -> None:
    """What reads settings waits for no package that only formats nobody uses need."""
    code = (
        "import sys; from assurance.cli.main import main;"
        "assert main(sys.argv[1:]) == 0, 'no answer';"
        "assert 'jsonschema' in sys.modules, 'proves nothing';"
        "assert 'lark' not in sys.modules, 'built'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "waive", "--list"],
        cwd=released.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
