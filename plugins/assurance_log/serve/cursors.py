"""Cursors: where a listing goes on, and that it is the same listing over the same tree.

A cursor carries the tree size that the first page stated, the place of the last item shown, and a
digest of what was asked for; HMAC-SHA-256 covers all of it. Whoever changes one, takes one to other
filters, or makes one up, is told that it is none of ours.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.tlog import decimals
from assurance.value import Value
from assurance_log.serve.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_BYTES: Final = 32
_TAG_BYTES: Final = 16
_BODY: Final = struct.Struct(">BQQ16s")
_VERSION: Final = 1
MAX_TEXT: Final = -(-4 * (_BODY.size + _TAG_BYTES) // 3)
"""Characters of a cursor: all have as many."""


class Cursor(Value):
    """Where a listing goes on."""

    size: int
    """Of the tree that the listing is of."""
    after: int
    """Index or size of the last item shown."""


class Cursors:
    """Makes and checks cursors under one secret."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret: 32 bytes that nobody else has; several servers may share it."""
        self._secret = secret

    def write(self, cursor: Cursor, listing: str, asked: Mapping[str, str]) -> str:
        """Return the text of a cursor for `listing` with the parameters `asked`."""
        body = _BODY.pack(_VERSION, cursor.size, cursor.after, _digest(listing, asked))
        return base64.urlsafe_b64encode(body + self._tag(body)).rstrip(b"=").decode("ascii")

    def read(self, text: str, listing: str, asked: Mapping[str, str]) -> Cursor:
        """Return a cursor that `write` wrote for the same listing.

        Raises:
            ProblemError: 400: it is another text.
        """
        try:
            data = base64.b64decode(
                text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
            )
        except (binascii.Error, ValueError):
            raise _refused() from None
        body, tag = data[: _BODY.size], data[_BODY.size :]
        if len(text) != MAX_TEXT or not hmac.compare_digest(tag, self._tag(body)):
            raise _refused()
        version, size, after, digest = _BODY.unpack(body)
        if version != _VERSION or digest != _digest(listing, asked) or size > decimals.MAX:
            raise _refused()
        return Cursor(size=size, after=after)

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, b"release-assurance/cursor/v1\n" + body, "sha256")[
            :_TAG_BYTES
        ]


def _digest(listing: str, asked: Mapping[str, str]) -> bytes:
    """Return a digest of what the listing was asked for, but for cursor and page size."""
    parts = [listing]
    for name in sorted(asked):
        if name not in {"cursor", "limit"}:
            parts += [name, asked[name]]
    text = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return sha256(text).digest()[:16]


def _refused() -> Exception:
    return bad_request(
        "the cursor is not one that this server gave for this listing",
        remedy="begin again without a cursor; cursors of a server without --cursor-secret end with "
        "its process",
        kind="bad-cursor",
    )
