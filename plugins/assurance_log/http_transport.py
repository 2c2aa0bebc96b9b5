"""Requests to a log server that end: time limits, bounded answers, and tries again where it helps.

Every request that is made here may be sent twice: reads change nothing, and a log keeps the index
of what is in it. So a lost connection, 429, 502, 503 and 504 are tried again, after the time that
the server asks for or one that doubles, until the tries or the time run out. Redirects are not
followed: the URL says which log is meant.
"""

from __future__ import annotations

import http.client
import random
import ssl
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from assurance import strict_json
from assurance.errors import FormatError, LogError, UsageError
from assurance.tlog import decimals
from assurance.value import Value
from assurance_log.serve.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OK: Final = 200
_AGAIN: Final = frozenset({429, 502, 503, 504})
_FIRST_WAIT: Final = 0.25
_LONGEST_WAIT: Final = 8.0
_MAX_PROBLEM: Final = 1 << 16
_SHOWN: Final = 200
_PROBLEM: Final = "application/problem+json"
_REMEDY: Final = "see that the log server runs and can be reached, then try again"


class Patience(Value):
    """How long a client waits."""

    attempts: int = 6
    """Of one request, in all."""
    answer_seconds: float = 30.0
    """For connecting, and for each part of an answer."""
    seconds: float = 120.0
    """For a request with all its tries; no try begins later."""


class HttpAnswer(Value):
    """What a server answered; not an error of the 5xx and 429 kind."""

    status: int
    body: bytes
    problem: str | None
    """What it says is wrong, made harmless; None for an answer of 2xx."""


class Transport:
    """Requests to one server."""

    def __init__(
        self,
        url: str,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the URL; nothing is sent yet.

        Args:
            url: `https://HOST[:PORT][/PREFIX]`; `http:` for a loopback address only.
            patience: See there.
            sleep: Waits for seconds.
            clock: Seconds that only go up.

        Raises:
            UsageError: another URL.
        """
        self.url = url
        self._patience = patience or Patience()
        self._sleep = sleep
        self._clock = clock
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            raise _no_url(url, "it cannot be read as one") from None
        if parts.scheme not in {"http", "https"} or not self._host:
            raise _no_url(url, "it is not https://HOST")
        if parts.username or parts.query or parts.fragment:
            raise _no_url(url, "it has a name, a query or a fragment")
        if parts.scheme == "http" and not is_loopback(self._host):
            raise _no_url(url, "`http:` is for a loopback address only")
        self._is_secure = parts.scheme == "https"
        self._prefix = parts.path.rstrip("/")

    def request(
        self,
        method: str,
        path: str,
        *,
        most: int,
        body: bytes | None = None,
        media_type: str = "application/octet-stream",
    ) -> HttpAnswer:
        """Send a request until it is answered.

        Args:
            method: GET or POST.
            path: Below the server's URL, with its query.
            most: Bytes of an answer that are read.
            body: Of a POST.
            media_type: Of the body.

        Raises:
            LogError: no answer in time, or one that is too long.
        """

        def once() -> tuple[int, http.client.HTTPMessage, bytes]:
            connection = self._connection()
            try:
                answer = self._sent(connection, method, path, body, media_type)
                return answer.status, answer.headers, self._whole(answer, most)
            finally:
                connection.close()

        return self._tried(once)

    def lines(self, path: str, *, most: int) -> Iterator[bytes]:
        """Yield the lines of a long answer while they come; it may end too soon, without a word.

        Args:
            path: As for `request`.
            most: Bytes of one line.

        Raises:
            LogError: no answer in time, another one than 200, or a line that is too long.
        """
        connection = self._connection()
        answers: list[http.client.HTTPResponse] = []

        def once() -> tuple[int, http.client.HTTPMessage, bytes]:
            connection.close()
            answer = self._sent(connection, "GET", path, None, "")
            answers[:] = [answer]
            data = b"" if answer.status == _OK else self._whole(answer, _MAX_PROBLEM)
            return answer.status, answer.headers, data

        try:
            found = self._tried(once)
            if found.status != _OK:
                raise LogError(
                    f"the log server answers {found.problem or found.status}",
                    remedy=_REMEDY,
                    where=self.url,
                )
            while True:
                try:
                    line = answers[0].readline(most + 1)
                except (OSError, http.client.HTTPException):
                    return
                if len(line) > most:
                    raise self._too_long(most)
                if not line.endswith(b"\n"):
                    return
                yield line
        finally:
            connection.close()

    def _tried(self, once: Callable[[], tuple[int, http.client.HTTPMessage, bytes]]) -> HttpAnswer:
        """Ask until there is an answer, or patience is at its end."""
        begin, wait, told = self._clock(), _FIRST_WAIT, ""
        for attempt in range(1, self._patience.attempts + 1):
            asked = 0.0
            try:
                status, headers, data = once()
            except (OSError, http.client.HTTPException) as err:
                told = str(err) or type(err).__name__
            else:
                problem = None if status < 300 else _problem(status, headers, data)  # noqa: PLR2004 - 2xx
                if status not in _AGAIN:
                    return HttpAnswer(status=status, body=data, problem=problem)
                told = problem or ""
                asked = float(decimals.read(headers.get("Retry-After", "")) or 0)
            pause = max(wait * random.uniform(0.5, 1.0), asked)  # noqa: S311 - spreads clients, no secret
            late = self._clock() + pause - begin > self._patience.seconds
            if attempt == self._patience.attempts or late:
                break
            self._sleep(pause)
            wait = min(2 * wait, _LONGEST_WAIT)
        raise LogError(
            f"the log server does not answer after {attempt} tries: {told[:_SHOWN]}",
            remedy=_REMEDY,
            where=self.url,
        )

    def _sent(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        media_type: str,
    ) -> http.client.HTTPResponse:
        headers = {"Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = media_type
        connection.request(method, self._prefix + path, body=body, headers=headers)
        return connection.getresponse()

    def _whole(self, answer: http.client.HTTPResponse, most: int) -> bytes:
        data = answer.read(most + 1)
        if len(data) > most:
            raise self._too_long(most)
        return data

    def _too_long(self, most: int) -> LogError:
        return LogError(
            f"the log server's answer has more than {most:,} bytes",
            remedy="see that the URL is that of a log server",
            where=self.url,
        )

    def _connection(self) -> http.client.HTTPConnection:
        seconds = self._patience.answer_seconds
        if not self._is_secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=seconds, context=ssl.create_default_context()
        )


def _problem(status: int, headers: http.client.HTTPMessage, data: bytes) -> str:
    """Return what an answer says is wrong: its problem's detail, on one line of printable text."""
    detail = ""
    if headers.get_content_type() == _PROBLEM and len(data) <= _MAX_PROBLEM:
        try:
            found = strict_json.loads(data, what="the problem")
        except FormatError:
            found = None
        told = found.get("detail") if isinstance(found, dict) else None
        detail = told if isinstance(told, str) else ""
    shown = "".join(letter if letter.isprintable() else "?" for letter in detail[:_SHOWN])
    return f"{status}: {shown}" if shown else f"{status} {http.client.responses.get(status, '')}"


def _no_url(url: str, why: str) -> UsageError:
    # A URL may carry a password: only its scheme is shown.
    return UsageError(
        f"the URL ({url.partition(':')[0][:20]}:…) is none of a log server: {why}",
        remedy="write https://HOST[:PORT][/PREFIX]",
        where="log.url",
    )
