"""A server that is failed stops and raises; the process is for its caller to end."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from serving.errors import BrokenServiceError
from serving.server import make_server
from tests.support import free_ports


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


async def test_a_failed_service_lets_its_listeners_go_and_says_why() -> None:
    port, let_go, mistakes = free_ports(), [], []
    server = make_server(
        nothing, "127.0.0.1", port, lambda: let_go.append(True), find_failure=lambda: next(iter(mistakes), None)
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 204
    mistakes += [KeyError("the first mistake"), KeyError("what followed from it")]
    with pytest.raises(BrokenServiceError, match="the first mistake"):
        await running
    assert let_go == [True]
