"""Query parameters, read strictly: known names, each once, numbers and times of one spelling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assurance.errors import FormatError
from assurance.tlog import decimals
from assurance_log import listing, time_spans
from assurance_log.contract import DEFAULT_PAGE, MAX_PAGE
from assurance_log.serve.problems import bad_request, not_found

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_QUERY: Final = 4096
"""Bytes of a query that are read."""
_MAX_TEXT: Final = 512
_PRINTABLE: Final = re.compile(r"[^\x00-\x1f\x7f]+")
_KEY_HASH: Final = re.compile(r"[0-9a-f]{8}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Parameters:
    """The query of one request."""

    def __init__(self, request: Request, *known: str) -> None:
        """Read the query.

        Raises:
            ProblemError: 400: it is too long, or a name is unknown or stands twice.
        """
        if len(request.scope["query_string"]) > MAX_QUERY:
            raise bad_request(
                f"the query is longer than {MAX_QUERY:,} bytes", remedy="ask for less"
            )
        items = request.query_params.multi_items()
        self.given = dict(items)
        if len(self.given) != len(items):
            raise bad_request("a parameter stands twice", remedy="give each once")
        for name, value in items:
            if name not in known:
                told = ", ".join(known) or "none"
                raise bad_request(
                    f"there is no parameter {name[:40]!r} here", remedy=f"those known are: {told}"
                )
            if not value or len(value) > _MAX_TEXT or not _PRINTABLE.fullmatch(value):
                raise _wrong(name, f"1 to {_MAX_TEXT} printable characters")

    def text(self, name: str) -> str | None:
        """Return a parameter as it is; None where it is not given."""
        return self.given.get(name)

    def number(self, name: str) -> int | None:
        """Return a decimal number.

        Raises:
            ProblemError: 400: another spelling, or more than 2^63 - 1.
        """
        text = self.given.get(name)
        if text is None:
            return None
        value = decimals.read(text)
        if value is None:
            raise _wrong(name, "a decimal number from 0 to 2^63 - 1, without sign and leading zero")
        return value

    def limit(self) -> int:
        """Return `limit`, 50 where it is not given.

        Raises:
            ProblemError: 400: not 1 to 500.
        """
        value = self.number("limit")
        if value is None:
            return DEFAULT_PAGE
        if not 1 <= value <= MAX_PAGE:
            raise _wrong("limit", f"1 to {MAX_PAGE}")
        return value

    def moment(self, name: str, *, is_end: bool = False) -> int | None:
        """Return an RFC 3339 time as `time_spans.second` does.

        Raises:
            ProblemError: 400: it is no time.
        """
        text = self.given.get(name)
        if text is None:
            return None
        try:
            return time_spans.second(text, what=name, is_end=is_end)
        except FormatError:
            hint = "; in a query the `+` of an offset is written %2B" if " " in text else ""
            raise _wrong(name, "a time such as 2026-11-23T14:05:00Z", hint) from None

    def choice(self, name: str, *values: str) -> str | None:
        """Return one of `values`.

        Raises:
            ProblemError: 400: something else.
        """
        text = self.given.get(name)
        if text is not None and text not in values:
            raise _wrong(name, f"one of {', '.join(values)}")
        return text

    def digest(self, name: str) -> str | None:
        """Return a digest in lower-case hex; what is before it, such as `sha256:`, is left away.

        Raises:
            ProblemError: 400: it is no digest.
        """
        text = self.given.get(name)
        if text is None:
            return None
        found = listing.digest(text)
        if found is None:
            raise _wrong(name, "a digest in hex, all of it")
        return found

    def sha256(self, name: str) -> bytes | None:
        """Return a SHA-256 of 64 digits of hex.

        Raises:
            ProblemError: 400: it is none.
        """
        text = self.given.get(name)
        return None if text is None else sha256_of(text)

    def key_hash(self, name: str) -> str | None:
        """Return a key's hash, as it stands in a vkey.

        Raises:
            ProblemError: 400: it is none.
        """
        text = self.given.get(name)
        if text is not None and not _KEY_HASH.fullmatch(text):
            raise _wrong(name, "eight digits of lower-case hex, as in a vkey")
        return text


def number_in_path(request: Request, name: str) -> int:
    """Return a decimal number in an address; what is none is not there.

    Raises:
        ProblemError: 404.
    """
    value = decimals.read(request.path_params[name])
    if value is None:
        raise not_found(
            f"`{name}` in the address is no decimal number",
            remedy="write it without sign and leading zero",
        )
    return value


def sha256_of(text: str) -> bytes:
    """Return the bytes of a SHA-256 in an address.

    Raises:
        ProblemError: 400: not 64 digits of lower-case hex.
    """
    if not _SHA256.fullmatch(text):
        raise bad_request("not a SHA-256", remedy="write it as 64 digits of lower-case hex")
    return bytes.fromhex(text)


def _wrong(name: str, wanted: str, hint: str = "") -> Exception:
    remedy = f"give {wanted}, or leave it away{hint}"
    return bad_request(f"`{name}` is not {wanted}", remedy=remedy)
