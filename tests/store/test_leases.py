"""One active process a job: against a Valkey of its own, because these tests stop, empty and restart it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

import pytest
import redis
import redis.asyncio as aioredis
from redis.exceptions import RedisError

from ops.local import process, valkey
from ops.settings import Settings
from store.connecting import open_redis
from store.keys import lease_key
from store.leases import Lease, LeaseLostError, acquire_lease, await_lease, hold_lease, work_under_lease
from tests.support import ROOT, free_ports, wait_for

pytestmark = pytest.mark.real
JOB = "signs:testville"
TTL_S = 0.6

OWNER = """
import asyncio, sys
from store.connecting import open_redis
from store.leases import LeaseLostError, hold_lease
url, name, ttl_s = sys.argv[1], sys.argv[2], float(sys.argv[3])

async def main():
    client = open_redis(url, 1, 5)
    while True:
        async with hold_lease(client, "signs:testville", name, ttl_s) as lease:
            try:
                while True:
                    fence = await lease.check()
                    print(name, fence, flush=True)
                    await asyncio.sleep(0.02)
            except LeaseLostError:
                print(name, "lost", flush=True)

asyncio.run(main())
"""


class Server:
    """A Valkey that can be taken away."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(redis=f"redis://127.0.0.1:{free_ports()}/0", data_dir=folder)
        self.up()

    def up(self) -> None:
        valkey.up(self.settings, attached=True)

    def down(self) -> None:
        process.stop("valkey", self.settings.data_dir.absolute())

    async def restart(self, client: aioredis.Redis) -> None:
        """Gone, and back empty; the client's connections are anew, too."""
        self.down()
        self.up()
        await client.connection_pool.disconnect()

    def signal(self, number: int) -> None:
        running = process.find("valkey", self.settings.data_dir.absolute())
        assert running is not None
        running.send_signal(number)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one = Server(tmp_path)
    yield one
    one.signal(signal.SIGCONT)
    one.down()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[aioredis.Redis]:
    one = open_redis(server.settings.redis, 1, 1)
    yield one
    await one.aclose()


async def acquired(client: aioredis.Redis, holder: str, ttl_s: float = TTL_S, above: int = 0) -> Lease:
    return await await_lease(client, JOB, holder, ttl_s, above)


async def _check_for_ever(lease: Lease) -> None:
    while True:
        await lease.check()


async def test_one_holds_it_and_the_next_has_it_after_it_was_let_go_with_a_greater_fence(
    client: aioredis.Redis,
) -> None:
    first = await acquired(client, "a")
    assert await first.check() == first.fence
    left = await acquire_lease(client, JOB, "b", TTL_S)
    assert isinstance(left, float)
    assert 0 < left <= TTL_S
    await first.release()
    second = await acquire_lease(client, JOB, "b", TTL_S)
    assert isinstance(second, Lease)
    assert second.fence > first.fence
    with pytest.raises(LeaseLostError):
        await first.check()


async def test_jobs_do_not_know_each_other(client: aioredis.Redis) -> None:
    one, other = await asyncio.gather(acquired(client, "a"), await_lease(client, "push:testville", "b", TTL_S))
    assert await one.check()
    assert await other.check()


async def test_renewed_it_outlives_its_time_and_not_renewed_it_does_not(client: aioredis.Redis) -> None:
    async with hold_lease(client, JOB, "a", TTL_S) as lease:
        began = time.monotonic()
        while time.monotonic() < began + 3 * TTL_S:
            assert await lease.check() == lease.fence
            await asyncio.sleep(0.02)
    idle = await acquired(client, "b")
    taken = await acquired(client, "c")
    assert taken.fence > idle.fence
    with pytest.raises(LeaseLostError, match="own clock"):
        await idle.check()


async def test_a_holder_whose_clock_stood_still_is_told_by_redis(client: aioredis.Redis) -> None:
    stopped = await acquire_lease(client, JOB, "x", TTL_S, now=lambda: 0.0)
    while not isinstance(stopped, Lease):
        await asyncio.sleep(stopped)
        stopped = await acquire_lease(client, JOB, "x", TTL_S, now=lambda: 0.0)
    await acquired(client, "y")
    assert stopped.left_s > 0, "it believes itself"
    with pytest.raises(LeaseLostError, match="another holds it"):
        await stopped.check()
    with pytest.raises(LeaseLostError):
        await stopped.renew()
    assert stopped.lost.is_set()


async def test_a_server_whose_clock_was_set_back_gives_it_to_the_next_after_one_time(client: aioredis.Redis) -> None:
    gone = await acquired(client, "a")
    hour_ahead = str((time.time_ns() // 1_000_000) + 3_600_000)
    await client.hset(lease_key(JOB), "until", hour_ahead)  # type: ignore[misc]
    assert await acquire_lease(client, JOB, "b", TTL_S) == TTL_S
    async with asyncio.timeout(10 * TTL_S):
        assert (await acquired(client, "b")).fence > gone.fence


async def test_the_fence_never_goes_back_when_redis_lost_everything(client: aioredis.Redis) -> None:
    first = await acquired(client, "a")
    await client.flushall()
    second = await acquired(client, "a")
    await client.flushall()
    third = await acquired(client, "a", above=2**51)  # by a clock of 2041, and known to the caller
    await third.release()
    fourth = await acquired(client, "b")
    assert first.fence < second.fence < 2**51 < third.fence < fourth.fence


async def test_a_redis_that_restarted_empty_gives_the_lease_to_nobody_for_its_whole_time(
    server: Server, client: aioredis.Redis
) -> None:
    ttl_s = 3.0
    holder = await acquired(client, "a", ttl_s)
    await server.restart(client)
    asked = time.monotonic()
    first_answer = await acquire_lease(client, JOB, "b", ttl_s)
    assert first_answer == ttl_s, "somebody may hold it from before"
    with pytest.raises(LeaseLostError, match="Redis has restarted"):
        await holder.check()
    next_one = await acquired(client, "b", ttl_s)
    assert time.monotonic() - asked >= ttl_s
    assert next_one.fence > holder.fence


async def test_a_redis_that_came_back_with_what_it_had_saved_trusts_none_of_it(
    server: Server, client: aioredis.Redis
) -> None:
    holder = await acquired(client, "a", 4)
    saved = await client.hgetall(lease_key(JOB))  # type: ignore[misc]
    await server.restart(client)
    await client.hset(lease_key(JOB), mapping=saved)  # type: ignore[misc]
    with pytest.raises(LeaseLostError, match="Redis has restarted"):
        await holder.renew()
    assert await acquire_lease(client, JOB, "a", 4) == 4


async def test_with_redis_out_of_reach_the_holder_goes_on_by_its_own_clock_and_stops_before_it_may_be_anothers(
    server: Server, client: aioredis.Redis
) -> None:
    ttl_s = 2.0
    lease = await acquired(client, "a", ttl_s)
    granted = time.monotonic()
    server.signal(signal.SIGSTOP)
    with pytest.raises(LeaseLostError, match="own clock"):
        await _check_for_ever(lease)
    assert time.monotonic() < granted + ttl_s, "it stopped before anybody else could begin"
    server.signal(signal.SIGCONT)


async def test_work_is_cancelled_when_the_lease_is_lost_and_begun_anew_with_the_next(
    server: Server, client: aioredis.Redis
) -> None:
    fences: list[int] = []
    ends: list[str] = []

    async def work(lease: Lease) -> None:
        fences.append(lease.fence)
        if len(fences) == 2:
            return
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    working = asyncio.create_task(work_under_lease(client, JOB, work, TTL_S))
    while not fences:
        await asyncio.sleep(0.01)
    await client.hset(lease_key(JOB), "holder", "a thief")  # type: ignore[misc]
    async with asyncio.timeout(20):
        await working
    assert ends == ["cancelled"]
    assert fences[0] < fences[1]


async def test_what_work_raises_is_raised_and_the_lease_let_go(client: aioredis.Redis) -> None:
    async def work(lease: Lease) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work_under_lease(client, JOB, work, TTL_S)
    assert isinstance(await acquire_lease(client, JOB, "next", TTL_S), Lease)


async def test_without_redis_acquiring_says_so_and_waiting_waits(server: Server, client: aioredis.Redis) -> None:
    server.down()
    with pytest.raises(RedisError):
        await acquire_lease(client, JOB, "a", TTL_S)
    waiting = asyncio.create_task(acquired(client, "a"))
    await asyncio.sleep(0)
    server.up()
    async with asyncio.timeout(20):
        assert (await waiting).fence > 0


class Owner:
    """A process that acts under the lease, and prints the fence of each act."""

    def __init__(self, server: Server, name: str, out: IO[str]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, server.settings.redis, name, "1.5"],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=out,
        )  # fmt: skip


def test_of_two_owners_one_paused_past_its_time_and_resumed_only_one_acts(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "acts"

    def acts() -> list[list[str]]:
        """Whole lines only: a reader may meet the last one half written."""
        return [line.split() for line in path.read_text().split("\n")[:-1]]

    def fences(name: str) -> list[int]:
        return [int(fence) for who, fence in acts() if who == name and fence != "lost"]

    with path.open("a") as out:
        first = Owner(server, "first", out)
        wait_for("the first to act", lambda: fences("first"))
        second = Owner(server, "second", out)
        try:
            first.process.send_signal(signal.SIGSTOP)
            wait_for("the second to act", lambda: fences("second"))
            old = fences("first")[-1]
            paused_at = len(acts())
            first.process.send_signal(signal.SIGCONT)
            wait_for("the first to find out", lambda: ["first", "lost"] in acts())
            seen = len(fences("second"))
            wait_for("the second to go on", lambda: len(fences("second")) > seen + 5)
            assert not [one for one in acts()[paused_at:] if one == ["first", str(old)]], "no act under the stale fence"
            assert set(fences("second")) == {fences("second")[0]}
            assert fences("second")[0] > old
            with redis.Redis.from_url(server.settings.redis) as client:
                stale = client.fcall("placelibre_lease_check", 1, lease_key(JOB), "first", str(old))
            assert stale == 0, "and Redis refuses it"
            second.process.kill()
            wait_for("the first to take over", lambda: fences("first")[-1] > fences("second")[0])
        finally:
            for one in (first, second):
                one.process.kill()
                one.process.wait()
    in_order = [int(fence) for _, fence in acts() if fence != "lost"]
    assert in_order == sorted(in_order), "the fences of all acts only ever grew"
