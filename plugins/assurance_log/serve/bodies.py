"""Bodies of requests: of the one type that is taken, within size and time, never compressed."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from assurance.tlog import decimals
from assurance_log.serve.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from starlette.requests import Request

    from assurance_log.serve.service import Limits

_CLOSE: Final = {"Connection": "close"}
"""After a body that was not read to its end, nothing else can come on the connection."""
MOST_HELD: Final = 256 * 1024 * 1024
"""Bytes of all bodies that are held at a time."""


class Bodies:
    """Reads bodies, and knows how much of them is held."""

    def __init__(self, limits: Limits) -> None:
        """Hold none yet."""
        self._limits = limits
        self._held = 0

    async def read(self, request: Request, media_type: str, *, most: int | None = None) -> bytes:
        """Return a request's body; call `done` with it when it is not needed any more.

        Args:
            request: Its body was not touched.
            media_type: The only `Content-Type` that is taken; parameters of it are not looked at.
            most: Bytes; None: as the limits say.

        Raises:
            ProblemError: 415 another type or any `Content-Encoding`, 413 too long, 408 too slow,
                503 too many bodies at once.
        """
        self._demand_type(request, media_type)
        most = self._limits.body if most is None else min(most, self._limits.body)
        said = decimals.read(request.headers.get("content-length", "0"))
        if said is None or said > most:
            raise _too_long(most)
        parts: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                async for part in request.stream():
                    length += len(part)
                    if length > most:
                        raise _too_long(most)
                    self._hold(len(part))
                    parts.append(part)
        except BaseException as err:
            self._held -= sum(map(len, parts))
            if isinstance(err, TimeoutError):
                raise ProblemError(
                    HTTPStatus.REQUEST_TIMEOUT,
                    "too-slow",
                    f"the body was not there after {self._limits.request_seconds:g} s",
                    remedy="send it again, in smaller parts or over a better line",
                    headers=_CLOSE,
                ) from None
            raise
        return b"".join(parts)

    def done(self, body: bytes) -> None:
        """Hold a body no more."""
        self._held -= len(body)

    def _hold(self, count: int) -> None:
        if self._held + count > MOST_HELD:
            problem = unavailable(
                "too many bodies are being read", remedy="send the same request again", kind="busy"
            )
            problem.headers.update(_CLOSE)
            raise problem
        self._held += count

    def _demand_type(self, request: Request, media_type: str) -> None:
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding != "identity":
            raise ProblemError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "content-encoding",
                "compressed bodies are not taken",
                remedy="send the body as it is",
                headers={"Accept-Encoding": "identity", **_CLOSE},
            )
        found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if found != media_type:
            raise ProblemError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                f"the body is not of type {media_type}",
                remedy=f"send it with `Content-Type: {media_type}`",
                headers={"Accept": media_type, **_CLOSE},
            )


def _too_long(most: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too-large",
        f"the body has more than {most:,} bytes",
        remedy="append in smaller parts; log a large file by its digest",
        headers=_CLOSE,
    )
