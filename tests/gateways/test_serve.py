"""The live table, against a real Valkey: what a replay left behind is not shown as live."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta

import redis.asyncio as aioredis
from rich.console import Console

from gateways.terminal import serve
from gateways.words.language import get_language
from ops.settings import Settings
from parking.clock import Clock
from parking.published.availability import Availability, Change
from parking.words import Basis, ClockBasis
from store.connecting import open_redis
from store.writer import LiveWriter
from tests.support import TENANT, at, site


async def shown(client: aioredis.Redis) -> str:
    """The first picture: all that is printed before the next pause."""
    screen = io.StringIO()
    console = Console(file=screen, width=160, force_terminal=False)
    watching = asyncio.create_task(serve.watch(client, TENANT, get_language("en"), console, lambda: "title"))
    async with asyncio.timeout(20):
        while not screen.getvalue():
            await asyncio.sleep(0.02)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return screen.getvalue()


def counted(vacant: int, observed_at: datetime, offset: int) -> Change:
    return Change(
        TENANT,
        "p1",
        Availability(
            vacant=vacant,
            observed_at=observed_at,
            valid_until=observed_at + timedelta(minutes=15),
            basis=Basis.COUNTED,
            revision=(1, offset),
        ),
    )


async def test_a_replay_is_not_shown_as_live_and_live_numbers_are(servers: Settings) -> None:
    client = open_redis(servers.redis, 5, 10)
    await client.flushall()
    writer = LiveWriter(client, 1)
    assert "waiting for the first numbers" in await shown(client)
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    await writer.apply_changes(TENANT, 0, [counted(283, at(0), 1)], Clock(at(0), ClockBasis.EVENT))
    text = await shown(client)
    assert "283" not in text
    assert "waiting for the first numbers" in text
    now = datetime.now(UTC)
    await writer.apply_changes(TENANT, 0, [counted(41, now, 2)], Clock(now, ClockBasis.WALL))
    text = await shown(client)
    assert "41" in text
    assert "Place du Test" in text
    await client.aclose()


async def test_a_redis_that_is_away_is_said_and_not_hidden() -> None:
    gone = aioredis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=1)
    assert "Redis does not answer" in await shown(gone)
    await gone.aclose()
