"""Headers of every answer, and what a browser asks before it lets a script of another origin ask us (CORS)."""

from collections.abc import Awaitable, Iterable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

EXTRA = "serving.headers"
"""Where a middleware within leaves headers of this one answer, in the scope."""

RawHeaders = list[tuple[bytes, bytes]]

ANY_ORIGIN: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, RateLimit, RateLimit-Policy, Retry-After",
}
"""On what anyone may read: no cookie and no credential is ever looked at there."""

PAGE: Mapping[str, str] = {
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""On pages and their files. A page's Content-Security-Policy is its own."""

_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Last-Event-ID, If-None-Match, Cache-Control, Content-Type, Accept",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI has them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def fixed_headers(hsts_s: int = 0, varies: bool = True) -> Mapping[str, str]:
    """What every answer of a server says. ``hsts_s`` above 0 only where every way to it is by TLS."""
    fixed = {"X-Content-Type-Options": "nosniff"}
    if varies:
        fixed["Vary"] = "Accept-Encoding"
    if hsts_s > 0:
        fixed["Strict-Transport-Security"] = f"max-age={hsts_s}"
    return fixed


class WithHeaders:
    """ASGI middleware that adds headers to every answer. It replaces none: no endpoint sets the same."""

    def __init__(self, app: ASGIApp, fixed: Mapping[str, str]) -> None:
        self._app, self._fixed = app, raw(fixed)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """See ASGI."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)

        def add(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._fixed, *scope.get(EXTRA, ())]
            return send(message)

        return self._app(scope, receive, add)


class OpenToAnyOrigin:
    """ASGI middleware that answers OPTIONS for the paths that anyone may read; it knows nothing of which exist."""

    def __init__(self, app: ASGIApp, prefixes: Iterable[str]) -> None:
        self._app, self._prefixes = app, tuple(prefixes)
        self._answer = [*raw(_PREFLIGHT), (b"vary", b"Access-Control-Request-Headers, Access-Control-Request-Method")]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS" or not scope["path"].startswith(self._prefixes):
            return self._app(scope, receive, send)
        return self._allow(send)

    async def _allow(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": self._answer})
        await send({"type": "http.response.body", "body": b""})
