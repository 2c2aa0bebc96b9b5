"""A client of a log server that takes its word for nothing.

Every checkpoint must be signed as the vkey or the policy says, every receipt must lead from the
very entry to it, and a newer checkpoint is proven to have grown from an older one. A listing
is for finding things: `entry` checks the one that is found.

    client = LogClient("https://log.example.com", trusted_by_vkey("example.com/releases+…"))
    receipt = client.append_bundle(Path("app-1.2.0.intoto.jsonl").read_bytes())
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from assurance import strict_json
from assurance.errors import AssuranceError, FormatError, LogError, RefusedError
from assurance.tlog import base64_strict, counted, merkle, note, proof, tile
from assurance.value import Value
from assurance_log import records
from assurance_log.history import replayed
from assurance_log.http_transport import Transport
from assurance_log.trusting import Trusted, trusted_by_policy, trusted_by_vkey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assurance.tlog import checkpoint
    from assurance_log.history import Replayed
    from assurance_log.http_transport import HttpAnswer, Patience

__all__ = ["LogClient", "LoggedEntry", "Trusted", "trusted_by_policy", "trusted_by_vkey"]

_MAX_ANSWER: Final = 64 * 1024 * 1024
_NOT_FOUND: Final = 404
_OK: Final = 200
_REMEDY: Final = "see that the URL is that of the log that you mean, and tell its operator"


class LoggedEntry(Value):
    """An entry, proven to be in the log."""

    index: int
    body: bytes
    receipt: proof.TlogProof


class LogClient:
    """One log server."""

    def __init__(self, url: str, trusted: Trusted, *, patience: Patience | None = None) -> None:
        """Take URL and trust; nothing is sent yet.

        Raises:
            UsageError: the URL is none of a log server.
        """
        self._transport = Transport(url, patience=patience)
        self._trusted = trusted

    @property
    def url(self) -> str:
        """The server's."""
        return self._transport.url

    def head(self, size: int | None = None) -> tuple[note.Note, checkpoint.Checkpoint]:
        """Return the newest checkpoint, or the one of `size` entries, verified.

        Raises:
            RefusedError: there is none of that size.
            LogError: no answer, or one that does not hold.
        """
        path = "/checkpoint" if size is None else f"/v1/checkpoints/{size}/note"
        return self._checked(self._get(path).body)

    def append(self, entry: bytes) -> proof.TlogProof:
        """Append an entry, and return its receipt, verified; the same entry keeps its index.

        Raises:
            RefusedError: the entry is too long.
            LogError: not acknowledged, or with a receipt that does not hold.
        """
        if len(entry) > tile.MAX_ENTRY:
            raise RefusedError(
                f"the entry has {len(entry)} bytes; a log takes at most {tile.MAX_ENTRY}",
                remedy="log the body's digest",
            )
        document = self._post("/v1/entries", entry, "application/octet-stream")
        return self._receipt(document.get("receipt"), entry)

    def append_bundle(self, bundle: bytes) -> proof.TlogProof:
        """Append a bundle by its digest, let the log keep it, and return its receipt, verified.

        Raises:
            LogError: not acknowledged, or with a receipt that does not hold.
        """
        document = self._post("/v1/bundles", bundle, "application/jsonl")
        return self._receipt(document.get("receipt"), records.entry_of(bundle))

    def append_batch(self, entries: Sequence[bytes]) -> tuple[proof.TlogProof, ...]:
        """Append entries in one transaction, and return the receipt of each, verified.

        Raises:
            LogError: not acknowledged, or a receipt does not hold.
        """
        texts = [base64_strict.encode(entry) for entry in entries]
        body = json.dumps({"entries": texts}).encode()
        appended = self._post("/v1/batches", body, "application/json").get("appended")
        if not isinstance(appended, list) or len(appended) != len(entries):
            raise self._wrong("the answer does not have a receipt for each entry")
        return tuple(
            self._receipt(item.get("receipt") if isinstance(item, dict) else None, entry)
            for item, entry in zip(appended, entries, strict=True)
        )

    def prove(self, entry: bytes, size: int | None = None) -> proof.TlogProof:
        """Return the receipt of an entry that is in the log, verified.

        Raises:
            RefusedError: it is not in the log, or not in the tree of `size`.
            LogError: no answer, or one that does not hold.
        """
        data = self.receipt_as_sent(entry, size)
        return self._receipt(data.decode("utf-8", "replace"), entry)

    def receipt_as_sent(self, entry: bytes, size: int | None = None) -> bytes:
        """Return the receipt of an entry as the server sends it; *nothing* of it is verified.

        Raises:
            RefusedError: it is not in the log, or not in the tree of `size`.
            LogError: no answer.
        """
        asked = {"leaf_hash": merkle.leaf_hash(entry).hex()}
        if size is not None:
            asked["size"] = str(size)
        return self._get(f"/v1/proofs/receipt?{urlencode(asked)}").body

    def entry(self, index: int, size: int | None = None) -> LoggedEntry:
        """Return an entry, once its receipt shows that this very body is at this index.

        Args:
            index: Of the entry.
            size: Of the checkpoint that the receipt is under; None: the newest.

        Raises:
            RefusedError: there is no such entry.
            LogError: no answer, or one that does not hold.
        """
        document = self._json(self._get(f"/v1/entries/{index}"))
        text = document.get("entry")
        body = base64_strict.decode(text) if isinstance(text, str) else None
        if body is None:
            raise self._wrong("the entry is no canonical base64")
        receipt = self.prove(body, size)
        if receipt.index != index:
            raise self._wrong(f"the entry that is shown as {index} is at {receipt.index}")
        return LoggedEntry(index=index, body=body, receipt=receipt)

    def grown_from(self, old: checkpoint.Checkpoint) -> tuple[note.Note, checkpoint.Checkpoint]:
        """Return the newest checkpoint, once it is proven to have grown from an older one.

        Raises:
            RefusedError: it has not: the log was forked or rolled back.
            LogError: no answer, or one that does not hold.
        """
        signed, head = self.head()
        self.consistency(old, head)
        return signed, head

    def consistency(
        self, old: checkpoint.Checkpoint, new: checkpoint.Checkpoint
    ) -> tuple[bytes, ...]:
        """Return the proof that one tree grew from another, verified.

        Raises:
            RefusedError: it has not: the log was forked or rolled back.
            LogError: no answer, or one that does not hold.
        """
        if new.size < old.size or new.origin != old.origin:
            raise self._forked(old, new)
        if not old.size:
            return ()
        path = f"/v1/proofs/consistency?from={old.size}&to={new.size}"
        hashes = self._hashes(self._json(self._get(path)).get("hashes"))
        if not merkle.is_consistent(old.size, new.size, old.root, new.root, hashes):
            raise self._forked(old, new)
        return tuple(hashes)

    def replay(self, end: checkpoint.Checkpoint) -> Iterator[Replayed]:
        """Yield every checkpoint up to `end` with the root that the entries before it give.

        The stream is taken up again where a connection was lost. The first one with a problem is
        the last that is yielded.

        Args:
            end: Verified, as `head` returns it: where the history has to arrive.

        Raises:
            LogError: no answer, or one that ends too soon again and again.
        """
        return replayed(self._transport, self._trusted, end)

    def pages(
        self, filters: Mapping[str, str] | None = None
    ) -> Iterator[tuple[checkpoint.Checkpoint, list[Any]]]:
        """Yield the pages of a listing with the verified tree head that all of them are of.

        What a page lists is as the server says it; nothing of that is verified.

        Args:
            filters: Parameters of `GET /v1/entries`, without `cursor`.

        Raises:
            LogError: no answer, or one that does not hold; or the server refuses the filters.
        """
        asked = dict(filters or {})
        of: checkpoint.Checkpoint | None = None
        while True:
            page = self._json(self._get(f"/v1/entries?{urlencode(asked)}"))
            found, following = page.get("entries"), page.get("next")
            stated = page.get("tree_head")
            text = stated.get("note") if isinstance(stated, dict) else None
            if (
                not isinstance(found, list)
                or not isinstance(following, str | None)
                or not isinstance(text, str)
            ):
                raise self._wrong("the page is none")
            _, head = self._checked(text.encode("utf-8", "replace"))
            if of is not None and head != of:
                raise self._wrong("the next page is of another tree than the one before")
            of = head
            yield head, found
            if following is None or following == asked.get("cursor"):
                return
            asked["cursor"] = following

    def entries(self, filters: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the entries that a listing of the server finds, newest first; nothing is verified.

        Args:
            filters: Parameters of `GET /v1/entries`, without `cursor`.

        Raises:
            RefusedError: the server refuses the filters.
            LogError: no answer, or one that does not hold.
        """
        for _, found in self.pages(filters):
            yield from found

    def _get(self, path: str) -> HttpAnswer:
        return self._held(self._transport.request("GET", path, most=_MAX_ANSWER))

    def _post(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        answer = self._transport.request(
            "POST", path, most=_MAX_ANSWER, body=body, media_type=media_type
        )
        if answer.status != _OK:
            raise LogError(
                f"the log server did not acknowledge: {answer.problem or answer.status}",
                remedy="see what it says, then append again: what is logged keeps its index",
                where=self._transport.url,
            )
        return self._json(answer)

    def _held(self, answer: HttpAnswer) -> HttpAnswer:
        if answer.status == _OK:
            return answer
        told = f"the log server answers {answer.problem or answer.status}"
        if answer.status == _NOT_FOUND:
            raise RefusedError(told, remedy="ask for what the log has", where=self._transport.url)
        raise self._wrong(told)

    def _json(self, answer: HttpAnswer) -> dict[str, Any]:
        try:
            found = strict_json.loads(answer.body, what="the answer")
        except FormatError as err:
            raise self._wrong(err.problem) from err
        if not isinstance(found, dict):
            raise self._wrong("the answer is no JSON object")
        return found

    def _checked(self, data: bytes) -> tuple[note.Note, checkpoint.Checkpoint]:
        try:
            signed = note.read(data)
            return signed, self._trusted(signed)
        except AssuranceError as err:
            raise self._wrong(err.problem) from err

    def _receipt(self, text: object, entry: bytes) -> proof.TlogProof:
        if not isinstance(text, str):
            raise self._wrong("the answer has no receipt")
        try:
            receipt = proof.read(text.encode("utf-8", "replace"))
            receipt.includes(merkle.leaf_hash(entry))
            self._trusted(receipt.signed_checkpoint)
        except AssuranceError as err:
            raise self._wrong(err.problem) from err
        return receipt

    def _hashes(self, found: object) -> list[bytes]:
        texts = found if isinstance(found, list) else [None]
        hashes = [base64_strict.decode(text) if isinstance(text, str) else None for text in texts]
        whole = [part for part in hashes if part is not None]
        if len(whole) != len(hashes):
            raise self._wrong("the proof has a line that is no hash")
        return whole

    def _forked(self, old: checkpoint.Checkpoint, head: checkpoint.Checkpoint) -> RefusedError:
        return RefusedError(
            f"the log's checkpoint of {counted.entries(head.size)} has not grown from the one of "
            f"{old.size}: it was forked or rolled back",
            remedy="keep both checkpoints as evidence, and tell the log's operator",
            where=self._transport.url,
        )

    def _wrong(self, problem: str) -> LogError:
        return LogError(
            f"the log server's answer does not hold: {problem}",
            remedy=_REMEDY,
            where=self._transport.url,
        )
