"""`assurance vulnerabilities vex FILE`: sign a VEX document and add it to the draft.

An OpenVEX document is signed byte for byte; CycloneDX VEX is written as OpenVEX first
(`cyclonedx_vex`). What it brings is shown from the draft judged again with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import bounded_file, strict_json
from assurance.cli import addition
from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, FormatError
from assurance.model import Statement
from assurance.predicates import OPENVEX
from assurance_vulnerabilities import cyclonedx_vex

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from assurance.cli.terminal import Terminal
    from assurance.model import Finding, Release

SUMMARY = "sign a VEX document and add it to the draft"
_MAX_BYTES: Final = 16 * 1024**2
_CHECKS: Final = ("vulnerabilities.unresolved", "vulnerabilities.vex")
_MAX_SHOWN: Final = 20

_EPILOG = """\
example: assurance vulnerabilities vex openvex.json
example: assurance vulnerabilities vex openvex.json --to vex.intoto.jsonl
exit codes: 0 added, 1 the document, draft or signer is refused, 2 usage, 3 could not sign
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Sign an OpenVEX or CycloneDX VEX document (JSON) with the key of role vex, about all "
        "artifacts of the release, and add it to the draft that `collect` left. Then `assurance "
        "decide` shows what it relieves as a warning. With --to it is written to a file "
        "for an [[import]]."
    )
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="the document")
    addition.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Read, sign, add, and say what it brings."""
    path = Path(arguments.file)
    data = _read(path)

    def make(release: Release, now: datetime) -> Statement:
        predicate = _openvex(data, release, now, where=str(path))
        return Statement(predicate_type=OPENVEX, predicate=predicate, collected_at=now)

    added = addition.add(arguments, make)
    text = [f"{added.holder} signed {escape(str(path))}: line {added.line} of {added.path}"]
    concerned = [item for item in added.findings if item.check in _CHECKS]
    for item in concerned[:_MAX_SHOWN]:
        status = item.status.value
        text.append(f"  {terminal.word_symbol(status)} {status} {escape(item.message, None)}")
    if len(concerned) > _MAX_SHOWN:
        text.append(f"  … and {len(concerned) - _MAX_SHOWN} more")
    text.append(
        terminal.next("assurance decide")
        if arguments.to is None
        else f'import it with  [[import]] path = "{escape(str(added.path))}"'
    )
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join(text)),
        document={
            "file": str(added.path),
            "line": added.line,
            "holder": added.holder,
            "findings": [_finding(item) for item in concerned],
        },
    )


def _finding(item: Finding) -> dict[str, Any]:
    return {
        "id": item.check,
        "status": item.status.value,
        "subject": item.subject,
        "message": item.message,
    }


def _read(path: Path) -> bytes:
    data = bounded_file.read_file(path, what="the VEX document", limit=_MAX_BYTES)
    if len(data) > _MAX_BYTES:
        raise FormatError(
            f"the VEX document is larger than {_MAX_BYTES:,} bytes",
            remedy="split it",
            where=str(path),
        )
    return data


def _openvex(data: bytes, release: Release, now: datetime, *, where: str) -> bytes:
    document = strict_json.loads(data, what=where, max_bytes=_MAX_BYTES)
    if isinstance(document, dict) and document.get("bomFormat") == "CycloneDX":
        document = cyclonedx_vex.openvex(document, data, release, now=now, where=where)
        data = strict_json.dumps(document)
    statements = document.get("statements") if isinstance(document, dict) else None
    if not isinstance(statements, list):
        raise FormatError(
            "this is neither an OpenVEX document (`@context`, `statements`) nor a CycloneDX one",
            remedy="write one: docs/predicates/openvex.md has an example",
            where=where,
        )
    for number, item in enumerate(statements):
        if (
            isinstance(item, dict)
            and item.get("status") == "not_affected"
            and "justification" not in item
            and not str(item.get("impact_statement") or "").strip()
        ):
            raise FormatError(
                f"statements[{number}] says not_affected without a reason, which counts for"
                " nothing",
                remedy="add a `justification` or an `impact_statement`",
                where=where,
            )
    return data
