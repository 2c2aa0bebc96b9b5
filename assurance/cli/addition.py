"""Adds what a person signs to the draft: the steps that commands of plugins share.

A plugin's command gives the statement; everything about draft, trust file and key stays here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance import draft
from assurance import release as releases
from assurance.attest import attest_as, role_of
from assurance.cli import gate_options
from assurance.cli.open_draft import open_draft
from assurance.evidence_files import write_atomic
from assurance.gate import load_host, load_trust
from assurance.predicate_schema import validate
from assurance.settings_signers import open_roles
from assurance.strict_json import loads
from assurance.value import Value

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import datetime

    from assurance.model import Finding, Release, Statement

    Make = Callable[[Release, datetime], Statement]


class Added(Value):
    """What was added, and where."""

    path: Path
    """The draft, or the file of lines to import."""
    line: int
    """Of `path`, 1-based."""
    holder: str
    """Who signed, as the trust file calls them."""
    findings: tuple[Finding, ...]
    """Of the draft with the new line; none for a file to import."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options that say to which draft."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--draft", metavar="FILE", help="the draft (default: the release's own)")
    where.add_argument(
        "--to",
        metavar="FILE",
        help="write the signed line to this file, for an [[import]] of the settings, and not to a "
        "draft",
    )
    gate_options.configure(parser)


def add(arguments: argparse.Namespace, make: Make) -> Added:
    """Sign what `make` gives for the release, in the role that its kind needs, and add it.

    Args:
        arguments: With the options of `configure` and the common ones.
        make: Gives the statement, which names all artifacts of the release.

    Raises:
        UsageError: settings, draft or trust file cannot be used.
        FormatError: the draft is no draft, or the predicate breaks its schema.
        RefusedError: the key has not the role.
        SignerError: the key cannot be opened, or does not sign.
    """
    found = gate_options.read_settings(arguments)
    if arguments.to is not None:
        now, _ = gate_options.clock(arguments)
        host = load_host(found)
        release, _ = releases.read_release(found)
        made = _checked(make(release, now))
        role = role_of(made.predicate_type)
        signer = open_roles(found, host, role)[role]
        holder = draft.holder_of(signer, role, load_trust(found)).holder
        path = Path(arguments.to)
        write_atomic(path, attest_as(made, release, signer) + b"\n")
        return Added(path=path, line=1, holder=holder, findings=())
    opened = open_draft(arguments, found, named=arguments.draft)
    seen = opened.seen
    made = _checked(make(seen.verified.manifest.release, opened.now))
    signer, holder = opened.signer(role_of(made.predicate_type))
    line = draft.append(seen, made, signer)
    after = draft.look(found, opened.host, seen.path, now=opened.now, weakenings=opened.weakenings)
    return Added(path=seen.path, line=line, holder=holder, findings=after.verdict.findings)


def _checked(made: Statement) -> Statement:
    validate(made.predicate_type, loads(made.predicate, what=made.predicate_type))
    return made
