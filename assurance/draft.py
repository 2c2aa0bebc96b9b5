"""A draft between `collect` and `decide`: people look at it, and append what they sign.

`look` judges a draft as `decide` would, without sealing anything; `append` signs a statement in
a role of the settings and puts its line at the end of the file. Lines that people add go into
their places when the draft is sealed.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assurance import bundle, draft_release, policy_set
from assurance import release as releases
from assurance.attest import attest_as
from assurance.bounded_file import read_file
from assurance.errors import FormatError, RefusedError, UndecidedError
from assurance.evidence_files import evidence_files, write_atomic
from assurance.gate import load_trust
from assurance.last_release import read_last
from assurance.policy_choice import left_out, load_policies
from assurance.publish import NO_LOG
from assurance.seal import check_collected, is_sealed_only
from assurance.value import Value
from assurance.verdict import Gate, reach
from assurance.verify import read_manifest, verify, why_not_valid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from assurance.bundle import Line
    from assurance.interfaces import Signer
    from assurance.model import Statement, Verdict
    from assurance.plugin_host import PluginHost
    from assurance.settings import Settings
    from assurance.trust import Trust, TrustKey
    from assurance.verify import Verified


class Look(Value):
    """A draft, verified and judged."""

    path: Path
    data: bytes
    lines: tuple[Line, ...]
    verified: Verified
    verdict: Verdict
    """As `decide` would give it now, missing sign-offs included."""
    trust: Trust


def path_of(settings: Settings, draft: Path | None, out: Path) -> Path:
    """Return the draft that is meant: the one named, else the release's own."""
    if draft is not None:
        return draft
    release, _ = releases.read_release(settings)
    return evidence_files(out, release.name, release.version).draft


def look(
    settings: Settings,
    host: PluginHost,
    path: Path,
    *,
    now: datetime,
    weakenings: tuple[str, ...] = (),
) -> Look:
    """Verify and judge the draft at `path`; nothing is written.

    Raises:
        UsageError: the draft, trust file or policies cannot be read.
        FormatError: the draft is cut or changed, or is a sealed bundle.
        SignatureError: a line does not verify.
        PolicyEngineError: the engine gave no answer at all.
    """
    data = read_file(
        path,
        what="the draft",
        limit=bundle.MAX_BYTES,
        remedy="make it first: assurance collect",
    )
    lines = bundle.read(data, where=str(path))
    for line in lines:
        if is_sealed_only(line):
            raise FormatError(
                "this bundle is sealed: nothing can be added to it",
                remedy="name the draft (.draft.jsonl); collect again where it is gone",
                where=f"{path}:{line.number}",
            )
    groups = bundle.groups(lines, where=str(path))
    manifest = read_manifest(groups, where=str(path))
    check_collected(groups, manifest, where=str(path))
    trust = load_trust(settings)
    verified = verify(groups, trust, now=now, where=str(path))
    verified.require()
    release, _ = releases.read_release(settings)
    draft_release.check(data, release, where=str(path))
    engine, policies = load_policies(settings, host)
    try:
        verdict = reach(
            verified,
            policies=policies,
            policy_digest=bundle.digest(policy_set.pack(policies)),
            engine=engine,
            trust=trust,
            gate=Gate(
                target_grade=settings.gate.target_grade,
                areas=settings.gate.areas,
                weakenings=(
                    *weakenings,
                    *left_out(settings, host),
                    *(() if settings.log else (NO_LOG,)),
                ),
                previous=read_last(settings, trust=trust, release=release, now=now),
            ),
            artifacts_at_seal=release.artifacts,
            now=now,
        )
    finally:
        engine.close()
    return Look(path=path, data=data, lines=lines, verified=verified, verdict=verdict, trust=trust)


def holder_of(signer: Signer, role: str, trust: Trust, *, now: datetime) -> TrustKey:
    """Return the trust file's entry of a signer that is about to sign in `role`.

    A line that does not verify would keep the whole draft from being decided.

    Raises:
        RefusedError: the trust file does not know the key, gives it another role, or says that it
            is not valid at `now` (UTC).
    """
    key = trust.key(signer.key_id)
    if key is None or role not in key.roles:
        known = ", ".join(sorted(item.holder for item in trust.keys if role in item.roles))
        raise RefusedError(
            f"the key {signer.key_id[:16]}… has no role {role} in the trust file"
            + (f": that role is {known}'s" if known else ": nobody has that role"),
            remedy=f"sign with a key of that role ([sign.{_table(role)}] uri), or change the trust "
            "file",
            where=f"sign.{role}",
        )
    reason = why_not_valid(key, now)
    if key.revoked is not None:
        reason = f"was revoked: {key.revoked.reason}"
    if reason is not None:
        raise RefusedError(
            f"the key of {key.holder} {reason}: nothing was signed with it",
            remedy=f"sign with a key of role {role} that is valid now ([sign.{_table(role)}] uri), "
            "after the trust file lists it",
            where=f"sign.{role}",
        )
    return key


def _table(role: str) -> str:
    return f'"{role}"' if ":" in role else role


def append(seen: Look, made: Statement, signer: Signer) -> int:
    """Sign `made` and put its line at the end of the draft; return the line's number.

    Raises:
        SignerError: the signer does not sign.
        UndecidedError: the draft cannot be written, or somebody else has changed it since it was
            looked at; it stays as it was.
    """
    line = attest_as(made, seen.verified.manifest.release, signer)
    with _locked(seen.path):
        if seen.path.read_bytes() != seen.data:
            raise UndecidedError(
                "somebody else added to the draft at the same moment: nothing was signed in it",
                remedy="look at it again, then repeat the command",
                where=str(seen.path),
            )
        write_atomic(seen.path, seen.data + line + b"\n")
    return len(seen.lines) + 1


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time put a line into the draft: each writes the whole file anew."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise UndecidedError(
            f"the draft cannot be read any more: {error.strerror}",
            remedy="see whether it was collected anew, then repeat the command",
            where=str(path),
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
