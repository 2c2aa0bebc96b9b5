"""`assurance freeze` through the real command: frozen, changed, waived, frozen anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import assurance

if TYPE_CHECKING:
    Project = Any

SCHEMA = json.loads(
    (Path(str(assurance.__file__)).parent / "schemas/output/v1.schema.json").read_text("utf-8")
)
FILE = "freeze.intoto.jsonl"
FREEZE = ("freeze", "--reason", "candidates start")


@pytest.fixture
def project(released: Project, tmp_path: Path) -> Project:
    """A released project, to be changed; it imports the file of freezes."""
    shutil.copytree(released.root, tmp_path / "inkwell")
    project = type(released)(tmp_path / "inkwell")
    settings = project.root / "assurance.toml"
    text = settings.read_text("utf-8").replace(
        "\n[gate]\n", '\n[gate]\nchecklist = "readiness.toml"\n'
    )
    assert "readiness.toml" in text
    settings.write_text(f'{text}\n[[import]]\npath = "{FILE}"\n', "utf-8")
    (project.root / "readiness.toml").write_text(
        '[area.qa]\ntitle = "QA"\n[item.tests]\ntitle = "Tests pass"\narea = "qa"\n'
        'checks = ["tests.passed"]\n[milestone.auth-frozen]\ntitle = "Frozen"\ndue = "2027-01-01"\n'
    )
    return project


def told(project: Project, *words: str, code: int) -> str:
    """Run a command and return all that it prints."""
    done = project.run(*words, code=code)
    return f"{done.stdout}{done.stderr}"


def checks(project: Project, *words: str, code: int) -> dict[str, Any]:
    """Run a command with `-o json`; the findings of freezes by check."""
    document = json.loads(project.run(*words, "-o", "json", code=code).stdout)
    jsonschema.validate(document, SCHEMA)
    return {item["id"]: item for item in document["checks"] if item["id"].startswith("freeze.")}


@pytest.mark.timeout(600)  # many commands, one after the other
def test_frozen_changed_and_frozen_anew(project: Project) -> None:
    """A checklist that is edited after the freeze is NO-GO until somebody freezes anew."""
    shown = told(project, *FREEZE, "--show", code=0)
    assert "Freeze of inkwell for development: nothing is signed yet" in shown
    assert not (project.root / FILE).exists()
    said = told(project, *FREEZE, "--milestone", "auth-frozen", code=0)
    assert "freezes inkwell for development: line 1 of" in said
    assert "next: assurance run" in said
    found = checks(project, "run", code=0)
    assert ["PASS", "PASS"] == [item["status"] for item in found.values()]
    assert "(milestone auth-frozen)" in found["freeze.policies"]["message"]
    assert "VERIFIED" in project.verify(code=0)
    same = json.loads(
        project.run(*FREEZE, "--milestone", "auth-frozen", "-o", "json", code=0).stdout
    )
    jsonschema.validate(same, SCHEMA)
    assert (None, "auth-frozen") == (same["line"], same["freeze"]["milestone"])
    assert "nothing was signed" in told(project, *FREEZE, "--milestone", "auth-frozen", code=0)
    checklist = project.root / "readiness.toml"
    checklist.write_text(checklist.read_text().replace("Tests pass", "Tests pass, mostly"))
    found = checks(project, "run", code=1)
    assert ("FAIL", "PASS") == tuple(item["status"] for item in found.values())
    assert found["freeze.policies"]["message"].endswith("the checklist is another, too")
    said = told(project, *FREEZE, code=0)
    assert "line 2 of" in said
    assert "(another than before)" in said
    assert "PASS" == checks(project, "run", code=0)["freeze.policies"]["status"]


def test_a_key_that_is_added_is_a_change(project: Project) -> None:
    """The trust file is frozen by its bytes."""
    told(project, *FREEZE, code=0)
    project.run("key", "generate", "--out", "keys/other.pem", code=0)
    project.run(
        *("trust", "add", "keys/other.pub", "--holder", "n.abara", "--role", "reviewer"), code=0
    )
    found = checks(project, "run", code=1)
    assert "FAIL" == found["freeze.trust"]["status"]
    assert "the trust file has changed since it was frozen" in found["freeze.trust"]["message"]


@pytest.mark.timeout(600)  # many commands, one after the other
def test_a_change_is_waived_by_two_people(project: Project) -> None:
    """Exactly this change: the next one is found again."""
    settings = project.root / "assurance.toml"
    for name, holder in (("asker", "j.ferreira"), ("approver", "a.novak")):
        role = "waiver-requester" if name == "asker" else "waiver-approver"
        key = f"keys/{name}"
        project.run("key", "generate", "--out", f"{key}.pem", code=0)
        project.run("trust", "add", f"{key}.pub", "--holder", holder, "--role", role, code=0)
        text = settings.read_text("utf-8")
        settings.write_text(f'{text}\n[sign.{role}]\nuri = "file:{key}.pem"\n', "utf-8")
    told(project, *FREEZE, code=0)
    checklist = project.root / "readiness.toml"
    checklist.write_text(checklist.read_text().replace("Tests pass", "Tests pass, mostly"))
    assert "FAIL" == checks(project, "run", code=1)["freeze.policies"]["status"]
    told(
        project,
        *("waive", "freeze.policies", "--reason", "a title", "--owner", "QA"),
        code=0,
    )
    told(project, "waive", "--approve", code=0)
    waived = checks(project, "decide", code=0)["freeze.policies"]
    assert ("WAIVED", "FAIL") == (waived["status"], waived["would_be"])
    assert "VERIFIED" in project.verify(code=0)
    checklist.write_text(checklist.read_text().replace("mostly", "some of them"))
    assert "FAIL" == checks(project, "decide", code=1)["freeze.policies"]["status"]


def test_added_to_the_draft(project: Project) -> None:
    """As a line of the draft, for a decision that follows."""
    settings = project.root / "assurance.toml"
    settings.write_text(settings.read_text("utf-8").rpartition("\n[[import]]")[0] + "\n", "utf-8")
    project.run("collect", code=0)
    said = told(project, *FREEZE, "--add", code=0)
    assert "  draft      line" in said
    assert f'import it with  [[import]] path = "{FILE}"' in said
    assert "PASS" == checks(project, "decide", code=0)["freeze.policies"]["status"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--reason", " "), "a freeze needs its reason"),
        (
            ("--reason", "r", "--milestone", "auth-frozn"),
            "did you mean `auth-frozen`?",
        ),
        (("--reason", "r", "evidence/inkwell-0.3.0.draft.jsonl"), "this file is for freezes"),
    ],
)
def test_a_freeze_that_cannot_be(project: Project, words: tuple[str, ...], message: str) -> None:
    """Refused before anything is signed."""
    assert message in told(project, "freeze", *words, code=2)
    assert not (project.root / FILE).exists()


def test_an_older_time_than_the_last_freeze_is_refused(project: Project) -> None:
    """It would never hold."""
    told(project, *FREEZE, code=0)
    before = (project.root / FILE).read_bytes()
    (project.root / "readiness.toml").write_text(
        (project.root / "readiness.toml").read_text() + "\n# another word\n[freeze]\n"
        'from = "2027-01-01"\n'
    )
    said = told(project, *FREEZE, "--now", "2026-01-01T00:00:00Z", code=2)
    assert "which would hold" in said
    assert before == (project.root / FILE).read_bytes()


def test_another_key_cannot_freeze(project: Project) -> None:
    """Role policy of the trust file."""
    settings = project.root / "assurance.toml"
    project.run("key", "generate", "--out", "keys/other.pem", code=0)
    text = settings.read_text("utf-8")
    settings.write_text(f'{text}\n[sign.policy]\nuri = "file:keys/other.pem"\n', "utf-8")
    assert "has no role policy in the trust file" in told(project, *FREEZE, code=1)
    assert not (project.root / FILE).exists()
