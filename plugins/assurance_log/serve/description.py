"""The server's own description: the contract that it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from assurance_log import contract
from assurance_log.serve.answers import JSON, answer
from assurance_log.serve.parameters import Parameters

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.service import Service


def routes(service: Service) -> list[Route]:
    """Return the route."""
    del service  # the document is the same for every log
    data = contract.document_bytes()

    async def openapi(request: Request) -> Response:
        Parameters(request)
        return answer(request, data, JSON)

    return [Route("/openapi.json", openapi, methods=["GET"])]
