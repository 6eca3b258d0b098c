"""Whatever follows Redis ends when it is told to, also where a cancellation is lost on the way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from store.ending import end
from store.following import Following, Silent
from store.leases import hold_lease
from store.mirror import Mirror
from tests.support import TENANT

ROUNDS = 60


class PromptRedis:
    """Answers at once, and as redis-py does: through ``asyncio.wait_for``, which may lose a cancellation."""

    async def _answer(self, reply: Any) -> Any:
        await asyncio.wait_for(asyncio.sleep(0), 5)
        return reply

    async def fcall_ro(self, name: str, *_: object) -> Any:
        return await self._answer([b"", b"0-0", [], [], []])

    async def fcall(self, name: str, *_: object) -> Any:
        return await self._answer([1, b"7"] if name.endswith("acquire") else 1)


async def deaf_once() -> None:
    """Does not hear the first time."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def failing() -> None:
    raise ZeroDivisionError


async def test_a_task_that_does_not_hear_is_told_again_and_no_error_is_raised() -> None:
    tasks = [asyncio.create_task(work()) for work in (deaf_once, failing)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end(*tasks, again_after_s=0.01)
    assert tasks[0].cancelled()


async def follow_without_pauses(redis: Any) -> None:
    await Following(redis, Mirror(TENANT), Silent()).run()


async def keep_a_lease(redis: Any) -> None:
    async with hold_lease(redis, "job", "me", ttl_s=0.002):
        await asyncio.Event().wait()


@pytest.mark.parametrize("work", [follow_without_pauses, keep_a_lease])
async def test_it_ends_in_whichever_moment_it_is_cancelled(
    work: Callable[[Any], Coroutine[Any, Any, None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.following.REDIS_PAUSES_S", (0, 0))
    monkeypatch.setattr("store.ending.end.__kwdefaults__", {"again_after_s": 0.01})
    for steps in range(ROUNDS):
        task = asyncio.create_task(work(PromptRedis()))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        ended, _ = await asyncio.wait((task,), timeout=5)
        assert ended, f"cancelled after {steps} steps of the loop, it goes on"
