"""`assurance verify`: the deploy step. Reads files, checks them, opens no connection."""

from __future__ import annotations

import gc
import os
import stat
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assurance import deploy, timestamps, trust_file
from assurance.bounded_file import open_file, read_file
from assurance.bundle import MAX_BYTES
from assurance.cli import time_flag
from assurance.cli.command import Outcome
from assurance.entry_points import ENGINES, own
from assurance.errors import ExitCode, RefusedError, UsageError

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.model import Verdict

SUMMARY = "check a sealed bundle and its artifacts offline: the deploy step"
_EXITS = {
    deploy.Answer.VERIFIED: ExitCode.YES,
    deploy.Answer.REFUSED: ExitCode.NO,
    deploy.Answer.INDETERMINATE: ExitCode.UNDECIDED,
}
_CHUNK = 1 << 18
_MAX_RECEIPT = 1 << 20
"""Limit of `assurance.tlog.proof`, which is imported only where a receipt is given."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Check that a bundle is whole, signed by whom the trust file allows, about exactly these "
        "artifacts, and that its policies still say GO now. Reads the bundle, the artifacts and "
        "the trust file, and nothing else: no settings, no network, no plugins of third parties."
    )
    parser.epilog = (
        "example: assurance verify evidence/app-1.2.0.intoto.jsonl dist/* --trust trust.json\n"
        "exit codes: 0 verified, 1 refused, 2 usage or trust file, 3 could not decide"
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="the sealed bundle (.intoto.jsonl)")
    parser.add_argument(
        "artifacts", metavar="ARTIFACT", nargs="*", help="files about to be deployed"
    )
    parser.add_argument(
        "--digest",
        action="append",
        default=[],
        metavar="sha256:HEX",
        help="an artifact by digest, such as an image (repeatable)",
    )
    parser.add_argument("--trust", required=True, metavar="FILE", help="the trust file")
    parser.add_argument(
        "--release", type=_release, metavar="NAME@VERSION", help="the release expected"
    )
    parser.add_argument(
        "--environment", "--env", type=_said, metavar="E", help="the environment expected"
    )
    parser.add_argument(
        "--resource-uri", type=_said, metavar="URI", help="the resource URI expected"
    )
    parser.add_argument("--receipt", metavar="FILE", help="proof that the bundle is in the log")
    parser.add_argument(
        "--policy",
        action="append",
        default=[],
        metavar="DIR",
        help="policies of your own; they can only add findings (repeatable)",
    )
    parser.add_argument(
        "--refuse-weakenings",
        action="store_true",
        help="refuse a verdict that lists what makes it weaker, as `no log`",
    )
    parser.add_argument(
        "--tolerate",
        action="append",
        default=[],
        metavar="TEXT",
        help="with --refuse-weakenings: not those that begin so (repeatable)",
    )
    parser.add_argument(
        "--min-trust-version", type=_whole, metavar="N", help="refuse an older trust file"
    )
    parser.add_argument(
        "--not-older-than",
        metavar="TIME",
        help="refuse a verdict decided before this time (RFC 3339)",
    )
    parser.add_argument(
        "--accepted", metavar="FILE", help="remembers what was accepted; an older GO is refused"
    )
    parser.add_argument(
        "--allow-rollback", metavar="VERSION", help="go back to this version; it is recorded"
    )
    parser.add_argument(
        "--allow-development",
        action="store_true",
        help="accept a trust file of profile development",
    )
    parser.add_argument(
        "--now", metavar="TIME", help="judge as at this time (shown as a weakening)"
    )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004 - fits any counter
        raise ArgumentTypeError(f"must be a whole number, found {text!r:.40}")
    return int(text)


def _said(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("is empty: a variable of the pipeline that is not set?")
    return text


def _release(text: str) -> str:
    name, _, version = _said(text).rpartition("@")
    if not (name and version):
        raise ArgumentTypeError(f"must be NAME@VERSION, found {text!r:.80}")
    return text


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Check the bundle; a refusal is an outcome, not an error.

    Raises:
        UsageError: a path is not there, or a flag makes no sense.
        TrustFileError: the trust file cannot be used.
    """
    if not arguments.artifacts and not arguments.digest:
        raise UsageError(
            "no artifact and no --digest was given, so there is nothing to verify",
            remedy="name the files that are about to be deployed: assurance verify BUNDLE dist/*",
        )
    # Fork the worker first: it loads the policy engine on the other core meanwhile, and a
    # process without threads forks safely.
    engine: PolicyEngine = own("regorus", ENGINES)()
    engine.start()
    # What is read lives until the end: to look for garbage in a large bundle finds none.
    gc.disable()
    try:
        return _run(arguments, terminal, engine)
    finally:
        gc.enable()
        engine.close()


def _run(arguments: argparse.Namespace, terminal: Terminal, engine: PolicyEngine) -> Outcome:
    now = datetime.now(tz=UTC)
    weakenings = []
    if arguments.now is not None:
        now = time_flag.read(arguments.now, "--now")
        weakenings.append(f"verified as at {timestamps.format_utc(now)}, given with --now")
    # A folder or a missing file is the caller's mistake; unreadable bytes are the bundle's.
    data = read_file(arguments.bundle, what="the bundle", limit=MAX_BYTES)
    trusted = trust_file.load(arguments.trust)
    presented = [_digest_of(name) for name in arguments.artifacts]
    presented += [_digest(text) for text in arguments.digest]
    entries = _accepted_entries(arguments)
    decision = deploy.check(
        data,
        artifacts=presented,
        trust=trusted,
        expect=deploy.Expectations(
            release=arguments.release,
            environment=arguments.environment,
            resource_uri=arguments.resource_uri,
            min_trust_version=arguments.min_trust_version,
            not_older_than=None
            if arguments.not_older_than is None
            else time_flag.read(arguments.not_older_than, "--not-older-than"),
            allow_development=arguments.allow_development,
            own_policies=_own_policies(engine, arguments.policy),
            accepted=_newest(entries),
            weakenings=tuple(weakenings),
            refuse_weakenings=_refuses(arguments),
            tolerated=tuple(arguments.tolerate),
            allow_rollback=arguments.allow_rollback,
            receipt=None
            if arguments.receipt is None
            else read_file(arguments.receipt, what="the receipt", limit=_MAX_RECEIPT),
        ),
        engine=engine,
        now=now,
        where=arguments.bundle,
    )
    if _folder_of(arguments.trust) == _folder_of(arguments.bundle):
        terminal.note(
            f"note: {arguments.trust} lies beside the bundle; pin the trust file elsewhere "
            "(docs/trust.md)"
        )
    if decision.answer is deploy.Answer.VERIFIED and arguments.accepted is not None:
        _remember(arguments, decision, now)
    from assurance.cli import verify_view

    decision = verify_view.placed(
        decision, trust_path=arguments.trust, receipt_path=arguments.receipt
    )
    return Outcome(
        exit=_EXITS[decision.answer],
        text=verify_view.text(
            decision, terminal, weakenings, trust=trusted, trust_path=arguments.trust
        ),
        document=verify_view.document(
            decision,
            trusted,
            weakenings,
            path=arguments.bundle,
            trust_path=arguments.trust,
            receipt_path=arguments.receipt,
        ),
    )


def _refuses(arguments: argparse.Namespace) -> bool:
    if arguments.tolerate and not arguments.refuse_weakenings:
        raise UsageError(
            "--tolerate says nothing without --refuse-weakenings",
            remedy="add --refuse-weakenings",
            where="--tolerate",
        )
    if not all(text.strip() for text in arguments.tolerate):
        raise UsageError(
            "--tolerate needs a text: an empty one would tolerate everything",
            remedy="copy a weakening from what verify lists",
            where="--tolerate",
        )
    return bool(arguments.refuse_weakenings)


def _folder_of(path: str) -> str:
    return os.path.dirname(os.path.realpath(path))  # noqa: PTH120 - pathlib costs 6 ms


def _digest_of(path: str) -> deploy.Presented:
    found = sha256()
    try:
        with open_file(path) as file:
            if stat.S_ISCHR(os.fstat(file.fileno()).st_mode):
                raise UsageError(
                    "the artifact is a device, which may have no end",
                    remedy="name the files that are about to be deployed",
                    where=path,
                )
            # One buffer that stays in the processor's cache.
            view = memoryview(bytearray(_CHUNK))
            while size := file.readinto(view):
                found.update(view[:size])
    except OSError as error:
        raise UsageError(
            f"the artifact cannot be read: {error.strerror}",
            remedy="check the path",
            where=path,
        ) from error
    return deploy.Presented(name=path, sha256=found.hexdigest())


def _digest(text: str) -> deploy.Presented:
    algorithm, _, value = text.partition(":")
    if algorithm != "sha256" or len(value) != 64 or set(value) - set("0123456789abcdef"):  # noqa: PLR2004
        raise UsageError(
            f"--digest must be sha256: and 64 lowercase hex digits, found {text!r:.100}",
            remedy="copy the digest from the registry",
        )
    return deploy.Presented(name=text, sha256=value)


def _own_policies(engine: PolicyEngine, folders: list[str]) -> PolicySet | None:
    if not folders:
        return None
    from assurance.cli import policy_folders

    return policy_folders.load(engine, folders)


def _accepted_entries(arguments: argparse.Namespace) -> tuple[dict[str, Any], ...]:
    if arguments.accepted is None:
        if arguments.allow_rollback is not None:
            raise UsageError(
                "--allow-rollback needs --accepted FILE, where it is recorded",
                remedy="add --accepted FILE",
            )
        return ()
    from pathlib import Path

    from assurance import accepted

    return accepted.read(Path(arguments.accepted))


def _newest(entries: tuple[dict[str, Any], ...]) -> tuple[deploy.Accepted, ...]:
    if not entries:
        return ()
    from assurance import accepted

    return accepted.newest(entries)


def _remember(arguments: argparse.Namespace, decision: deploy.Decision, now: datetime) -> None:
    from pathlib import Path

    from assurance import accepted

    verdict: Verdict | None = decision.claimed
    if verdict is None:
        raise RefusedError("there is no verdict to accept", remedy="verify again")
    accepted.remember(
        Path(arguments.accepted),
        verdict,
        bundle_sha256=decision.bundle_sha256,
        now=now,
        rollback=arguments.allow_rollback == verdict.release.version,
    )
