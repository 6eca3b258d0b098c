"""The seam to uvicorn's protocol: an answer is one write. A uvicorn that has moved fails here, not in production."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.gathering import Gathering, GatheringProtocol
from serving.server import make_server
from tests.support import free_ports


async def answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"12345"})


async def test_head_and_body_leave_in_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bytes] = []
    flushed: list[int] = []
    write, flush = Gathering.write, Gathering._flush

    def watch_write(self: Gathering, data: bytes) -> None:
        given.append(data)
        write(self, data)

    def watch_flush(self: Gathering) -> None:
        flushed.append(len(self._parts))
        flush(self)

    monkeypatch.setattr(Gathering, "write", watch_write)
    monkeypatch.setattr(Gathering, "_flush", watch_flush)
    port = free_ports()
    server = make_server(answer, "127.0.0.1", port)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):  # the connection is kept
        writer.write(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        async with asyncio.timeout(5):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(5) == b"12345"
    writer.close()
    server.should_exit = True
    await running
    assert len(given) == 4, "uvicorn hands over head and body apart; if it no longer does, gathering.py can go"
    assert [parts for parts in flushed if parts] == [2, 2], "and the two leave together"


def test_what_we_inherit_from_is_where_it_was() -> None:
    assert issubclass(GatheringProtocol, HttpToolsProtocol)
    config = uvicorn.Config(answer, http=GatheringProtocol)
    config.load()
    assert config.http_protocol_class is GatheringProtocol
