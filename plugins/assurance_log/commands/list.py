"""`assurance log list`: which entries there are, newest first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, UsageError
from assurance_log import documents, listing
from assurance_log.commands import options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "list entries, by release, kind, subject, signer, verdict, time or index"

_EPILOG = """\
examples:
  assurance log list --release ledger-api@2.4.1
  assurance log list --verdict NO-GO --since 2026-11-01T00:00:00Z
exit codes: 0 listed (also when nothing matches), 2 usage, 3 the database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "List entries, newest first. What is filtered by comes from the bundles that were logged; "
        "it is for finding them and proves nothing: verify what you find."
    )
    parser.epilog = _EPILOG
    parser.add_argument("--release", metavar="NAME[@VERSION]", help="of this release")
    parser.add_argument("--predicate-type", metavar="URI", help="with an attestation of this type")
    parser.add_argument("--subject", metavar="DIGEST", help="about this digest (hex)")
    parser.add_argument("--signer", metavar="ID", help="signed by a key id that begins so")
    parser.add_argument("--verdict", choices=("GO", "NO-GO", "INDETERMINATE"), help="decided so")
    parser.add_argument("--since", metavar="TIME", help="logged at this RFC 3339 time or later")
    parser.add_argument("--until", metavar="TIME", help="logged at this RFC 3339 time or earlier")
    parser.add_argument("--first", metavar="N", type=int, help="from this index on")
    parser.add_argument("--last", metavar="N", type=int, help="up to this index")
    parser.add_argument(
        "--limit", metavar="N", type=int, default=50, help="at most N (default: 50)"
    )
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """List."""
    _demand_sense(arguments)
    filters = listing.Filters(
        release=arguments.release,
        predicate_type=arguments.predicate_type,
        subject=_digest(arguments.subject),
        signer=arguments.signer,
        verdict=arguments.verdict,
        since=options.moment(arguments.since, "--since"),
        until=options.moment(arguments.until, "--until"),
        first=arguments.first,
        last=arguments.last,
    )
    place = options.place(arguments)
    database = place.reader()
    try:
        with database.read() as connection:
            found = list(listing.find(connection, filters, limit=arguments.limit))
            size = listing.size(connection)
    finally:
        database.close()
    lines = [_line(item) for item in found]
    lines.append(f"{len(found)} of {size} entries shown")
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join(lines) + "\n"),
        document={
            "log": {
                "url": place.url,
                "size": size,
                "entries": [documents.entry(item) for item in found],
            }
        },
    )


def _demand_sense(arguments: argparse.Namespace) -> None:
    if arguments.limit < 1:
        raise UsageError(
            f"{arguments.limit} entries cannot be listed", remedy="give 1 or more", where="--limit"
        )
    first, last = arguments.first, arguments.last
    if first is not None and last is not None and first > last:
        raise UsageError(
            f"no index is from {first} on and up to {last}",
            remedy=f"give --first {last} --last {first}",
            where="--first",
        )


def _digest(text: str | None) -> str | None:
    """Return a digest as bundles have it; `sha256:` before it is left away."""
    if text is None:
        return None
    digest = text.rpartition(":")[2].lower()
    if not re.fullmatch(r"[0-9a-f]{32,128}", digest):
        raise UsageError(
            f"{text[:80]!r} is no digest",
            remedy="give all of it in hex, as `sha256sum` and `git rev-parse` print it",
            where="--subject",
        )
    return digest


def _line(item: listing.Listed) -> str:
    head = f"{item.index:>8}  {documents.when(item.logged_at) or 'not yet signed':<20}"
    if item.record is None:
        first = item.body[:40].decode("utf-8", "replace").split("\n")[0]
        return f"{head}  {len(item.body)} bytes: {escape(first)}"
    known = item.record
    return (
        f"{head}  {escape(known.verdict or 'no verdict'):<13}  {escape(known.release or '?')} "
        f"{escape(known.version or '?')} for {escape(known.environment or '?')}"
    )
