"""Which log a sub-command means: `--log`, else the settings' `[log]`, else `log/log.db`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance import settings as all_settings
from assurance.errors import FormatError, SettingsError, UsageError
from assurance.role_signer import open_signer
from assurance.value import Value
from assurance_log import opening, store, time_spans

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from assurance.interfaces import Signer
    from assurance.settings import LogSettings
    from assurance_log.store import At, Store
    from assurance_log.writer import Writer

DEFAULT_URL: Final = "sqlite:///log/log.db"
DEFAULT_KEY: Final = "file:keys/log.pem"
SERVERS: Final = frozenset({"http", "https"})
"""Schemes of a log server's URL."""


class Place(Value):
    """Where a log is, and what belongs to it."""

    url: str
    root: Path
    """What relative paths are relative to."""
    key_uri: str
    origin: str | None
    """As the settings have it; None where the log is named on the command line only."""
    anchor: Path | None
    witness_policy: Path | None
    vkey: str | None = None
    """The key of a log server's checkpoints, as the settings have it."""

    @property
    def is_server(self) -> bool:
        """Whether a log server is meant."""
        return self.url.partition(":")[0] in SERVERS

    @property
    def at(self) -> At:
        """The database file, absolute; or the PostgreSQL database.

        Raises:
            UsageError: the URL is none of a database with a log.
        """
        if self.is_server:
            raise UsageError(
                "a log server does not do this; the command is for the machine that keeps the log",
                remedy="there: give --log sqlite:///PATH or postgresql://ROLE@HOST/DATABASE; a "
                "server answers append, checkpoint, list, prove, replay and verify",
                where="--log",
            )
        return store.at(self.url, self.root)

    @property
    def path(self) -> Path:
        """The database file.

        Raises:
            UsageError: the log is not in a file.
        """
        if isinstance(self.at, Path):
            return self.at
        raise UsageError(
            "this command is for a log in a file; this one is in PostgreSQL",
            remedy="back it up and restore it with PostgreSQL's own tools: pg_basebackup and "
            "archived WAL for a point in time, or pg_dump",
            where="--log",
        )

    def signer(self) -> Signer:
        """Open the log's own key."""
        return open_signer("log", self.key_uri, root=self.root)

    def reader(self, *, connections: int = 1) -> Store:
        """Open the log for reading, by so many threads at the same time."""
        return opening.reader(self.at, connections=connections)

    def writer(self, before: Callable[[Store], None] | None = None) -> tuple[Store, Writer]:
        """Open the log for appending; the caller closes the database.

        Args:
            before: Called with the store before the writer looks at it.
        """
        return opening.writer(
            self.at,
            opening.own_key(self.signer),
            origin=self.origin,
            anchor=self.anchor,
            witness_policy=self.witness_policy,
            before=before,
        )


def configure(parser: argparse.ArgumentParser, *, writes: bool = False, asks: bool = False) -> None:
    """Add the options that say which log, and for a writer, which key and witnesses.

    Args:
        parser: Of the sub-command.
        writes: It appends.
        asks: It can ask a log server, too.
    """
    parser.add_argument(
        "--log",
        metavar="URL",
        help=f"the log{', also of a log server' if asks else ''} (settings: log.url; default: "
        f"{DEFAULT_URL})",
    )
    parser.add_argument(
        "--anchor",
        metavar="FILE",
        help="file that remembers the newest checkpoint (settings: log.anchor)",
    )
    if writes:
        parser.add_argument(
            "--key",
            metavar="URI",
            help=f"the log's own key (settings: sign.log; default: {DEFAULT_KEY})",
        )
    whom = parser.add_mutually_exclusive_group() if asks else parser
    if writes or asks:
        what = ["witnesses to ask and their quorum"] if writes else []
        what += ["a log server's log, witnesses and quorum"] if asks else []
        whom.add_argument(
            "--witness-policy",
            metavar="FILE",
            help=f"{', or '.join(what)}, as C2SP tlog-policy (settings: log.witness_policy)",
        )
    if asks:
        whom.add_argument(
            "--vkey",
            metavar="VKEY",
            action="append",
            help="a log server's checkpoints count where this key of the log signed them; may be "
            "repeated after a rotation (settings: log.vkey)",
        )
        whom.add_argument(
            "--trust",
            metavar="FILE",
            help="... where `logs` of this trust file says so: keys, sizes, witnesses, quorum",
        )


def place(arguments: argparse.Namespace) -> Place:
    """Return the log that is meant.

    Raises:
        SettingsError: the settings are there and wrong, or `--config` names none.
        UsageError: the URL is not one of a log.
    """
    root, log, sign = _settings(arguments)
    url = arguments.log or (log.url if log else DEFAULT_URL)
    if arguments.log:
        root = Path.cwd() if log is None else root
    ours = log if log is not None and log.url == url else None
    made = Place(
        url=url,
        root=root,
        key_uri=getattr(arguments, "key", None) or sign or DEFAULT_KEY,
        origin=None if ours is None else ours.origin,
        anchor=_path(arguments, "anchor", None if ours is None else ours.anchor),
        witness_policy=_path(
            arguments, "witness_policy", None if ours is None else ours.witness_policy
        ),
        vkey=None if ours is None else ours.vkey,
    )
    if not made.is_server:
        store.at(url, root)  # a URL that is none is told before anything else
    return made


def _path(arguments: argparse.Namespace, name: str, default: Path | None) -> Path | None:
    given = getattr(arguments, name, None)
    return default if given is None else Path(given).absolute()


def _settings(arguments: argparse.Namespace) -> tuple[Path, LogSettings | None, str | None]:
    cwd = Path.cwd()
    try:
        found = all_settings.load(
            None if arguments.config is None else Path(arguments.config),
            environ=os.environ,
            cwd=cwd,
        )
    except SettingsError:
        if arguments.config is not None or _has_settings(cwd):
            raise
        return cwd, None, None
    return found.root, found.log, found.sign.get("log")


def _has_settings(folder: Path) -> bool:
    if os.environ.get("ASSURANCE_CONFIG") or (folder / "assurance.toml").exists():
        return True
    project = folder / "pyproject.toml"
    return project.is_file() and b"[tool.assurance" in project.read_bytes()


def moment(text: str | None, flag: str, *, is_end: bool = False) -> int | None:
    """Return an RFC 3339 time of the command line as `time_spans.second` does; None for none.

    Raises:
        UsageError: it is no time.
    """
    if text is None:
        return None
    try:
        return time_spans.second(text, what=flag, is_end=is_end)
    except FormatError as err:
        raise UsageError(
            err.problem, remedy="write it like 2026-11-23T14:05:00Z", where=flag
        ) from err
