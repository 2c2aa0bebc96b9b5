"""Why a check says so: what it read, the least change, and how the verdict would stand then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from assurance.cli.explain_view import render
from assurance.cli.terminal import Terminal
from assurance.model import Finding, Release, Result, Status, Verdict
from assurance.predicates import VULNERABILITIES
from assurance.report import report_document
from assurance.report_explain import check_ids, explain

RULE: dict[str, Any] = {
    "id": "vulnerabilities.unresolved",
    "title": "No open high vulnerability",
    "description": "No scan found one\nthat is rated high.",
    "severity": "high",
    "weight": 6,
    "blocking": True,
    "owner": "security",
    "remedy": "upgrade",
    "requires": [VULNERABILITIES],
    "reads": [VULNERABILITIES],
    "max_age_seconds": 604_800,
    "controls": ["SSDF RV.2.2"],
    "waivable": True,
    "source": "security/vulnerabilities.rego:31",
}
LINE = {
    "line": 3,
    "lines": 1,
    "sha256": "90" * 32,
    "kind": "vulnerabilities",
    "predicate_type": VULNERABILITIES,
    "says": "1 advisory",
    "subjects": 1,
    "signers": [{"holder": "release-gate", "roles": ["collector"]}],
    "as_of": "2026-11-23T06:00:00Z",
    "age_seconds": 29_100,
    "max_age_seconds": 604_800,
}
OPEN = Finding(
    check="vulnerabilities.unresolved",
    status=Status.FAIL,
    message="urllib3 1.26.4 has a high vulnerability",
    subject="pkg:pypi/urllib3@1.26.4",
    actual="1 high",
    required="none that is high",
    owner="security",
    remedy="uv lock --upgrade-package urllib3",
    weight=6,
    evidence=(3,),
)
PASSED = Finding(check="tests.passed", status=Status.PASS, message="fine", weight=4)


def verdict(*findings: Finding, target: int = 60, grade: int = 40) -> Verdict:
    """Return a NO-GO with `findings`."""
    return Verdict(
        result=Result.NO_GO,
        environment="production",
        release=Release(
            name="inkwell",
            version="0.3.0",
            revision=None,
            artifacts=(),
            environment="production",
            resource_uri="pkg:pypi/inkwell",
        ),
        findings=findings,
        grade=grade,
        target_grade=target,
        decided_at=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        valid_until=None,
    )


def told(found: Verdict, check: str, **more: Any) -> tuple[dict[str, Any], str]:
    """Return what is explained, and its text."""
    document = report_document(
        found,
        command="explain",
        exit=0,
        signatures_checked=True,
        **{"rules": [RULE], "attestations": [LINE], **more},
    )
    item = explain(found, document, check)
    return item, render(document, [item], Terminal.plain())


def test_a_failure_is_told_from_input_to_remedy() -> None:
    """What was read, found and required, who changes it, and what the verdict would be then."""
    item, said = told(verdict(OPEN, PASSED), "vulnerabilities.unresolved")
    found = "(found 1 high · allowed none that is high)"
    read = "line 3, sha256:9090…9090, 1 advisory, as of 2026-11-23 06:00 UTC, 8 hours old"
    assert [3] == [read["line"] for read in item["read"]]
    assert [
        {"subject": "pkg:pypi/urllib3@1.26.4", "from": "1 high", "to": "none that is high"}
    ] == item["least"]
    assert {"grade": 100, "go": True, "blocking": []} == item["then"]
    assert item["waivable"]
    for line in (
        "✗ FAIL  vulnerabilities.unresolved   area vulnerabilities · owner security · weight 6",
        f"Why      pkg:pypi/urllib3@1.26.4: urllib3 1.26.4 has a high vulnerability {found}",
        f"Read     vulnerabilities ({read}, limit 7 days, signed by release-gate)",
        "Least    pkg:pypi/urllib3@1.26.4: none that is high, now 1 high",
        "Or       a waiver, approved by somebody else, until a date",
        "Then     grade 40 → 100, nothing else blocks: GO for production",
        "Rule     security/vulnerabilities.rego:31 · supports SSDF RV.2.2",
        "         No scan found one that is rated high.",
        "→ next: uv lock --upgrade-package urllib3",
    ):
        assert line in said.splitlines()


def test_missing_evidence_is_named() -> None:
    """What the check wanted to read and was not there is named, and is the least change."""
    missing = Finding(
        check=OPEN.check, status=Status.MISSING, message="no vulnerabilities evidence", weight=6
    )
    item, said = told(verdict(missing), OPEN.check, attestations=[])
    assert [("vulnerabilities", None)] == [(it["kind"], it["line"]) for it in item["read"]]
    assert "evidence of kind vulnerabilities" == item["least"][0]["to"]
    assert "Read     vulnerabilities: not in the bundle" in said


def test_others_that_block_are_named() -> None:
    """Passing alone is no GO where something else blocks, or the grade stays too low."""
    other = Finding(check="sbom.complete", status=Status.STALE, message="old", weight=10)
    item, said = told(verdict(OPEN, other, target=90), OPEN.check)
    assert ["sbom.complete", "gate.grade"] == item["then"]["blocking"]
    assert not item["then"]["go"]
    assert "blocked by sbom.complete, gate.grade" in said


def test_the_grade_needs_the_fewest_checks() -> None:
    """For the grade, the heaviest checks are named until the target is reached, and no more."""
    grade = Finding(
        check="gate.grade", status=Status.FAIL, message="grade 10 is below", required="at least 60"
    )
    light = [
        Finding(check=f"a.c{number}", status=Status.FAIL, message="m", weight=2)
        for number in range(3)
    ]
    warned = Finding(check="a.warned", status=Status.WARN, message="m", weight=3, blocking=False)
    found = verdict(grade, OPEN, *light, warned, target=60, grade=10)
    item, _ = told(found, "gate.grade")
    # 15 in all, 1.5 earned: 6 more make 50, 2 more make 63.
    assert ["vulnerabilities.unresolved", "a.c0"] == [it["subject"] for it in item["least"]]
    assert "PASS, which makes the grade 63" == item["least"][-1]["to"]
    assert 63 == item["then"]["grade"]
    assert ["a.c1", "a.c2"] == item["then"]["blocking"]
    assert not item["waivable"]


def test_with_a_checklist_the_grade_needs_its_items() -> None:
    """A heavy check that no item names would change nothing, so it is not named."""
    grade = Finding(check="gate.grade", status=Status.FAIL, message="m", required="at least 60")
    item = Finding(check="checklist.it", status=Status.MISSING, message="m", weight=1)
    said, _ = told(verdict(grade, OPEN, item, target=60, grade=0), "gate.grade")
    assert ["checklist.it"] == [it["subject"] for it in said["least"]]
    assert "PASS, which makes the grade 100" == said["least"][0]["to"]


def test_no_waiver_is_offered_where_none_counts() -> None:
    """A rule that says `waivable: false` is told without the way that does not exist."""
    item, said = told(verdict(OPEN), OPEN.check, rules=[RULE | {"waivable": False}])
    assert not item["waivable"]
    assert "a waiver" not in said
    assert "a waiver" in told(verdict(OPEN), OPEN.check)[1]


def test_what_passes_needs_nothing() -> None:
    """A check that passes has no change and no next step."""
    item, said = told(verdict(PASSED), "tests.passed", rules=[], attestations=[])
    assert [] == item["least"]
    assert not item["waivable"]
    assert "Least    nothing has to change" in said
    assert "next:" not in said


def test_could_not_decide() -> None:
    """An undecided check needs an answer; beside a reason, that goes without saying."""
    undecided = Finding(check="a.b", status=Status.INDETERMINATE, message="could not decide")
    item, _ = told(verdict(undecided), "a.b")
    assert "an answer: what was asked could not tell" == item["least"][0]["to"]
    missing = Finding(check="a.b", status=Status.MISSING, message="none", required="at least 1")
    item, _ = told(verdict(undecided, missing), "a.b")
    assert ["at least 1"] == [change["to"] for change in item["least"]]


def test_a_waived_check_says_what_it_hides() -> None:
    """The least change of a waived check is that of what it would be."""
    waived = Finding(
        check="fuzz.window",
        status=Status.WAIVED,
        would_be=Status.FAIL,
        message="22 of 30 clean days",
        required="30 clean days",
    )
    item, said = told(verdict(waived), "fuzz.window")
    assert "30 clean days" == item["least"][0]["to"]
    assert "(would FAIL)" in said


def test_many_findings_are_cut() -> None:
    """Ten of each are shown and the rest counted; `-v` shows all."""
    many = [
        Finding(check="a.b", status=Status.FAIL, message=f"m{n}", subject=f"s{n}", required="0")
        for n in range(25)
    ]
    _, said = told(verdict(*many), "a.b")
    assert 2 == said.count("… and 15 more: -v shows all")
    document = report_document(verdict(*many), command="explain", exit=0, signatures_checked=True)
    loud = Terminal(None, None, {}, verbose=1)
    assert "m24" in render(document, [explain(verdict(*many), document, "a.b")], loud)


def test_ids_are_in_the_order_of_the_verdict() -> None:
    """Each check once, those that block first."""
    assert ("vulnerabilities.unresolved", "tests.passed") == check_ids(verdict(OPEN, OPEN, PASSED))


@pytest.mark.parametrize(
    "key", ["check", "message", "subject", "actual", "required", "owner", "remedy"]
)
def test_foreign_text_cannot_act(key: str) -> None:
    """No field starts a line, moves the cursor or commands a CI service."""
    text = "\x1b[2Ja\n::error::x\u202e##[error]"
    fields: dict[str, Any] = {
        "check": "a.b",
        "status": Status.FAIL,
        "message": "m",
        key: text,
    }
    hostile = Finding(**fields)
    _, said = told(verdict(hostile), hostile.check)
    assert all(line.isprintable() for line in said.splitlines())
    assert "##[" not in said
    assert not any(line.lstrip().startswith("::") for line in said.splitlines())
