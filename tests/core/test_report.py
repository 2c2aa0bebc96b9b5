"""The one report document, and its text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import assurance
from assurance.cli.terminal import Terminal
from assurance.model import (
    Artifact,
    CollectorRun,
    Finding,
    Release,
    Result,
    SignOffState,
    Status,
    Verdict,
)
from assurance.report import FIELDS, document, report_document, schema_uri
from assurance.report_text import count_checks, render

SCHEMA = json.loads(
    (Path(assurance.__file__).parent / "schemas/output/v1.schema.json").read_text(encoding="utf-8")
)


def finding(check: str, status: Status, message: str = "as found", **more: Any) -> Finding:
    """Return a finding of weight 1."""
    return Finding(check=check, status=status, message=message, weight=1, **more)


def verdict(result: Result, *findings: Finding, **more: Any) -> Verdict:
    """Return a verdict about inkwell 0.3.0 with `findings`."""
    release = Release(
        name="inkwell",
        version="0.3.0",
        revision=None,
        artifacts=(Artifact(name="inkwell.whl", sha256="5c" * 32, size=7),),
        environment="production",
        resource_uri="pkg:pypi/inkwell",
    )
    said: dict[str, Any] = {
        "grade": 31,
        "target_grade": 60,
        "decided_at": datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        "valid_until": datetime(2026, 11, 24, 8, 57, tzinfo=UTC),
        "environment": "production",
        "policy_digest": "1d" * 32,
        **more,
    }
    return Verdict(result=result, release=release, findings=findings, **said)


BUNDLE = {"path": "evidence/inkwell-0.3.0.intoto.jsonl", "sha256": "e7" * 32, "lines": 14}
TRUST = {"path": "trust.json", "version": 7, "sha256": "a1" * 32, "profile": "production"}


def text(found: Verdict, *, quiet: bool = False, verbose: int = 0, **more: Any) -> str:
    """Return the text of a report."""
    report = report_document(found, command="run", exit=0, **more)
    return render(report, Terminal.plain(), quiet=quiet, verbose=verbose)


def test_document_has_every_key() -> None:
    """What does not apply is null or empty, never left out."""
    found = document("run", 3)
    assert {*FIELDS, "schema", "exit"} == set(found)
    assert [] == found["checks"]
    assert found["verdict"] is None
    jsonschema.validate(found, SCHEMA)


def test_schema_uri_of_what_is_no_command() -> None:
    """A word that cannot stand in a URI is not put into one."""
    assert "https://w3id.org/release-assurance/output/run/v1" == schema_uri("run")
    assert "https://w3id.org/release-assurance/output/none/v1" == schema_uri("--bad word")


def test_report_document_follows_its_schema() -> None:
    """A full verdict gives a document of the shipped schema, with every value in its place."""
    run = CollectorRun(
        name="sbom",
        plugin="sbom",
        distribution="release-assurance",
        version="0.1.0",
        digest="0" * 64,
        status="ok",
        reason=None,
        required=True,
        predicate_types=(),
        self_test="passed",
        duration_ms=12,
    )
    state = SignOffState(area="qa", state="VOID", needs=1, has=0, by=("n",), reason="changed")
    found = report_document(
        verdict(
            Result.NO_GO,
            finding("a.b", Status.WAIVED, would_be=Status.FAIL, waiver=3, evidence=(2,)),
            collectors=(run,),
            sign_offs=(state,),
            weakenings=("no log",),
        ),
        command="run",
        exit=1,
        bundle=BUNDLE,
        receipt={"path": "r", "origin": "o", "index": 4812},
        trust=TRUST,
        further=1,
    )
    jsonschema.validate(found, SCHEMA)
    assert ("NO-GO", "production", 31, 60, 1) == (
        found["verdict"],
        found["environment"],
        found["grade"],
        found["target_grade"],
        found["exit"],
    )
    assert "5c" * 32 == found["release"]["artifacts"][0]["sha256"]
    assert ("a.b", "a", "WAIVED", "FAIL", 3, [2]) == tuple(
        found["checks"][0][key]
        for key in ("id", "area", "status", "would_be", "waiver", "evidence")
    )
    assert "VOID" == found["sign_offs"][0]["state"]
    assert "0" * 64 == found["plugins"][0]["sha256"]
    assert "2026-11-24T08:57:00Z" == found["valid_until"]
    assert "1d" * 32 == found["policies"]["sha256"]
    assert 1 == found["further"]
    assert BUNDLE == found["bundle"]
    assert 4812 == found["receipt"]["index"]


def test_first_line_answers() -> None:
    """The verdict and the environment stand first, and a GO never stands alone."""
    assert text(verdict(Result.GO)).startswith("GO  inkwell 0.3.0 for production ")
    first = text(verdict(Result.NO_GO)).splitlines()[0]
    assert first.endswith("grade 31, needs 60")
    assert 80 == len(first)


def test_what_blocks_names_owner_and_remedy() -> None:
    """Each blocking finding says who can change it, what was allowed, and what to do."""
    said = text(
        verdict(
            Result.NO_GO,
            finding(
                "vulnerabilities.unresolved",
                Status.FAIL,
                "urllib3 1.26.4 has a high vulnerability",
                subject="pkg:pypi/urllib3@1.26.4",
                actual="1 high",
                required="0 high",
                owner="security",
                remedy="upgrade urllib3",
            ),
            finding("tests.passed", Status.PASS),
            finding("sbom.supplier", Status.WARN, "6 have no supplier", blocking=False),
        )
    )
    assert "1 check blocks, 1 passes, 1 warns." in said
    assert " 1 ✗ FAIL           vulnerabilities.unresolved  security" in said
    assert "pkg:pypi/urllib3@1.26.4: urllib3 1.26.4 has a high vulnerability" in said
    assert "found 1 high · allowed 0 high" in said
    assert "   → next: upgrade urllib3" in said
    assert " ! WARN  sbom.supplier  6 have no supplier" in said
    assert "tests.passed" not in said
    assert said.endswith("→ next: the step above, then assurance run")


def test_missing_is_not_called_wrong() -> None:
    """Where nothing failed, the text says that evidence is missing, not that code is wrong."""
    assert "Nothing is known to be wrong" in text(
        verdict(Result.NO_GO, finding("tests.passed", Status.MISSING))
    )
    assert "Nothing is known to be wrong" not in text(
        verdict(Result.NO_GO, finding("a.b", Status.MISSING), finding("a.c", Status.FAIL))
    )


def test_go_shows_what_it_rests_on() -> None:
    """A GO tells how long it holds, what was let through, and how to verify it."""
    said = text(
        verdict(
            Result.GO,
            finding("fuzz.window", Status.WAIVED, "22 of 30 clean days", would_be=Status.FAIL),
            finding("log.replay", Status.FAIL, "not blocking", blocking=False),
            weakenings=("no log",),
            not_checked=("slo: no collector",),
            sign_offs=(SignOffState(area="qa", state="GIVEN", needs=1, has=1),),
        ),
        bundle=BUNDLE,
        receipt={"path": "x.tlog-proof", "origin": "log.example.com/x", "index": 4812},
        trust={**TRUST, "profile": "development"},
    )
    assert "Valid until 2026-11-24 08:57 UTC" in said
    assert "◇ WAIVED (would FAIL)  fuzz.window  22 of 30 clean days" in said
    assert "✗ FAIL (does not block)  log.replay" in said
    assert "! weakened: no log" in said
    assert "Not checked: slo: no collector" in said
    assert "Sign-offs 1 of 1." in said
    assert "Bundle   evidence/inkwell-0.3.0.intoto.jsonl   sha256:e7e7…e7e7   14 lines" in said
    assert "Receipt  x.tlog-proof   log.example.com/x entry 4812" in said
    assert said.splitlines()[-1].startswith(
        "→ next: assurance verify evidence/inkwell-0.3.0.intoto.jsonl inkwell.whl --trust trust"
    )
    assert said.endswith("--allow-development")


def test_many_findings_of_one_check() -> None:
    """Five of one check are shown and the rest counted; -v shows all, and passes too."""
    found = verdict(
        Result.NO_GO,
        *[finding("v.u", Status.FAIL, f"package {n}", remedy="upgrade") for n in range(8)],
        finding("x.y", Status.PASS, "fine"),
    )
    said = text(found)
    assert "package 4" in said
    assert "package 5" not in said
    assert "… and 3 more: -v shows all" in said
    assert 1 == said.count("→ next: upgrade")
    loud = text(found, verbose=1)
    assert "package 7" in loud
    assert "✓ PASS  x.y  fine" in loud


def test_one_check_with_two_statuses_is_one_step() -> None:
    """A check is numbered once, with its worst status; another status of it is named."""
    said = text(
        verdict(
            Result.NO_GO,
            finding("a.b", Status.MISSING, "no artifact"),
            finding("a.b", Status.INDETERMINATE, "nothing was read"),
        )
    )
    assert "1 check blocks." in said
    assert " 1 ○ MISSING        a.b" in said
    assert "   INDETERMINATE: nothing was read" in said
    assert "\n 2 " not in said
    assert said.endswith("the step above, then assurance run")


def test_what_blocks_is_in_the_order_of_mending() -> None:
    """Collectors come first, sign-offs and the grade last: they follow from the rest."""
    said = text(
        verdict(
            Result.NO_GO,
            finding("gate.grade", Status.FAIL),
            finding("tests.passed", Status.FAIL),
            finding("collect.sbom", Status.MISSING),
            finding("signoff.qa", Status.MISSING),
        )
    )
    places = [said.index(word) for word in ("collect.", "tests.", "signoff.", "gate.")]
    assert sorted(places) == places


def test_quiet_is_verdict_and_bundle() -> None:
    """-q gives two lines."""
    said = text(verdict(Result.GO), quiet=True, bundle=BUNDLE).splitlines()
    assert 2 == len(said)
    assert "evidence/inkwell-0.3.0.intoto.jsonl" == said[1]


def test_nothing_checked_has_a_next_step() -> None:
    """A verdict without findings does not end in silence."""
    assert "nothing was checked" in text(verdict(Result.INDETERMINATE))


def test_unchecked_signatures_are_said() -> None:
    """A report of an unchecked bundle says so near the top."""
    found = text(verdict(Result.GO), signatures_checked=False)
    assert "Signatures were not checked" in found
    assert "Signatures were not checked" not in text(verdict(Result.GO), signatures_checked=True)


HOSTILE = "\x1b[2J\u202egnp.exe\r\nGO  forged\x00\u200b" + "A" * 1000


@pytest.mark.parametrize(
    "key", ["message", "subject", "actual", "required", "owner", "remedy", "check"]
)
@pytest.mark.parametrize("status", [Status.FAIL, Status.WARN])
def test_foreign_text_cannot_act(key: str, status: Status) -> None:
    """No field can move the cursor, turn text around, start a line or flood the terminal."""
    fields: dict[str, Any] = {"check": "a.b", "message": "m", "status": status, key: HOSTILE}
    said = text(verdict(Result.NO_GO, Finding(**fields)), verbose=1)
    assert all(line.isprintable() for line in said.splitlines())
    assert not any(line.startswith("GO") for line in said.splitlines())
    assert "A" * 500 not in said


def test_count_checks_takes_the_worst() -> None:
    """A check with several findings counts once."""
    checks = [
        {"id": "a", "status": "PASS"},
        {"id": "a", "status": "FAIL"},
        {"id": "b", "status": "PASS"},
    ]
    assert {"FAIL": 1, "PASS": 1} == count_checks(checks)


def test_ascii() -> None:
    """Where the terminal cannot show symbols, all of our own text is ASCII."""
    terminal = Terminal(StringIO(), StringIO(), {"ASSURANCE_ASCII": "1"})
    found = verdict(
        Result.NO_GO,
        *[finding("v.u", status, actual="1", required="0", remedy="r") for status in Status],
        *[finding("v.w", Status.FAIL, str(n)) for n in range(9)],
    )
    report = report_document(found, command="run", exit=1, bundle=BUNDLE, trust=TRUST)
    assert render(report, terminal, verbose=1).isascii()
    assert render(report, terminal).isascii()


DECIDE = "then assurance decide: assurance run would collect anew, without what people signed"


@pytest.mark.parametrize(
    ("checks", "then"),
    [
        (("tests.passed", "gate.grade"), "the 2 steps above, then assurance run"),
        (
            ("signoff.qa", "reviews.unresolved", "gate.grade"),
            f"the 3 steps above, {DECIDE}",
        ),
        (
            ("signoff.qa", "tests.passed", "sbom.complete", "checklist.it", "gate.grade"),
            f"steps 1 to 2, then assurance collect; after that steps 3 to 4, {DECIDE}",
        ),
        (
            ("signoff.qa", "tests.passed"),
            f"step 1, then assurance collect; after that step 2, {DECIDE}",
        ),
    ],
)
def test_what_people_signed_is_not_thrown_away(checks: tuple[str, ...], then: str) -> None:
    """`run` begins a new draft: after people's steps it is not what comes next."""
    said = text(verdict(Result.NO_GO, *[finding(name, Status.MISSING) for name in checks]))
    assert said.endswith(f"→ next: {then}")


def test_checks_that_wait_for_a_collector_are_no_steps() -> None:
    """What follows from one broken collector is told in one line, and what does not is not."""
    waits = "mend what collect.tests says, then collect again"
    found = [
        finding("collect.tests", Status.MISSING, remedy="pytest --junitxml=build/junit.xml"),
        finding("tests.passed", Status.MISSING, remedy=waits),
        finding("tests.detail", Status.MISSING, remedy=waits),
        finding("sbom.both", Status.MISSING, remedy=waits),
        finding("sbom.both", Status.FAIL, remedy="upgrade it"),
        finding("sbom.other", Status.MISSING, remedy=waits.replace("tests", "sbom")),
    ]
    said = text(verdict(Result.NO_GO, *found))
    assert " 1 ○ MISSING        collect.tests" in said
    assert "   → next: pytest --junitxml=build/junit.xml" in said
    assert " 2 ✗ FAIL           sbom.both" in said
    assert " 3 ○ MISSING        sbom.other" in said
    assert "   2 checks wait for collect.tests: tests.detail, tests.passed" in said
    assert "5 checks block" in said
    assert said.endswith("→ next: the 3 steps above, then assurance run")
    assert "1 check waits for collect.tests: tests.passed" in text(
        verdict(Result.NO_GO, *found[:2])
    )


def test_sign_offs_that_are_missing_are_one_step() -> None:
    """Each area with its reason; one that the gate asks for is told apart from policies'."""
    states = [SignOffState(area=area, state="MISSING", needs=1, has=0) for area in ("qa", "slo")]
    found = [
        finding(f"signoff.{area}", Status.MISSING, f"0 of 1 for {area}", owner=area, remedy="r")
        for area in ("qa", "slo", "by_policy")
    ]
    said = text(verdict(Result.NO_GO, *found, sign_offs=tuple(states)))
    assert " 1 ○ MISSING × 2    signoff.{qa,slo}   qa, slo\n   0 of 1 for qa\n   0 of" in said
    assert "assurance sign-off AREA --show, then assurance sign-off AREA" in said
    assert " 2 ○ MISSING        signoff.by_policy  by_policy" in said
    assert "3 checks block" in said
    assert "the 2 steps above" in said
    one = text(verdict(Result.NO_GO, found[0], sign_offs=(states[0],)))
    assert " 1 ○ MISSING        signoff.qa  qa" in one
