"""Answers: bytes with their type, how long they may be kept, and a tag to ask again with."""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from assurance import strict_json
from assurance_log.media import BYTES, IMMUTABLE, REVALIDATE, TEXT

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["BYTES", "IMMUTABLE", "REVALIDATE", "TEXT", "answer", "document"]

JSON: Final = "application/json"
_TAG_DIGITS: Final = 32


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    cache: str = REVALIDATE,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the body, or 304 where the client has it already (RFC 9110 section 13.1.2)."""
    tag = f'"{sha256(body).hexdigest()[:_TAG_DIGITS]}"'
    told = {
        "ETag": tag,
        "Cache-Control": cache,
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    if _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=told)
    return Response(body, media_type=media_type, headers=told)


def document(request: Request, value: object, *, cache: str = REVALIDATE) -> Response:
    """Return a JSON document."""
    return answer(request, strict_json.dumps(value), JSON, cache=cache)


def _matches(asked: str, tag: str) -> bool:
    known = {item.strip().removeprefix("W/") for item in asked.split(",")}
    return "*" in known or tag in known
