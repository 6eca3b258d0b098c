"""Whatever a client says we are called: no answer sends anybody there, or repeats it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from gateways.api.openapi import describe
from gateways.api.serve import create_app as create_gateway
from sensors.intake.webhook import create_app as create_webhook
from serving.server import make_server
from store.connecting import open_redis
from tests.sensors.test_webhook import make_webhook
from tests.support import TENANT, free_ports

EVIL = "evil.example"
LIES = [
    (f"Host: {EVIL}",),
    (f"Host: {EVIL}:80",),
    ("Host: 127.0.0.1", f"X-Forwarded-Host: {EVIL}", "X-Forwarded-Proto: http", "X-Forwarded-Port: 81"),
    ("Host: 127.0.0.1", f"Forwarded: host={EVIL};proto=http"),
    ("Host: 127.0.0.1", f"X-Original-URL: http://{EVIL}/", f"X-Rewrite-URL: http://{EVIL}/"),
    (f"Host: 127.0.0.1, {EVIL}",),
    (f"Host: {EVIL}/docs?",),
    (f"Host: @{EVIL}",),
]
PATHS = [
    "/", "/docs", "/docs/", "/docs//", "//docs", f"//{EVIL}/docs/", "/v1/sites/", "/v1/sites/p1/", "/v1/nearest/",
    "/v1/about/",
    "/static/", "/static/main.js/", "/vendor/", "/openapi.json/", "/healthz/", "/readyz/", "/v1/uplinks/counter/",
    "/v1/uplinks/", "/%2e%2e/docs/", f"http://{EVIL}/docs/", f"http://{EVIL}/v1/uplinks/counter/",
]  # fmt: skip


@contextlib.asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[int]:
    port = free_ports()
    server = make_server(app, "127.0.0.1", port)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def ask(port: int, method: str, path: str, lies: tuple[str, ...]) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *lies, "Content-Length: 0", "Connection: close"])
    writer.write(f"{head}\r\n\r\n".encode())
    async with asyncio.timeout(10):
        found = await reader.read()
    writer.close()
    return found.decode("utf-8", "replace")


@pytest.mark.parametrize("which", ["gateway", "webhook"])
async def test_no_answer_leads_where_a_client_says(which: str) -> None:
    redis_port = str(free_ports())
    live = open_redis(f"redis://127.0.0.1:{redis_port}/0", 1, 3)
    app = create_gateway(live, TENANT) if which == "gateway" else create_webhook(make_webhook())
    async with running(app) as port:
        for method in ("GET", "POST"):
            for path in PATHS:
                for lies in LIES:
                    found = await ask(port, method, path, lies)
                    head = found.partition("\r\n\r\n")[0].lower()
                    assert found.startswith("HTTP/1.1 "), (method, path, lies)
                    assert not 300 <= int(found.split()[1]) < 400, (method, path, lies)
                    assert "location:" not in head, (method, path, lies)
                    assert EVIL not in head
                    assert redis_port not in found, "nor does it name the servers behind us"
                    assert EVIL not in found or EVIL in path.lstrip("/").partition("://")[2] + path[2:], (path, lies)
    await live.aclose()


def test_the_document_names_no_host() -> None:
    assert [server["url"] for server in describe()["servers"]] == ["/"]
