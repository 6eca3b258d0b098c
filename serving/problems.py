"""Errors as application/problem+json (RFC 9457): each names the field at fault and what is allowed there, if one is."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from parking.printable import visible
from serving.headers import fixed_headers

MEDIA_TYPE = "application/problem+json"
Handlers = dict[Any, Callable[[Request, Exception], Awaitable[Response]]]


class ProblemDocument(Exception):  # noqa: N818 - the RFC's word, and an answer rather than a mistake
    """This request is answered with a problem. ``headers`` are the response's, such as Retry-After."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        field: str | None = None,
        allowed: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.title, self.detail, self.field, self.allowed = status, title, detail, field, allowed
        self.headers = dict(headers or {})
        super().__init__(detail)

    def document(self) -> dict[str, object]:
        """The members of RFC 9457, ``field`` and ``allowed`` where the request is to blame; nothing in it is unseen."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": visible(self.detail),
        }
        if self.field is not None:
            document |= {"field": visible(self.field), "allowed": visible(self.allowed) if self.allowed else None}
        return document

    def body(self) -> bytes:
        """The document as JSON."""
        return msgspec.json.encode(self.document())


def respond(problem: ProblemDocument, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as a response, with further headers that a server gives to all its answers."""
    return Response(problem.body(), problem.status, {**(headers or {}), **problem.headers}, MEDIA_TYPE)


def problem_handlers(
    refusal: Callable[[Request, HTTPException], str], bug: str, headers: Mapping[str, str] | None = None
) -> Handlers:
    """Starlette's exception handlers, so that whatever goes wrong is answered in one form.

    ``refusal`` words what Starlette itself refuses (404, 405). ``bug`` is the sentence for a mistake of ours; the
    log has its traceback. ``headers`` go with every problem.
    """

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemDocument)
        return respond(error, headers)

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = refusal(request, error)
        title = HTTPStatus(error.status_code).phrase.capitalize()
        return respond(ProblemDocument(error.status_code, title, detail, headers=error.headers), headers)

    async def on_bug(request: Request, error: Exception) -> Response:
        # Starlette answers this one outside of every middleware, so outside of ``serving.headers`` as well.
        return respond(ProblemDocument(500, "Internal error", bug), {**(headers or {}), **fixed_headers(varies=False)})

    return {ProblemDocument: on_problem, HTTPException: on_http_error, Exception: on_bug}


def unauthorized() -> ProblemDocument:
    """Nobody said who sends."""
    detail = "send Authorization: Bearer TOKEN, or X-Placelibre-Signature: sha256=HEX over the body"
    return ProblemDocument(401, "Unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(detail: str) -> ProblemDocument:
    """Who sends may not; ``detail`` must not tell whether what they asked for exists."""
    return ProblemDocument(403, "Forbidden", detail)


def too_large(limit: int) -> ProblemDocument:
    """A body beyond the limit; what is left of it is not read."""
    return ProblemDocument(413, "Content too large", f"at most {limit} bytes are read", headers={"Connection": "close"})
