"""A connection to a real Valkey that can be cancelled at any moment, and gives up in seconds."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import pytest
from redis.asyncio import SSLConnection
from redis.exceptions import RedisError

from ops.settings import Settings
from store.connecting import open_redis
from tests.support import free_ports
from tests.tls import Authority


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


async def test_a_redis_behind_tls_is_believed_by_the_authority_in_its_url(servers: Settings, tmp_path: Path) -> None:
    """This build of Valkey has no TLS: a server of this test speaks it and hands on what it hears."""
    authority, port = Authority(tmp_path), free_ports()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(*authority.issue("server"))

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside, outside = await asyncio.open_connection("127.0.0.1", int(servers.redis.split(":")[2].split("/")[0]))
        await asyncio.gather(hand_on(reader, outside), hand_on(inside, writer), return_exceptions=True)

    certificate, key = authority.issue("client")
    ours = f"ssl_ca_certs={authority.ca}&ssl_certfile={certificate}&ssl_keyfile={key}"
    async with await asyncio.start_server(meet, "127.0.0.1", port, ssl=context):
        client = open_redis(f"rediss://127.0.0.1:{port}/0?{ours}", 1, 1)
        assert await client.ping()
        await client.aclose()
        stranger = open_redis(f"rediss://127.0.0.1:{port}/0", 1, 1)
        with pytest.raises(RedisError, match="certificate"):
            await stranger.ping()
        await stranger.aclose()
