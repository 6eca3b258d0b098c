"""Waiting out a Kafka or Redis that is away: the same operation again, ever more slowly, until it works."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

log = logging.getLogger(__name__)
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
T = TypeVar("T")


async def until_done(
    operation: Callable[[], Awaitable[T]], errors: type[Exception] | tuple[type[Exception], ...], what: str
) -> T:
    """Await ``operation()`` until it does not raise one of ``errors``; it must be harmless to do twice."""
    pause = FIRST_PAUSE_S
    while True:
        try:
            return await operation()
        except errors as error:
            log.warning("%s failed (%s: %s); again in %.1f s", what, type(error).__name__, error, pause)
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(LONGEST_PAUSE_S, pause * 2)
