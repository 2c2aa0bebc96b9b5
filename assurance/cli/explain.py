"""`assurance explain`: why a check says what it says, and the least change that passes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli import bundle_files, explain_view
from assurance.cli.command import Outcome
from assurance.errors import ExitCode, UsageError
from assurance.report_bundle import open_bundle
from assurance.report_explain import check_ids, explain

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from assurance.cli.terminal import Terminal

_LEFT_OUT = frozenset({"contents", "waivers", "approvals"})
"""What a report has of the evidence itself: `assurance report -o json` tells it."""

SUMMARY = "say why a check says so, and the least change that passes"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Explain one check of a sealed bundle: what it read, what it found, what it requires, the "
        "least change that would let it pass, who can make that change, and how the verdict would "
        "stand then. Nothing is judged again. Without --trust no signature is checked: this is "
        "what the bundle says about itself."
    )
    parser.epilog = (
        "example: assurance explain vulnerabilities.unresolved\n"
        "example: assurance explain --all evidence/app-1.2.0.intoto.jsonl --trust trust.json\n"
        "exit codes: 0 explained, whatever the answer; 1 the bundle, or with --trust a line of it, "
        "does not hold; 2 usage, no such check or file; 3 the trust file has expired"
    )
    parser.add_argument(
        "check", metavar="CHECK", nargs="?", help="a check's id, as reports show it"
    )
    parser.add_argument(
        "bundle",
        metavar="BUNDLE",
        nargs="?",
        help="the sealed bundle (default: the newest *.intoto.jsonl in the folder of results)",
    )
    parser.add_argument(
        "--all", action="store_true", help="every check, those that block first; CHECK is left out"
    )
    parser.add_argument(
        "--trust", metavar="FILE", help="check every line's signature and signer with this file"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Answer for one check, or for all.

    Raises:
        UsageError: no such check or file.
        FormatError: it is no sealed bundle.
        SignatureError: with `--trust`, a line does not hold.
        UndecidedError: the trust file has expired.
    """
    check, path = _words(arguments)
    if path is None:
        found = bundle_files.newest(config=arguments.config, environ=os.environ, cwd=Path.cwd())
        path = str(found)
        terminal.note(f"note: the newest bundle is {path}")
    opened = open_bundle(path, arguments.trust, now=datetime.now(tz=UTC))
    document = opened.document("explain")
    known = check_ids(opened.verdict)
    wanted = known if check is None else (_known(check, known),)
    explained = [explain(opened.verdict, document, name) for name in wanted]
    names = {*wanted}
    return Outcome(
        exit=ExitCode.YES,
        text=explain_view.render(document, explained, terminal),
        document={
            **{key: document[key] for key in document if key not in _LEFT_OUT},
            "checks": [item for item in document["checks"] if item["id"] in names],
            "rules": [item for item in document["rules"] if item["id"] in names],
            "explained": explained,
        },
    )


def _words(arguments: argparse.Namespace) -> tuple[str | None, str | None]:
    """Return check and bundle; with `--all` the only word is the bundle."""
    check: str | None = arguments.check
    path: str | None = arguments.bundle
    if arguments.all:
        if path is not None:
            raise UsageError(
                "--all explains every check, and a check is named too",
                remedy="leave out one of them",
                where="command line",
            )
        return None, check
    if check is None:
        raise UsageError(
            "no check is named",
            remedy="name one as a report shows it, or give --all",
            where="command line",
        )
    return check, path


def _known(check: str, known: Sequence[str]) -> str:
    if check in known:
        return check
    from difflib import get_close_matches

    close = get_close_matches(check, known, n=3, cutoff=0.5)
    if not close:
        # Often only the area, or only the name, is remembered.
        close = [name for name in known if check.lower() in name][:3]
    hint = f"; did you mean {' or '.join(f'`{name}`' for name in close)}?" if close else ""
    raise UsageError(
        f"the bundle has no check {check!r:.80}{hint}",
        remedy=f"assurance explain {close[0]}" if close else "assurance explain --all",
        where="command line",
    )
