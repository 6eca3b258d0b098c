"""Closing what aiokafka holds open, without forgetting that somebody wants us to end."""

import asyncio
from collections.abc import Awaitable


async def closed(closing: Awaitable[None]) -> None:
    """Await a client's ``stop()`` or ``close()``. Raises CancelledError where the task was cancelled meanwhile.

    aiokafka awaits its own cancelled tasks and takes a cancellation of ours for theirs: a loop that opens a topic now
    and then would go on for ever after SIGTERM.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    await closing
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
