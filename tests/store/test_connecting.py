"""A connection to a real Valkey that can be cancelled at any moment, and gives up in seconds."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio import SSLConnection
from redis.exceptions import RedisError

from ops.settings import Settings
from store.connecting import open_redis


@pytest.mark.parametrize("turns", range(24))
async def test_a_task_that_is_cancelled_while_it_asks_ends(servers: Settings, turns: int) -> None:
    client = open_redis(servers.redis, 1, 1)

    async def ask_for_ever() -> None:
        while True:
            await client.ping()

    try:
        asking = asyncio.create_task(ask_for_ever())
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        done, _ = await asyncio.wait({asking}, timeout=2)
        assert done == {asking}
        assert asking.cancelled()
    finally:
        while not asking.done():
            asking.cancel()
            await asyncio.sleep(0.001)
        await client.aclose()


async def test_who_tidies_up_after_being_cancelled_may_still_ask(servers: Settings) -> None:
    client = open_redis(servers.redis, 1, 1)
    tidied: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            tidied.append(await client.ping())

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    working.cancel()
    await asyncio.wait({working})
    await client.aclose()
    assert tidied == [True]


async def test_a_redis_that_is_away_is_given_up_in_seconds() -> None:
    client = open_redis("redis://127.0.0.1:9/0", 1, 1)
    began = time.monotonic()
    with pytest.raises(RedisError):
        await client.ping()
    await client.aclose()
    assert time.monotonic() - began < 5


def test_an_address_with_tls_is_asked_by_tls() -> None:
    assert issubclass(open_redis("rediss://cache:6380/0", 1, 1).connection_pool.connection_class, SSLConnection)
    assert not issubclass(open_redis("redis://cache:6380/0", 1, 1).connection_pool.connection_class, SSLConnection)
