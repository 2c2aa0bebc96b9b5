"""`assurance review KIND`: sign what was looked at, what was found, and what is concluded."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import checklist_documents, documents, review_findings, strict_json, timestamps
from assurance.bounded_file import read_file
from assurance.cli import addition, review_view, time_flag
from assurance.cli.terminal import escape
from assurance.errors import FormatError, RefusedError, UsageError
from assurance.model import Statement, Subject
from assurance.predicate_schema import validate
from assurance.predicates import REVIEW

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from datetime import datetime

    from assurance.checklist import Item
    from assurance.cli.addition import Target
    from assurance.cli.command import Outcome
    from assurance.cli.terminal import Terminal

SUMMARY = "sign what a review looked at, found and concluded"
KINDS: Final = ("code", "design", "threat-model", "security", "penetration-test", "document")
RESULTS: Final = ("APPROVED", "CHANGES_REQUESTED", "REJECTED")
ROLE: Final = "reviewer"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Sign a review of exactly this release's commit: its scope, every finding with its state, "
        "and the conclusion, with the key of [sign.reviewer]. A document is bound by its SHA-256: "
        "a review of kind `document` closes the checklist's item of that document, and nothing "
        "else does. A finding that is high or critical and not resolved blocks the release."
    )
    parser.epilog = (
        "example: assurance review document --document docs/auth-report.md --result APPROVED "
        "--show\n"
        'example: assurance review security --document report.pdf --scope "token validation" \\\n'
        "    --finding NG-01=FIXED@8f3c1d2a90b7465c1e0f3d2b5a69788796a5b4c3:high \\\n"
        '    --finding "NG-02=OPEN:low:no limit on key fetches" --result APPROVED\n'
        'example: assurance review code --scope "the parser" --findings found.toml '
        "--result CHANGES_REQUESTED\n"
        "exit codes: 0 shown or signed, 1 the review is of something else, or the draft or the "
        "signer is refused, 2 usage, 3 could not sign"
    )
    parser.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    parser.add_argument(
        "--result", choices=RESULTS, required=True, help="the conclusion: " + ", ".join(RESULTS)
    )
    parser.add_argument(
        "--show", action="store_true", help="show what would be signed; sign nothing"
    )
    about = parser.add_argument_group("what was looked at")
    about.add_argument(
        "--document", metavar="FILE", help="the document, or the written report; bound by digest"
    )
    about.add_argument(
        "--name",
        metavar="NAME",
        help="what the checklist calls the document (default: its path beside the checklist)",
    )
    about.add_argument("--document-uri", metavar="URI", help="where the document is kept")
    about.add_argument("--scope", metavar="TEXT", help="what was looked at, in a sentence")
    about.add_argument(
        "--path",
        action="append",
        default=[],
        metavar="PATH",
        help="a folder or file that was looked at (repeatable; default: all of it)",
    )
    about.add_argument(
        "--excluded",
        action="append",
        default=[],
        metavar="TEXT",
        help="what was not looked at, and why (repeatable)",
    )
    about.add_argument(
        "--commit",
        metavar="HEX",
        help="the commit that was looked at; refused when the release is of another",
    )
    about.add_argument("--started", metavar="TIME", help="when it began, RFC 3339 (default: now)")
    about.add_argument("--completed", metavar="TIME", help="when it ended (default: now)")
    found = parser.add_argument_group("what was found")
    found.add_argument(
        "--finding",
        action="append",
        default=[],
        metavar="ID=STATE[:SEVERITY[:TEXT]]",
        help=f"a finding (repeatable); states: {', '.join(review_findings.STATES)}, and "
        "FIXED@COMMIT says which commit fixes it; without a severity it is "
        f"{review_findings.UNKNOWN}",
    )
    found.add_argument(
        "--findings", metavar="FILE", help="a TOML or JSON file of findings, besides --finding"
    )
    who = parser.add_argument_group("who")
    who.add_argument("--organisation", metavar="NAME", help="of an outside reviewer")
    who.add_argument(
        "--independent", action="store_true", help="the reviewer wrote nothing of what was reviewed"
    )
    addition.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Show or sign."""
    if arguments.kind == "document" and arguments.document is None:
        raise UsageError("which document?", remedy="name it: --document FILE", where="--document")
    target = addition.target(arguments)
    predicate, closes = _review(arguments, target)
    if arguments.show:
        _validate(predicate, "reviewer")
        text = [
            f"Review of {review_view.about(target, predicate)}: nothing is signed yet",
            *review_view.text(predicate, closes),
            terminal.next("the same without --show"),
        ]
        return review_view.outcome(target, predicate, closes, text, None, terminal)
    signer, holder = target.sign_in(ROLE)
    predicate["reviewer"]["name"] = holder
    _validate(predicate, holder)
    made = Statement(
        predicate_type=REVIEW,
        predicate=strict_json.dumps(predicate),
        collected_at=target.now,
        subjects=(Subject(name=target.release.name, digest=(("gitCommit", predicate["commit"]),)),),
    )
    added = target.add(made, signer, holder)
    text = [
        (
            f"{holder} signed the review of {review_view.about(target, predicate)}: "
            f"line {added.line} of {escape(str(added.path), None)}"
        ),
        *review_view.text(predicate, closes),
        *review_view.after(added, closes, terminal),
        terminal.next("assurance decide")
        if target.opened is not None
        else f'import it with  [[import]] path = "{escape(str(added.path), None)}"',
    ]
    return review_view.outcome(target, predicate, closes, text, added, terminal)


def _review(
    arguments: argparse.Namespace, target: Target
) -> tuple[dict[str, Any], tuple[Item, ...]]:
    """Return the predicate without its reviewer's name, and the items that name its document."""
    report = _report(arguments, target)
    items = documents.items_of(target.settings)
    closes: tuple[Item, ...] = ()
    if report is not None and arguments.kind == "document":
        closes = tuple(item for item in items if item.document == report["name"])
        _check_bytes(report, closes, target)
    scope = arguments.scope
    if scope is None:
        if arguments.kind != "document" or report is None:
            raise UsageError(
                "a review says what was looked at", remedy="add --scope TEXT", where="--scope"
            )
        scope = f"The document {report['name']}."
    begun, ended = _times(arguments, target.now)
    predicate = {
        "kind": arguments.kind,
        "scope": {"description": scope, "paths": arguments.path, "excluded": arguments.excluded},
        "commit": _commit(arguments.commit, target),
        "startedAt": timestamps.format_utc(begun),
        "completedAt": timestamps.format_utc(ended),
        "reviewer": {
            "name": None,
            "organisation": arguments.organisation,
            "independent": arguments.independent,
        },
        "result": arguments.result,
        "findings": _findings(arguments),
        "report": report,
    }
    return predicate, closes


def _report(arguments: argparse.Namespace, target: Target) -> dict[str, Any] | None:
    if arguments.document is None:
        for option in ("name", "document_uri"):
            if getattr(arguments, option) is not None:
                flag = f"--{option.replace('_', '-')}"
                raise UsageError(
                    f"{flag} says nothing without --document",
                    remedy="add --document FILE",
                    where=flag,
                )
        return None
    path = Path(arguments.document)
    if not path.is_file():
        raise UsageError(
            "there is no such document", remedy="check the path", where=arguments.document
        )
    checklist = target.settings.gate.checklist
    beside = target.settings.root if checklist is None else checklist.parent
    absolute = path.absolute()
    name = absolute.relative_to(beside) if absolute.is_relative_to(beside) else Path(path.name)
    report: dict[str, Any] = {
        "name": arguments.name or name.as_posix(),
        "digest": {"sha256": documents.sha256(path)},
        "mediaType": documents.media_type(path.name),
    }
    if arguments.document_uri is not None:
        report["uri"] = arguments.document_uri
    return report


def _check_bytes(report: dict[str, Any], closes: Iterable[Item], target: Target) -> None:
    """Refuse to sign what would close nothing because it is of other bytes."""
    name, digest = report["name"], report["digest"]["sha256"]
    wanted = {item.sha256: "the checklist states" for item in closes if item.sha256 is not None}
    if target.opened is not None:
        collected = checklist_documents.collected(target.opened.seen.verified.evidence)
        wanted |= dict.fromkeys(collected.get(name, ()), "the draft was collected with")
    for known, what in wanted.items():
        if known != digest:
            raise RefusedError(
                f"{name} is sha256:{digest}, and {what} sha256:{known}: a review of these bytes "
                "closes nothing",
                remedy="review the document that is released, or collect again: assurance collect",
                where=str(target.path),
            )


def _commit(named: str | None, target: Target) -> str:
    revision = target.release.revision
    if revision is None:
        raise UsageError(
            "the release has no source revision, and a review is of a commit",
            remedy="collect in a git repository, or set [release] revision",
            where="release.revision",
        )
    if named is not None and named != revision:
        raise RefusedError(
            f"the review is of commit {named:.64}, the release is of {revision}: it says nothing "
            "about this release",
            remedy=f"look at what changed: git diff {shlex.quote(named)} {revision}; then leave "
            "out --commit, or give this one",
            where="--commit",
        )
    return revision


def _times(arguments: argparse.Namespace, now: datetime) -> tuple[datetime, datetime]:
    begun = ended = now
    if arguments.completed is not None:
        begun = ended = time_flag.read(arguments.completed, "--completed")
    if arguments.started is not None:
        begun = time_flag.read(arguments.started, "--started")
    if not begun <= ended <= now:
        raise UsageError(
            "a review begins before it ends, and has ended by now",
            remedy="correct the two times",
            where="--started" if begun > ended else "--completed",
        )
    return begun, ended


def _findings(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    found = []
    if arguments.findings is not None:
        data = read_file(
            arguments.findings, what="the file of findings", limit=review_findings.MAX_BYTES
        )
        found = review_findings.read(data, where=arguments.findings)
    found += [review_findings.from_word(text) for text in arguments.finding]
    return review_findings.one_each(found)


def _validate(predicate: dict[str, Any], holder: str) -> None:
    reviewer = {**predicate["reviewer"], "name": holder}
    try:
        validate(REVIEW, {**predicate, "reviewer": reviewer})
    except FormatError as error:
        raise UsageError(
            f"the review would break its schema: {error.problem}",
            remedy="correct the value",
            where=error.where,
        ) from error
