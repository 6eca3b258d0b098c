"""SIGTERM always wins: a process that is told to end does so kindly, and within seconds whatever still holds it."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

log = logging.getLogger(__name__)
END_PATIENCE_S = 10.0
EXIT_TOLD = 128 + signal.SIGTERM
"""What a shell says of a process that SIGTERM has ended."""

T = TypeVar("T")


def end_in_time(patience_s: float = END_PATIENCE_S) -> None:
    """We were told to end: where that has not happened in time, the process ends all the same, from another thread."""
    timer = threading.Timer(patience_s, _give_up, (patience_s,))
    timer.daemon = True
    timer.start()


def _give_up(patience_s: float) -> None:
    # Said beside it, for whoever holds the log may be what hangs.
    said = (log.warning, ("could not end kindly in %.0f s, and ends", patience_s))
    threading.Thread(target=said[0], args=said[1], daemon=True).start()
    time.sleep(0.2)
    os._exit(EXIT_TOLD)


@contextmanager
def told_at_the_end() -> Iterator[None]:
    """SIGTERM that nobody else has taken, or that a server passes on: what the log holds back is said, then we end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end_told)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_told(*_: object) -> None:
    logging.shutdown()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTERM)
    os._exit(EXIT_TOLD)  # the first process of a container does not hear it


async def until_told(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work``; SIGTERM cancels it, and then the process ends with EXIT_TOLD.

    The first process of a container has no handler of its own, and the system then drops the signal. A server inside
    that has taken the signal over ends by itself, and passes it on when it has.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    handler, told = None, False

    def end() -> None:
        nonlocal told
        if not told:
            end_in_time()
        told = True
        if task and signal.getsignal(signal.SIGTERM) is handler:
            task.cancel()
            loop.call_later(END_PATIENCE_S / 2, task.cancel)  # what was swallowed, or waits for what will not come

    if sys.platform != "win32":
        with suppress(ValueError, RuntimeError):  # not the main thread: whoever has it hears the signal
            loop.add_signal_handler(signal.SIGTERM, end)
            handler = signal.getsignal(signal.SIGTERM)
    try:
        return await work
    except asyncio.CancelledError:
        if told:
            sys.exit(EXIT_TOLD)
        raise
    finally:
        if handler is not None:
            loop.remove_signal_handler(signal.SIGTERM)
