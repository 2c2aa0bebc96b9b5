"""Asks witnesses for their signatures on a checkpoint (C2SP tlog-witness), over HTTP.

A witness remembers the newest checkpoint that it signed. Where it has seen more than the
database holds, the database was rolled back, and nothing may be written any more.
"""

from __future__ import annotations

import http.client
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from assurance.errors import AssuranceError, LogError
from assurance.tlog import checkpoint, counted, note, note_key, witness
from assurance.value import Value
from assurance_log import rows
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance.tlog.note import Note, NoteSignature
    from assurance.tlog.policy import PolicyWitness, TlogPolicy
    from assurance_log.store import Store

TIMEOUT_SECONDS: Final = 10.0
"""For one answer of one witness, from the connection to its last byte."""
_TRIES: Final = 10
"""How often the newest checkpoint is looked up again while others append."""
MAX_ANSWER: Final = 1 << 16
"""Bytes of an answer that are read."""
_OK: Final = 200
_CONFLICT: Final = 409
_UNPROCESSABLE: Final = 422


class _Answer(Value):
    status: int
    body: bytes


class Witnesses:
    """The witnesses of a policy, and how many of them a checkpoint needs."""

    def __init__(self, policy: TlogPolicy) -> None:
        """Take the witnesses that have a URL; the others cannot be asked."""
        self._policy = policy
        self._asked = tuple(item for item in policy.witnesses if item.url is not None)
        self.problems: tuple[str, ...] = ()
        """Why witnesses did not sign, last time."""

    def compare(self, database: Store) -> None:
        """Ask about the newest checkpoint, also those that signed it: has one seen more?

        Raises:
            LogError: as `ask`.
        """
        for _ in range(_TRIES):
            with database.read() as connection:
                newest = next(rows.checkpoints(connection, newest_first=True), None)
            if newest is None or self.ask(
                database, note.read(newest.note), newest.size, again=True
            ):
                return

    def ask(self, database: Store, signed: Note, size: int, *, again: bool = False) -> bool:
        """Ask every witness at once, and keep what verifies.

        A witness that does not answer is a problem to show, not an error: `demand` decides.

        Args:
            database: Of the log.
            signed: Its newest checkpoint.
            size: Of that checkpoint's tree.
            again: Ask those that signed it already, too: they say whether they have seen more.

        Returns:
            False where another writer was quicker and a witness has seen its checkpoint: then
            there is a newer one to ask about.

        Raises:
            LogError: a witness has seen more of this log than the database holds, or another
                root at this size.
        """
        with database.read() as connection:
            seen = {
                item.name: rows.last_cosigned(connection, item.key.name, item.key.key_hash)
                for item in self._asked
            }
            lines = "".join(rows.cosignatures(connection, size))
        there = note.read_signature_lines(lines) if lines else ()
        have = {(line.name, line.key_hash) for line in there}
        missing = [
            item for item in self._asked if again or (item.key.name, item.key.key_hash) not in have
        ]
        if not missing:
            return True
        with ThreadPoolExecutor(max_workers=len(missing)) as pool:
            answers = pool.map(
                lambda item: self._one(database, item, signed, size, seen[item.name]), missing
            )
            results = list(zip(missing, answers, strict=True))
        if any(line is None for _, line in results):
            return False
        self.problems = tuple(told for _, told in results if isinstance(told, str))
        with database.write() as connection:
            for item, line in results:
                if line is not None and not isinstance(line, str):
                    rows.add_witness_key(connection, item.key)
                    rows.add_cosignature(
                        connection,
                        size,
                        item.key.name,
                        item.key.key_hash,
                        line.line(),
                        note_key.cosigned_at(line.signature),
                    )
        return True

    def demand(self, signed: Note) -> None:
        """See that the quorum has signed.

        Raises:
            LogError: it has not; names the witnesses that failed.
        """
        try:
            self._policy.check(signed)
        except AssuranceError as err:
            told = "".join(f"; {problem}" for problem in self.problems)
            raise LogError(
                f"{err.problem}{told}",
                remedy="append again when the witnesses answer: what is logged keeps its index",
            ) from err

    def _one(
        self, database: Store, item: PolicyWitness, signed: Note, size: int, old: int
    ) -> NoteSignature | str | None:
        """Return one witness's line, or what went wrong; None where a writer was quicker."""
        answer = self._post(item, _body(database, signed, old, size))
        if isinstance(answer, _Answer) and answer.status == _CONFLICT:
            known = witness.size_of_conflict(answer.body)
            if known is None:
                return f"{item.name} answers 409 without a size"
            if known > size:
                _demand_published(database, item, known, size)
                return None
            answer = self._post(item, _body(database, signed, known, size))
        return answer if isinstance(answer, str) else _line(item, signed, answer)

    def _post(self, item: PolicyWitness, body: bytes) -> _Answer | str:
        url = urlsplit(item.url or "")
        maker = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}.get(
            url.scheme
        )
        if maker is None or not url.hostname:
            return f"{item.name} has no http or https URL"
        try:
            connection = maker(url.hostname, url.port, timeout=TIMEOUT_SECONDS)
            try:
                connection.connect()
                with _deadline(connection.sock):
                    connection.request("POST", url.path.rstrip("/") + "/add-checkpoint", body=body)
                    answer = connection.getresponse()
                    return _Answer(status=answer.status, body=answer.read(MAX_ANSWER))
            finally:
                connection.close()
        except (OSError, ValueError, http.client.HTTPException) as err:
            return f"{item.name} does not answer: {str(err) or type(err).__name__}"


@contextmanager
def _deadline(sock: socket.socket) -> Iterator[None]:
    """End the exchange on a connection in time; its own time limit is for each part of an answer.

    A witness that sends a byte now and then would hold every append for as long as it likes.

    Raises:
        TimeoutError: the time was over, whatever had come by then.
    """
    late = threading.Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            # Not TLS's own way, which would answer and wait.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(TIMEOUT_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, ValueError, http.client.HTTPException):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError(f"not all of its answer came in {TIMEOUT_SECONDS:g} s")


def _body(database: Store, signed: Note, old: int, size: int) -> bytes:
    with database.read() as connection:
        proof = Tree(connection, size).consistency(old)
    return witness.request(old, proof, signed)


def _demand_published(database: Store, item: PolicyWitness, known: int, size: int) -> None:
    """See that another writer has published what the witness has seen since.

    Raises:
        LogError: nobody has: the database is older than what the witness remembers.
    """
    with database.read() as connection:
        published = rows.state(connection).published
    if published < known:
        raise LogError(
            f"the database is behind the witness {item.name}: it ends at "
            f"{counted.entries(size)}, the "
            f"witness has seen {known}; it was rolled back, and appending would fork the log",
            remedy="keep the file as evidence, and restore the newest backup: "
            "`assurance log restore`",
        )


def _line(item: PolicyWitness, signed: Note, answer: _Answer) -> NoteSignature | str:
    if answer.status == _UNPROCESSABLE:
        head = checkpoint.read(signed.text)
        raise LogError(
            f"the witness {item.name} has seen another log of this name: it refuses the proof of "
            f"{counted.entries(head.size)}; the log was forked",
            remedy="keep the file as evidence, and restore the backup that the witness agrees with",
        )
    if answer.status != _OK:
        told = answer.body[:200].decode("ascii", "replace").strip()
        return f"{item.name} answers {answer.status}: {told!r}"
    try:
        return witness.cosignature(answer.body, signed, item.key)
    except AssuranceError as err:
        return f"{item.name}: {err.problem}"
