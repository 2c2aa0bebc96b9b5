"""Grade by area, checklist, days, trend and controls, on the page and in Markdown."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from assurance.cli.terminal import Terminal
from assurance_report import page_gate
from assurance_report.html_view import HtmlView
from assurance_report.markdown_view import MarkdownView
from assurance_report.page import check_groups, page
from assurance_report.text_sections import SHOWN
from assurance_report.text_view import TextView


def area_sums(areas: list[dict[str, Any]]) -> float:
    """Return the points that all areas earned together."""
    return sum(float(area["earned"]) for area in areas)


def test_with_a_checklist_its_items_make_the_grade(documents: Any) -> None:
    """Points and losses are those of the items, each in the area that the checklist names."""
    report = documents.samples()["no-go"]
    shown = page(report)
    assert [("security", "0.0", "57.1"), ("qa", "14.3", "28.6"), ("slo", "14.3", "14.3")] == [
        (area["name"], area["earned"], area["possible"]) for area in shown["grades"]
    ]
    assert ["checklist.no-open-vulnerability", "checklist.fuzzing"] == [
        group.id for group, _ in shown["losses"]
    ]


def test_without_one_the_checks_do(documents: Any) -> None:
    """Every check with a weight counts for its own area; together they are the grade."""
    report = documents.report(
        "GO",
        [
            documents.check("a.one", weight=3),
            documents.check("a.two", "WARN", weight=1),
            documents.check("b.one", "FAIL", weight=4),
            documents.check("c.one", "NOT_APPLICABLE", weight=9),
        ],
    )
    areas = page(report)["grades"]
    assert [("b", 0, "no", 1), ("a", 87, "warn", 2)] == [
        (area["name"], area["grade"], area["tone"], area["count"]) for area in areas
    ]
    assert 43.8 == area_sums(areas)
    assert [] == page(documents.report("GO", []))["grades"]


@pytest.mark.parametrize(("decided", "late"), [("2026-11-20", False), ("2026-11-21", True)])
def test_a_day_is_late_once_it_is_over(decided: str, late: bool, documents: Any) -> None:
    """On the day itself there is still time."""
    report = {
        **documents.samples()["no-go"],
        "decided_at": f"{decided}T00:00:00Z",
    }
    expected = {"day": "2026-11-20", "late": late}
    assert expected == page_gate.due(report, "vulnerabilities.unresolved")
    assert page_gate.due(report, "log.replay") is None
    items = {item["id"]: item for item in page(report)["checklist"]["items"]}
    assert late is items["no-open-vulnerability"]["late"]
    # What is closed is never late.
    assert not items["fuzzing"]["late"]


def test_the_checklist_of_a_verdict_that_does_not_speak_of_it(documents: Any) -> None:
    """An item without a finding is not known to be closed: it reads as undecided, and is open."""
    report = documents.report("GO", [documents.check("a.one")], **documents.launch())
    found = page_gate.checklist(report, check_groups(report))
    assert found is not None
    assert {"INDETERMINATE"} == {item["status"] for item in found["items"]}
    assert 3 == found["open"]
    assert "the verdict does not speak of it" == found["risks"][0]["said"]


def test_controls_are_supported(documents: Any) -> None:
    """Each control names its checks and their worst status, and nobody complies with anything."""
    report = documents.samples()["no-go"]
    controls = page(report)["controls"]
    assert ["OSPS-VM-05", "SSDF RV.2.2"] == [control["id"] for control in controls]
    assert {"FAIL"} == {control["worst"] for control in controls}
    for said in (HtmlView().render(report), MarkdownView().render(report)):
        assert "upported by" in said
        assert "compl" not in unescape(said).lower().replace("complete", "")


def test_trend(documents: Any) -> None:
    """The releases that the bundles remember, the oldest first, this one last."""
    assert ["2.2.0", "2.2.1", "2.3.0", "2.4.0", "2.4.1"] == [
        item["version"] for item in page_gate.trend(documents.samples()["no-go"])
    ]
    assert [] == page_gate.trend(documents.samples()["unchecked"])
    assert [] == page_gate.trend(documents.samples()["go"])


def test_markdown_says_all_of_it(documents: Any) -> None:
    """Owner, day, waiver with its end, sign-off with time and digest, trend, timeline, controls."""
    said = unescape(MarkdownView().render(documents.samples()["no-go"]))
    for text in (
        "<code>vulnerabilities.unresolved</code> (",
        "due 2026-11-20",
        "approved by a.novak, until 2026-12-05T00:00:00Z (11 days left of 13 days)",
        f"m.okafor, 2026-11-23T11:20:00Z, over {'f3' * 32}",
        "1 of 3 items open; frozen from 2026-11-01.",
        "| security | 1 | 0.0 | 57.1 | 0 |",
        "| 2026-11-20, **late** |",
        "Milestone <code>a</code>: **WARN**",
        "Risk <code>key-service</code>: **PASS**",
        "| 2.2.1 | NO-GO | 61 | 2026-09-14T09:30:00Z |",
        "2026-11-24T08:57:00Z: Goes stale (decide again before)",
        "nothing is said about that",
    ):
        assert text in said


def test_everything_that_differs(documents: Any) -> None:
    """With the old bundle at hand packages and the rest are told, 50 rows a section."""
    report = documents.samples()["no-go"]
    found = {item["title"]: item for item in page(report)["differences"]}
    assert (50, 10) == (len(found["Components"]["rows"]), found["Components"]["more"])
    assert {"Verdict", "Grade", "Checks", "Findings", "Artifacts", "Components"} == set(found)
    for said in (HtmlView().render(report), unescape(MarkdownView().render(report))):
        assert "<code>pkg:pypi/package-0</code>" in said
        assert "signatures were not checked" in said
    assert "It is another bundle than the verdict was compared with." in HtmlView().render(report)
    report["difference"]["a"] |= {"verified": False, "problem": "line 2 is not signed"}
    for said in (HtmlView().render(report), unescape(MarkdownView().render(report))):
        assert "line 2 is not signed" in said
    report["difference"] |= {"changed": []}
    assert "Nothing differs." in HtmlView().render(report)
    assert [] == page(documents.samples()["go"])["differences"]


def test_empty_sections_say_so_in_markdown(documents: Any) -> None:
    """No heading vanishes, and each says that there is nothing."""
    said = unescape(MarkdownView().render(documents.samples()["nothing"]))
    for text in (
        "## Waivers\n\nNone. Nothing is being let through.",
        "## Grade by area\n\nNo check carries weight.",
        "## Readiness checklist\n\nNone is part of what was judged.",
        "## Since the last release\n\nNo earlier release to compare with.",
        "## Timeline\n\n- 2026-11-23T14:05:00Z: Decided (INDETERMINATE)",
        "## Controls\n\nNo check names a control.",
    ):
        assert text in said


def test_a_last_release_that_cannot_be_used(documents: Any) -> None:
    """It is said why, and no grade of it is drawn."""
    report = documents.samples()["unchecked"]
    for said in (HtmlView().render(report), unescape(MarkdownView().render(report))):
        assert "line 3 is not the one in the bundle manifest" in said
    assert "last release " not in HtmlView().render(report).split("</svg>")[1]
    said = TextView().on(report, Terminal.plain())
    assert "Since the last release\n Not compared: line 3 is not the one in the" in said


def test_text_says_all_of_it(documents: Any) -> None:
    """The same sections: who signed what and when, waivers with their end, items, trend, days."""
    said = TextView().on(documents.samples()["no-go"], Terminal.plain())
    for lines in (
        (
            "Sign-offs",
            " 1 of 3, over evidence sha256:f3f3…f3f3",
            " ✓ GIVEN    integrity  1 of 1",
            "     m.okafor, 2026-11-23 11:20 UTC, over this evidence",
            "     │ Replay looked at.",
            " ✗ VOID     security   0 of 1: the vulnerability scan changed after it",
            "     j.ferreira, 2026-11-22 16:40 UTC, over sha256:0808…0808",
            " ○ MISSING  qa         0 of 1",
        ),
        (
            "Waivers",
            (
                " ◇ fuzz.window http_api (would FAIL)  until 2026-12-05 00:00 UTC, "
                "11 days left of 13 days"
            ),
            "     asked by j.ferreira, approved by a.novak, mended by QA",
            "     │ Harness rewritten on 1 November; replay of 41 reproducers is clean.",
        ),
        (
            "Grade by area",
            " security    0   0.0 of 57.1 points, 1 item",
            " qa         50   14.3 of 28.6 points, 1 item",
        ),
        ("Checklist", " 1 of 3 items open; frozen from 2026-11-01", " security"),
        ("  ✗ FAIL          no-open-vulnerability: No unresolved high or critical vulnerability",),
        ("FAIL, due 2026-11-20 (QA, due 2026-11-20, late)",),
        (" milestones", "  ! WARN          a: Auth and key policy frozen"),
        (" risks", "  ✓ PASS          key-service: The key service comes late"),
        (
            "Since the last release",
            " 2.2.0 GO 68 · 2.2.1 NO-GO 61 · 2.3.0 GO 78 · 2.4.0 GO 81 · 2.4.1 NO-GO 87",
            " vulnerabilities.unresolved: PASS → FAIL",
        ),
        (" Everything that differs from evidence/last.intoto.jsonl, whose signatures were not",),
        (" 2026-11-24 08:57 UTC  Goes stale (decide again before)",),
        ("  ✗ SSDF RV.2.2: supported by ",),
        (
            "Not checked",
            " branch protection of the source repository: no collector is configured",
        ),
        (" No line of the bundle is about how it was built, so nothing is said about that.",),
    ):
        assert "\n".join(lines) in said, lines


def test_text_is_short_at_a_terminal_and_whole_in_a_file(documents: Any) -> None:
    """Ten rows of a section and no control whose checks pass; `-v` and a file have the rest."""
    report = documents.samples()["no-go"]
    short, whole = TextView().on(report, Terminal.plain()), TextView().render(report)
    rows = [line for line in whole.splitlines() if line.startswith("  Components: ")]
    assert 50 == len(rows)
    assert SHOWN == sum(line in rows for line in short.splitlines())
    assert "… and 50 more: -v shows them" in short
    assert "… and 10 more: -o json has them" in whole
    report["rules"] = [
        {**rule, "controls": ["OSPS-LE-02"]} if rule["id"] == "sbom.check_1" else rule
        for rule in report["rules"]
    ]
    short, whole = TextView().on(report, Terminal.plain()), TextView().render(report)
    assert "1 of 3 are supported by checks that all pass: -v lists them" in short
    assert "OSPS-LE-02" not in short
    assert "✓ OSPS-LE-02: supported by sbom.check_1 PASS" in whole
    assert "Sign-offs" not in TextView().on(report, Terminal.plain(), quiet=True)


def test_what_the_checklist_tells_is_told_once(documents: Any) -> None:
    """Items, milestones and risks that do not block stand in their section alone."""
    said = TextView().on(documents.samples()["no-go"], Terminal.plain())
    assert 1 == said.count("Auth and key policy frozen")
    report = documents.report("GO", documents.launch_checks())
    assert "! WARN  milestone.a" in TextView().on(report, Terminal.plain())


def test_empty_sections_say_so_in_text(documents: Any) -> None:
    """No heading vanishes, and each says that there is nothing."""
    said = TextView().on(documents.samples()["nothing"], Terminal.plain())
    for text in (
        "Sign-offs\n None are asked for.",
        "Waivers\n None. Nothing is being let through.",
        "Grade by area\n No check carries weight.",
        "Checklist\n None is part of what was judged.",
        "Since the last release\n No earlier release to compare with.",
        "Timeline\n 2026-11-23 14:05 UTC  Decided (INDETERMINATE)",
        "Controls\n No check names a control.",
        "Not checked\n Nothing was left out of what is configured.",
    ):
        assert text in said, text
