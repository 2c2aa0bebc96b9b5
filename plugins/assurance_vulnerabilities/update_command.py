"""`assurance vulnerabilities update`: fetch OSV's export, look at it, pin it by digest.

The old export stays until the new one is known to be whole: read to its end, every record parsed,
and not older. Then the file is replaced, then its pin; between the two the collector refuses.
"""

from __future__ import annotations

import hashlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance import settings as all_settings
from assurance import timestamps
from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import CollectError, ExitCode, RefusedError, SettingsError, UsageError
from assurance.evidence_files import write_atomic
from assurance_vulnerabilities import advisory_files, http_client, pin
from assurance_vulnerabilities.advisory_index import index
from assurance_vulnerabilities.pin import Pin

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.settings import CollectSettings

SUMMARY = "fetch OSV's export of PyPI and pin it by digest"
DEFAULT_URL: Final = "https://storage.googleapis.com/osv-vulnerabilities/PyPI/all.zip"
PLUGIN: Final = "vulnerabilities"
_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_MEBI: Final = 1024 * 1024

_EPILOG = """\
example: assurance vulnerabilities update
example: assurance vulnerabilities update advisories/osv-pypi.zip --url https://mirror.example.com/all.zip
example: assurance vulnerabilities update --expect-digest sha256:5f0c…
exit codes: 0 up to date, 1 what came is refused, 2 usage, 3 it could not be fetched or written
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Fetch the advisories that `run` compares with: a zip of OSV records. It takes the place "
        "of the old one only when it is whole and not older, and a pin (FILE.pin.json) beside it "
        "names its SHA-256, records and date: other bytes are then refused. Proxies are not used."
    )
    parser.epilog = _EPILOG
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="where it is kept (default: the option `advisories` of the settings)",
    )
    parser.add_argument(
        "--url",
        metavar="URL",
        help="where it is fetched from, http or https (settings: the option `advisories_url`; "
        "default: OSV's own)",
    )
    parser.add_argument(
        "--expect-digest", metavar="SHA256", help="take exactly these bytes and no others"
    )
    parser.add_argument(
        "--allow-older",
        action="store_true",
        help="take it although its newest record is older than that of the file it replaces",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Fetch, look, replace."""
    expected = _expected(arguments.expect_digest)
    target, url = _place(arguments)
    old = _pinned(target)
    http_client.base(url, where="--url", query=True)
    terminal.note(f"fetching {escape(url)}")
    data = http_client.download(
        url, max_bytes=advisory_files.MAX_ARCHIVE, where="--url", progress=_progress(terminal)
    )
    made = _looked_at(data, url, expected)
    if old is not None and made.last_update < old.last_update and not arguments.allow_older:
        raise RefusedError(
            f"the newest record of what came is of {timestamps.format_utc(made.last_update)}; the"
            f" file that it would replace has one of {timestamps.format_utc(old.last_update)}",
            remedy="use another source, or --allow-older where that is meant",
            where=url,
        )
    if old is None or old.sha256 != made.sha256 or not _is_there(target, made.sha256):
        write_atomic(target, data)
    write_atomic(pin.path_of(target), pin.write(made))
    return _outcome(made, old, target, terminal)


def _expected(text: str | None) -> str | None:
    if text is None:
        return None
    match = _DIGEST.fullmatch(text)
    if match is None:
        raise UsageError(
            f"`{text:.80}` is no SHA-256",
            remedy="give 64 lowercase hex digits, with or without `sha256:` before them",
            where="--expect-digest",
        )
    return match[1]


def _place(arguments: argparse.Namespace) -> tuple[Path, str]:
    """Return where the export is kept and where it is from: command line, then settings."""
    file, url = arguments.file, arguments.url
    if file is not None and url is not None:
        return _zip(Path(file)), url
    options, root = _options(arguments, needed=file is None)
    if file is None:
        if "advisories" not in options:
            raise UsageError(
                "the settings do not say where the advisories are kept",
                remedy="set the option `advisories` of [collect.vulnerabilities.options], or name"
                " the file: assurance vulnerabilities update FILE",
            )
        target = root / str(options["advisories"])
    else:
        target = Path(file)
    return _zip(target), url or str(options.get("advisories_url", DEFAULT_URL))


def _zip(path: Path) -> Path:
    if path.is_dir():
        raise UsageError(
            "an export is one zip file, and this is a folder",
            remedy="name a file such as advisories/osv-pypi.zip",
            where=str(path),
        )
    return path


def _options(arguments: argparse.Namespace, *, needed: bool) -> tuple[dict[str, object], Path]:
    try:
        found = all_settings.load(arguments.config, environ=os.environ, cwd=Path.cwd())
    except SettingsError:
        if needed or arguments.config is not None:
            raise
        return {}, Path.cwd()
    tables: list[CollectSettings] = [item for item in found.collect if item.plugin == PLUGIN]
    if len(tables) > 1 and needed:
        names = ", ".join(f"[collect.{item.name}]" for item in tables)
        raise UsageError(
            f"several tables use advisories: {names}",
            remedy="name the file: assurance vulnerabilities update FILE",
        )
    return (dict(tables[0].options) if tables else {}), found.root


def _pinned(target: Path) -> Pin | None:
    try:
        return pin.read(target)
    except CollectError:
        return None  # it is about to be written anew


def _is_there(target: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(target.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _progress(terminal: Terminal) -> http_client.Progress | None:
    if not terminal.is_live:
        return None

    def shown(size: int, total: int | None) -> None:
        of = "" if total is None else f" of {total / _MEBI:.1f}"
        end = "\n" if size == total else ""
        terminal.raw(f"\r  {size / _MEBI:.1f}{of} MiB{end}")

    return shown


def _looked_at(data: bytes, url: str, expected: str | None) -> Pin:
    sha256 = hashlib.sha256(data).hexdigest()
    if expected is not None and sha256 != expected:
        raise RefusedError(
            f"what came has sha256:{sha256}, expected sha256:{expected}",
            remedy="find out which of the two is right; the file that was there stays",
            where=url,
        )
    try:
        found = index(advisory_files.read_archive(data, Path("all.zip")))
    except CollectError as err:
        raise RefusedError(
            f"what came is no export of OSV: {err.problem}",
            remedy="check the URL; the file that was there stays",
            where=url if err.where is None else f"{url} ({err.where})",
        ) from err
    return Pin(
        url=url.partition("?")[0],  # a query may hold what lets one in, and a pin is for all to see
        sha256=sha256,
        size=len(data),
        records=found.records,
        last_update=found.last_update,
        fetched_at=datetime.now(tz=UTC).replace(microsecond=0),
    )


def _outcome(made: Pin, old: Pin | None, target: Path, terminal: Terminal) -> Outcome:
    same = old is not None and old.sha256 == made.sha256
    text = [
        f"{terminal.symbol('PASS')} {escape(str(target))}: "
        + ("as before, " if same else "")
        + f"{made.records:,} records, the newest of {made.last_update:%Y-%m-%d %H:%M} UTC",
        f"  sha256:{made.sha256}, pinned in {escape(pin.path_of(target).name)}",
    ]
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join(text)),
        document={
            "advisories": {
                "file": str(target),
                "url": made.url,
                "sha256": made.sha256,
                "bytes": made.size,
                "records": made.records,
                "last_update": timestamps.format_utc(made.last_update),
                "changed": not same,
            }
        },
    )
