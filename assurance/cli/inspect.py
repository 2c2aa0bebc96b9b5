"""`assurance inspect`: what is in a bundle or draft, line by line, unchecked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import bundle
from assurance.bounded_file import read_file
from assurance.cli import after_inspect
from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, UsageError
from assurance.predicates import kind_of

if TYPE_CHECKING:
    import argparse

    from assurance.bundle import Line
    from assurance.cli.terminal import Terminal

SUMMARY = "show what is in a bundle, without checking it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "List every line of a bundle or draft: its kind, the key that its hint names, its "
        "subjects and digests. Signatures are shown, not checked: use `assurance verify`."
    )
    parser.epilog = "example: assurance inspect evidence/app-1.2.0.intoto.jsonl --line 2"
    parser.add_argument("bundle", metavar="BUNDLE", help="bundle or draft")
    parser.add_argument(
        "--line", metavar="N", help="print the statement of this line as it was signed"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """List the lines, or show one.

    Raises:
        UsageError: no such file or line.
        FormatError: it is no bundle.
    """
    path = Path(arguments.bundle)
    data = read_file(path, what="the bundle", limit=bundle.MAX_BYTES)
    lines = bundle.read(data, where=arguments.bundle)
    if arguments.line is not None:
        return _one(lines, arguments.line, terminal)
    text = [
        f"{line.number:>4}  {_name(line):<16} {line.attestation.hint[:12]}  "
        f"{_subjects(line):<12}  {len(line.attestation.payload):>9,} bytes  "
        f"{line.payload_sha256[:8]}…{line.payload_sha256[-4:]}"
        for line in lines
    ]
    text += [
        "Signatures shown, not checked.",
        terminal.next(escape(after_inspect.command(arguments.bundle, lines), None)),
    ]
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join(text)),
        document={
            "bundle": {
                "path": arguments.bundle,
                "sha256": bundle.digest(data),
                "lines": len(lines),
            },
            "lines": [_object(line) for line in lines],
        },
    )


def _one(lines: tuple[Line, ...], wanted: str, terminal: Terminal) -> Outcome:
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 0  # noqa: PLR2004
    if not 1 <= number <= len(lines):
        raise UsageError(
            f"--line must be between 1 and {len(lines)}, found {wanted!r:.20}",
            remedy="list the lines with: assurance inspect BUNDLE",
        )
    line = lines[number - 1]
    payload = line.attestation.payload.decode()
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.json(payload),
        document={"lines": [_object(line)], "statement": payload},
    )


def _subjects(line: Line) -> str:
    count = len(line.statement.subjects)
    return f"{count:>3} subject{'' if count == 1 else 's'}"


def _name(line: Line) -> str:
    return escape(kind_of(line.statement.predicate_type).name, 16)


def _object(line: Line) -> dict[str, Any]:
    return {
        "line": line.number,
        "kind": kind_of(line.statement.predicate_type).name,
        "predicate_type": line.statement.predicate_type,
        "key": line.attestation.hint,
        "subjects": [
            {"name": subject.name, "uri": subject.uri, "digest": dict(subject.digest)}
            for subject in line.statement.subjects
        ],
        "payload_sha256": line.payload_sha256,
        "line_sha256": line.line_sha256,
        "bytes": len(line.attestation.payload),
    }
