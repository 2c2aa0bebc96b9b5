"""`assurance log list`: which entries there are, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, UsageError
from assurance.tlog import counted
from assurance.value import Value
from assurance_log import documents, listed_entry, listing
from assurance_log.commands import log_server, options
from assurance_log.contract import MAX_PAGE

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance_log.commands.log_server import LogServer

SUMMARY = "list entries, by release, kind, subject, signer, verdict, time or index"

_EPILOG = """\
examples:
  assurance log list --release ledger-api@2.4.1
  assurance log list --verdict NO-GO --since 2026-11-01T00:00:00Z
  assurance log list --log https://log.example.com --trust trust.json
exit codes: 0 listed (also when nothing matches), 1 the server's log does not hold what the anchor \
saw, 2 usage, 3 the database or the server failed
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
    options.configure(parser, asks=True)


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
        until=options.moment(arguments.until, "--until", is_end=True),
        first=arguments.first,
        last=arguments.last,
    )
    place = options.place(arguments)
    server = log_server.opened(place, arguments)
    if server is None:
        size, found = _here(place, filters, arguments.limit)
    else:
        size, found = _there(server, arguments, filters)
    lines = [_line(item) for item in found]
    lines.append(f"{len(found)} of {counted.entries(size)} shown")
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join(lines) + "\n"),
        document={
            "log": {
                "url": place.url,
                "size": size,
                "entries": [item.document for item in found],
            }
        },
    )


class _Shown(Value):
    """One entry of the list."""

    document: dict[str, Any]
    """As the JSON output has it."""
    beginning: str
    """Of what is no bundle, as text; empty where it is not known."""


def _here(place: options.Place, filters: listing.Filters, limit: int) -> tuple[int, list[_Shown]]:
    """Return the size of the log in a database, and what it finds."""
    database = place.reader()
    try:
        with database.read() as connection:
            found = [
                _Shown(document=documents.entry(item), beginning=_beginning(item.body))
                for item in listing.find(connection, filters, limit=limit)
            ]
            return listing.size(connection), found
    finally:
        database.close()


def _there(
    server: LogServer, arguments: argparse.Namespace, filters: listing.Filters
) -> tuple[int, list[_Shown]]:
    """Return the same from a log server: the size of a checkpoint that holds, and its word."""
    if server.anchor is not None:
        server.head()
    asked = {
        name: value
        for name in ("release", "predicate_type", "signer", "verdict", "since", "until")
        if (value := getattr(arguments, name)) is not None
    }
    given = {"subject": filters.subject, "first": filters.first, "last": filters.last}
    asked |= {name: str(value) for name, value in given.items() if value is not None}
    asked["limit"] = str(min(arguments.limit, MAX_PAGE))
    size, found = 0, list[_Shown]()
    for head, items in server.client.pages(asked):
        size = head.size
        found += [
            _Shown(document=listed_entry.read(item, where=server.client.url), beginning="")
            for item in items
        ]
        if len(found) >= arguments.limit:
            break
    return size, found[: arguments.limit]


def _demand_sense(arguments: argparse.Namespace) -> None:
    if arguments.limit < 1:
        raise UsageError(
            f"{arguments.limit} entries cannot be listed", remedy="give 1 or more", where="--limit"
        )
    for name in ("release", "predicate_type", "signer"):
        text = getattr(arguments, name) or ""
        if not text.isprintable():
            raise UsageError(
                f"{text[:80]!r} is nothing that is searched for: it is not UTF-8 or not printable",
                remedy="correct it",
                where=f"--{name.replace('_', '-')}",
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
    digest = None if text is None else listing.digest(text)
    if text is not None and digest is None:
        raise UsageError(
            f"{text[:80]!r} is no digest",
            remedy="give all of it in hex, as `sha256sum` and `git rev-parse` print it",
            where="--subject",
        )
    return digest


def _beginning(body: bytes) -> str:
    return body[:40].decode("utf-8", "replace").split("\n")[0]


def _line(item: _Shown) -> str:
    document = item.document
    head = f"{document['index']:>8}  {document['logged_at'] or 'not yet signed':<20}"
    known = document["bundle"]
    if known is None:
        shown = f": {escape(item.beginning)}" if item.beginning else ""
        return f"{head}  {counted.of(document['bytes'], 'byte')}{shown}"
    return (
        f"{head}  {escape(known['verdict'] or 'no verdict'):<13}  "
        f"{escape(known['release'] or '?')} {escape(known['version'] or '?')} "
        f"for {escape(known['environment'] or '?')}"
    )
