"""Puts the routes together; each module of them is one line here."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from assurance.errors import AssuranceError, RefusedError
from assurance_log.serve import (
    appends,
    checkpoints,
    description,
    entries,
    health,
    keys,
    proofs,
    replay,
    tiles,
)
from assurance_log.serve.auditor import pages, refusals
from assurance_log.serve.gate import Gate
from assurance_log.serve.metrics import Metrics
from assurance_log.serve.problems import ProblemError, bug, not_found, of_log

if TYPE_CHECKING:
    from starlette.requests import Request

    from assurance_log.serve.service import Service

_ROUTES: Final = (
    description,
    tiles,
    checkpoints,
    entries,
    proofs,
    keys,
    replay,
    appends,
    health,
    pages,
)
"""Modules with `routes(service)`."""


def application(service: Service) -> Gate:
    """Return the ASGI application of a log."""
    metrics = Metrics()
    handlers: dict[Any, Any] = {
        HTTPException: _http,
        ProblemError: _problem,
        AssuranceError: _log_failed,
        ClientDisconnect: _gone,
        Exception: _bug,
    }
    app = Starlette(
        routes=[route for module in _ROUTES for route in module.routes(service)],
        exception_handlers=handlers,
    )
    app.router.redirect_slashes = False
    app.state.metrics = metrics
    app.state.methods = _methods(app)
    return Gate(app, service, metrics)


def _methods(app: Starlette) -> dict[Any, str]:
    """Return each endpoint with what its path answers, by whichever endpoint."""
    routes = [route for route in app.routes if isinstance(route, Route)]
    by_path: dict[str, set[str]] = {}
    for route in routes:
        by_path.setdefault(route.path, set()).update(route.methods or ())
    return {route.endpoint: ", ".join(sorted(by_path[route.path])) for route in routes}


async def _problem(request: Request, error: ProblemError) -> Response:
    return refusals.response(request.scope, error)


async def _log_failed(request: Request, error: AssuranceError) -> Response:
    """A refusal is about what was sent; everything else is the log's own trouble."""
    if isinstance(error, RefusedError):
        told = ProblemError(HTTPStatus.BAD_REQUEST, "refused", error.problem, remedy=error.remedy)
        return refusals.response(request.scope, told)
    return refusals.response(request.scope, of_log(error))


async def _http(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        told = not_found("there is nothing here", remedy="see /openapi.json")
        return refusals.response(request.scope, told)
    allowed = request.app.state.methods.get(request.scope.get("endpoint"), "")
    told = ProblemError(
        status,
        "method-not-allowed" if status is HTTPStatus.METHOD_NOT_ALLOWED else "refused",
        f"{request.method[:20]} is not answered here",
        remedy="see /openapi.json",
        headers={"Allow": allowed} if allowed else error.headers,
    )
    return refusals.response(request.scope, told)


async def _bug(request: Request, _error: Exception) -> Response:
    """Answer what nobody expected; it is raised again behind the answer, and the gate logs it."""
    return refusals.response(request.scope, bug())


async def _gone(_request: Request, _error: ClientDisconnect) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
