"""Sessions of the desk in a real Valkey: the same port as the one in memory, and what outlives a gateway."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis.asyncio as aioredis

from gateways.desk.access.keeping import KeptInMemory, SessionKeeping
from gateways.desk.access.serve import DeskAccess, create_access
from store.desk_sessions import SessionsInRedis
from tests.gateways.desk.access.world import HOLDERS, client_of, desk_app
from tests.support import TENANT


@pytest.fixture(params=["memory", "redis"])
def kept(request: Any, client: aioredis.Redis) -> SessionKeeping:
    return KeptInMemory() if request.param == "memory" else SessionsInRedis(client, TENANT)


async def test_both_ways_of_keeping_do_the_same(kept: SessionKeeping) -> None:
    await kept.put("a", b"1", 60, "m")
    await kept.put("b", b"2", 60, "m")
    await kept.put("c", b"3", 60)
    assert (await kept.find("a"), await kept.list_of("m"), await kept.list_of("n")) == (b"1", ["a", "b"], [])
    assert await kept.replace("a", b"4", 60)
    assert await kept.find("a") == b"4"
    assert [await kept.find_in_use("a", 60), await kept.find_in_use("x", 60)] == [b"4", None]
    await kept.drop("a", "m")
    assert not await kept.replace("a", b"5", 60), "what was ended does not come back"
    assert (await kept.find("a"), await kept.list_of("m")) == (None, ["b"])
    assert [await kept.take("c"), await kept.take("c")] == [b"3", None]
    assert [await kept.put_first("d", 0.05), await kept.put_first("d", 60)] == [True, False]
    await asyncio.sleep(0.1)
    assert await kept.put_first("d", 60)


async def test_of_many_who_take_one_thing_one_gets_it(kept: SessionKeeping) -> None:
    await kept.put("once", b"1", 60)
    got = await asyncio.gather(*(kept.take("once") for _ in range(20)))
    assert sorted(map(bool, got)) == [False] * 19 + [True]


async def test_a_session_outlives_the_gateway_and_its_id_is_not_in_redis(client: aioredis.Redis) -> None:
    def gateway() -> DeskAccess:
        return create_access(SessionsInRedis(client, TENANT), HOLDERS)

    first, second = gateway(), gateway()
    browser = client_of(desk_app(first))
    assert (await browser.get(await second.make_local_link("m.durand"))).status_code == 303, "any gateway takes a link"
    id_ = browser.cookies["placelibre_desk"]
    again = client_of(desk_app(second), cookie=f"placelibre_desk={id_}")
    assert (await again.get("/")).json() == "m.durand"
    stored = {key: await client.dump(key) for key in await client.keys("*")}
    assert stored
    assert all(id_.encode() not in key + value for key, value in stored.items())
    assert all([await client.pttl(key) > 0 for key in stored]), "everything ends by itself"
    await client.flushall()
    assert (await again.get("/")).status_code == 401, "a Redis that lost its memory lets nobody in"
