"""ASGI middleware that answers in brotli or gzip. An event of a stream leaves the moment it is given.

Whoever uses it says ``Vary: Accept-Encoding`` on every answer, coded or not (``serving.headers``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.encodings import GZIP, LEAST, GzipStream, choose, encode
from serving.entity_tags import coded_tag

_EVENTS = b"text/event-stream"
_CODED = (b"application/json", b"application/problem+json", b"application/geo+json", b"text/", b"image/svg+xml")
_IN_A_THREAD = 50_000
"""Bytes from which compressing takes a millisecond, in which the loop would answer nobody else."""


def read_header(scope: Scope, name: bytes) -> str | None:
    """A request header as text."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


class Compressed:
    """Compresses whole answers of at least LEAST bytes, and streams of events one by one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._one_at_a_time = asyncio.Lock()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """See ASGI."""
        accepted = read_header(scope, b"accept-encoding") if scope["type"] == "http" else None
        coding = choose(accepted) if accepted else None
        if accepted is None or coding is None:
            return self._app(scope, receive, send)
        return self._app(scope, receive, _Coding(send, coding, choose(accepted, (GZIP,)), self._one_at_a_time).send)


class _Coding:
    """One answer on its way out. ``streamed`` is gzip, where the client takes it: brotli has no blocks to share.

    Large bodies wait for ``turn``: most often many clients want the same one in one moment, and all but the first of
    them find it compressed.
    """

    def __init__(self, send: Send, coding: str, streamed: str | None, turn: asyncio.Lock) -> None:
        self._send, self._coding, self._streamed, self._turn = send, coding, streamed, turn
        self._start: Message | None = None
        self._stream: GzipStream | None = None

    async def send(self, message: Message) -> None:
        """See ASGI."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._stream is not None:
            body = message.get("body", b"")
            write = partial(self._stream.write, body)
            block = await self._beside(write) if _is_large(body) else write()
            last = not message.get("more_body", False)
            await self._send({**message, "body": block + self._stream.end() if last else block})
        elif self._start is not None:
            start, self._start = self._start, None
            await self._whole(start, message)
        else:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        """Keep the head back until the body's size is known; a stream's leaves at once."""
        headers = dict(message["headers"])
        kind = headers.get(b"content-type", b"")
        if message["status"] in (204, 304) or b"content-encoding" in headers:
            await self._send(message)
        elif kind.startswith(_EVENTS):
            if self._streamed is not None and b"content-length" not in headers:
                self._stream = GzipStream()
                message = {**message, "headers": [*message["headers"], (b"content-encoding", GZIP.encode())]}
            await self._send(message)
            if self._stream is not None:
                await self._send({"type": "http.response.body", "body": self._stream.begin(), "more_body": True})
        elif kind.startswith(_CODED):
            self._start = message
        else:
            await self._send(message)

    async def _whole(self, start: Message, message: Message) -> None:
        body = message.get("body", b"")
        if len(body) >= LEAST and not message.get("more_body", False):
            make = partial(encode, self._coding, body)
            coded = await self._beside(make) if _is_large(body) else make()
            start = {**start, "headers": _coded_headers(start["headers"], self._coding, len(coded))}
            message = {**message, "body": coded}
        await self._send(start)
        await self._send(message)

    async def _beside(self, make: Callable[[], bytes]) -> bytes:
        async with self._turn:
            return await asyncio.to_thread(make)


def _is_large(body: bytes) -> bool:
    return len(body) >= _IN_A_THREAD


def _coded_headers(headers: list[tuple[bytes, bytes]], coding: str, length: int) -> list[tuple[bytes, bytes]]:
    coded = [(b"content-encoding", coding.encode()), (b"content-length", b"%d" % length)]
    for name, value in headers:
        if name == b"etag":
            coded.append((name, coded_tag(value.decode("latin-1"), coding).encode("latin-1")))
        elif name != b"content-length":
            coded.append((name, value))
    return coded
