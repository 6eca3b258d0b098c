"""How a lease is kept where Redis misbehaves, with a Redis that does as it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from store.leases import Lease, LeaseLostError

TTL_S = 1.2
Reply = Callable[[], Awaitable[int]]


async def granted() -> int:
    return 1


async def silent() -> int:
    await asyncio.Event().wait()
    raise AssertionError


async def broken() -> int:
    raise ValueError("a reply that nobody expects")


class FakeRedis:
    """Answers each call as the next of ``replies`` does, and the last for ever."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)

    async def fcall(self, name: str, keys: int, *arguments: object) -> int:
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return await reply()

    fcall_ro = fcall


def lease_of(redis: FakeRedis) -> Lease:
    return Lease(redis, "signs:testville", "a", 1, TTL_S, time.monotonic() + TTL_S, time.monotonic)  # type: ignore[arg-type]


async def test_one_request_that_is_never_answered_does_not_cost_the_lease() -> None:
    lease = lease_of(FakeRedis(silent, granted))
    keeping = asyncio.create_task(lease.keep())
    ended, _ = await asyncio.wait((keeping,), timeout=2 * TTL_S)
    assert not ended, "it was asked again before the time was over"
    assert lease.left_s > 0
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_a_keeper_that_meets_a_bug_says_that_the_lease_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    lease = lease_of(FakeRedis(broken))
    await lease.keep()
    assert lease.lost.is_set(), "whoever works under it would go on without it"
    assert "a reply that nobody expects" in caplog.text
    with pytest.raises(LeaseLostError):
        await lease.check()


async def test_a_redis_that_is_silent_for_longer_costs_the_lease() -> None:
    lease = lease_of(FakeRedis(silent))
    async with asyncio.timeout(10 * TTL_S):
        await lease.keep()
    assert lease.lost.is_set()
    assert lease.left_s == 0
