"""Whether the server lives, whether it may be sent requests, and its counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from assurance import strict_json
from assurance.errors import AssuranceError
from assurance_log import guards, migrate, rows
from assurance_log.serve import metrics
from assurance_log.serve.problems import ProblemError
from assurance_log.serve.sequencer import NotSequencerError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.service import Service

_FRESH: Final = {"Cache-Control": "no-store"}


def routes(service: Service) -> list[Route]:
    """Return the routes."""

    async def healthz(_request: Request) -> Response:
        return _json({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        checks = await _checks(service)
        ready = all(found == "ok" for found in checks.values())
        told = {"status": "ready" if ready else "not ready", "checks": checks}
        return _json(told, status=200 if ready else 503)

    async def counters(request: Request) -> Response:
        gauges = await service.read(_sizes)
        appender = service.appender
        gauges["is_sequencer"] = appender is not None and appender.problem is None
        gauges["appends_waiting"] = service.appends_waiting
        gauges["reads_waiting"] = service.reads_waiting
        text = request.app.state.metrics.text(gauges)
        return PlainTextResponse(text, media_type=metrics.MEDIA_TYPE, headers=_FRESH)

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", counters, methods=["GET"]),
    ]


def _json(value: object, status: int = 200) -> Response:
    return PlainTextResponse(
        strict_json.dumps(value),
        status_code=status,
        media_type="application/json",
        headers=_FRESH,
    )


def _sizes(connection: Connection) -> dict[str, float]:
    state = rows.state(connection)
    return {"entries": state.size, "published_entries": state.published}


async def _checks(service: Service) -> dict[str, str]:
    """Return each thing that must hold, with `ok` or what is wrong."""
    checks = {"shutdown": "the server is ending"} if service.closing else {}
    try:
        checks |= await service.read(_database)
    except (AssuranceError, ProblemError) as err:
        checks["database"] = str(err)
    checks["sequencer"] = _sequencer(service)
    return checks


def _database(connection: Connection) -> dict[str, str]:
    found = migrate.revision(connection)
    told = guards.changed(connection)
    published = rows.state(connection).published
    return {
        "database": "ok",
        "schema": "ok" if found == migrate.NEWEST else f"it is {found}, not {migrate.NEWEST}",
        "guards": "; ".join(told[:3]) or "ok",
        "checkpoint": "ok" if published >= 0 else "none is signed yet",
    }


def _sequencer(service: Service) -> str:
    if service.appender is None:
        return "ok"  # another server's; this one answers reads
    problem = service.appender.problem
    # Where another server is known to append, this one is ready: it answers reads.
    return "ok" if problem is None or isinstance(problem, NotSequencerError) else problem.problem
