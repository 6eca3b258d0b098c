"""A client is closed, and whoever was told to end meanwhile ends."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from streams.closing import closed


async def test_a_cancellation_that_closing_takes_for_its_own_is_not_lost() -> None:
    begun = asyncio.Event()

    async def close() -> None:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):  # as aiokafka's client does with the task that it cancels
            await asyncio.sleep(60)

    task = asyncio.create_task(closed(close()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_is_cancelled_already_closes_all_the_same() -> None:
    shut = []

    async def close() -> None:
        await asyncio.sleep(0)
        shut.append(True)

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await closed(close())

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert shut
