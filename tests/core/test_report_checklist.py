"""The checklist and its days in the report document, out of the bundle's policy set."""

from __future__ import annotations

from datetime import date

from assurance.checklist import Checklist, Item, Milestone, Risk
from assurance.report_details import _checklist, _due


def item(name: str, **more: object) -> Item:
    """Return an item of area qa that names nothing."""
    given = {
        **dict.fromkeys(("milestone", "owner", "due", "document", "sha256", "remedy")),
        **dict.fromkeys(("checks", "evidence"), ()),
        "weight": 1,
        "blocking": True,
        "area": "qa",
        **more,
    }
    return Item(id=name, title=f"{name} is done", **given)  # type: ignore[arg-type]


LAUNCH = Checklist(
    items=(
        item("early", due=date(2026, 12, 1), milestone="late", checks=("tests.passed",)),
        item("later", milestone="late", checks=("tests.passed", "tests.coverage")),
        item("paper", milestone="late", document="runbook.md", evidence=("sbom",)),
        item("signed", milestone="late", owner="QA"),
        item("some-day", checks=("fuzz.window",)),
    ),
    milestones=(Milestone(id="late", title="Review", due=date(2027, 2, 15)),),
    risks=(Risk(id="r", title="It rains", mitigation="umbrella", owner=None, items=("paper",)),),
    estimate=None,
    frozen_from=date(2026, 11, 1),
)


def test_days() -> None:
    """An item's own day wins over its milestone's; of several items the first day counts."""
    assert {
        "checklist.early": "2026-12-01",
        "checklist.later": "2027-02-15",
        "checklist.paper": "2027-02-15",
        "checklist.signed": "2027-02-15",
        "milestone.late": "2027-02-15",
        "signoff.qa": "2027-02-15",
        "tests.coverage": "2027-02-15",
        "tests.passed": "2026-12-01",
    } == _due(LAUNCH)


def test_what_is_shown() -> None:
    """Each item with what it needs and who owns it, milestones, risks, the freeze."""
    found = _checklist(LAUNCH)
    needs = {entry["id"]: entry["needs"] for entry in found["items"]}
    assert ["evidence sbom", "document runbook.md"] == needs["paper"]
    assert ["sign-off of qa"] == needs["signed"]
    assert {"qa", "QA"} == {entry["owner"] for entry in found["items"]}
    assert "2026-11-01" == found["frozen_from"]
    assert [{"id": "late", "title": "Review", "due": "2027-02-15"}] == found["milestones"]
    assert ["paper"] == found["risks"][0]["items"]
