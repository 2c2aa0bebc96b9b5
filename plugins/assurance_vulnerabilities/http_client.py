"""HTTP to one server, bounded in size, time and tries; standard library only.

The rules, in order; each refusal names URL and reason:

1. `http` or `https`, a host, and no user or fragment in the URL (nor a query, for a service),
2. a request that gets no whole answer, or one of 429 and 5xx, is tried again: three tries in
   all, with growing pauses,
3. any other status than 200 is an error at once; redirects are followed only where the caller
   asks for it, five at most, and never from `https` to `http`,
4. the answer is not compressed, not longer than the caller's limit, as long as its
   `Content-Length` says, and whole before the time is up, however slowly it drips.

Proxies are not used: a collector gets no environment to take one from.
"""

from __future__ import annotations

import http.client
import ssl
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from assurance.errors import UndecidedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[int, int | None], None]

TIMEOUT_SECONDS: Final = 30.0
"""For connecting and for each wait for more bytes."""
WHOLE_SECONDS: Final = 300.0
"""For one whole answer."""
TRIES: Final = 3
PAUSES: Final = (0.5, 2.0)
"""Seconds before the second and the third try."""
MAX_REDIRECTS: Final = 5
_CHUNK: Final = 256 * 1024
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AGENT: Final = "release-assurance"


class Base(NamedTuple):
    """A server and the path below which it is asked."""

    url: str
    """As given, without a slash at its end."""
    secure: bool
    host: str
    port: int | None
    path: str


class _Request(NamedTuple):
    method: str
    path: str
    body: bytes | None
    max_bytes: int
    progress: Progress | None


class _AgainError(Exception):
    """This try gave no answer; another may."""


class _MovedError(Exception):
    """The answer stands at another URL."""


def base(url: str, *, where: str, query: bool = False) -> Base:
    """Take `url` apart.

    Args:
        url: Absolute.
        where: Setting or option that names it, for messages.
        query: Whether it may have one.

    Raises:
        UsageError: it is no `http` or `https` URL, or holds more than it may.
    """
    problem = None
    parts, port = SplitResult("", "", "", "", ""), None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        problem = "is no URL"
    if problem is None:
        if parts.scheme not in {"http", "https"}:
            problem = "does not start with http:// or https://"
        elif not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
            problem = "names no host, or has characters that a URL does not have"
        elif parts.username is not None or parts.password is not None:
            # Not repeated: what stands there may be a password.
            problem = "holds a user or password, which would end in the evidence"
        elif (parts.query and not query) or parts.fragment:
            problem = "has a query or fragment"
    if problem is not None:
        shown = url.rpartition("@")[2]
        raise UsageError(
            f"`{shown:.200}` {problem}",
            remedy="give a URL such as https://osv.example.com",
            where=where,
        )
    return Base(
        url=url.rstrip("/"),
        secure=parts.scheme == "https",
        host=str(parts.hostname),
        port=port,
        path=parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else ""),
    )


class Client:
    """Asks one server over one connection that is kept open; for one thread."""

    def __init__(
        self,
        server: Base,
        *,
        follow: bool = False,
        timeout_seconds: float = TIMEOUT_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect at the first request.

        Args:
            server: From `base`.
            follow: Whether the caller follows redirects; else one is an error.
            timeout_seconds: For connecting and for each wait for more bytes.
            whole_seconds: For one whole answer.
            pause: Waits between two tries.
        """
        self._server = server
        self._follow = follow
        self._timeout = timeout_seconds
        self._whole = whole_seconds
        self._pause = pause
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Close the connection; harmless when called twice."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str, *, max_bytes: int, progress: Progress | None = None) -> bytes | None:
        """Return the body at `path`, or None where the server says that there is none (404).

        Args:
            path: Below the server's own, starting with a slash; empty: the base URL itself.
            max_bytes: A longer body is refused.
            progress: Told the bytes so far and, where known, of how many.

        Raises:
            UndecidedError: no whole answer.
        """
        return self._ask(_Request("GET", path, None, max_bytes, progress))

    def post(self, path: str, body: bytes, *, max_bytes: int) -> bytes:
        """Return the answer to the JSON `body`.

        Raises:
            UndecidedError: no whole answer; 404 is none.
        """
        answer = self._ask(_Request("POST", path, body, max_bytes, None))
        if answer is None:
            raise _failed(self._server.url + path, "answered 404 Not Found: it is no such service")
        return answer

    def _ask(self, request: _Request) -> bytes | None:
        start = time.monotonic()
        last: Exception | None = None
        for number in range(TRIES):
            if number:
                self._pause(PAUSES[number - 1])
            try:
                return self._try(request)
            except (_AgainError, OSError, UnicodeError, http.client.HTTPException) as err:
                self.close()
                last = err
            except BaseException:
                self.close()
                raise
        reason = str(last) if isinstance(last, _AgainError) else f"gave no answer: {_why(last)}"
        took = time.monotonic() - start
        raise _failed(
            self._server.url + request.path, f"{reason} ({TRIES} tries in {took:.1f} s)"
        ) from last

    def _try(self, request: _Request) -> bytes | None:
        headers = {"Accept-Encoding": "identity", "User-Agent": _AGENT}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connected()
        target = (self._server.path + request.path) or "/"
        connection.request(request.method, target, request.body, headers)
        response = connection.getresponse()
        if response.status == HTTPStatus.NOT_FOUND:
            self.close()  # its body is of no use
            return None
        self._check_head(response, request)
        return self._body(response, request)

    def _check_head(self, response: http.client.HTTPResponse, request: _Request) -> None:
        url, status = self._server.url + request.path, response.status
        if status in _AGAIN:
            raise _AgainError(f"answered {status} {_phrase(status)}")
        if status in _REDIRECTS:
            target = response.getheader("Location", "")
            if self._follow:
                raise _MovedError(target)
            raise _failed(url, f"redirects to {target!a:.200}; if that is right, give its URL")
        if status != HTTPStatus.OK:
            raise _failed(url, f"answered {status} {_phrase(status)}")
        if response.getheader("Content-Encoding", "identity") != "identity":
            raise _failed(url, "sent a compressed answer, which was not asked for")
        length = response.length
        if length is not None and length > request.max_bytes:
            raise _failed(url, f"would send {length:,} bytes; the limit is {request.max_bytes:,}")

    def _body(self, response: http.client.HTTPResponse, request: _Request) -> bytes:
        url, total = self._server.url + request.path, response.length
        parts, size, start = [], 0, time.monotonic()
        while chunk := response.read1(_CHUNK):
            size += len(chunk)
            if size > request.max_bytes:
                raise _failed(url, f"sends more than {request.max_bytes:,} bytes")
            if time.monotonic() - start > self._whole:
                raise _failed(url, f"sent {size:,} bytes in {self._whole:g} s, and not all")
            parts.append(chunk)
            if request.progress is not None:
                request.progress(size, total)
        # Read to its end, it still counts as open, and the connection would take no other request.
        response.close()
        if total is not None and size != total:
            raise _AgainError(f"broke off after {size:,} of {total:,} bytes")
        return b"".join(parts)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._server.host, self._server.port
            if self._server.secure:
                self._connection = http.client.HTTPSConnection(
                    host, port, timeout=self._timeout, context=ssl.create_default_context()
                )
            else:
                self._connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        return self._connection


def download(
    url: str,
    *,
    max_bytes: int,
    where: str,
    progress: Progress | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    whole_seconds: float = 3600.0,
    pause: Callable[[float], None] = time.sleep,
) -> bytes:
    """Return what stands at `url`, following redirects.

    Args:
        url: Absolute, `http` or `https`.
        max_bytes: A longer body is refused.
        where: Setting or option that names the URL, for messages.
        progress: See `Client.get`.
        timeout_seconds: See `Client`.
        whole_seconds: See `Client`.
        pause: See `Client`.

    Raises:
        UsageError: the URL cannot be used.
        UndecidedError: no whole answer.
    """
    server = base(url, where=where, query=True)
    for _ in range(MAX_REDIRECTS + 1):
        client = Client(
            server,
            follow=True,
            timeout_seconds=timeout_seconds,
            whole_seconds=whole_seconds,
            pause=pause,
        )
        try:
            found = client.get("", max_bytes=max_bytes, progress=progress)
        except _MovedError as moved:
            server = _target(server, str(moved))
            continue
        finally:
            client.close()
        if found is None:
            raise _failed(server.url, "answered 404 Not Found")
        return found
    raise _failed(url, f"redirects more than {MAX_REDIRECTS} times")


def _target(server: Base, location: str) -> Base:
    try:
        target = base(urljoin(server.url, location), where=server.url, query=True)
    except (UsageError, ValueError) as err:
        raise _failed(
            server.url, f"redirects to {location!a:.200}, which is no URL to go to"
        ) from err
    if server.secure and not target.secure:
        raise _failed(server.url, f"redirects to {target.url:.200}, which is not https")
    return target


def _why(err: object) -> str:
    if isinstance(err, OSError) and err.strerror:
        return err.strerror
    text = str(err)
    if not text:
        return type(err).__name__
    # What a server sent in place of HTTP may stand in it.
    return text[:200] if text.isprintable() else f"{text[:200]!a}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _failed(url: str, what: str) -> UndecidedError:
    return UndecidedError(
        f"{url} {what}",
        remedy="check the URL and the network, then run again",
        where=url,
    )
