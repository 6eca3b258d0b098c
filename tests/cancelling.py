"""A cancellation at every step of some work: whatever it awaits there, and also just as what it awaits is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

ENDS_WITHIN_S = 6.0


class _CancelledAt:
    """Awaits ``work`` and tells its task to end at the given step, at once or just as what it waits for is done."""

    def __init__(self, work: Awaitable[object], step: int, late: bool) -> None:
        self._work, self._step, self._late = work, step, late
        self.told = asyncio.Event()

    def __await__(self) -> Generator[Any, Any, object]:
        steps, task, inside = 0, asyncio.current_task(), self._work.__await__()
        value, error = None, None
        while True:
            try:
                waits_for = inside.throw(error) if error is not None else inside.send(value)  # type: ignore[attr-defined]
            except StopIteration as end:
                return end.value
            steps += 1
            if steps == self._step:
                assert task is not None

                def tell(*_: object, task: asyncio.Task[Any] = task) -> None:
                    self.told.set()
                    task.cancel()

                if self._late and waits_for is not None:
                    waits_for.add_done_callback(tell)
                else:
                    asyncio.get_running_loop().call_soon(tell)
            value, error = None, None
            try:
                value = yield waits_for
            except BaseException as thrown:
                error = thrown


async def list_deaf(
    make: Callable[[], Awaitable[object]], steps: int, late: Sequence[bool] = (False, True), at_once: int = 8
) -> list[tuple[int, bool]]:
    """At which of so many steps, and how, work that goes on for ever does not end although it was told to."""
    room, deaf = asyncio.Semaphore(at_once), []

    async def attempt(step: int, late: bool) -> None:
        async with room:
            driven = _CancelledAt(make(), step, late)

            async def run() -> None:
                await driven

            task = asyncio.create_task(run())
            async with asyncio.timeout(60):
                await driven.told.wait()
            done, _ = await asyncio.wait({task}, timeout=ENDS_WITHIN_S)
            if not done:
                deaf.append((step, late))
            while not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=0.05)

    await asyncio.gather(*(attempt(step, when) for step in range(1, steps + 1) for when in late))
    return deaf
