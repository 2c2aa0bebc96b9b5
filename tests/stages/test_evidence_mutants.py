"""Evidence of every kind, tampered with or signed for something else, never reaches a policy.

One draft with a line of each kind that collectors and people can add, all of it good; then, line
by line: the payload changed after it was signed, the subject of another release, a key that nobody
knows, a key without the role. Each is refused with its reason, whatever the policies would say.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assurance import attest, bundle
from assurance.model import Statement, Subject
from assurance.predicates import KINDS, RELEASE
from assurance.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance.predicates import Kind

SERVICE = Subject(name="ledger", uri="https://ledger.example.com", digest=(("sha256", "5e" * 32),))
SEALED = {"policy-set", "readiness", "vsa", "manifest"}
ADDED = [kind for kind in KINDS.values() if kind.name not in SEALED]
OTHER = "0f" * 32


def _statement(kind: Kind, world: Any) -> Statement:
    """A statement that the core can read, about what its kind has to be about."""
    text = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    commit = Subject(name="ledger", digest=(("gitCommit", str(world.release.revision)),))
    subjects = {
        "release": (),
        "commit": (commit,),
        "service": (SERVICE,),
        "linked": (commit,),
        "project": (Subject(name="trust", digest=(("sha256", "7a" * 32),)),),
    }
    predicate: dict[str, Any] = {"area": "qa", "words": "as they were signed"}
    if kind.binding == "project":
        predicate["project"] = world.release.name
    for path in kind.as_of:
        keys = path.split(".")
        inner = predicate
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = text
    return Statement(
        predicate_type=kind.predicate_type,
        predicate=json.dumps(predicate).encode(),
        collected_at=world.now,
        subjects=subjects[kind.binding],
    )


@pytest.fixture(scope="module")
def draft(world_of: Callable[[], Any]) -> tuple[Any, list[bytes]]:
    """A world with one key in every role, and its draft: a line of each kind."""
    world = world_of()
    roles = {*world.trust.keys[0].roles, "vex", "reviewer", "sign-off:qa"}
    roles |= {"waiver-requester", "waiver-approver"}
    key = replace(world.trust.keys[0], roles=tuple(sorted(roles)))
    world.trust = replace(world.trust, keys=(key,))
    world.statements = [_statement(kind, world) for kind in ADDED if kind.predicate_type != RELEASE]
    signers = dict.fromkeys((*roles, "sign-off:"), world.key)
    world.signers = lambda: signers
    return world, world.draft()[:-1].split(b"\n")


def _problems(world: Any, lines: list[bytes]) -> list[tuple[str, str]]:
    data = bundle.write(tuple(lines))
    groups = bundle.groups(bundle.read(data, where="draft"), where="draft")
    found = verify(groups, world.trust, now=world.now, where="draft")
    return [(item.code, item.problem) for item in found.problems]


def _line_of(lines: list[bytes], kind: Kind) -> int:
    """Return the place of the line of a kind."""
    (found,) = [
        at
        for at, line in enumerate(lines)
        if json.loads(_payload(line))["predicateType"] == kind.predicate_type
    ]
    return found


def _payload(line: bytes) -> bytes:
    return base64.b64decode(json.loads(line)["dsseEnvelope"]["payload"])


def test_all_of_it_is_good(draft: tuple[Any, list[bytes]]) -> None:
    """So that each change below is what makes the difference."""
    world, lines = draft
    assert len(ADDED) == len(lines) > 15
    assert [] == _problems(world, lines)


@pytest.mark.parametrize("kind", ADDED, ids=lambda kind: kind.name)
def test_tampered_after_it_was_signed(kind: Kind, draft: tuple[Any, list[bytes]]) -> None:
    """One letter of the predicate, or of a name in it, and the signature no longer holds."""
    world, lines = draft
    at = _line_of(lines, kind)
    old = _payload(lines[at])
    new = old.replace(world.release.name.encode(), b"ledger-apj").replace(b"words", b"wordz")
    assert old != new
    changed = list(lines)
    changed[at] = lines[at].replace(base64.b64encode(old), base64.b64encode(new))
    assert "signature" in {code for code, _ in _problems(world, changed)}


@pytest.mark.parametrize("kind", ADDED, ids=lambda kind: kind.name)
def test_about_something_else(kind: Kind, draft: tuple[Any, list[bytes]]) -> None:
    """Signed by the right key, and about another artifact, commit or service."""
    world, lines = draft
    at = _line_of(lines, kind)
    subjects = json.loads(_payload(lines[at]))["subject"]
    foreign = tuple(
        Subject(
            name=subject.get("name"),
            uri=subject.get("uri"),
            digest=tuple(
                (algorithm, OTHER[: len(hexed)]) for algorithm, hexed in subject["digest"].items()
            ),
        )
        for subject in subjects
    )
    predicate = json.loads(_payload(lines[at]))["predicate"]
    if kind.binding == "project":
        predicate["project"] = "another"
    statement = Statement(
        predicate_type=kind.predicate_type,
        predicate=json.dumps(predicate).encode(),
        collected_at=world.now,
        subjects=foreign,
    )
    changed = list(lines)
    changed[at] = attest.attest_as(statement, world.release, world.key)
    ((code, problem),) = _problems(world, changed)
    assert "other-release" == code
    assert f"line {at + 1} ({kind.predicate_type}) is for another release" in problem


@pytest.mark.parametrize("kind", ADDED, ids=lambda kind: kind.name)
def test_signed_by_nobody_known_or_in_no_role(kind: Kind, draft: tuple[Any, list[bytes]]) -> None:
    """A stranger's key; a key that is known and has none of the roles; one that has expired."""
    world, lines = draft
    at = _line_of(lines, kind)
    read = json.loads(_payload(lines[at]))
    statement = Statement(
        predicate_type=kind.predicate_type,
        predicate=json.dumps(read["predicate"]).encode(),
        collected_at=world.now,
        subjects=tuple(
            Subject(
                name=subject.get("name"),
                uri=subject.get("uri"),
                digest=tuple(sorted(subject["digest"].items())),
            )
            for subject in read["subject"]
        ),
    )
    changed = list(lines)
    changed[at] = attest.attest_as(statement, world.release, world.other)
    ((code, problem),) = _problems(world, changed)
    assert ("unknown-signer", True) == (code, "which the trust file does not know" in problem)
    known = world.trust.keys[0]
    others = {
        "role": {"roles": ("nothing-at-all",)},
        "key-not-valid": {"not_after": world.now - timedelta(seconds=1)},
    }
    for expected, changes in others.items():
        public = world.other.public_key_pem
        second = replace(
            known, id=world.other.key_id, holder="n.obody", public=_key(public), **changes
        )
        trusting = replace(world.trust, keys=(known, second))
        with_second = replace(world, trust=trusting)
        codes = {code for code, _ in _problems(with_second, changed)}
        assert expected in codes


def _key(pem: bytes) -> Any:
    from assurance import keys

    return keys.load_public(pem, where="test key")
