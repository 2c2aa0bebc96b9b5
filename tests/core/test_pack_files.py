"""What policy packs bring beside their policies: checklist items, and sections of the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import checklist, checklist_file, policy_set, report_sections
from assurance.errors import PolicyFileError, SettingsError
from assurance.value import replace

if TYPE_CHECKING:
    from pathlib import Path

KIND = "https://acme.example/changelog/v1"
OWN = """
[area.launch]
title = "Launch"

[item.ready]
title = "It is ready"
area = "launch"
evidence = ["release"]
"""
PACK = """
[area.docs]
title = "Documentation"

[area.launch]
title = "What a pack calls it"

[item.described]
title = "It is described"
area = "docs"
checks = ["changelog.described"]
"""


def _pack(folder: Path, name: str, *, checklist: str | None = None, report: Any = None) -> Path:
    top = folder / name
    top.mkdir()
    if checklist is not None:
        (top / checklist_file.PACK).write_text(checklist)
    if report is not None:
        text = report if isinstance(report, str) else json.dumps(report)
        (top / report_sections.SOURCE).write_text(text)
    return top


def _load(folder: Path, own: str, *packs: Path) -> Any:
    path = folder / "readiness.toml"
    path.write_text(own)
    return json.loads(checklist_file.load(path, cwd=folder, packs=packs))["checklist"]


def test_items_of_packs_are_added(tmp_path: Path) -> None:
    """With their areas; what the project says itself stays; a pack without one adds nothing."""
    packs = (_pack(tmp_path, "one", checklist=PACK), _pack(tmp_path, "two"))
    found = _load(tmp_path, OWN, *packs)
    assert {"ready", "described"} == set(found["item"])
    assert {"launch": "Launch", "docs": "Documentation"} == {
        name: area["title"] for name, area in found["area"].items()
    }
    own = OWN + '\n[item.described]\ntitle = "Ours"\narea = "launch"\n'
    assert "Ours" == _load(tmp_path, own, *packs)["item"]["described"]["title"]
    assert {"ready"} == set(_load(tmp_path, OWN)["item"])


def test_two_packs_with_one_item_are_refused(tmp_path: Path) -> None:
    """Unless the project has it itself: then both give way."""
    packs = [_pack(tmp_path, name, checklist=PACK) for name in ("one", "two")]
    with pytest.raises(
        SettingsError, match=r"the item `described` stands in .*one.* too"
    ) as caught:
        _load(tmp_path, OWN, *packs)
    assert "two/checklist.toml:8" in str(caught.value.where)
    own = OWN + '\n[item.described]\ntitle = "Ours"\narea = "launch"\n'
    assert "Ours" == _load(tmp_path, own, *packs)["item"]["described"]["title"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f'{PACK}milestone = "a"\n',
            "an item of a pack has no `milestone`, which only the project",
        ),
        (f'{PACK}sha256 = "{"0" * 64}"\n', "an item of a pack has no `sha256`"),
        (f'{PACK}document = "a.md"\n', "an item of a pack has no `document`"),
        (f'{PACK}due = "2026-12-01"\n', "an item of a pack has no `due`"),
        (f'{PACK}[estimate]\ngrade = 1\nby = "x"\non = "2026-12-01"\n', "a pack brings areas and"),
        (f'{PACK}[milestone.a]\ntitle = "A"\ndue = "2026-12-01"\n', "a pack brings areas and"),
        (PACK.replace('area = "docs"', 'area = "dosc"'), "there is no area `dosc`"),
        (PACK.replace("checks =", "cheks ="), "unknown key `cheks`"),
        ("[area", "not TOML"),
    ],
)
def test_a_packs_checklist_that_is_none(text: str, problem: str, tmp_path: Path) -> None:
    """Each mistake names the pack's file and line."""
    pack = _pack(tmp_path, "one", checklist=text)
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, OWN, pack)
    assert problem in str(caught.value)
    assert "one/checklist.toml" in str(caught.value.where)


@pytest.mark.parametrize(
    ("key", "remedy"),
    [("milestone", "a milestone names the item in its `items`"), ("document", "by `checks` or")],
)
def test_what_a_pack_writes_instead(key: str, remedy: str, tmp_path: Path) -> None:
    """The error says where it belongs."""
    pack = _pack(tmp_path, "one", checklist=f'{PACK}{key} = "a"\n')
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, OWN, pack)
    assert remedy in caught.value.remedy


PLAN = """
[milestone.a]
title = "Documented"
due = "2026-12-15"
items = ["described", "ready"]

[risk.unknown]
title = "Nobody knows"
mitigation = "it is described"
items = ["described"]
"""


def test_the_project_plans_a_packs_items(tmp_path: Path) -> None:
    """A milestone and a risk of the project name them; the rest stays as the pack has it."""
    found = _load(tmp_path, OWN + PLAN, _pack(tmp_path, "one", checklist=PACK))
    assert {"described": "a", "ready": "a"} == {
        name: item["milestone"] for name, item in found["item"].items()
    }
    assert {"title": "Documented", "due": "2026-12-15"} == found["milestone"]["a"]
    read = checklist.read(found)
    assert ["a", "a"] == [item.milestone for item in read.items]
    assert ("described",) == read.risks[0].items


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (PLAN, ["there is no item `described`", "there is no item `described`"]),
        (PLAN.replace('"described"', '"redy"'), ["there is no item `redy`"] * 2),
        (
            PLAN.replace('"described"', '"ready"').replace(', "ready"', "")
            + '[milestone.b]\ntitle = "B"\ndue = "2026-12-16"\nitems = ["ready"]\n',
            ["the item `ready` belongs to milestone `a` already"],
        ),
    ],
)
def test_a_plan_for_items_of_nobody(text: str, problems: list[str], tmp_path: Path) -> None:
    """Each is named at its line; where packs are not known, it may be one of theirs."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, OWN + text)
    assert problems == [error.problem for error in (caught.value, *caught.value.others)]
    assert "readiness.toml:" in str(caught.value.where)
    path = tmp_path / "readiness.toml"
    assert b'"ready"' in checklist_file.load(path, cwd=tmp_path, packs=None)


SECTION: dict[str, Any] = {
    "predicate_type": KIND,
    "title": "Changelog",
    "facts": [["File", "file"], ["Signed", "by.key"], ["Whole", "whole"]],
    "tables": [
        {
            "caption": "Versions",
            "rows": "all.sections",
            "columns": [["Version", "version"], ["Entries", "entries"]],
        }
    ],
}


def test_a_section_shows_facts_and_tables() -> None:
    """Text, numbers and yes or no from where the pack says; what is not there is left out."""
    predicate = {
        "file": "CHANGELOG.md",
        "by": {"key": "5e"},
        "whole": True,
        "all": {"sections": [{"version": "1.0", "entries": 1200}, "odd", {"version": None}]},
    }
    assert {
        "title": "Changelog",
        "facts": [["File", "CHANGELOG.md"], ["Signed", "5e"], ["Whole", "yes"]],
        "tables": [
            {
                "caption": "Versions",
                "columns": ["Version", "Entries"],
                "rows": [["1.0", "1,200"], [None, None]],
                "more": 0,
            }
        ],
        "charts": [],
    } == report_sections.content(SECTION, predicate)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["file", "by", "key", "all", "sections", "version"]), inner
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["file", "by", "whole", "all"]), values))
def test_no_predicate_breaks_a_section(predicate: dict[str, Any]) -> None:
    """Evidence comes as it comes."""
    assert "Changelog" == report_sections.content(SECTION, predicate)["title"]


def test_sections_travel_in_the_policy_set(tmp_path: Path) -> None:
    """Loaded from the packs, put into a set, and found there again."""
    pack = _pack(tmp_path, "one", report={"sections": [SECTION]})
    content = report_sections.load([pack, _pack(tmp_path, "two")])
    assert content is not None
    made = policy_set.build([(report_sections.FILE, content)], [])
    assert {KIND: SECTION} == report_sections.of(policy_set.unpack(policy_set.pack(made), "set"))
    assert report_sections.load([]) is None
    assert {} == report_sections.of(policy_set.build([], []))


@pytest.mark.parametrize(
    "odd", [[], {"report_sections": []}, {"report_sections": {KIND: {"a": 1}}}]
)
def test_sections_in_a_bundle_that_are_none_show_nothing(odd: Any) -> None:
    """A bundle may come from anybody: a view shows what it can."""
    files = ((report_sections.FILE, json.dumps(odd).encode()),)
    assert {} == report_sections.of(replace(policy_set.build([], []), files=files))


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        ("{", "not JSON"),
        ([], "one JSON object with the key `sections`"),
        ({}, "sections"),
        ({"sections": []}, "sections"),
        ({"sections": [SECTION | {"tabels": []}]}, "tabels"),
        ({"sections": [SECTION | {"facts": [["File"]]}]}, "facts"),
        ({"sections": [SECTION | {"predicate_type": "changelog"}]}, "predicate_type"),
        ({"sections": [SECTION, SECTION]}, f"two packs have a section about {KIND}"),
        (
            {"sections": [SECTION | {"predicate_type": "https://cyclonedx.org/bom"}]},
            "`assurance` itself shows what https://cyclonedx.org/bom says",
        ),
    ],
)
def test_a_report_file_that_is_none(report: Any, problem: str, tmp_path: Path) -> None:
    """Each mistake is told with the pack's file, before anything is collected."""
    pack = _pack(tmp_path, "one", report=report)
    with pytest.raises(PolicyFileError) as caught:
        report_sections.load([pack])
    assert problem in str(caught.value)
    assert str(pack / "report.json") == caught.value.where
