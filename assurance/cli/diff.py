"""`assurance diff`: what differs between two sealed bundles, such as two releases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assurance.bundle_difference import difference
from assurance.cli import diff_view
from assurance.cli.command import Outcome
from assurance.errors import ExitCode, RefusedError
from assurance.report import trust_fields
from assurance.report_bundle import open_bundle

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.report_bundle import SealedBundle

Opened = tuple["SealedBundle", "RefusedError | None"]
"""A bundle, and what is wrong with it where a trust file is given."""
SUMMARY = "compare two sealed bundles, such as two releases"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Compare bundle B, the newer one, with bundle A: verdict, grade item by item, checks and "
        "findings, artifacts, components, vulnerabilities, waivers, sign-offs, weakenings, "
        "policies, collectors, trust file, signers and settings. Nothing is judged. Without "
        "--trust no signature is checked: this is what the bundles say about themselves."
    )
    parser.epilog = (
        "example: assurance diff evidence/app-1.1.0.intoto.jsonl evidence/app-1.2.0.intoto.jsonl\n"
        "example: assurance diff OLD NEW --trust trust.json -o markdown\n"
        "exit codes: 0 compared, whatever differs; 1 a bundle, or with --trust a line of it, does "
        "not hold, or with --exit-code something differs; 2 usage, or no such file; 3 the trust "
        "file has expired"
    )
    parser.add_argument("a", metavar="A", help="the older sealed bundle (.intoto.jsonl)")
    parser.add_argument("b", metavar="B", help="the newer sealed bundle")
    parser.add_argument(
        "-o",
        "--output",
        choices=("text", "json", "markdown"),
        metavar="FORMAT",
        help="text (default), json or markdown",
    )
    parser.add_argument(
        "--trust", metavar="FILE", help="check every line's signature and signer with this file"
    )
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if anything differs")


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Compare the two.

    Raises:
        UsageError: a file cannot be read.
        FormatError: one is no sealed bundle.
        UndecidedError: the trust file has expired.
    """
    older, newer = (open_or_say(path, arguments.trust) for path in (arguments.a, arguments.b))
    found = compared(older, newer, checked=arguments.trust is not None)
    if arguments.trust is None:
        terminal.note("note: signatures were not checked; give --trust FILE")
    failed = any(problem is not None for _, problem in (older, newer))
    document = _document(found, newer[0])
    return Outcome(
        exit=ExitCode.NO if failed or (arguments.exit_code and found["changed"]) else ExitCode.YES,
        text=_markdown(document)
        if arguments.output == "markdown"
        else diff_view.render(document, terminal),
        document=document,
    )


def compared(older: Opened, newer: Opened, *, checked: bool) -> dict[str, Any]:
    """Return the difference of two bundles, and of each whether it verified.

    Args:
        older: As `open_or_say` gives it.
        newer: The same.
        checked: Whether there was a trust file.

    Raises:
        FormatError: the release manifest or the policy set of one cannot be read.
    """
    found = difference(older[0], newer[0])
    for side, (_, problem) in (("a", older), ("b", newer)):
        if checked:
            found[side] |= {"verified": problem is None, "problem": problem and str(problem)}
    return found


def open_or_say(path: str, trust: str | None) -> Opened:
    """Return the bundle, and what is wrong with it where a trust file is given."""
    now = datetime.now(tz=UTC)
    if trust is None:
        return open_bundle(path, None, now=now), None
    try:
        return open_bundle(path, trust, now=now), None
    except RefusedError as error:
        # What cannot even be read is not compared: this raises once more.
        return open_bundle(path, None, now=now), error


def _document(found: dict[str, Any], newer: SealedBundle) -> dict[str, Any]:
    trust = newer.trust
    return {
        "difference": found,
        "trust": None if trust is None else trust_fields(trust, newer.trust_path),
    }


def _markdown(document: dict[str, Any]) -> str:
    from assurance.entry_points import own

    views = {view.name: view for view in own("report").assurance_renderers()}
    text: str = views["markdown"].difference(document["difference"])
    return text
