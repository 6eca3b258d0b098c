"""A proxy on loopback that keeps answers back, as some before a city's gateway and many before its people do.

It passes an answer on in pieces of ``size`` bytes, or when it ends. ``obeys``: ``X-Accel-Buffering: no`` means at once,
as nginx has it; some obey nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

SIZE = 65_536


@contextlib.asynccontextmanager
async def buffering(upstream: int, obeys: bool, size: int = SIZE) -> AsyncIterator[int]:
    """The port of such a proxy in front of ``upstream``, one request a connection."""

    open_ones: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(take(reader, writer))
        open_ones.add(task)
        task.add_done_callback(open_ones.discard)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ways = [writer]
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
            answer, asking = await asyncio.open_connection("127.0.0.1", upstream)
            ways.append(asking)
            asking.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
            gone = asyncio.create_task(reader.read())  # the client left
            passing = asyncio.create_task(_pass_on(answer, writer, obeys, size))
            try:
                await asyncio.wait((gone, passing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                gone.cancel()
                passing.cancel()
                await asyncio.gather(gone, passing, return_exceptions=True)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one of the two is gone
        finally:
            for way in ways:
                way.transport.abort()

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted is closed


async def _pass_on(answer: asyncio.StreamReader, writer: asyncio.StreamWriter, obeys: bool, size: int) -> None:
    kept = await answer.readuntil(b"\r\n\r\n")
    at_once = obeys and b"x-accel-buffering: no" in kept.lower()
    while piece := await answer.read(size):
        kept += piece
        if at_once or len(kept) >= size:
            writer.write(kept)
            kept = b""
            await writer.drain()
    writer.write(kept)
    await writer.drain()
