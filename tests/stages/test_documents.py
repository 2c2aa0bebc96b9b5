"""Which documents are attested when a release is collected, and which are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from assurance import documents, settings
from assurance.errors import SettingsError, UndecidedError
from assurance.predicate_schema import validate
from assurance.predicates import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def load(root: Path, *names: str, checklist: bool = True) -> settings.Settings:
    """Return the settings of a project whose checklist, in `launch/`, names these documents."""
    line = '[gate]\nchecklist = "launch/readiness.toml"\n' if checklist else ""
    (root / "assurance.toml").write_text(f'[release]\nname = "x"\nversion = "1"\n{line}')
    (root / "launch").mkdir()
    items = "".join(
        f'[item.i{number}]\ntitle = "T"\narea = "qa"\ndocument = {json.dumps(name)}\n'
        for number, name in enumerate(names)
    )
    (root / "launch" / "readiness.toml").write_text(f'[area.qa]\ntitle = "QA"\n{items}')
    return settings.load(None, environ={}, cwd=root, flags={})


def told(found: Any) -> Any:
    """Return the predicate, which follows its schema."""
    assert REFERENCE == found.predicate_type
    predicate = json.loads(found.predicate)
    validate(REFERENCE, predicate)
    return predicate


def test_those_that_are_there_sorted_once(tmp_path: Path) -> None:
    """Relative to the checklist; one that is not there is not in it."""
    known = load(tmp_path, "b plan.md", "a.pdf", "../c", "none.md", "a.pdf", ".")
    (tmp_path / "launch" / "b plan.md").write_bytes(b"plan")
    (tmp_path / "launch" / "a.pdf").write_bytes(b"pdf")
    (tmp_path / "c").write_bytes(b"")
    predicate = told(documents.statement(known, now=NOW))
    assert [
        ("../c", b"", "application/octet-stream", "file:../c"),
        ("a.pdf", b"pdf", "application/pdf", "file:a.pdf"),
        ("b plan.md", b"plan", "text/markdown", "file:b%20plan.md"),
    ] == [
        (
            item["name"],
            next(data for data in (b"", b"pdf", b"plan") if _is(item, data)),
            item["mediaType"],
            item["downloadLocation"],
        )
        for item in predicate["references"]
    ]


def _is(item: dict[str, Any], data: bytes) -> bool:
    return bool(item["digest"]["sha256"] == sha256(data).hexdigest())


def test_nothing_to_attest(tmp_path: Path) -> None:
    """No checklist, or no document that is there."""
    (tmp_path / "one").mkdir()
    assert documents.statement(load(tmp_path / "one", "none.md"), now=NOW) is None
    (tmp_path / "two").mkdir()
    known = load(tmp_path / "two", "none.md", checklist=False)
    assert documents.statement(known, now=NOW) is None
    assert () == documents.items_of(known)


def test_a_document_outside_the_project_is_refused(tmp_path: Path) -> None:
    """By its path, and through a symlink."""
    (tmp_path / "secret").write_text("s")
    for number, name in enumerate(("../../secret", "link.md")):
        root = tmp_path / f"project{number}"
        root.mkdir()
        known = load(root, name)
        (root / "launch" / "link.md").symlink_to(tmp_path / "secret")
        with pytest.raises(SettingsError, match=r"the checklist's document `.*` leads out of"):
            documents.statement(known, now=NOW)


def test_a_document_that_cannot_be_read_is_not_decided(tmp_path: Path) -> None:
    """A folder in its place, here."""
    with pytest.raises(UndecidedError, match="the document cannot be read: Is a directory"):
        documents.sha256(tmp_path)
