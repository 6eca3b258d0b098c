"""Ending tasks that talk to Redis.

Before Python 3.12 ``asyncio.wait_for`` loses a cancellation that comes in the moment in which its work is done, and
redis-py sends every command through it. So a task may go on as if nobody had cancelled it.
"""

import asyncio
from typing import Any

AGAIN_AFTER_S = 1.0


async def end(*tasks: "asyncio.Task[Any]", again_after_s: float = AGAIN_AFTER_S) -> None:
    """Cancel tasks and return once they have ended, with whatever; what they raised is not raised here.

    They are cancelled again and again, because one cancellation may be lost. Whatever a task does to tidy up has
    ``again_after_s`` for it.
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=again_after_s)
    await asyncio.gather(*tasks, return_exceptions=True)  # so that nobody is told that an error was never looked at


def heed() -> None:
    """Raise CancelledError where this task was cancelled and the cancellation was lost on the way."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
