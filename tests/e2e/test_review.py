"""`assurance review` through the real command: what it signs, closes, refuses, and blocks."""

from __future__ import annotations

import hashlib
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
DRAFT = "evidence/inkwell-0.3.0.draft.jsonl"
COMMIT = "8f3c1d2a908f3c1d2a908f3c1d2a908f3c1d2a90"
OTHER = "0" * 40
CHECKLIST = """
[area.security]
title = "Security"
[item.report]
title = "Report approved"
weight = 3
area = "security"
document = "docs/report.md"
[item.audit]
title = "Audit approved"
area = "security"
blocking = false
document = "audit.pdf"
sha256 = "{audit}"
"""
APPROVE = ("review", "document", "--document", "docs/report.md", "--result", "APPROVED")


@pytest.fixture(scope="session")
def reviewed(released: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a checklist, a document and a reviewer, collected."""
    root = tmp_path_factory.mktemp("review") / "inkwell"
    shutil.copytree(released.root, root)
    project = type(released)(root)
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "report.md").write_text("# Hardened\n")
    audit = hashlib.sha256(b"the audit").hexdigest()
    (root / "readiness.toml").write_text(CHECKLIST.format(audit=audit))
    settings = (root / "assurance.toml").read_text("utf-8")
    settings = settings.replace("\n[gate]\n", '\n[gate]\nchecklist = "readiness.toml"\n')
    settings = settings.replace("\n[release]\n", f'\n[release]\nrevision = "{COMMIT}"\n')
    assert COMMIT in settings
    assert "readiness.toml" in settings
    (root / "assurance.toml").write_text(
        settings + '[sign.reviewer]\nuri = "file:keys/reviewer.pem"\n'
    )
    project.run("key", "generate", "--out", "keys/reviewer.pem", code=0)
    project.run(
        *("trust", "add", "keys/reviewer.pub", "--holder", "r.stone", "--role", "reviewer"), code=0
    )
    project.run("run", code=1)
    return project


@pytest.fixture
def project(reviewed: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    shutil.copytree(reviewed.root, tmp_path / "inkwell")
    return type(reviewed)(tmp_path / "inkwell")


def told(project: Project, *words: str, code: int) -> str:
    """Run a command and return all that it prints."""
    done = project.run(*words, code=code)
    return f"{done.stdout}{done.stderr}"


def data(project: Project, *words: str, code: int) -> Any:
    """Run a command with `-o json`."""
    found = json.loads(project.run(*words, "-o", "json", code=code).stdout)
    jsonschema.validate(found, SCHEMA)
    return found


def finding(document: Any, check: str) -> Any:
    """Return the one finding of a check."""
    (found,) = [item for item in document["checks"] if item["id"] == check]
    return found


def test_an_approved_document_closes_its_item(project: Project) -> None:
    """Shown first, then signed, then closed; verify says the same."""
    before = (project.root / DRAFT).read_bytes()
    shown = told(project, *APPROVE, "--show", code=0)
    digest = hashlib.sha256(b"# Hardened\n").hexdigest()
    assert "nothing is signed yet" in shown
    assert f"document  docs/report.md sha256:{digest}" in shown
    assert "item      checklist.report (Report approved)" in shown
    assert before == (project.root / DRAFT).read_bytes()
    signed = told(project, *APPROVE, code=0)
    assert "r.stone signed the review of kind document for inkwell 0.3.0 at 8f3c1d2a908f" in signed
    assert "PASS checklist.report: Report approved" in signed
    document = data(project, "decide", code=0)
    assert "PASS" == finding(document, "checklist.report")["status"]
    assert "PASS" == finding(document, "reviews.unresolved")["status"]
    assert "MISSING" == finding(document, "checklist.audit")["status"]
    assert "VERIFIED" in project.verify(code=0)


def test_what_is_signed_as_data(project: Project) -> None:
    """The statement itself, and which items it closes."""
    found = data(project, *APPROVE, "--independent", "--organisation", "Northgate", code=0)
    assert ["report"] == found["closes"]
    assert "r.stone" == found["holder"] == found["review"]["reviewer"]["name"]
    assert COMMIT == found["review"]["commit"]
    assert [("checklist.report", "PASS")] == [
        (item["id"], item["status"]) for item in found["findings"] if "checklist" in item["id"]
    ]


def test_a_document_kept_elsewhere_is_bound_by_the_stated_digest(project: Project) -> None:
    """The right bytes close it; others are refused before anything is signed."""
    audit = project.root / "elsewhere" / "audit.pdf"
    audit.parent.mkdir()
    audit.write_bytes(b"the audit")
    words = ("review", "document", "--document", "elsewhere/audit.pdf", "--name", "audit.pdf")
    assert "PASS checklist.audit" in told(project, *words, "--result", "APPROVED", code=0)
    audit.write_bytes(b"another audit")
    said = told(project, *words, "--result", "APPROVED", code=1)
    assert "the checklist states sha256:" in said
    assert "a review of these bytes closes nothing" in said


def test_a_document_that_changed_since_is_refused(project: Project) -> None:
    """The draft knows what was collected."""
    (project.root / "docs" / "report.md").write_text("# Hardened, or so we think\n")
    before = (project.root / DRAFT).read_bytes()
    said = told(project, *APPROVE, code=1)
    assert "the draft was collected with sha256:" in said
    assert before == (project.root / DRAFT).read_bytes()


def test_an_imported_review_of_old_bytes_closes_nothing(project: Project) -> None:
    """Signed before the document changed: the item says what it is of."""
    told(project, *APPROVE, "--to", "review.jsonl", code=0)
    settings = project.root / "assurance.toml"
    settings.write_text(settings.read_text() + '[[import]]\npath = "review.jsonl"\n')
    assert "PASS" == finding(data(project, "run", code=0), "checklist.report")["status"]
    (project.root / "docs" / "report.md").write_text("# Hardened, or so we think\n")
    found = finding(data(project, "run", code=1), "checklist.report")
    assert "MISSING" == found["status"]
    assert "does not count: it is of other bytes" in found["message"]


def test_a_review_of_another_commit_is_refused(project: Project) -> None:
    """By the command; and as a line that was signed elsewhere, by the gate."""
    said = told(project, *APPROVE, "--commit", OTHER, code=1)
    assert f"the review is of commit {OTHER}, the release is of {COMMIT}" in said
    told(project, *APPROVE, "--to", "review.jsonl", code=0)
    settings = project.root / "assurance.toml"
    text = settings.read_text().replace(COMMIT, "1" * 40)
    settings.write_text(text + '[[import]]\npath = "review.jsonl"\n')
    said = told(project, "run", code=1)
    assert "(https://w3id.org/release-assurance/review/v1) is for another release" in said


def test_a_severe_finding_blocks_until_it_is_fixed(project: Project) -> None:
    """Found in a file, with all that is known of it."""
    (project.root / "found.toml").write_text(
        '[[findings]]\nid = "NG-01"\nseverity = "high"\nstate = "OPEN"\ntitle = "no typ"\n'
        'owner = "Platform Security"\n'
    )
    words = ("review", "security", "--scope", "tokens", "--result", "APPROVED")
    said = told(project, *words, "--findings", "found.toml", code=0)
    assert "FAIL reviews.unresolved: NG-01 (high, OPEN)" in said
    blocked = finding(data(project, "decide", code=1), "reviews.unresolved")
    assert ("FAIL", True, "NG-01") == (blocked["status"], blocked["blocking"], blocked["subject"])
    data(project, "run", code=1)
    said = told(project, *words, "--finding", f"NG-01=FIXED@{COMMIT}:high:no typ", code=0)
    assert "PASS reviews.unresolved" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("document",), "which document?"),
        (("document", "--document", "docs/none.md"), "there is no such document"),
        (("code",), "a review says what was looked at"),
        (("code", "--scope", "s", "--name", "n"), "--name says nothing without --document"),
        (("code", "--scope", "s", "--finding", "NG-01"), "`NG-01` is no finding of a review"),
        (("code", "--scope", "s", "--started", "soon"), "'soon' is not an RFC 3339 time"),
        (
            ("code", "--scope", "s", "--completed", "2125-01-01T00:00:00Z"),
            "has ended by now",
        ),
        (
            ("code", "--scope", "s", "--document", "docs/report.md", "--document-uri", "no uri"),
            "the review would break its schema",
        ),
        (("code", "--scope", "s", "--findings", "none.toml"), "cannot be read: No such file"),
    ],
)
def test_a_review_that_cannot_be(reviewed: Project, words: tuple[str, ...], message: str) -> None:
    """Refused before anything is signed; the draft stays as it was."""
    before = (reviewed.root / DRAFT).read_bytes()
    assert message in told(reviewed, "review", *words, "--result", "APPROVED", code=2)
    assert before == (reviewed.root / DRAFT).read_bytes()


def test_only_a_reviewer_reviews(project: Project) -> None:
    """The trust file says who may."""
    settings = project.root / "assurance.toml"
    project.run("key", "generate", "--out", "keys/other.pem", code=0)
    settings.write_text(settings.read_text().replace("keys/reviewer.pem", "keys/other.pem"))
    said = told(project, *APPROVE, code=1)
    assert "has no role reviewer in the trust file" in said
