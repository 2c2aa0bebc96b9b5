"""What passes between the engine and a collector's child process, in both directions.

The request is one JSON object on stdin. The answer is a folder: `result.json`, written last
and renamed into place, and one file for each predicate with its digest in `result.json`.
Nothing that the child says is trusted to be well-formed: `read_answer` raises `FormatError`
for whatever is not complete, regular, in bounds and of the right shape.
"""

from __future__ import annotations

import os
import re
import stat
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json, timestamps
from assurance.errors import FormatError
from assurance.interfaces import CollectContext
from assurance.model import Artifact, Release, Statement, Subject
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_STATEMENTS: Final = 2_000
"""Of one collector; a bundle of a thousand SBOMs is somebody's release."""
MAX_PREDICATE_BYTES: Final = 64 << 20
_MAX_RESULT_BYTES: Final = 16 << 20
_RESULT: Final = "result.json"
_FILE: Final = re.compile(r"[0-9]{1,4}\.json")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[!-~]{1,1000}")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,1000}")
_HEX: Final = re.compile(r"([0-9a-f]{2}){16,64}")
_ALGORITHM: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DIGITS: Final = {"sha256": (64,), "sha512": (128,), "sha1": (40,), "gitCommit": (40, 64)}
"""Length of the hex digest, for the algorithms whose length we know."""


class Request(Value):
    """What the child is asked to do."""

    plugin: str
    distribution: str
    collector: str
    search_path: tuple[str, ...]
    """The parent's `sys.path`: parent and child must see the same plugins."""
    context: CollectContext
    self_test_dir: Path
    answer_dir: Path
    only_self_test: bool = False
    timeout_seconds: int
    """The child also ends itself by an alarm, should the parent be gone by then."""


class Answer(Value):
    """What the child said."""

    self_test: str
    """`passed`, `failed`, `none` or `not-run`."""
    self_test_message: str | None = None
    statements: tuple[Statement, ...] = ()
    failure: str | None = None
    """Why there are no statements; None when there are."""
    missing: bool = False
    """The evidence is simply not there."""
    remedy: str | None = None


def write_request(request: Request) -> bytes:
    """Return `request` as JSON.

    Raises:
        FormatError: a path or option that JSON cannot carry.
        TypeError: an option that JSON cannot carry, such as a date.
    """
    context = request.context
    release = context.release
    return strict_json.dumps(
        {
            "plugin": request.plugin,
            "distribution": request.distribution,
            "collector": request.collector,
            "searchPath": list(request.search_path),
            "selfTestDir": str(request.self_test_dir),
            "answerDir": str(request.answer_dir),
            "onlySelfTest": request.only_self_test,
            "timeoutSeconds": request.timeout_seconds,
            "root": str(context.root),
            "workdir": str(context.workdir),
            "inputs": [str(path) for path in context.inputs],
            "artifactFiles": [str(path) for path in context.artifacts],
            "options": dict(context.options),
            "now": context.now.isoformat(),
            "release": {
                "name": release.name,
                "version": release.version,
                "revision": release.revision,
                "environment": release.environment,
                "resourceUri": release.resource_uri,
                "artifacts": [
                    {"name": it.name, "sha256": it.sha256, "size": it.size, "platform": it.platform}
                    for it in release.artifacts
                ],
            },
        }
    )


def read_request(data: bytes) -> Request:
    """Return the request in `data`, which the parent wrote.

    Raises:
        FormatError: not JSON. Any other error is a bug of the parent.
    """
    from datetime import datetime

    value = strict_json.loads(data, what="the request to a collector")
    release = value["release"]
    return Request(
        plugin=value["plugin"],
        distribution=value["distribution"],
        collector=value["collector"],
        search_path=tuple(value["searchPath"]),
        self_test_dir=Path(value["selfTestDir"]),
        answer_dir=Path(value["answerDir"]),
        only_self_test=value["onlySelfTest"],
        timeout_seconds=value["timeoutSeconds"],
        context=CollectContext(
            release=Release(
                name=release["name"],
                version=release["version"],
                revision=release["revision"],
                environment=release["environment"],
                resource_uri=release["resourceUri"],
                artifacts=tuple(Artifact(**it) for it in release["artifacts"]),
            ),
            root=Path(value["root"]),
            workdir=Path(value["workdir"]),
            inputs=tuple(Path(it) for it in value["inputs"]),
            artifacts=tuple(Path(it) for it in value["artifactFiles"]),
            options=value["options"],
            now=datetime.fromisoformat(value["now"]),
        ),
    )


def write_answer(answer: Answer, folder: Path) -> None:
    """Write `answer` into `folder`; it counts only once `result.json` has its name.

    Raises:
        OSError: no room, or the like.
        FormatError: a text that JSON cannot carry.
    """
    statements = []
    for number, statement in enumerate(answer.statements):
        name = f"{number}.json"
        (folder / name).write_bytes(statement.predicate)
        statements.append(
            {
                "predicateType": statement.predicate_type,
                "file": name,
                "sha256": sha256(statement.predicate).hexdigest(),
                "collectedAt": timestamps.format_utc(statement.collected_at),
                "subjects": [
                    {"name": it.name, "uri": it.uri, "digest": dict(it.digest)}
                    for it in statement.subjects
                ],
            }
        )
    result = {
        "selfTest": answer.self_test,
        "selfTestMessage": answer.self_test_message,
        "statements": statements,
        "failure": answer.failure,
        "missing": answer.missing,
        "remedy": answer.remedy,
    }
    part = folder / f"{_RESULT}.part"
    part.write_bytes(strict_json.dumps(result))
    part.replace(folder / _RESULT)


def read_answer(folder: int) -> Answer | None:
    """Return the answer in the open folder `folder`, or None where there is no `result.json`.

    Args:
        folder: A descriptor that was opened before the child started: what the child does
            to the folder's path does not matter.

    Raises:
        FormatError: an incomplete, oversized, irregular or malformed answer.
    """
    data = _read(folder, _RESULT, _MAX_RESULT_BYTES, absent=True)
    if data is None:
        return None
    value = strict_json.loads(data, what=_RESULT)
    try:
        states = ("passed", "failed", "none", "not-run")
        if value["selfTest"] not in states or not isinstance(value["missing"], bool):
            raise _bad(f"{_RESULT} has no self-test state")
        items = value["statements"]
        if not isinstance(items, list) or len(items) > MAX_STATEMENTS:
            raise _bad(f"{_RESULT} lists more than {MAX_STATEMENTS} statements")
        return Answer(
            self_test=value["selfTest"],
            self_test_message=_text(value["selfTestMessage"]),
            statements=tuple(_read_statement(folder, it) for it in items),
            failure=_text(value["failure"]),
            missing=value["missing"],
            remedy=_text(value["remedy"]),
        )
    except (KeyError, TypeError, AttributeError) as err:
        raise _bad(f"{_RESULT} has another shape: {err}") from err


def _read_statement(folder: int, value: Mapping[str, Any]) -> Statement:
    name = value["file"]
    if not isinstance(name, str) or not _FILE.fullmatch(name):
        raise _bad(f"a predicate outside the folder: {name!r:.100}")
    predicate = _read(folder, name, MAX_PREDICATE_BYTES)
    if predicate is None or sha256(predicate).hexdigest() != value["sha256"]:
        raise _bad(f"{name} is incomplete")
    statement = Statement(
        predicate_type=value["predicateType"],
        predicate=predicate,
        collected_at=timestamps.parse(value["collectedAt"], what=f"{_RESULT}: collectedAt"),
        subjects=tuple(
            Subject(name=it["name"], uri=it["uri"], digest=tuple(sorted(it["digest"].items())))
            for it in value["subjects"]
        ),
    )
    check_statement(statement)
    return statement


def check_statement(statement: Statement) -> None:
    """Check everything about a collector's statement that needs no knowledge of its kind.

    Raises:
        FormatError: it cannot be signed as it is.
    """
    if not _matches(_URI, statement.predicate_type):
        raise _bad(f"predicate type {statement.predicate_type!r:.100} is not an absolute URI")
    predicate: Any = statement.predicate
    if not isinstance(predicate, bytes):
        raise _bad(f"a predicate is {type(predicate).__name__}, not bytes")
    if len(statement.predicate) > MAX_PREDICATE_BYTES:
        raise _bad(
            f"a predicate has {len(statement.predicate):,} bytes; "
            f"the limit is {MAX_PREDICATE_BYTES:,}"
        )
    value = strict_json.loads(statement.predicate, what="a predicate")
    if not isinstance(value, dict):
        raise _bad("a predicate is not a JSON object")
    if not value:
        raise _bad("a predicate is an empty object")
    for subject in statement.subjects:
        _check_subject(subject)


def _check_subject(subject: Subject) -> None:
    if not subject.digest:
        raise _bad("a subject has no digest")
    for algorithm, digest in subject.digest:
        if not _matches(_ALGORITHM, algorithm):
            raise _bad(f"a subject has a digest by {algorithm!r:.40}")
        lengths = _DIGITS.get(algorithm, (len(digest),))
        if not _matches(_HEX, digest) or len(digest) not in lengths:
            raise _bad(f"a subject's {algorithm} digest {digest!r:.100} is not lowercase hex")
    if subject.name is not None and not _matches(_NAME, subject.name):
        raise _bad(f"a subject's name is {subject.name!r:.100}")
    if subject.uri is not None and not _matches(_URI, subject.uri):
        raise _bad(f"a subject's URI {subject.uri!r:.100} is not absolute")


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _read(folder: int, name: str, limit: int, *, absent: bool = False) -> bytes | None:
    """Read a regular file of at most `limit` bytes; no symlink, no pipe that would block."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        if absent:
            return None
        raise _bad(f"{name} is not there") from None
    except OSError as err:
        raise _bad(f"{name} is not a regular file: {err.strerror}") from err
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _bad(f"{name} is not a regular file")
        if found.st_size > limit:
            raise _bad(f"{name} has {found.st_size:,} bytes; the limit is {limit:,}")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(limit + 1)
    finally:
        os.close(handle)


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _bad(f"{_RESULT} has {type(value).__name__} where text belongs")
    return value


def _bad(problem: str) -> FormatError:
    return FormatError(problem, remedy="report it to the maker of the plugin")
