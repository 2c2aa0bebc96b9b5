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

    from assurance.cli.open_draft import OpenDraft
    from assurance.interfaces import Signer
    from assurance.model import Finding, Release, Statement
    from assurance.settings import Settings

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


class Target(Value):
    """Where a statement is to go, and for which release."""

    settings: Settings
    release: Release
    now: datetime
    opened: OpenDraft | None
    """The draft; None where the line goes to a file of its own."""
    path: Path
    """The draft, or that file."""

    def sign_in(self, role: str) -> tuple[Signer, str]:
        """Open the key of `role`; return it with its holder in the trust file.

        Raises:
            SettingsError: no key is configured for the role.
            SignerError: it cannot be opened.
            RefusedError: the trust file does not give it the role, or not any more.
        """
        if self.opened is not None:
            return self.opened.signer(role)
        signer = open_roles(self.settings, load_host(self.settings), role)[role]
        trust = load_trust(self.settings)
        return signer, draft.holder_of(signer, role, trust, now=self.now).holder

    def add(self, made: Statement, signer: Signer, holder: str) -> Added:
        """Sign `made` and write it; a draft is judged again with it.

        Raises:
            SignerError: the key does not sign.
            UndecidedError: the file cannot be written.
        """
        opened = self.opened
        if opened is None:
            write_atomic(self.path, attest_as(made, self.release, signer) + b"\n")
            return Added(path=self.path, line=1, holder=holder, findings=())
        line = draft.append(opened.seen, made, signer)
        after = draft.look(
            self.settings, opened.host, self.path, now=self.now, weakenings=opened.weakenings
        )
        return Added(path=self.path, line=line, holder=holder, findings=after.verdict.findings)


def target(arguments: argparse.Namespace) -> Target:
    """Find out where a statement is to go; a draft is verified and judged.

    Args:
        arguments: With the options of `configure` and the common ones.

    Raises:
        UsageError: settings, draft or trust file cannot be used.
        FormatError: the draft is no draft.
        SignatureError: a line of it does not verify.
    """
    found = gate_options.read_settings(arguments)
    if arguments.to is not None:
        release, _ = releases.read_release(found)
        now, _ = gate_options.clock(arguments)
        return Target(
            settings=found, release=release, now=now, opened=None, path=Path(arguments.to)
        )
    opened = open_draft(arguments, found, named=arguments.draft)
    return Target(
        settings=found,
        release=opened.seen.verified.manifest.release,
        now=opened.now,
        opened=opened,
        path=opened.seen.path,
    )


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
    where = target(arguments)
    made = make(where.release, where.now)
    validate(made.predicate_type, loads(made.predicate, what=made.predicate_type))
    signer, holder = where.sign_in(role_of(made.predicate_type))
    return where.add(made, signer, holder)
