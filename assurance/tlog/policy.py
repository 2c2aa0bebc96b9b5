"""Which logs count, and which witnesses must have seen a checkpoint.

Specification: C2SP tlog-policy. Lines, in any order as long as a name stands before its use:
`log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME any|all|N MEMBER...` and one
`quorum NAME|none`. Empty lines and lines that begin with `#` are skipped.
"""

from __future__ import annotations

import re
from typing import Final

from assurance.errors import FormatError
from assurance.tlog import checkpoint, decimals, note, note_key
from assurance.value import Value

MAX_BYTES: Final = 1 << 16
"""Largest policy file that is read."""
NONE: Final = "none"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_REMEDY: Final = "see C2SP tlog-policy; each line is `log`, `witness`, `group` or `quorum`"


class PolicyLog(Value):
    """A log that counts."""

    key: note_key.NoteKey
    url: str | None = None


class PolicyWitness(Value):
    """A witness that groups may name."""

    name: str
    key: note_key.NoteKey
    url: str | None = None


class PolicyGroup(Value):
    """Met when `threshold` of its members are."""

    name: str
    threshold: int
    members: tuple[str, ...]


class Seen(Value):
    """A checkpoint whose signatures met a policy."""

    checkpoint: checkpoint.Checkpoint
    witnessed: tuple[tuple[str, int], ...]
    """(witness, seconds since 1970 UTC), in the note's order."""


class TlogPolicy(Value):
    """Logs, witnesses, groups and the quorum."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: str
    """Name of a witness or group, or `none`."""

    def check(self, signed: note.Note) -> Seen:
        """Return the checkpoint of a note that a log of ours signed and the quorum has seen.

        The log's own lines must be the first ones, as logs write them: there is one spelling
        of a witnessed checkpoint less for an attacker to play with.

        Raises:
            FormatError: another log, a wrong signature, or too few witnesses.
        """
        head = checkpoint.read(signed.text)
        keys = [log.key for log in self.logs if log.key.name == head.origin]
        logged = note.verified(signed, keys)
        if not logged:
            raise FormatError(
                f"the checkpoint of {head.origin} is not signed by a log of the policy",
                remedy="add the log's vkey to the policy if it is to count",
            )
        if not note.leads(signed, logged[0][1]):
            raise FormatError(
                "another signature than the log's is the first one below the checkpoint",
                remedy="take the checkpoint again from the log",
            )
        by_key = {witness.key: witness.name for witness in self.witnesses}
        witnessed = tuple(
            (by_key[key], note_key.cosigned_at(signature.signature))
            for key, signature in note.verified(signed, by_key)
        )
        if not self.is_met({name for name, _ in witnessed}):
            raise FormatError(
                f"the witnesses of the checkpoint ({_listed(witnessed)}) do not meet the quorum "
                f"{self.quorum}",
                remedy="ask the log for a checkpoint that more witnesses have signed",
            )
        return Seen(checkpoint=head, witnessed=witnessed)

    def is_met(self, names: set[str]) -> bool:
        """Say whether these witnesses are enough."""
        if self.quorum == NONE:
            return True
        met = set(names)
        for group in self.groups:  # each names only what stands before it
            if len(met.intersection(group.members)) >= group.threshold:
                met.add(group.name)
        return self.quorum in met


def _listed(witnessed: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(name for name, _ in witnessed) or "none"


class _Reader:
    """The lines read so far."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: list[PolicyWitness] = []
        self.groups: list[PolicyGroup] = []
        self.quorum: str | None = None
        self._names = {NONE}
        self._grouped: set[str] = set()

    def line(self, words: list[str]) -> None:
        reader = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }.get(words[0])
        if reader is None:
            raise _refuse(f"{words[0][:40]!r} is none of log, witness, group, quorum")
        reader(words[1:])

    def _new(self, name: str) -> str:
        if name in self._names:
            raise _refuse(f"the name {name[:40]!r} is taken")
        self._names.add(name)
        return name

    def _log(self, words: list[str]) -> None:
        if len(words) not in {1, 2}:
            raise _refuse("expected `log VKEY [URL]`")
        key = note_key.read(words[0])
        if key.kind == note_key.COSIGNATURE:
            raise _refuse("the vkey is a witness's (type 4)")
        if key.public in {log.key.public for log in self.logs}:
            raise _refuse("two logs have one key")
        self.logs.append(PolicyLog(key=key, url=words[1] if len(words) > 1 else None))

    def _witness(self, words: list[str]) -> None:
        if len(words) not in {2, 3}:
            raise _refuse("expected `witness NAME VKEY [URL]`")
        key = note_key.read(words[1])
        if key.kind != note_key.COSIGNATURE:
            raise _refuse("the vkey is not a witness's (type 4)")
        if key.public in {witness.key.public for witness in self.witnesses}:
            raise _refuse("two witnesses have one key: it would count twice")
        self.witnesses.append(
            PolicyWitness(name=self._new(words[0]), key=key, url=words[2] if words[2:] else None)
        )

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:  # noqa: PLR2004 - name, threshold, one member
            raise _refuse("expected `group NAME any|all|N MEMBER...`")
        name, text, *members = words
        known = self._names - {NONE}
        for member in members:
            if member not in known:
                raise _refuse(f"the member {member[:40]!r} is no witness or group above")
            if member in self._grouped or members.count(member) > 1:
                raise _refuse(f"the member {member[:40]!r} stands in a group already")
        count = {"any": 1, "all": len(members)}.get(text, decimals.read(text))
        if count is None or not 1 <= count <= len(members):
            raise _refuse(f"the threshold {text[:40]!r} is not any, all or 1 to {len(members)}")
        self._grouped.update(members)
        self.groups.append(
            PolicyGroup(name=self._new(name), threshold=count, members=tuple(members))
        )

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1 or self.quorum is not None:
            raise _refuse("expected one `quorum NAME|none`")
        if words[0] not in self._names:
            raise _refuse(f"the quorum {words[0][:40]!r} is no witness or group above")
        self.quorum = words[0]


def _refuse(problem: str) -> FormatError:
    return FormatError(problem, remedy=_REMEDY)


def read(data: bytes, *, where: str) -> TlogPolicy:
    """Read a policy file.

    Args:
        data: Its content.
        where: Its name, for messages.

    Raises:
        FormatError: with the line, and what was expected there.
    """
    if len(data) > MAX_BYTES:
        raise FormatError(
            f"the policy has {len(data)} bytes; at most {MAX_BYTES} are read",
            remedy=_REMEDY,
            where=where,
        )
    # Names are opaque octets: surrogates keep those that are not UTF-8 apart.
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        if _CONTROL.search(line):
            raise FormatError("a control character", remedy=_REMEDY, where=f"{where}:{number}")
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.line(words)
        except FormatError as err:
            raise FormatError(err.problem, remedy=err.remedy, where=f"{where}:{number}") from err
    if reader.quorum is None:
        raise FormatError("the policy has no `quorum` line", remedy=_REMEDY, where=where)
    return TlogPolicy(
        logs=tuple(reader.logs),
        witnesses=tuple(reader.witnesses),
        groups=tuple(reader.groups),
        quorum=reader.quorum,
    )
