"""What follows Redis ends when it is told to, at whatever step: while Redis answers, refuses, hangs, is away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
import redis as blocking
from redis.exceptions import RedisError

import store.following
import store.leases
import streams.retry
from ops.local import process, valkey
from ops.settings import Settings
from store.connecting import open_redis
from store.following import Following, Silent
from store.heeding import heeding
from store.leases import hold_lease
from store.mirror import Mirror
from store.writer import LiveWriter
from streams.retry import until_done
from tests.cancelling import list_deaf
from tests.support import TENANT, free_ports, site

pytestmark = [pytest.mark.real, pytest.mark.slow]
QUICK = (0.001, 0.004)
STATES = ["answers", "refuses", "hangs", "away"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between two tries are the steps that matter least."""
    monkeypatch.setattr(store.following, "REDIS_PAUSES_S", QUICK)
    monkeypatch.setattr(store.following, "WAIT_MS", 5)
    monkeypatch.setattr(store.following, "PACE_S", 0.001)
    monkeypatch.setattr(streams.retry, "RETRY_PAUSES_S", QUICK)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    one = Settings(redis=f"redis://127.0.0.1:{free_ports()}/0", data_dir=tmp_path_factory.mktemp("cancelled"))
    valkey.up(one, attached=True)
    yield one
    process.stop("valkey", one.data_dir.absolute())


@contextmanager
def being(server: Settings, state: str) -> Iterator[str]:
    """The URL of a Redis in this state."""
    running = process.find("valkey", server.data_dir.absolute())
    assert running is not None
    with blocking.Redis.from_url(server.redis) as admin:
        admin.execute_command("ACL", "SETUSER", "nobody", "on", ">right", "+@all", "~*")
    try:
        if state == "hangs":
            running.send_signal(signal.SIGSTOP)
        refused = server.redis.replace("redis://", "redis://nobody:wrong@")
        yield {"refuses": refused, "away": "redis://127.0.0.1:9/0"}.get(state, server.redis)
    finally:
        running.send_signal(signal.SIGCONT)


async def following(url: str) -> None:
    client = open_redis(url, 0.3, 0.3)
    try:
        await Following(client, Mirror(TENANT), Silent())._follow_for_ever()
    finally:
        await client.aclose()


async def writing(url: str) -> None:
    client = open_redis(url, 0.3, 0.3)
    writer = LiveWriter(client, 1)
    try:
        while True:
            await until_done(lambda: writer.apply_changes(TENANT, 0, [], None), RedisError, "writing")
            await until_done(writer.server, RedisError, "asking")
    finally:
        await client.aclose()


async def leasing(url: str) -> None:
    client = open_redis(url, 0.3, 0.3)
    try:
        while True:
            async with hold_lease(client, "signs", ttl_s=0.3) as lease:
                await lease.check()
    finally:
        await client.aclose()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("work", [following, writing, leasing])
async def test_it_ends_at_whatever_step_it_is_told_to(
    server: Settings, work: Callable[[str], Awaitable[None]], state: str
) -> None:
    client = open_redis(server.redis, 1, 1)
    await LiveWriter(client, 1).apply_catalogue(TENANT, [(site(), (1, 1))])
    await client.aclose()
    with being(server, state) as url:
        assert await list_deaf(lambda: work(url), 12 if state == "hangs" else 60) == []


async def test_a_cancellation_that_was_swallowed_inside_is_raised_outside() -> None:
    async def deaf() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)

    async def work() -> None:
        while True:
            with heeding():
                await deaf()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=2)
    assert done
    assert task.cancelled()


async def test_a_time_limit_inside_is_no_cancellation() -> None:
    with heeding(), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)
