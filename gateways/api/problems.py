"""Errors as application/problem+json (RFC 9457), each naming the field and what is allowed there."""

from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the RFC's word
    """Something is wrong with the request, or with us."""

    def __init__(
        self, status: int, title: str, detail: str, field: str | None = None, allowed: str | None = None
    ) -> None:
        self.status, self.title, self.detail, self.field, self.allowed = status, title, detail, field, allowed
        super().__init__(detail)

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457, and ``field`` and ``allowed`` where the request is to blame."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.field is not None:
            document |= {"field": self.field, "allowed": self.allowed}
        return document


def bad_field(field: str, value: object, allowed: str) -> Problem:
    """A request parameter outside its range."""
    return Problem(400, "Bad request", f"{field} is {value!r:.80}; it must be {allowed}", field, allowed)


def not_known_yet(tenant: str, why: str) -> Problem:
    """Nothing can be answered before the first snapshot."""
    return Problem(503, "Not ready", f"nothing is known of {tenant} yet: {why}")


def respond(problem: Problem) -> Response:
    """The problem as a response."""
    headers = {"Access-Control-Allow-Origin": "*"} | ({"Retry-After": "5"} if problem.status == 503 else {})
    return Response(msgspec.json.encode(problem.document()), problem.status, headers, MEDIA_TYPE)


async def on_problem(request: Request, error: Exception) -> Response:
    """Starlette's exception handler for problems of ours."""
    assert isinstance(error, Problem)
    return respond(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses, in the same form."""
    assert isinstance(error, HTTPException)
    detail = {
        404: f"there is nothing at {request.url.path:.200}; /docs lists what there is",
        405: f"{request.method} is not served at {request.url.path}; use GET",
    }.get(error.status_code, error.detail)
    return respond(Problem(error.status_code, error.detail, detail))


async def on_bug(request: Request, error: Exception) -> Response:
    """A mistake of ours; the log has the traceback."""
    return respond(Problem(500, "Internal error", "this is a mistake of placelibre's, not yours; its log says more"))
