"""Files of results: whole or not at all, as open as the umask says, never in a device's place."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from assurance.errors import UndecidedError
from assurance.evidence_files import is_stream, write_atomic


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_the_umask_counts(tmp_path: Path, mask: int, mode: int) -> None:
    """Who keeps results from others keeps these, too."""
    before = os.umask(mask)
    try:
        write_atomic(tmp_path / "new" / "a.json", b"1")
    finally:
        os.umask(before)
    assert mode == stat.S_IMODE((tmp_path / "new" / "a.json").stat().st_mode)
    assert [tmp_path / "new" / "a.json"] == list((tmp_path / "new").iterdir())


def test_the_name_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file reaches the disk before it has its name, and the name before all goes on."""
    synced = []

    def sync(handle: int) -> None:
        folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        synced.append(("folder" if folder else "file", (tmp_path / "a").exists()))

    monkeypatch.setattr(os, "fsync", sync)
    write_atomic(tmp_path / "a", b"1")
    assert [("file", False), ("folder", True)] == synced


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_a_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A file system that knows no such thing is used all the same; a disk that fails is told."""

    def sync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", sync)
    if code == errno.EINVAL:
        write_atomic(tmp_path / "a", b"1")
    else:
        with pytest.raises(UndecidedError, match="Input/output error"):
            write_atomic(tmp_path / "a", b"1")


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    """What is no file is refused, and stays."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UndecidedError, match="this is a device or a pipe"):
        write_atomic(pipe, b"1")
    assert pipe.is_fifo()


def test_devices_by_any_name(tmp_path: Path) -> None:
    """Also where an open file stands behind the name, as `> file` makes of /dev/stdout."""
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/nothing-there"):
        assert is_stream(Path(name)), name
    assert is_stream(tmp_path / "link")
    assert not is_stream(tmp_path)
    assert not is_stream(tmp_path / "not-there")


def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    """A folder is not replaced either; nothing half-written stays."""
    with pytest.raises(UndecidedError, match="cannot be written"):
        write_atomic(tmp_path, b"1")
    with pytest.raises(UndecidedError, match="cannot be written"):
        write_atomic(Path("/"), b"1")
    assert [] == list(tmp_path.iterdir())
