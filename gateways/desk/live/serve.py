"""The overview over HTTP: all of it, or all of it and then every change by server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateways.desk.live.overview import LiveOverview
from gateways.desk.serve import DeskRoom
from gateways.desk.watching.asking import PRIVATE
from gateways.hub import HEARTBEAT_S, encode
from parking.desk.operators import Operator, Role

BEAT_S = 0.1
_RETRY = b"retry: 1000\n\n"


class Guard(Protocol):
    """Who asks, whether they may, and for how long (``gateways.desk.access``)."""

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        """The operator. Raises ProblemDocument."""
        ...

    def while_signed_in(self, request: Request, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The pieces, until the reader's session ends."""
        ...


class LiveDesk:
    """The two endpoints, and the beat with which alarms and signs are looked at."""

    def __init__(self, overview: LiveOverview, guard: Guard, tenant: str) -> None:
        self._overview, self._guard, self._tenant = overview, guard, tenant

    def room(self) -> DeskRoom:
        """This as a room of the desk."""
        routes = [Route("/v1/desk/overview", self.whole), Route("/v1/desk/changes", self.changes)]
        return DeskRoom("live", routes, LIVE_PATHS, LIVE_SCHEMAS, running=self.running)

    async def whole(self, request: Request) -> Response:
        """GET /v1/desk/overview."""
        await self._guard.require(request, Role.VIEW, self._tenant)
        return Response(self._overview.body(), headers=dict(PRIVATE), media_type="application/json")

    async def changes(self, request: Request) -> Response:
        """GET /v1/desk/changes: a snapshot, then what changes. Who comes back gets a snapshot again, never a gap."""
        await self._guard.require(request, Role.VIEW, self._tenant)
        pieces = self._guard.while_signed_in(request, self._listen())
        headers = {**PRIVATE, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(pieces, headers=headers, media_type="text/event-stream")

    async def _listen(self) -> AsyncIterator[bytes]:
        hub = self._overview.hub
        listener, first = hub.begin(self._overview.event)
        try:
            yield _RETRY + first.data
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        message = await listener.take()
                except TimeoutError:
                    yield encode("beat", b'{"now":"%s"}' % datetime.now(UTC).isoformat().encode())
                    continue
                if message is None:
                    return
                yield message.data
        finally:
            hub.leave(listener)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look at alarms and signs for as long as the ``with`` lasts; then all listeners are let go."""
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            self._overview.hub.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._overview.beat()


_SAYS = "one line, alarms the most pressing first, places by id; unknown is null, and every number has its time"
_ANSWERS = {"401": {"description": "a problem: nobody said who"}, "403": {"description": "a problem: may not"}}


def _get(summary: str, kind: str) -> dict[str, Any]:
    content = {kind: {"schema": {"$ref": "#/components/schemas/DeskOverview"}}}
    answers = {"200": {"description": summary, "content": content}, **_ANSWERS}
    return {"get": {"summary": summary, "security": [{"token": []}, {"session": []}], "responses": answers}}


LIVE_PATHS: dict[str, Any] = {
    "/v1/desk/overview": _get("the city as it is now", "application/json"),
    "/v1/desk/changes": _get("the same as an event `snapshot`, then events `changes`", "text/event-stream"),
}
LIVE_SCHEMAS: dict[str, Any] = {
    "DeskOverview": {
        "type": "object", "required": ["tenant", "now", "clock", "line", "alarms", "places"], "description": _SAYS,
    }
}  # fmt: skip
