"""What one connection may cost before anybody knows who is there, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import resource
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import uvloop

from serving import connections, server
from serving.clients import read_networks
from serving.connections import MAX_HEAD_BYTES, MAX_PIPELINED, Doors
from serving.server import make_server
from tests.support import free_ports

BODY = b"x" * 5


def on_uvloop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """The loop that a server runs on."""

    @functools.wraps(test)
    def run(*args: Any, **more: Any) -> None:
        uvloop.run(test(*args, **more))

    return run


async def answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    size = int(scope["query_string"] or 5)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    await send({"type": "http.response.body", "body": b"x" * size})


@contextlib.asynccontextmanager
async def serving(doors: Doors | None = None, app: Any = answer) -> AsyncIterator[int]:
    port = free_ports()
    running_server = make_server(app, "127.0.0.1", port, doors=doors)
    running = asyncio.create_task(running_server.serve())
    while not running_server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        running_server.should_exit = True
        await running


async def exchange(port: int, *sent: bytes) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with contextlib.suppress(ConnectionError):
            for part in sent:
                writer.write(part)
                await writer.drain()
        async with asyncio.timeout(4):  # before a connection that is kept would end by itself
            return await reader.read()
    finally:
        writer.close()


def problem_of(found: bytes) -> dict[str, Any]:
    head, _, body = found.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head, found[:200]
    assert b"connection: close" in head
    problem = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % problem["status"])
    return dict(problem)


HEAD = b"GET / HTTP/1.1\r\nHost: test\r\n"
ENDLESS = [b"a" * 8_192] * 40


@pytest.mark.parametrize(
    "sent",
    [
        [HEAD + b"X: ", *ENDLESS],
        [HEAD, *([b"X: %s\r\n" % (b"a" * 8_000)] * 40)],
        [b"GET /", *ENDLESS],
        [HEAD + b"a", *ENDLESS],
        [HEAD + b"X: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n"],
    ],
    ids=["a value", "many", "a path", "a name", "in one piece"],
)
@on_uvloop
async def test_a_head_without_end_is_refused_and_not_kept(sent: list[bytes]) -> None:
    async with serving() as port:
        found = problem_of(await exchange(port, *sent))
        assert found["status"] == 431
        assert str(MAX_HEAD_BYTES) in found["detail"]


@on_uvloop
async def test_trailers_without_end_are_no_way_around_it() -> None:
    started = HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: "
    async with serving() as port:
        found = await exchange(port, started, *ENDLESS)
        assert found.count(b"HTTP/1.1") <= 2


@on_uvloop
async def test_a_head_that_takes_too_long_is_refused_and_a_silent_connection_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.2)
    async with serving() as port:
        assert problem_of(await exchange(port, HEAD))["status"] == 408
        assert await exchange(port) == b""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"\r\n")
        async with asyncio.timeout(2):
            assert (await reader.readuntil(BODY)).startswith(b"HTTP/1.1 200")
            writer.write(b"\r\n")
            assert await reader.read() == b"", "an empty line keeps nobody inside"
        writer.close()


@on_uvloop
async def test_what_is_no_http_is_answered_with_a_problem() -> None:
    async with serving() as port:
        for sent in (
            b"hello\r\n\r\n",
            HEAD + b"no colon\r\n\r\n",
            b"GET \xff HTTP/1.1\r\n\r\n",
            b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        ):
            assert problem_of(await exchange(port, sent))["status"] == 400, sent


@on_uvloop
async def test_pipelined_requests_are_answered_in_order_and_bounded() -> None:
    async with serving() as port:
        last = HEAD + b"Connection: close\r\n\r\n"
        assert (await exchange(port, (HEAD + b"\r\n") * 20 + last)).count(b"200 OK") == 21
        found = await exchange(port, (HEAD + b"\r\n") * (MAX_PIPELINED * 4))
        assert found.count(b"200 OK") <= MAX_PIPELINED + 2


@on_uvloop
async def test_one_address_holds_so_many_connections_and_a_proxy_as_many_as_there_are() -> None:
    for proxies, refused in (((), 429), (read_networks("127.0.0.1"), 503)):
        async with serving(Doors(proxies, per_address=2, most=3 if proxies else 10)) as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3 if proxies else 2)]
            await asyncio.sleep(0.1)
            assert problem_of(await exchange(port, HEAD))["status"] == refused
            held[0][1].close()
            await asyncio.sleep(0.1)
            assert (await exchange(port, HEAD + b"Connection: close\r\n\r\n")).endswith(BODY)
            for _, writer in held:
                writer.close()


@on_uvloop
async def test_who_takes_nothing_of_an_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "UNREAD_WITHIN_S", 0.4)
    monkeypatch.setattr(connections, "LOOKED_EVERY_S", 0.1)
    doors = Doors()
    async with serving(doors) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(b"GET /?50000000 HTTP/1.1\r\nHost: test\r\n\r\n")
        slow, slow_writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        slow_writer.write(b"GET /?20000000 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        read = 0
        async with asyncio.timeout(20):
            while part := await slow.read(400_000):  # slowly, but it reads
                read += len(part)
                await asyncio.sleep(0.02)
            assert read > 20_000_000
            while len(doors):
                await asyncio.sleep(0.05)
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(50_000_000)
        writer.close()
        slow_writer.close()


def test_a_server_may_open_more_files_than_a_shell_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
        wanted = min(hard, server.OPEN_FILES) if hard != resource.RLIM_INFINITY else server.OPEN_FILES
        assert server.raise_open_files() == wanted == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
