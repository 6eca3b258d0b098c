"""A desk of some rooms in a thread of its own, for a real browser to ask."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateways.desk.serve import DeskRoom, create_desk_app
from serving.server import make_server
from tests.support import free_ports, wait_for


class DeskInThread:
    """``rooms`` are made in the loop that serves them, beside one that says who asks (``name``)."""

    name = "Ada Lovelace"

    def __init__(self) -> None:
        self._at, self._ended, self._is_open = free_ports(), threading.Event(), False
        self.url = f"http://127.0.0.1:{self._at}"

    def rooms(self) -> Sequence[DeskRoom]:
        raise NotImplementedError

    async def _serve(self) -> None:
        async def me(request: Request) -> JSONResponse:
            return JSONResponse({"name": self.name, "csrf": "x"})

        app = create_desk_app([*self.rooms(), DeskRoom("me", [Route("/v1/desk/me", me)])])
        server = make_server(app, "127.0.0.1", self._at)
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self._is_open = True
        await asyncio.to_thread(self._ended.wait)
        server.should_exit = True
        await running

    @contextlib.contextmanager
    def running(self: Desk) -> Iterator[Desk]:
        """Served for as long as the ``with`` lasts."""
        thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        thread.start()
        wait_for("the desk", lambda: self._is_open)
        try:
            yield self
        finally:
            self._ended.set()
            thread.join(10)


Desk = TypeVar("Desk", bound=DeskInThread)
