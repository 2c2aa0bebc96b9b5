"""What every request goes through before its route: limits, and a line in the server's log.

Nothing a route raises leaves here other than as a problem (RFC 9457). What nobody expected is
answered 500 with nothing of it, by `app` or here if even that fails, and logged by where it was.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from assurance_log.serve.auditor import refusals
from assurance_log.serve.problems import ProblemError, bug
from assurance_log.serve.rate import Buckets

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Message, Receive, Scope, Send

    from assurance_log.serve.metrics import Metrics
    from assurance_log.serve.service import Service

FREE: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that are asked by the operator's own tools and never limited."""
_GONE_STATUS: Final = 499
"""In the server's log only: the client left before it had an answer."""


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: Starlette, service: Service, metrics: Metrics) -> None:
        """Stand before `app`."""
        self._app = app
        self._paths = {
            route.endpoint: route.path for route in app.routes if isinstance(route, Route)
        }
        self._service = service
        self._metrics = metrics
        limits = service.limits
        self._buckets = Buckets(limits.rate, limits.burst, time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status, sent = 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._limited(scope, receive, counted)
        except Exception as err:  # noqa: BLE001 - the last resort of a server: answered and logged
            self._service.events.bug(err, route=self._route(scope))
            if not status:
                await bug().response()(scope, receive, counted)
        finally:
            seconds = time.perf_counter() - start
            route, method = self._route(scope), scope["method"]
            self._metrics.request(method, route, status or _GONE_STATUS, seconds)
            if scope["path"] not in FREE:
                self._service.events.tell(
                    "request",
                    method=method,
                    route=route,
                    status=status or _GONE_STATUS,
                    ms=round(seconds * 1000, 1),
                    bytes=sent,
                    client=_peer(scope),
                    by=scope.get("state", {}).get("appended_by"),
                )

    def _route(self, scope: Scope) -> str:
        """Return the route's pattern; `-` where none was found."""
        endpoint = scope.get("endpoint")
        return "-" if endpoint is None else self._paths.get(endpoint, "-")

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = 0 if scope["path"] in FREE else self._buckets.take(_peer(scope))
        if wait:
            problem = ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate-limited",
                f"more than {self._service.limits.rate:g} requests a second",
                remedy=f"wait {wait} s, then send the request again",
                headers={"Retry-After": str(wait)},
            )
            await refusals.response(scope, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _peer(scope: Scope) -> str:
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else ""
