"""Closing what aiokafka holds open: for seconds at most, and without forgetting that somebody wants us to end."""

import asyncio
import logging
from collections.abc import Awaitable

from store.heeding import heeding

log = logging.getLogger(__name__)
CLOSING_PATIENCE_S = 3.0
"""aiokafka would wait 40 s for a broker that hangs; what was acknowledged is safe, and nothing else was promised."""


async def closed(closing: Awaitable[None], patience_s: float = CLOSING_PATIENCE_S) -> None:
    """Await a client's ``stop()`` or ``close()``. Raises CancelledError where the task was cancelled meanwhile."""
    with heeding():
        try:
            async with asyncio.timeout(patience_s):
                await closing
        except TimeoutError:
            log.warning("a connection to Kafka did not close within %.0f s and was left", patience_s)
