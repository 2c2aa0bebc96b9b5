"""What people add between collect and decide: waivers and sign-offs, with keys of their own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assurance import draft
from assurance.bundle import read as read_bundle
from assurance.errors import UndecidedError
from assurance.gate import load_host
from assurance.model import Statement
from assurance.predicates import REVIEW, SIGN_OFF, WAIVER
from assurance.settings import load
from assurance.settings_signers import open_roles

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "quickstart"
BUNDLE = "evidence/inkwell-0.3.0.intoto.jsonl"
DRAFT = "evidence/inkwell-0.3.0.draft.jsonl"
ARTIFACT = "dist/inkwell-0.3.0.tar.gz"
JUNIT = (
    '<testsuites><testsuite name="t" tests="2" failures="1" errors="0" skipped="0" time="0.2">'
    '<testcase classname="t" name="a" time="0.1"/>'
    '<testcase classname="t" name="b" time="0.1"><failure message="no"/></testcase>'
    "</testsuite></testsuites>"
)
PEOPLE = {
    "asker": ("j.ferreira", ("waiver-requester",)),
    "approver": ("a.novak", ("waiver-approver",)),
    "qa": ("n.abara", ("sign-off:qa",)),
    "all": ("m.okafor", ("waiver-requester", "waiver-approver", "sign-off:qa")),
}
SIGN = """
[sign.waiver-requester]
uri = "file:keys/asker.pem"
[sign.waiver-approver]
uri = "file:keys/approver.pem"
[sign."sign-off:qa"]
uri = "file:keys/qa.pem"
"""


@dataclass
class Project:
    """A project whose tests fail, and the keys of the people around it."""

    root: Path
    command: Any

    def run(self, *words: str, code: int) -> str:
        """Run `assurance`, hold it to its exit code, return what it printed."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ASSURANCE_")
        }
        done = self.command(words, cwd=self.root, env=environment | {"NO_COLOR": "1"})
        assert code == done.returncode, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return str(done.stdout + ("" if "json" in words else done.stderr))

    def json(self, *words: str, code: int) -> Any:
        """Run with `-o json`."""
        return json.loads(self.run(*words, "-o", "json", code=code))

    def key(self, role: str, name: str) -> None:
        """Have `role` signed with another key."""
        path = self.root / "assurance.toml"
        table = f'[sign."{role}"]' if ":" in role else f"[sign.{role}]"
        before, _, after = path.read_text("utf-8").partition(table + "\n")
        rest = after.split("\n", 1)[1]
        path.write_text(f'{before}{table}\nuri = "file:keys/{name}.pem"\n{rest}', "utf-8")

    def waive(self, *words: str, check: str = "tests.detail", code: int = 0) -> str:
        """Ask for a waiver of one of the checks that find the failed test."""
        return self.run(
            *("waive", check, "--reason", "known flake", "--owner", "QA"),
            *words,
            code=code,
        )

    def verify(self, *words: str, code: int) -> str:
        """Run the deploy step."""
        return self.run(
            *("verify", BUNDLE, ARTIFACT, "--trust", "trust.json", "--allow-development"),
            *words,
            code=code,
        )


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory, forked: Any) -> Project:
    """A project with a draft: one test failed, qa has to sign off."""
    root = tmp_path_factory.mktemp("people") / "inkwell"
    shutil.copytree(EXAMPLE / "inkwell", root)
    shutil.copytree(EXAMPLE / "advisories" / "osv", root / "advisories")
    shutil.copy(EXAMPLE / "advisories" / "kev.json", root / "kev.json")
    (root / "dist").mkdir()
    with tarfile.open(root / ARTIFACT, "w:gz") as archive:
        archive.add(root / "pyproject.toml", "inkwell-0.3.0/pyproject.toml")
    (root / "build").mkdir(exist_ok=True)
    (root / "build" / "junit.xml").write_text(JUNIT)
    project = Project(root, forked)
    project.run("init", code=0)
    settings = (root / "assurance.toml").read_text("utf-8")
    assert "\n[gate]\n" in settings
    (root / "assurance.toml").write_text(
        settings.replace("\n[gate]\n", '\n[gate]\nareas = ["qa"]\n') + SIGN
    )
    for name, (holder, roles) in PEOPLE.items():
        project.run("key", "generate", "--out", f"keys/{name}.pem", code=0)
        words = [word for role in roles for word in ("--role", role)]
        project.run("trust", "add", f"keys/{name}.pub", "--holder", holder, *words, code=0)
    project.run("run", code=1)
    return project


@pytest.fixture
def project(collected: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    shutil.copytree(collected.root, tmp_path / "inkwell")
    return Project(tmp_path / "inkwell", collected.command)


def finding(document: Any, check: str) -> Any:
    """Return the one finding of a check."""
    (found,) = [item for item in document["checks"] if item["id"] == check]
    return found


@pytest.mark.timeout(600)  # many commands, one after the other
def test_waived_and_signed_off_is_go(project: Project) -> None:
    """Asked for, approved by another holder, signed off: GO, and every view says what it hides."""
    assert "It hides nothing before another holder approves it" in project.waive()
    assert "WAIVED" not in project.run("decide", code=1)
    assert "a.novak approves" in project.run("waive", "--approve", code=0)
    several = project.waive(check="tests.passed", code=2)
    assert "tests.passed has 2 findings, 2 of them meant" in several
    for known in re.findall(r"[0-9a-f]{12}", several):
        project.waive("--finding", known, check="tests.passed")
    assert "2 requests wait" in project.run("waive", "--approve", code=2)
    for known in re.findall(r"[0-9a-f]{12}", several):
        project.run("waive", "--approve", "--finding", known, code=0)
    said = project.run("sign-off", "qa", "--show", code=0)
    assert "waived    WAIVED (would be FAIL) tests.detail" in said
    assert "without sign-offs  GO" in said
    assert "n.abara signs off qa" in project.run("sign-off", "qa", code=0)
    document = project.json("decide", code=0)
    waived = finding(document, "tests.detail")
    assert ("WAIVED", "FAIL") == (waived["status"], waived["would_be"])
    assert waived["waiver"] is not None
    assert "PASS" == finding(document, "signoff.qa")["status"]
    assert "check tests.detail is waived (would be FAIL)" in document["weakenings"]
    assert "VERIFIED" in project.verify(code=0)
    _assert_made_when_they_say(project)


def _assert_made_when_they_say(project: Project) -> None:
    """The bundle manifest has the times that lines say of themselves, not that of the seal."""
    bundle = (project.root / BUNDLE).read_bytes()
    *lines, last = [line.statement for line in read_bundle(bundle, where="bundle")]
    said = [entry["collectedAt"] for entry in last.predicate["lines"]]
    assert said[0] == lines[0].predicate["collectedAt"]
    made = dict.fromkeys((WAIVER, SIGN_OFF), 0)
    for statement, moment in zip(lines, said, strict=True):
        predicate = statement.predicate
        if statement.predicate_type == WAIVER:
            expected = None if predicate["request"] else predicate["requestedAt"]
        elif statement.predicate_type == SIGN_OFF:
            expected = predicate["approvedAt"]
        else:
            continue
        assert expected == moment
        made[statement.predicate_type] += 1
    assert {WAIVER: 6, SIGN_OFF: 1} == made


@pytest.mark.timeout(600)  # many commands, one after the other
def test_two_of_a_role_approve_and_sign_off(project: Project) -> None:
    """A threshold counts people over their lines: each signs alone, and one is never enough."""
    project.run("key", "generate", "--out", "keys/second.pem", code=0)
    also = ("--role", "waiver-approver", "--role", "waiver-requester", "--role", "sign-off:qa")
    project.run("trust", "add", "keys/second.pub", "--holder", "k.lund", *also, code=0)
    path = project.root / "trust.json"
    trusted = json.loads(path.read_text("utf-8"))
    trusted["roles"] = {"waiver-approver": {"threshold": 2}, "sign-off:qa": {"threshold": 2}}
    path.write_text(json.dumps(trusted), "utf-8")
    project.waive()
    # Whoever may ask as well does not count for two.
    project.key("waiver-approver", "second")
    said = project.run("waive", "--approve", code=0)
    assert "UTC, with 1 more of 2 approvals, line " in said
    again = project.run("waive", "--approve", code=1)
    assert "k.lund has approved this waiver already" in again
    document = project.json("decide", code=1)
    assert "1 of 2 approvals" in finding(document, "waivers.orphaned")["message"]
    assert "WAIVED" not in {item["status"] for item in document["checks"]}
    project.key("waiver-approver", "approver")
    project.run("waive", "--approve", code=0)
    assert "no request" in project.run("waive", "--approve", code=2)
    project.run("sign-off", "qa", code=0)
    document = project.json("decide", code=1)
    assert "WAIVED" == finding(document, "tests.detail")["status"]
    one = finding(document, "signoff.qa")
    assert ("MISSING", "1 of 2 sign-offs for qa") == (one["status"], one["message"])
    project.key("sign-off:qa", "all")
    project.run("sign-off", "qa", code=0)
    assert "PASS" == finding(project.json("decide", code=1), "signoff.qa")["status"]


def test_another_environment_than_the_drafts(project: Project) -> None:
    """Who says for what they sign is not given something else to sign."""
    said = project.run("sign-off", "qa", "--env", "production", code=1)
    assert "the draft is for development, and production is to be decided" in said
    assert "production is to be decided" in project.waive("--env", "production", code=1)


def test_an_expired_waiver_no_longer_counts(project: Project) -> None:
    """What it hid is there again, and a finding says why."""
    project.waive("--expires", "1d")
    project.run("waive", "--approve", code=0)
    later = (datetime.now(tz=UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = project.json("decide", "--now", later, code=1)
    found = [item["status"] for item in document["checks"] if item["id"] == "tests.detail"]
    assert "FAIL" in found
    assert "WAIVED" not in found
    ended = finding(document, "waivers.expired")
    assert ("WARN", "tests.detail") == (ended["status"], ended["subject"])


def test_self_approval_is_refused(project: Project) -> None:
    """One holder with both roles, or with two keys, cannot do both."""
    project.key("waiver-requester", "all")
    project.key("waiver-approver", "all")
    project.waive()
    said = project.run("waive", "--approve", code=1)
    assert "m.okafor asked for this waiver and cannot approve it" in said


def test_a_key_without_the_role_cannot_ask(project: Project) -> None:
    """The trust file says who may ask."""
    project.key("waiver-requester", "qa")
    said = project.waive(code=1)
    assert "has no role waiver-requester in the trust file" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--expires", "31d"), "a waiver lasts at most 30 days"),
        (("--expires", "2020-01-01"), "ends in the future"),
        (("--expires", "soon"), "'soon' is not an RFC 3339 time"),
        (("--subject", "nothing"), "none of them meant"),
        (("--reference", "no uri"), "the waiver would break its schema"),
    ],
)
def test_a_request_that_cannot_be(project: Project, words: tuple[str, ...], message: str) -> None:
    """Refused before anything is signed; the draft stays as it was."""
    before = (project.root / DRAFT).read_bytes()
    assert message in project.waive(*words, code=2)
    assert before == (project.root / DRAFT).read_bytes()


@pytest.mark.parametrize(
    ("check", "message", "code"),
    [
        ("tests.pased", "did you mean `tests.passed`?", 2),
        ("release.artifacts", "release.artifacts is PASS: there is nothing to waive", 2),
        ("signoff.qa", "signoff.qa cannot be waived", 1),
        ("*", "no finding of a check `*`", 2),
    ],
)
def test_what_has_no_waiver(project: Project, check: str, message: str, code: int) -> None:
    """No wildcard, no waiver of what passes or of a sign-off."""
    words = ("waive", check, "--reason", "r", "--owner", "o")
    assert message in project.run(*words, code=code)


def test_a_sign_off_is_void_when_the_evidence_changes(project: Project) -> None:
    """A waiver added afterwards is a change, and so is another test result."""
    project.run("sign-off", "qa", code=0)
    assert "PASS" == finding(project.json("decide", code=1), "signoff.qa")["status"]
    project.waive()
    project.run("waive", "--approve", code=0)
    void = finding(project.json("decide", code=1), "signoff.qa")
    assert "MISSING" == void["status"]
    assert "its evidenceDigest is another: what was approved has changed" in void["message"]


@pytest.mark.timeout(600)  # many commands, one after the other
def test_policy_data_demands_sign_offs_that_settings_do_not(project: Project) -> None:
    """MISSING, given, void: also where the settings' `[gate] areas` are empty; never waived."""
    settings = project.root / "assurance.toml"
    text = settings.read_text("utf-8")
    assert '\nareas = ["qa"]\n' in text
    assert "[policy]" not in text
    text += '[policy]\ndata = ["demands.json"]\n'
    without = text.replace('\nareas = ["qa"]\n', "\n")
    settings.write_text(without)
    (project.root / "demands.json").write_text('{"release": {"approvals": {"areas": ["qa"]}}}')
    document = project.json("decide", code=1)
    assert [] == document["sign_offs"]
    absent = finding(document, "signoff.by_policy")
    assert ("MISSING", "qa") == (absent["status"], absent["subject"])
    refused = project.run("waive", "signoff.by_policy", "--reason", "r", "--owner", "o", code=1)
    assert "signoff.by_policy cannot be waived" in refused
    settings.write_text(text)
    project.run("sign-off", "qa", code=0)
    settings.write_text(without)
    assert "PASS" == finding(project.json("decide", code=1), "signoff.by_policy")["status"]
    project.waive()
    project.run("waive", "--approve", code=0)
    void = finding(project.json("decide", code=1), "signoff.by_policy")
    assert "MISSING" == void["status"]
    assert "its evidenceDigest is another: what was approved has changed" in void["message"]


def test_a_sign_off_can_be_taken_back_and_given_again(project: Project) -> None:
    """Before the release goes out, its holder has the last word."""
    edit_key(project, "n.abara", not_before=later(-9))
    project.run("sign-off", "qa", "--now", later(-1), code=0)
    assert finding(project.json("decide", code=1), "signoff.qa")
    project.run("sign-off", "qa", code=0)
    assert "takes back" in project.run("sign-off", "qa", "--revoke", code=0)
    taken = finding(project.json("decide", code=1), "signoff.qa")
    assert "n.abara has revoked it" in taken["message"]


def test_a_new_collection_keeps_what_people_signed(project: Project) -> None:
    """The draft before it stands aside with its lines, and the command says where."""
    project.waive()
    before = (project.root / DRAFT).read_bytes()
    kept = project.root / "evidence" / "inkwell-0.3.0.draft.replaced.jsonl"
    said = project.run("collect", code=0)
    assert f"people had added 1 line to the earlier draft; it is kept as {kept}" in said
    assert before == kept.read_bytes()
    assert "Nothing is being let through" in project.run("waive", "--list", code=0)
    # Nobody signed anything in this one, so it pushes nothing aside.
    assert "people had added" not in project.run("run", code=1)
    assert before == kept.read_bytes()
    (project.root / DRAFT).write_bytes(b"half a li")
    assert "the earlier draft could not be read; it is kept as" in project.run("collect", code=0)
    assert b"half a li" == kept.read_bytes()


def test_two_people_at_the_same_moment(project: Project) -> None:
    """Whoever comes second is told; the first one's line is not overwritten."""
    path = project.root / DRAFT
    first = path.read_bytes()
    project.waive()
    added = path.read_bytes()
    settings = load(project.root / "assurance.toml", environ={}, cwd=project.root, flags={})
    seen = draft.look(settings, load_host(settings), path, now=datetime.now(tz=UTC))
    path.write_bytes(first)
    signer = open_roles(settings, load_host(settings), "collector")["collector"]
    made = Statement(predicate_type=REVIEW, predicate=b"{}", collected_at=datetime.now(tz=UTC))
    with pytest.raises(UndecidedError, match="somebody else added to the draft") as caught:
        draft.append(seen, made, signer)
    assert first == path.read_bytes() != added
    assert "look at it again" in caught.value.remedy
    path.unlink()
    with pytest.raises(UndecidedError, match="the draft cannot be read any more"):
        draft.append(seen, made, signer)


def test_who_asked_for_a_waiver_does_not_sign_off(project: Project) -> None:
    """Separation of duties goes by holder, whatever the key."""
    project.key("waiver-requester", "all")
    project.key("sign-off:qa", "all")
    project.waive()
    said = project.run("sign-off", "qa", code=1)
    assert "m.okafor also collected or released this evidence, or asked for a waiver" in said


def test_unknown_area(project: Project) -> None:
    """The nearest area is named."""
    assert "did you mean `qa`?" in project.run("sign-off", "qaa", code=2)


def test_a_sealed_bundle_takes_nothing_more(project: Project) -> None:
    """People sign drafts."""
    assert "nothing can be added to it" in project.run("sign-off", "qa", BUNDLE, code=1)


def test_waivers_are_listed(project: Project) -> None:
    """With what they would hide, their end and their state."""
    assert "Nothing is being let through" in project.run("waive", "--list", code=0)
    project.waive("--expires", "2d")
    assert "waits for approval" in project.run("waive", "--list", code=0)
    project.run("waive", "--approve", code=0)
    (row,) = project.json("waive", "--list", code=0)["waivers"]
    assert ("in use", "FAIL", "QA") == (row["state"], row["would_be"], row["owner"])


def later(days: float) -> str:
    """Return a time for `--now`."""
    return (datetime.now(tz=UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def edit_key(project: Project, whose: str, **changes: Any) -> None:
    """Change what the trust file says of a holder's key."""
    path = project.root / "trust.json"
    trust = json.loads(path.read_text("utf-8"))
    (key,) = [item for item in trust["keys"] if item["holder"] == whose]
    key.update(changes)
    path.write_text(json.dumps(trust), "utf-8")


def append_signed(project: Project, role: str, line: int, **changes: Any) -> None:
    """Append a copy of the draft's line `line`, changed and signed anew: what a tool could make."""
    settings = load(project.root / "assurance.toml", environ={}, cwd=project.root, flags={})
    host = load_host(settings)
    seen = draft.look(settings, host, project.root / DRAFT, now=datetime.now(tz=UTC))
    statement = seen.lines[line - 1].statement
    predicate = {**statement.predicate, **changes}
    made = Statement(
        predicate_type=statement.predicate_type,
        predicate=json.dumps({k: v for k, v in predicate.items() if v is not ...}).encode(),
        collected_at=datetime.now(tz=UTC),
    )
    draft.append(seen, made, open_roles(settings, host, role)[role])


def test_an_approver_without_the_role(project: Project) -> None:
    """The request stays in the draft, and whose role it is, is said."""
    project.waive()
    before = (project.root / DRAFT).read_bytes()
    project.key("waiver-approver", "qa")
    said = project.run("waive", "--approve", code=1)
    assert "has no role waiver-approver in the trust file: that role is a.novak, " in said
    assert before == (project.root / DRAFT).read_bytes()


@pytest.mark.parametrize(
    ("words", "holder"), [(("waive", "--approve"), "a.novak"), (("sign-off", "qa"), "n.abara")]
)
def test_an_expired_key(project: Project, words: tuple[str, ...], holder: str) -> None:
    """What it has signed is refused at its line, with the day; so is what it would sign now."""
    project.waive()
    before = (project.root / DRAFT).read_bytes()
    edit_key(project, holder, not_before=later(-9), not_after=later(30))
    project.run(*words, code=0)
    signed = (project.root / DRAFT).read_bytes()
    ended = later(-0.5)
    edit_key(project, holder, not_after=ended)
    for command in (("decide",), ("sign-off", "qa", "--show")):
        said = project.run(*command, code=1)
        assert f"a key of {holder} that expired on {ended[:10]}" in said
        assert "draft.jsonl:" in said
        assert "→ next: " in said
    assert signed == (project.root / DRAFT).read_bytes()
    (project.root / DRAFT).write_bytes(before)
    said = project.run(*words, code=1)
    assert f"the key of {holder} expired on {ended[:10]}" in said
    assert before == (project.root / DRAFT).read_bytes()


def test_a_sign_off_from_before_the_evidence(project: Project) -> None:
    """It is void, and the finding says so; the evidence digest alone does not make it true."""
    project.run("sign-off", "qa", code=0)
    count = (project.root / DRAFT).read_bytes().count(b"\n")
    path = project.root / DRAFT
    lines = path.read_bytes().splitlines(keepends=True)
    append_signed(project, "sign-off:qa", count, approvedAt=later(-2))
    # Only the early one is left.
    early = path.read_bytes().splitlines(keepends=True)[-1]
    path.write_bytes(b"".join([*lines[:-1], early]))
    void = finding(project.json("decide", code=1), "signoff.qa")
    assert "MISSING" == void["status"]
    assert "it was given before the evidence was collected" in void["message"]
    assert "assurance sign-off qa --show" in void["remedy"]


@pytest.mark.parametrize("changes", [{"expiresAt": ...}, {"expiresAt": None}, {"check": "*"}])
def test_a_waiver_that_no_command_makes(project: Project, changes: dict[str, Any]) -> None:
    """Without an end, or for everything: made with another tool, it hides nothing, and it shows."""
    project.waive()
    project.run("waive", "--approve", code=0)
    count = (project.root / DRAFT).read_bytes().count(b"\n")
    before = (project.root / DRAFT).read_bytes().splitlines(keepends=True)
    append_signed(project, "waiver-requester", count - 1, **changes)
    odd = (project.root / DRAFT).read_bytes().splitlines(keepends=True)[-1]
    (project.root / DRAFT).write_bytes(b"".join([*before[:-2], odd]))
    digest = hashlib.sha256(
        base64.b64decode(json.loads(odd)["dsseEnvelope"]["payload"])
    ).hexdigest()
    append_signed(
        project, "waiver-requester", count - 1, approver="a.novak", request={"sha256": digest}
    )
    document = project.json("decide", code=1)
    assert "WAIVED" not in {item["status"] for item in document["checks"]}
    assert "FAIL" == finding(document, "tests.detail")["status"]
    said = [item for item in document["checks"] if item["id"].startswith("waivers.")]
    assert said, "nothing tells that somebody tried"
    assert all(item["remedy"] for item in said)


def test_two_waivers_with_two_owners(project: Project) -> None:
    """Nobody would mend it: neither hides anything, and the finding names both."""
    project.waive()
    project.run("waive", "--approve", code=0)
    count = (project.root / DRAFT).read_bytes().count(b"\n")
    append_signed(project, "waiver-requester", count - 1, owner="Platform Security")
    project.run("waive", "--approve", code=0)
    document = project.json("decide", code=1)
    assert "WAIVED" not in {item["status"] for item in document["checks"]}
    said = " ".join(item["message"] for item in document["checks"])
    assert "Platform Security" in said
    assert "QA" in said


@pytest.mark.parametrize("check", ["release.signatures", "waivers.pending", "gate.grade"])
def test_no_waiver_of_waivers_signatures_or_the_grade(project: Project, check: str) -> None:
    """Whoever asks: it is said that there cannot be one, or that there is nothing to waive."""
    project.waive()
    before = (project.root / DRAFT).read_bytes()
    words = ("waive", check, "--reason", "r", "--owner", "o")
    said = project.command(words, cwd=project.root, env={**os.environ, "NO_COLOR": "1"})
    assert said.returncode in {1, 2}
    assert re.search(r"cannot be waived|nothing to waive|no finding of a check", said.stderr)
    assert "→ next: " in said.stderr
    assert before == (project.root / DRAFT).read_bytes()


def test_one_holder_with_two_keys(project: Project) -> None:
    """A second key of whoever asked does not make a second person."""
    edit_key(project, "a.novak", holder="j.ferreira")
    project.waive()
    before = (project.root / DRAFT).read_bytes()
    said = project.run("waive", "--approve", code=1)
    assert "j.ferreira asked for this waiver and cannot approve it" in said
    assert before == (project.root / DRAFT).read_bytes()


def test_a_checklist_that_cannot_be(project: Project) -> None:
    """Circle, unknown area, a day that is none: all at once, each at its line; the draft stays."""
    (project.root / "readiness.toml").write_text(
        '[area.qa]\ntitle = "QA"\n\n'
        '[milestone.a]\ntitle = "A"\ndue = "2026-12-01"\nafter = ["b"]\n\n'
        '[milestone.b]\ntitle = "B"\ndue = "2026-12-01"\nafter = ["a"]\n\n'
        '[item.it]\ntitle = "It"\narea = "qaa"\nchecks = ["tests.passed"]\ndue = "2026-02-30"\n'
    )
    settings = project.root / "assurance.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("\n[gate]\n", '\n[gate]\nchecklist = "readiness.toml"\n'))
    before = (project.root / DRAFT).read_bytes()
    for words in (("decide",), ("run",), ("waive", "--list"), ("sign-off", "qa", "--show")):
        said = project.run(*words, code=2)
        assert "milestone `a` comes after itself" in said
        assert "there is no area `qaa`" in said
        assert "did you mean `qa`?" in said
        assert "2026-02-30 is no day of the calendar" in said
        assert "readiness.toml:" in said
        assert before == (project.root / DRAFT).read_bytes()
