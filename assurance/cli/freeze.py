"""`assurance freeze`: sign which policies and which trust file later releases are held to."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance import bundle, checklist, draft, freeze, policy_set
from assurance import release as releases
from assurance.attest import attest_as
from assurance.bounded_file import read_file
from assurance.cli import gate_options
from assurance.cli.command import Outcome
from assurance.cli.open_draft import open_draft
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, FormatError, UsageError
from assurance.evidence_files import write_atomic
from assurance.freeze import Freeze, Frozen
from assurance.gate import load_host, load_trust
from assurance.model import TrustUsed
from assurance.policy_choice import load_policies
from assurance.predicate_schema import validate
from assurance.predicates import FREEZE
from assurance.settings_signers import open_roles
from assurance.strict_json import loads
from assurance.value import replace

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.model import Release
    from assurance.plugin_host import PluginHost
    from assurance.settings import Settings
    from assurance.trust import Trust

SUMMARY = "sign which policies and trust file later releases are held to"
FILE: Final = "freeze.intoto.jsonl"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Sign the digests of the policy set, its checklist and the trust file, with the key of "
        "[sign.policy], and add the line to a file that the settings import. From then on a "
        "release that is judged with others is NO-GO (freeze.policies, freeze.trust), until the "
        "change is waived or frozen anew."
    )
    parser.epilog = (
        'example: assurance freeze --reason "launch candidates start" --show\n'
        'example: assurance freeze --reason "launch candidates start" --milestone auth-frozen\n'
        "exit codes: 0 shown, signed, or the same as before, 1 the signer is refused, 2 usage, "
        "3 could not sign"
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help=f"where the line goes, after those that are there (default: {FILE}, beside the "
        "settings)",
    )
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why now")
    parser.add_argument("--milestone", metavar="ID", help="of the checklist, that it belongs to")
    parser.add_argument(
        "--show", action="store_true", help="show what would be signed; sign nothing"
    )
    parser.add_argument(
        "--add", action="store_true", help="add the line to the release's draft as well"
    )
    gate_options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Show or sign."""
    settings = gate_options.read_settings(arguments)
    now, _ = gate_options.clock(arguments)
    if not arguments.reason.strip():
        raise UsageError("a freeze needs its reason", remedy="add --reason TEXT", where="--reason")
    host, trust = load_host(settings), load_trust(settings)
    release, _ = releases.read_release(settings)
    frozen = _frozen(settings, host, release, trust, milestone=arguments.milestone)
    path = settings.root / FILE if arguments.file is None else Path(arguments.file)
    lines, before = _before(path, frozen)
    made = Freeze(
        frozen=frozen,
        frozen_at=now,
        milestone=arguments.milestone,
        reason=arguments.reason,
        by="",
    )
    if arguments.show:
        text = [
            f"Freeze of {_about(frozen)}: nothing is signed yet",
            *_text(made, before),
            terminal.next("the same without --show"),
        ]
        return _outcome(made, path, text, line=None)
    if before is not None and (before.frozen, before.milestone) == (frozen, made.milestone):
        since = f"{before.frozen_at:%Y-%m-%d %H:%M} UTC by {escape(before.by)}"
        text = [f"{_about(frozen)} is frozen like this since {since}: nothing was signed"]
        return _outcome(before, path, text, line=None)
    if before is not None and now <= before.frozen_at:
        raise UsageError(
            f"the file has a freeze of {before.frozen_at:%Y-%m-%d %H:%M:%S} UTC, which would hold",
            remedy="set the clock, or leave out --now",
            where=str(path),
        )
    signer = open_roles(settings, host, freeze.ROLE)[freeze.ROLE]
    made = replace(made, by=draft.holder_of(signer, freeze.ROLE, trust, now=now).holder)
    statement = freeze.write(made)
    try:
        validate(FREEZE, loads(statement.predicate, what=FREEZE))
    except FormatError as error:
        raise UsageError(
            f"the freeze would break its schema: {error.problem}", remedy="correct the value"
        ) from error
    opened = open_draft(arguments, settings, named=None) if arguments.add else None
    signed = attest_as(statement, release, signer)
    write_atomic(path, bundle.write((*lines, signed)))
    number = len(lines) + 1
    text = [
        f"{made.by} freezes {_about(frozen)}: line {number} of {escape(str(path), None)}",
        *_text(made, before),
    ]
    if opened is not None:
        place = draft.append(opened.seen, statement, signer)
        text.append(f"  draft      line {place} of {escape(str(opened.seen.path), None)}")
    imported = path.absolute() in {item.absolute() for item in settings.imports}
    text.append(
        terminal.next("assurance run")
        if imported
        else f'import it with  [[import]] path = "{escape(str(_beside(path, settings)), None)}"'
    )
    return _outcome(made, path, text, line=number)


def _beside(path: Path, settings: Settings) -> Path:
    """Return the path as an [[import]] names it, relative to the settings where it is below."""
    absolute = path.absolute()
    return absolute.relative_to(settings.root) if absolute.is_relative_to(settings.root) else path


def _frozen(
    settings: Settings,
    host: PluginHost,
    release: Release,
    trust: Trust,
    *,
    milestone: str | None,
) -> Frozen:
    """Return what a release would be judged with now."""
    engine, policies = load_policies(settings, host)
    engine.close()
    launch = checklist.of(policies)
    known = [] if launch is None else [item.id for item in launch.milestones]
    if milestone is not None and milestone not in known:
        near = difflib.get_close_matches(milestone, known, n=1)
        raise UsageError(
            f"the checklist has no milestone `{milestone:.80}`"
            + (f"; did you mean `{near[0]}`?" if near else ""),
            remedy=f"milestones: {', '.join(known) or 'none'}",
            where="--milestone",
        )
    return Frozen(
        project=release.name,
        environment=release.environment,
        policies=bundle.digest(policy_set.pack(policies)),
        checklist=freeze.checklist_digest(policies),
        trust=TrustUsed(version=trust.version, sha256=trust.digest),
    )


def _before(path: Path, frozen: Frozen) -> tuple[tuple[bytes, ...], Freeze | None]:
    """Return the lines of the file, and its newest freeze for this project and environment.

    Signatures are not checked here: the gate does that when it imports the file.
    """
    if not path.exists():
        return (), None
    data = read_file(path, what="the file of freezes", limit=bundle.MAX_BYTES)
    lines = bundle.read(data, where=str(path))
    found = []
    for line in lines:
        if line.statement.predicate_type != FREEZE:
            raise UsageError(
                f"line {line.number} is a {line.statement.predicate_type}, and this file is for "
                "freezes",
                remedy="name another file",
                where=f"{path}:{line.number}",
            )
        found.append(freeze.read(line.statement.predicate, where=f"{path}:{line.number}"))
    own = [
        item
        for item in found
        if (item.frozen.project, item.frozen.environment) == (frozen.project, frozen.environment)
    ]
    newest = max(own, key=lambda item: item.frozen_at, default=None)
    return tuple(line.attestation.line for line in lines), newest


def _about(frozen: Frozen) -> str:
    return f"{escape(frozen.project)} for {frozen.environment}"


def _text(made: Freeze, before: Freeze | None) -> list[str]:
    """Return what is signed, and how it differs from the freeze before."""
    frozen = made.frozen
    old = None if before is None else before.frozen
    lines = [
        f"  policies   sha256:{frozen.policies}"
        + _changed(frozen.policies, None if old is None else old.policies),
        "  checklist  "
        + ("none" if frozen.checklist is None else f"sha256:{frozen.checklist}")
        + ("" if old is None else _changed(frozen.checklist, old.checklist)),
        f"  trust      version {frozen.trust.version}, sha256:{frozen.trust.sha256}"
        + _changed(frozen.trust.sha256, None if old is None else old.trust.sha256),
        f"  reason     {escape(made.reason)}",
    ]
    if made.milestone is not None:
        lines.append(f"  milestone  {made.milestone}")
    if before is not None:
        lines.append(
            f"  before     {before.frozen_at:%Y-%m-%d %H:%M} UTC by {escape(before.by)}: "
            f"{escape(before.reason)}"
        )
    return lines


def _changed(now: str | None, before: str | None) -> str:
    return "" if before is None or now == before else "  (another than before)"


def _outcome(made: Freeze, path: Path, text: list[str], *, line: int | None) -> Outcome:
    return Outcome(
        exit=ExitCode.YES,
        text="\n".join(text),
        document={
            "file": str(path),
            "line": line,
            "freeze": loads(freeze.write(made).predicate, what=FREEZE),
        },
    )
