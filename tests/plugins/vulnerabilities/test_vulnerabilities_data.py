"""Reading the advisory data: folder and zip, and the limits."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import CollectError
from assurance.timestamps import format_utc
from assurance_vulnerabilities import advisory_files, osv
from assurance_vulnerabilities.advisory_index import index

if TYPE_CHECKING:
    from pathlib import Path


def test_folder_and_zip_say_the_same(data: Path, tmp_path: Path) -> None:
    """The same records in a zip and in a folder give the same files, each with its own digest."""
    target = tmp_path / "osv.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((data / "osv").iterdir(), reverse=True):
            archive.write(path, path.name)
    folder, packed = advisory_files.read(data / "osv"), advisory_files.read(target)
    assert folder.files == packed.files
    assert hashlib.sha256(target.read_bytes()).hexdigest() == packed.sha256
    lines = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in folder.files
    )
    assert hashlib.sha256(lines.encode()).hexdigest() == folder.sha256
    assert index(folder).by_name.keys() == index(packed).by_name.keys()


def test_commits_beside_a_package() -> None:
    """An entry about commits names no package, and those beside it count; half a name does not."""
    commits = {"ranges": [{"type": "GIT", "repo": "https://example.org/x", "events": []}]}
    ours = {"package": {"ecosystem": "PyPI", "name": "Example"}, "versions": ["1.0"]}
    record = {"id": "EX-1", "modified": "2024-01-01T00:00:00Z", "affected": [commits, ours]}
    assert {"example": (ours,)} == osv.read(json.dumps(record).encode(), entry="EX-1.json").affected
    packages: tuple[Any, ...] = (None, "Example", {})
    for package in packages:
        record["affected"] = [commits, {"package": package}]
        with pytest.raises(
            CollectError, match=r"entry whose package is no object|without ecosystem"
        ):
            osv.read(json.dumps(record).encode(), entry="EX-1.json")


def test_the_date_is_that_of_the_records(data: Path, tmp_path: Path) -> None:
    """The time of the file says nothing, and neither do records of other ecosystems."""
    folder = tmp_path / "osv"
    folder.mkdir()
    (folder / "A.json").write_bytes((data / "osv" / "PYSEC-2024-1.json").read_bytes())
    (folder / "B.json").write_text('{"id": "B", "modified": "2026-01-01T00:00:00Z"}')
    os.utime(folder / "A.json", (0, 0))
    read = index(advisory_files.read(folder))
    assert (2, "2024-01-03T22:31:36Z") == (read.records, format_utc(read.last_update))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("more/", "not a plain file"),
        ("README.md", "is not named"),
        ("link.json", "not a plain file"),
    ],
)
def test_folders_with_something_else(tmp_path: Path, name: str, message: str) -> None:
    """A folder holds records and nothing else; the entry that is none is named."""
    folder = tmp_path / "osv"
    folder.mkdir()
    if name.endswith("/"):
        (folder / name).mkdir()
    elif name == "link.json":
        (folder / name).symlink_to("/etc/hostname")
    else:
        (folder / name).write_text("{}")
    with pytest.raises(CollectError, match=message) as caught:
        advisory_files.read(folder)
    assert name.strip("/") in str(caught.value.where)


def test_an_empty_folder(tmp_path: Path) -> None:
    """No record is no data."""
    with pytest.raises(CollectError, match="is empty: it holds no advisory record"):
        advisory_files.read(tmp_path)


def test_neither_file_nor_folder(tmp_path: Path) -> None:
    """A named pipe is not waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CollectError, match="is neither a file nor a folder"):
        advisory_files.read(tmp_path / "pipe")
    with pytest.raises(CollectError, match="cannot be read: No such file"):
        advisory_files.read(tmp_path / "absent")


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MAX_ARCHIVE", 100, "is larger than 100 bytes"),
        ("MAX_ENTRIES", 5, "has more than 5 entries"),
        ("MAX_TOTAL", 5_000, "unpacks to more than 5,000 bytes"),
    ],
)
def test_limits_of_a_zip(
    monkeypatch: pytest.MonkeyPatch,
    data: Path,
    tmp_path: Path,
    limit: str,
    value: int,
    message: str,
) -> None:
    """Each limit is applied; they are lowered here, since the real ones need gigabytes."""
    target = tmp_path / "osv.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in (data / "osv").iterdir():
            archive.write(path, path.name)
    monkeypatch.setattr(advisory_files, limit, value)
    with pytest.raises(CollectError, match=message):
        advisory_files.read(target)


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MAX_ENTRY", 100, "is larger than 100 bytes"),
        ("MAX_ENTRIES", 5, "has more than 5 entries"),
        ("MAX_TOTAL", 5_000, "holds more than 5,000 bytes"),
    ],
)
def test_limits_of_a_folder(
    monkeypatch: pytest.MonkeyPatch, data: Path, limit: str, value: int, message: str
) -> None:
    """The same limits hold for a folder."""
    monkeypatch.setattr(advisory_files, limit, value)
    with pytest.raises(CollectError, match=message):
        advisory_files.read(data / "osv")


def test_summaries_are_one_short_line() -> None:
    """Foreign text is cut to its first line and 200 characters."""
    record: dict[str, Any] = {"id": "A", "modified": "2024-01-01T00:00:00Z"}
    read = osv.read(b'{"details": "  first\\nsecond", ' + _rest(record), entry="A.json")
    assert "first" == read.summary
    read = osv.read(b'{"summary": "' + b"x" * 300 + b'", ' + _rest(record), entry="A.json")
    assert "x" * 199 + "…" == read.summary


def _rest(record: dict[str, Any]) -> bytes:
    return b", ".join(f'"{key}": "{value}"'.encode() for key, value in record.items()) + b"}"
