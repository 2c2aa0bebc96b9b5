"""in-toto Statements: `write` makes ours, `read` takes any apart.

Specification: in-toto attestation framework v1, `spec/v1/statement.md` and
`resource_descriptor.md`. Ours have exactly `_type`, `subject`, `predicateType` and
`predicate`; imported ones may be v0.1 (see `ParsedStatement.version`). What a predicate
says is not looked at here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import FormatError
from assurance.model import Subject
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.model import Statement

V1: Final = "https://in-toto.io/Statement/v1"
V0_1: Final = "https://in-toto.io/Statement/v0.1"
MAX_SUBJECTS: Final = 10_000

_VERSIONS: Final = {V1: "v1", V0_1: "v0.1"}
_FIELDS: Final = frozenset({"_type", "subject", "predicateType", "predicate"})
_DESCRIPTOR: Final = frozenset(
    {"name", "uri", "digest", "content", "downloadLocation", "mediaType", "annotations"}
)
_HEX_DIGITS: Final = {
    "sha1": (40,),
    "sha256": (64,),
    "sha384": (96,),
    "sha512": (128,),
    "gitCommit": (40, 64),
    "gitTree": (40, 64),
    "gitBlob": (40, 64),
    "gitTag": (40, 64),
}
_HEX: Final = re.compile(r"[0-9a-f]+")
_ALGORITHM: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,2000}")
_MAX_TEXT: Final = 4096
_LARGE: Final = 65_536
"""Bytes of a payload from which on it pays not to write its predicate again."""
_REMEDY: Final = "make the statement again with a tool that follows in-toto Statement v1"


class ParsedStatement(Value):
    """A Statement taken apart; nothing is known yet of who signed it."""

    predicate_type: str
    predicate: Mapping[str, Any]
    subjects: tuple[Subject, ...]
    """In the statement's order, without duplicates, 1 to `MAX_SUBJECTS`."""
    version: str
    """`v1`, or `v0.1` for an imported old one."""
    predicate_json: bytes | None = None
    """The predicate as it stands in the payload; None where the payload is not laid out as `write`
    does it, or small."""


def write(statement: Statement, release_subjects: tuple[Subject, ...]) -> bytes:
    """Return the bytes to sign: Statement v1, compact JSON, the predicate as it stands.

    Args:
        statement: Its predicate's bytes go in unchanged, apart from space around them.
        release_subjects: What it is about when it names no subjects of its own.

    Raises:
        FormatError: the predicate is no strict JSON object, or `read` would refuse the
            result for its type or subjects.
    """
    what = f"statement of type {statement.predicate_type}"
    head, tail = _around(statement.predicate_type, statement.subjects or release_subjects)
    payload = head + statement.predicate.strip(b" \t\r\n") + tail
    # Bytes such as `{},"x":{}` cannot smuggle a field in: `read` refuses every field beside
    # the four, and the parser every one of the four that stands twice.
    read(payload, where=what)
    return payload


def read(payload: bytes, *, where: str) -> ParsedStatement:
    """Take the payload of an attestation apart.

    Args:
        payload: The signed bytes.
        where: `file:line`, for messages.

    Raises:
        FormatError: not exactly the four fields, an empty or malformed digest, a doubled
            subject, none or too many subjects, or not strict JSON.
    """
    value = strict_json.loads(payload, what=where)
    if not isinstance(value, dict):
        raise _error("the statement must be an object", where)
    for key in sorted(value.keys() - _FIELDS):
        raise _error(f"the statement has the unknown field {_short(key)}", where)
    for key in sorted(_FIELDS - value.keys()):
        raise _error(f"the statement lacks the field `{key}`", where)
    version = value["_type"]
    if not isinstance(version, str) or version not in _VERSIONS:
        raise _error(f"`_type` is {_short(version)}, expected {V1!r}", where)
    predicate_type = value["predicateType"]
    if not isinstance(predicate_type, str) or not _URI.fullmatch(predicate_type):
        raise _error(f"`predicateType` is {_short(predicate_type)}, expected a URI", where)
    if not isinstance(value["predicate"], dict):
        raise _error("`predicate` must be an object", where)
    subjects = _subjects(value["subject"], where)
    return ParsedStatement(
        predicate_type=predicate_type,
        predicate=value["predicate"],
        subjects=subjects,
        version=_VERSIONS[version],
        predicate_json=_predicate_json(payload, predicate_type, subjects),
    )


def _around(predicate_type: str, subjects: tuple[Subject, ...]) -> tuple[bytes, bytes]:
    """Return what stands before and after the predicate in a payload of ours."""
    about = strict_json.dumps([_descriptor(subject) for subject in subjects])
    return (
        b'{"_type":%b,"predicate":' % strict_json.dumps(V1),
        b',"predicateType":%b,"subject":%b}' % (strict_json.dumps(predicate_type), about),
    )


def _predicate_json(
    payload: bytes, predicate_type: str, subjects: tuple[Subject, ...]
) -> bytes | None:
    """Return the bytes of the predicate, exactly, where they can be told without a second parser.

    What stands before and after them is known to the byte, so that nothing else is left.
    """
    if len(payload) < _LARGE:
        return None
    head, tail = _around(predicate_type, subjects)
    if not (payload.startswith(head) and payload.endswith(tail)):
        return None
    return payload[len(head) : len(payload) - len(tail)]


def _subjects(value: object, where: str) -> tuple[Subject, ...]:
    if not isinstance(value, list) or not value:
        raise _error("`subject` must be a list of at least one subject", where)
    if len(value) > MAX_SUBJECTS:
        raise _error(f"{len(value):,} subjects; the limit is {MAX_SUBJECTS:,}", where)
    first: dict[Subject, int] = {}
    for index, item in enumerate(value):
        subject = _subject(item, f"`subject[{index}]`", where)
        earlier = first.setdefault(subject, index)
        if earlier != index:
            raise _error(f"`subject[{index}]` repeats `subject[{earlier}]`", where)
    return tuple(first)


def _subject(value: object, name: str, where: str) -> Subject:
    if not isinstance(value, dict):
        raise _error(f"{name} must be an object", where)
    for key in sorted(value.keys() - _DESCRIPTOR):
        raise _error(f"{name} has the unknown field {_short(key)}", where)
    for key in ("name", "uri"):
        text = value.get(key, "x")
        if not isinstance(text, str) or not 0 < len(text) <= _MAX_TEXT:
            raise _error(f"{name} `{key}` must be 1 to {_MAX_TEXT} characters", where)
    digest = value.get("digest")
    if not isinstance(digest, dict) or not digest:
        raise _error(f"{name} has no digest", where)
    for algorithm, text in digest.items():
        _check_digest(algorithm, text, name, where)
    return Subject(
        name=value.get("name"), digest=tuple(sorted(digest.items())), uri=value.get("uri")
    )


def _check_digest(algorithm: str, text: object, name: str, where: str) -> None:
    if not _ALGORITHM.fullmatch(algorithm):
        raise _error(f"{name} has a digest of the algorithm {_short(algorithm)}", where)
    lengths = _HEX_DIGITS.get(algorithm)
    if not isinstance(text, str) or not 0 < len(text) <= _MAX_TEXT or not text.isprintable():
        raise _error(f"{name} `{algorithm}` must be text, found {_short(text)}", where)
    if lengths is not None and (len(text) not in lengths or not _HEX.fullmatch(text)):
        wanted = " or ".join(str(length) for length in lengths)
        raise _error(
            f"{name} `{algorithm}` must be {wanted} lowercase hex digits, found {_short(text)}",
            where,
        )


def _descriptor(subject: Subject) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"digest": dict(subject.digest)}
    if subject.name is not None:
        descriptor["name"] = subject.name
    if subject.uri is not None:
        descriptor["uri"] = subject.uri
    return descriptor


def _error(problem: str, where: str) -> FormatError:
    return FormatError(problem, remedy=_REMEDY, where=where)


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:97]}..."  # noqa: PLR2004 - part of one line
