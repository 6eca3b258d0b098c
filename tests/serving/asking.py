"""An ASGI app asked without a socket."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Scope


class Answer(NamedTuple):
    """What an app sent: its status, headers by lower-case name, and its body's parts as they left."""

    status: int
    headers: dict[str, str]
    parts: list[bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)


def scope_of(method: str = "GET", path: str = "/v1/x", client: str | None = "192.0.2.1", **headers: str) -> Scope:
    """A request's scope; ``_`` in a header's name stands for ``-``."""
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": raw,
        "client": (client, 1234) if client else None,
    }


async def ask(app: ASGIApp, scope: Scope | None = None, **headers: str) -> Answer:
    """The app's answer."""
    sent: list[Message] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope or scope_of(**headers), receive, send)
    start, *bodies = sent
    names = [name.decode() for name, _ in start["headers"]]
    assert len(names) == len(set(names)), f"a header stands twice: {names}"
    return Answer(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        [message.get("body", b"") for message in bodies],
    )


def app_of(body: bytes, media_type: str = "application/json", status: int = 200, **headers: str) -> ASGIApp:
    """An app that answers this."""
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        head = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body)), *raw]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return app
