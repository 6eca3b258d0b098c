"""Waiting out a Kafka or Redis that is away: the same operation again, ever more slowly, until it works."""

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from parking.delays import delays
from parking.errors import ParkingError
from store.heeding import heeding

log = logging.getLogger(__name__)
FAILURE_TOLD_EVERY_S = 60.0
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

    An error that is a ParkingError as well is raised at once: waiting does not mend it, and its message says what does.
    The log has the first failure, then one a minute, and the end of what lasted longer than that. Raises
    AbandonedError instead of trying again once ``give_up()`` says so.
    """
    pauses = delays(*RETRY_PAUSES_S, random.random)
    failures, told_s, began_s = 0, -math.inf, monotonic()
    while True:
        try:
            with heeding():
                done = await operation()
        except errors as error:
            if isinstance(error, ParkingError):
                raise
            if give_up():
                raise AbandonedError(what) from error
            failures, pause = failures + 1, next(pauses)
            if monotonic() - told_s >= FAILURE_TOLD_EVERY_S:
                told_s, name = monotonic(), type(error).__name__
                log.warning("%s failed %s(%s: %s); again in %.1f s", what, _times(failures), name, error, pause,
                            extra={"kind": f"{what}: {name}"})  # fmt: skip
        else:
            if failures and monotonic() - began_s >= FAILURE_TOLD_EVERY_S:
                log.warning("%s works again, after %d failures", what, failures)
            return done
        await asyncio.sleep(pause)


def _times(failures: int) -> str:
    return f"{failures} times " if failures > 1 else ""
