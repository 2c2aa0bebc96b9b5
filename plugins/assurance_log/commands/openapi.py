"""`assurance log openapi`: the server's contract, and what breaks between two versions of it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance import bounded_file, strict_json
from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode
from assurance_log import contract, contract_diff

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "print a log server's contract, or what breaks from an older one"

_EPILOG = """\
examples:
  assurance log openapi > openapi.json
  assurance log openapi --diff released/openapi.json -o json > contract-changes.json
exit codes: 0 printed, or nothing breaks, 1 something breaks, or OLD is no contract, 2 usage
"""
_MAX_BYTES: Final = 8 * 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Print the OpenAPI 3.1 document that `assurance log serve` follows. With --diff, list what "
        "changed since an older one, the changes first that break a client which kept to it: what "
        "was removed, what must be given now, what is taken or answered otherwise."
    )
    parser.epilog = _EPILOG
    parser.add_argument("--diff", metavar="OLD", help="an older contract")
    parser.add_argument(
        "--new", metavar="FILE", help="compare with this one instead of this version's own"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Print, or compare."""
    if arguments.diff is None:
        return Outcome(
            exit=ExitCode.YES,
            text=contract.document_bytes().decode("utf-8"),
            document={"log": {"openapi": contract.document()}},
        )
    old = bounded_file.read_file(arguments.diff, what="the older contract", limit=_MAX_BYTES)
    new = (
        contract.document_bytes()
        if arguments.new is None
        else bounded_file.read_file(arguments.new, what="the newer contract", limit=_MAX_BYTES)
    )
    found = contract_diff.changes(
        strict_json.loads(old, what=arguments.diff, max_bytes=_MAX_BYTES),
        strict_json.loads(new, what=arguments.new or "openapi.json", max_bytes=_MAX_BYTES),
    )
    breaking = [change for change in found if change.is_breaking]
    lines = [
        f"{terminal.symbol('FAIL' if change.is_breaking else 'PASS')} "
        f"{escape(change.where)}: {escape(change.what)}"
        for change in found
    ]
    additions = len(found) - len(breaking)
    lines.append(f"{len(breaking)} changes break a client, {additions} additions do not")
    return Outcome(
        exit=ExitCode.NO if breaking else ExitCode.YES,
        text=terminal.fit("\n".join(lines) + "\n"),
        document={
            "log": {
                "contract": {
                    "old": {"sha256": sha256(old).hexdigest()},
                    "new": {"sha256": sha256(new).hexdigest()},
                    "changes": [
                        {
                            "where": change.where,
                            "what": change.what,
                            "breaking": change.is_breaking,
                        }
                        for change in found
                    ],
                }
            }
        },
    )
