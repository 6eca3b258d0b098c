"""Who was told to end ends: a cancellation that a library swallows on the way is raised again.

Before Python 3.12 ``asyncio.wait_for`` forgets a cancellation that arrives just as its work has ended, and redis-py
sends by it; aiokafka awaits its own cancelled tasks and takes a cancellation of ours for theirs. Whoever was cancelled
then goes on, for ever if it is a loop: a process that ignores SIGTERM. A task counts how often it was told to end, so
what happened inside can be found out afterwards.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeding() -> Iterator[None]:
    """Raises CancelledError at its end where the task was cancelled meanwhile, whatever was made of it inside."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError
