"""Waiting out a Kafka or Redis that is away: the same operation again, ever more slowly, until it works."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from parking.delays import delays

log = logging.getLogger(__name__)
RETRY_PAUSES_S = (0.1, 5.0)
"""The first pause and the longest; see ``parking.delays``."""

T = TypeVar("T")
Errors = type[Exception] | tuple[type[Exception], ...]


class AbandonedError(Exception):
    """It was given up between two tries: what it was for is no longer ours to do."""


def never() -> bool:
    """The default reason to give up: none."""
    return False


async def until_done(
    operation: Callable[[], Awaitable[T]], errors: Errors, what: str, give_up: Callable[[], bool] = never
) -> T:
    """Await ``operation()`` until it does not raise one of ``errors``; it must be harmless to do twice.

    Raises AbandonedError instead of trying again once ``give_up()`` says so.
    """
    pauses = delays(*RETRY_PAUSES_S, random.random)
    while True:
        try:
            return await operation()
        except errors as error:
            if give_up():
                raise AbandonedError(what) from error
            pause = next(pauses)
            log.warning("%s failed (%s: %s); again in %.1f s", what, type(error).__name__, error, pause)
        await asyncio.sleep(pause)
