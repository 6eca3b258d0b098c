"""A real gateway on a real port, and a client that reads server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx

from gateways.api.serve import create_app
from parking.published.availability import Availability, CategoryCount, Change
from parking.words import Audience, Basis, FillLevel, Opening
from serving.policy import NO_POLICY, ServingPolicy
from serving.server import make_server
from store.connecting import open_redis
from tests.support import TENANT, free_ports

PROBES = "X-Test-Probes"
"""A client carries where its gateway's probes are."""


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    id: str | None
    data: Any


@asynccontextmanager
async def serving(
    redis_url: str, tenant: str = TENANT, timeout_s: float = 3, policy: ServingPolicy = NO_POLICY
) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway in this loop, and a client of it."""
    live = open_redis(redis_url, 1, timeout_s)
    port, probes = free_ports(), free_ports()
    app = create_app(live, tenant, probes_at=("127.0.0.1", probes), policy=policy)
    server = make_server(app, "127.0.0.1", port, doors=policy.doors())
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            client.headers[PROBES] = str(probes)
            yield client
    finally:
        server.should_exit = True
        await running
        await live.aclose()


async def told(client: httpx.AsyncClient, path: str) -> str:
    """What the gateway tells its keepers, on the port of its own."""
    async with httpx.AsyncClient() as keeper:
        return (await keeper.get(f"http://127.0.0.1:{client.headers[PROBES]}{path}")).text


async def until_ready(client: httpx.AsyncClient, patience_s: float = 10) -> None:
    """Wait until the gateway says that it is."""
    await eventually(lambda: _is_ready(client), patience_s, "the gateway to be ready")


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def eventually(check: Any, patience_s: float, what: str) -> Any:
    """Await ``check()`` until it gives something true."""
    async with asyncio.timeout(patience_s):
        while not (found := await check()):
            await asyncio.sleep(0.05)
    return found


@asynccontextmanager
async def listening(client: httpx.AsyncClient, last_event_id: str | None = None) -> AsyncIterator[AsyncIterator[Event]]:
    """The events of /v1/changes; heartbeats are passed over."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with client.stream("GET", "/v1/changes", headers=headers, timeout=30) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response)


async def _events(response: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Event(fields["event"], fields.get("id"), json.loads(fields["data"]))
            fields = {}


async def take(events: AsyncIterator[Event], name: str, patience_s: float = 15) -> Event:
    """The next event of that name."""
    async with asyncio.timeout(patience_s):
        async for event in events:
            if event.name == name:
                return event
    raise AssertionError(f"the stream ended without {name}")


def counted(place: str, vacant: int, offset: int, valid_for: timedelta = timedelta(minutes=15)) -> Change:
    """A count of now."""
    now = datetime.now(UTC)
    availability = Availability(
        vacant=vacant,
        vacant_low=vacant,
        vacant_high=vacant,
        capacity=100,
        level=FillLevel.SPACES_AVAILABLE if vacant else FillLevel.FULL,
        opening=Opening.OPEN,
        by_category={Audience.PUBLIC: CategoryCount(vacant, 100)},
        observed_at=now,
        valid_until=now + valid_for,
        basis=Basis.COUNTED,
        revision=(1, offset),
    )
    return Change(TENANT, place, availability)
