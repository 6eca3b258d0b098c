"""The gateway and its description agree: asked by schemathesis for what the document allows, and for what it forbids.

The same questions each time, some 1,500 of them, in less than a minute. Checked is whatever schemathesis knows:
statuses, types of bodies, headers, schemas, methods that there are not, what must be refused, and what must not.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateways.api.openapi import describe
from gateways.api.serve import create_app
from ops.settings import Settings
from serving.server import make_server
from store.connecting import open_redis
from tests.gateways.test_http import fill
from tests.support import TENANT, free_ports, wait_for

api = schemathesis.openapi.from_dict(describe())


class FirstWords:
    """The gateway, but that a stream ends after its first event: nobody here reads for ever."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/v1/changes":
            await self._app(scope, receive, send)
            return
        heard = asyncio.Event()

        async def gone() -> Message:
            await heard.wait()
            return {"type": "http.disconnect"}

        async def say(message: Message) -> None:
            if message["type"] == "http.response.body" and message.get("more_body"):
                if heard.is_set():
                    return
                heard.set()
                message = {**message, "more_body": False}
            await send(message)

        await self._app(scope, gone, say)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def address(servers: Settings) -> Iterator[str]:
    """A whole gateway on a port, in a thread of its own."""
    port, ended = free_ports(), threading.Event()

    async def serve() -> None:
        await fill(servers, 3)
        live = open_redis(servers.redis, 1, 3)
        server = make_server(FirstWords(create_app(live, TENANT)), "127.0.0.1", port)
        running = asyncio.create_task(server.serve())
        await asyncio.to_thread(ended.wait)
        server.should_exit = True
        await running
        await live.aclose()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    url = f"http://127.0.0.1:{port}"
    wait_for("the gateway to be ready", lambda: is_ready(url))
    yield url
    ended.set()
    thread.join()


@api.parametrize()
@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_answered_is_what_is_described(case: schemathesis.Case, address: str) -> None:
    point = {"lon", "lat"} & {*(case.query or {})}
    # OpenAPI has no word for "both or neither"; the summary says it.
    assume(case.path != "/v1/areas" or len(point) != 1)
    case.call_and_validate(base_url=address)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "REPORT"])
@pytest.mark.parametrize("path", [*describe()["paths"], "/", "/docs", "/openapi.json", "/static/main.js"])
def test_a_method_that_there_is_not_is_told_which_there_are(address: str, path: str, method: str) -> None:
    reply = httpx.request(method, address + path.replace("{id}", "p1"))
    assert reply.status_code == 405
    assert {"GET", "HEAD"} <= set(reply.headers["allow"].split(", "))
