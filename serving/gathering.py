"""One write an answer, and no copy of a large body.

uvicorn hands over head and body apart, which asks the kernel and wakes the client twice. And it copies each piece of a
stream to write its length around it: a city's snapshot would be held once for each listener that has not read it.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

SHARED_FROM = 16_384
"""Bytes from which a body is handed on as it is, never joined with anything else."""


class Gathering:
    """A transport that writes what one step of the event loop gives it at once; everything else it passes on.

    ``on_closing`` is called when it has been told to close, which it does once all is written; ``on_large`` with each
    large body that has just been written.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []
        self.on_closing: Callable[[], None] = _nothing
        self.on_large: Callable[[bytes], None] = _nothing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keep data until this step ends; what is large leaves at once, after what was kept."""
        if len(data) >= SHARED_FROM:
            self._flush()
            if not self._transport.is_closing():
                self._transport.write(data)
                self.on_large(data)
            return
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Write what is kept, and close."""
        self._flush()
        self._transport.close()
        self.on_closing()

    def _flush(self) -> None:
        if self._parts and not self._transport.is_closing():
            self._transport.write(b"".join(self._parts))
        self._parts.clear()


def _nothing(*_: object) -> None:
    """Where nobody wants to know."""


class SharingCycle(RequestResponseCycle):
    """uvicorn's answer to one request, that writes the large pieces of a stream as they are."""

    async def send(self, message: Any) -> None:
        """See ASGI."""
        body = message.get("body", b"")
        if len(body) < SHARED_FROM or not self.chunked_encoding or not message.get("more_body", False):
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if not self.disconnected:
            self.transport.write(b"%x\r\n" % len(body))
            self.transport.write(body)
            self.transport.write(b"\r\n")


class GatheringProtocol(HttpToolsProtocol):
    """uvicorn's protocol over such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(cast(asyncio.Transport, Gathering(transport, self.loop)))

    def on_headers_complete(self) -> None:
        """See httptools. uvicorn has no place to name another class for an answer."""
        super().on_headers_complete()
        self.cycle.__class__ = SharingCycle
