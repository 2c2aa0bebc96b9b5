"""The files that a run leaves in its output folder, named as design section 4 says."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from pathlib import Path

from assurance.errors import UndecidedError, UsageError
from assurance.value import Value

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,200}")


class EvidenceFiles(Value):
    """Paths of one release's files in `folder`."""

    folder: Path
    stem: str
    """`NAME-VERSION`."""

    @property
    def draft(self) -> Path:
        """Attestations before the verdict."""
        return self.folder / f"{self.stem}.draft.jsonl"

    @property
    def replaced(self) -> Path:
        """The draft before this one, where people had signed something in it."""
        return self.folder / f"{self.stem}.draft.replaced.jsonl"

    @property
    def bundle(self) -> Path:
        """The sealed bundle."""
        return self.folder / f"{self.stem}.intoto.jsonl"

    @property
    def policies(self) -> Path:
        """Every policy and data file judged with, as a deterministic tar archive."""
        return self.folder / f"{self.stem}.policies.tar"

    @property
    def verdict(self) -> Path:
        """The result as JSON; absent unless the run came to its end."""
        return self.folder / f"{self.stem}.verdict.json"

    @property
    def receipt(self) -> Path:
        """Proof that the bundle is in the log."""
        return self.folder / f"{self.stem}.tlog-proof"

    @property
    def results(self) -> tuple[Path, ...]:
        """What a decision leaves, the verdict first."""
        return (self.verdict, self.bundle, self.receipt, self.policies)

    def remove_results(self) -> None:
        """Remove what an earlier run decided, so that no stale GO stays behind.

        Raises:
            UndecidedError: a file cannot be removed.
        """
        for path in self.results:
            try:
                path.unlink(missing_ok=True)
            except NotADirectoryError as error:
                raise UndecidedError(
                    "the folder for the results cannot be made: a file is in its way",
                    remedy="choose another folder with --out",
                    where=str(path.parent),
                ) from error
            except OSError as error:
                raise UndecidedError(
                    f"the old result cannot be removed: {error.strerror}",
                    remedy="remove it by hand, or choose another folder with --out",
                    where=str(path),
                ) from error


def evidence_files(folder: Path, name: str, version: str) -> EvidenceFiles:
    """Return the paths for a release.

    Raises:
        UsageError: name or version cannot be part of a file name.
    """
    for what, text in (("name", name), ("version", version)):
        if not _SAFE.fullmatch(text):
            raise UsageError(
                f"the release {what} {text!r:.80} cannot be part of a file name",
                remedy="use letters, digits and . _ + ! - and start with a letter or digit",
                where=f"release.{what}",
            )
    return EvidenceFiles(folder=folder, stem=f"{name}-{version}")


def write_atomic(
    path: Path, data: bytes, *, remedy: str = "make room, or change the permissions of its folder"
) -> None:
    """Write a file so that readers see the old one or the whole new one, and that lasts.

    Args:
        path: The file; its folder is made where it is missing.
        data: What it is to hold.
        remedy: What to do when it cannot be written.

    Raises:
        UndecidedError: it cannot be written; nothing half-written stays behind.
    """
    if is_stream(path):
        # Replaced, as root may, it would be gone for every other program.
        raise UndecidedError(
            "this is a device or a pipe, and a file is expected", remedy=remedy, where=str(path)
        )
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{path.name}.{os.urandom(6).hex()}"
        # Opened like this and not by `tempfile`, the file is as open to others as the umask says.
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise UndecidedError(
            f"the file cannot be written: {error.strerror}",
            remedy=remedy,
            where=str(path),
        ) from error


def _sync(folder: Path) -> None:
    """Have the folder's names last over a power loss, where its file system and its mode let us."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


def is_stream(path: Path) -> bool:
    """Say whether `path` leads to a device, a pipe or an open file: nothing to be replaced."""
    folder = path.parent.resolve()
    if folder == Path("/dev") or folder.parts[:2] == ("/", "proc"):
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def write_view(path: Path, text: str) -> None:
    """Write a view of a verdict: to a device or a pipe as it is, to a file as `write_atomic`.

    Raises:
        UndecidedError: it cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    if not is_stream(path):
        write_atomic(path, data)
        return
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise UndecidedError(
            f"the view cannot be written: {error.strerror}",
            remedy="give another path",
            where=str(path),
        ) from error
