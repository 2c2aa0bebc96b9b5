"""`run --previous` and `[release] previous`: the last release, on a real project."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

BUNDLE = "evidence/inkwell-0.3.0.intoto.jsonl"
WHEEL = "dist/inkwell-0.3.0-py3-none-any.whl"
pytestmark = pytest.mark.slow


@pytest.fixture
def with_last(project: Project) -> Project:
    """Return the project with its own GO kept as the last release's bundle."""
    (project.root / "last").mkdir()
    shutil.copy(project.root / BUNDLE, project.root / "last" / "inkwell-0.3.0.intoto.jsonl")
    return project


def found(project: Project) -> dict[str, Any]:
    """Return the verdict file."""
    read: dict[str, Any] = json.loads(
        (project.root / "evidence/inkwell-0.3.0.verdict.json").read_text()
    )
    return read


def test_flag(with_last: Project) -> None:
    """The last release stands beside this one, in text, verdict file, report and bundle."""
    done = with_last.run("decide", "--previous", "last/inkwell-0.3.0.intoto.jsonl", code=0)
    assert "Since 0.3.0 (GO, grade " in done.stdout
    assert ": 1 check better." in done.stdout
    last = found(with_last)["previous"]
    assert ("0.3.0", "GO", None) == (last["version"], last["verdict"], last["problem"])
    # It had no release before it to compare with.
    now_compared = {"check": "release.version", "from": "NOT_APPLICABLE", "to": "PASS"}
    assert [{**now_compared, "turn": "better"}] == last["changes"]
    # Offline and without the old bundle the deploy step judges to the same.
    shutil.rmtree(with_last.root / "last")
    assert "VERIFIED" in with_last.verify(code=0)
    shown = with_last.run("report", BUNDLE, "-o", "markdown", code=0).stdout
    assert "## Since the last release" in shown
    assert "<code>release.version</code>: NOT&#95;APPLICABLE → PASS" in shown


def test_a_version_is_not_given_to_other_files(with_last: Project) -> None:
    """The wheel is built anew under the version that went out: NO-GO, and not when it was NO-GO."""
    last = ("--previous", "last/inkwell-0.3.0.intoto.jsonl")
    with zipfile.ZipFile(with_last.root / WHEEL, "a") as archive:
        archive.comment = b"built on another day"
    with_last.run("collect", code=0)
    said = with_last.run("decide", *last, code=1).stdout
    assert "FAIL           release.version" in said
    assert "inkwell-0.3.0-py3-none-any.whl is none of the files that were released as" in said
    assert "raise the version and build again" in said
    # A NO-GO is no release, but what was before it is one, and its files are not known here.
    shutil.copy(with_last.root / BUNDLE, with_last.root / last[1])
    said = with_last.run("decide", *last, code=3).stdout
    assert "INDETERMINATE  release.version" in said
    assert "0.3.0 was released before 0.3.0, and which files it had is not known here" in said


def test_settings(with_last: Project) -> None:
    """`[release] previous` is relative to the settings file, and a spoilt one blocks."""
    settings = with_last.root / "assurance.toml"
    text = settings.read_text()
    settings.write_text(
        text.replace("[release]\n", '[release]\nprevious = "last/inkwell-0.3.0.intoto.jsonl"\n', 1)
    )
    assert "Since 0.3.0" in with_last.run("run", code=0).stdout
    last = with_last.root / "last" / "inkwell-0.3.0.intoto.jsonl"
    lines = last.read_bytes().splitlines(keepends=True)
    last.write_bytes(b"".join(lines[:2] + lines[3:]))
    done = with_last.run("decide", code=1)
    assert "integrity.previous" in done.stdout
    assert "the bundle of the last release cannot be used" in done.stdout
    assert found(with_last)["previous"]["problem"]
    last.unlink()
    done = with_last.run("decide", code=1)
    assert "cannot be used: no such file" in done.stdout
    last.mkdir()
    done = with_last.run("decide", code=3)
    assert "cannot be used" in done.stdout


def test_a_receipt_beside_it_counts(with_last: Project) -> None:
    """The receipt of the same name is looked at: one that does not hold blocks."""
    (with_last.root / "last" / "inkwell-0.3.0.tlog-proof").write_text("hello\n")
    words = ("decide", "--previous", "last/inkwell-0.3.0.intoto.jsonl")
    assert "integrity.previous" in with_last.run(*words, code=1).stdout


def test_not_where_its_own_bundle_goes(project: Project) -> None:
    """A run removes what the run before left: that cannot be the last release's bundle."""
    for word in ("run", "decide"):
        done = project.run(word, "--previous", BUNDLE, code=2)
        assert "where this release's own goes" in done.stderr
    assert (project.root / BUNDLE).exists()


def test_people_see_what_will_be_judged(with_last: Project) -> None:
    """`waive` judges the draft with the last release, too: a spoilt one can never be waived."""
    (with_last.root / "last" / "bad.intoto.jsonl").write_text("hello\n")
    words = ("--reason", "x", "--owner", "y", "--expires", "2d")
    done = with_last.run(
        "waive", "integrity.previous", *words, "--previous", "last/bad.intoto.jsonl", code=1
    )
    assert "cannot be waived" in done.stderr
