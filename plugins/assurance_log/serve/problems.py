"""Errors as the API answers them: RFC 9457 problem details, one shape for every refusal.

`type` names the kind and never changes its meaning, `detail` says what was found, `next` what the
client does about it. A client that waits as `Retry-After` says may send the same request again.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from assurance import strict_json
from assurance_log.serve.sequencer import NotSequencerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.errors import AssuranceError

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "https://w3id.org/release-assurance/problem/"
RETRY_SECONDS: Final = 2
"""What a client is asked to wait where the log itself is in trouble."""


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        remedy: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say what is wrong.

        Args:
            status: Of the answer.
            kind: Stable kebab-case name; the end of the problem's `type`.
            detail: One sentence about this request.
            remedy: What the client does next; `next` in the answer.
            headers: Further headers, such as `Retry-After`.
        """
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.remedy = remedy
        self.headers = dict(headers or {})

    def document(self) -> dict[str, object]:
        """Return the problem as JSON has it."""
        return {
            "type": TYPE_PREFIX + self.kind,
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "next": self.remedy,
        }

    def response(self) -> Response:
        """Return the answer."""
        return Response(
            strict_json.dumps(self.document()),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", **self.headers},
        )


def bad_request(detail: str, *, remedy: str, kind: str = "bad-request") -> ProblemError:
    """Return a problem with what was asked."""
    return ProblemError(HTTPStatus.BAD_REQUEST, kind, detail, remedy=remedy)


def not_found(detail: str, *, remedy: str) -> ProblemError:
    """Return the problem that something is not there, or not yet."""
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", detail, remedy=remedy)


def unavailable(detail: str, *, remedy: str, kind: str = "log-unavailable") -> ProblemError:
    """Return the problem that the log cannot answer now; the same request may be sent again."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        kind,
        detail,
        remedy=remedy,
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def bug() -> ProblemError:
    """Return the problem that nobody expected; nothing of it is told."""
    return ProblemError(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "bug",
        "this is a bug of the server",
        remedy="tell the server's operator when it happened: its log says where",
    )


def of_log(error: AssuranceError) -> ProblemError:
    """Return the problem of a log that failed; paths stay in the server's own log."""
    remedy = "send the same request again; what is logged stays"
    if isinstance(error, NotSequencerError):
        return unavailable(error.problem, remedy=error.remedy, kind="not-sequencer")
    return unavailable(error.problem, remedy=remedy)
