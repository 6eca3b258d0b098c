"""What the webhook answers where it does not take a message, as application/problem+json (RFC 9457)."""

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """This request is answered with a problem."""

    def __init__(self, status: int, title: str, detail: str, **headers: str) -> None:
        self.status, self.title, self.detail = status, title, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(detail)


def respond(refused: Refused) -> Response:
    """The problem as a response."""
    document = {
        "type": "about:blank", "title": refused.title, "status": refused.status, "detail": refused.detail,
    }  # fmt: skip
    return Response(msgspec.json.encode(document), refused.status, refused.headers, MEDIA_TYPE)


async def on_refused(request: Request, error: Exception) -> Response:
    """Starlette's handler for refusals of ours."""
    assert isinstance(error, Refused)
    return respond(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses, in the same form."""
    assert isinstance(error, HTTPException)
    detail = "POST an uplink to /v1/uplinks/SOURCE; there is nothing else here"
    return respond(Refused(error.status_code, error.detail, detail, **dict(error.headers or {})))


async def on_bug(request: Request, error: Exception) -> Response:
    """A mistake of ours, or Kafka's; the sender should send again."""
    return respond(Refused(500, "Internal error", "nothing was taken: send it again; the log says more"))


def unauthorized() -> Refused:
    """Nobody said who sends."""
    detail = "send Authorization: Bearer TOKEN, or X-Placelibre-Signature: sha256=HEX over the body"
    return Refused(401, "Unauthorized", detail, WWW_Authenticate="Bearer")


def forbidden() -> Refused:
    """Who sends may not."""
    return Refused(403, "Forbidden", "this token or signature is not one of that source's")


def too_large(limit: int) -> Refused:
    """A body beyond the limit; what is left of it is not read."""
    return Refused(413, "Content too large", f"at most {limit} bytes are read", Connection="close")
