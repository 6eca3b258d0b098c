"""Showing the latest decisions in Redis once Kafka has them, and filling it again from the topic after it lost them."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import TracebackType

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from parking.decisions.chain import LoggedEntry
from store.decisions import keep_latest
from streams.decided import read_decided
from streams.outputs import KAFKA_AWAY
from streams.retry import until_done

log = logging.getLogger(__name__)
FILLED_AT_ONCE = 5_000
CLOSING_S = 2.0
"""How long a recorder that is closed waits for Redis to show its last decisions."""

Refill = Callable[[bool], Awaitable[int]]
"""Fills Redis from the topic, whole where it ``has_lost`` everything, and says how many entries were read."""


class RedisShelf:
    """A DecisionShelf that writes beside the recording, and waits by itself while Redis is away; use as ``async with``.

    At most one decision and one confirmation a subject are held. Nobody waits for it: Redis may be a moment behind.
    One that ``is_behind`` when the shelf opens, because it was away, is filled as soon as it is back.
    """

    def __init__(self, client: "aioredis.Redis", epoch: int, refill: Refill, is_behind: bool = False) -> None:
        self._client, self._epoch, self._refill = client, epoch, refill
        self._is_behind, self._has_lost = is_behind, False
        self._owed: dict[str, dict[tuple[str, str], LoggedEntry]] = defaultdict(dict)
        self._bell = asyncio.Event()
        self._is_shown = asyncio.Event()
        self._is_shown.set()
        if is_behind:
            self._bell.set()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "RedisShelf":
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            with suppress(TimeoutError):  # Redis is away: it is filled when it is back
                async with asyncio.timeout(CLOSING_S):
                    await self._is_shown.wait()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def show(self, logged: Sequence[LoggedEntry]) -> None:
        """Show these soon; of two about one subject the later."""
        for entry in logged:
            self._owed[entry.event.tenant][entry.event.subject, type(entry.event).__name__] = entry
        self._is_shown.clear()
        self._bell.set()

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            try:
                await self._catch_up()
            except Exception:  # whatever it is, it must not be the end of showing: nobody would notice for weeks
                log.exception("decisions could not be shown in Redis; what is missing is read again with the next ones")
                self._is_behind = True  # those in hand are in the topic alone now
            self._is_shown.set()

    async def _catch_up(self) -> None:
        while self._owed:
            tenant, rows = self._owed.popitem()
            keep = partial(keep_latest, self._client, tenant, self._epoch, rows.values())
            held = await until_done(keep, RedisError, "showing decisions in Redis")
            if not held:  # new, or restarted empty: what was decided before is in the topic
                self._has_lost = True
        if self._is_behind or self._has_lost:
            fill = partial(self._refill, self._has_lost)
            count = await until_done(fill, (RedisError, *KAFKA_AWAY), "filling Redis with decisions")
            self._is_behind = self._has_lost = False
            log.info("Redis had lost decisions, or missed some: %d entries of the topic were read again", count)


async def fill_again(
    bootstrap: str, namespace: str, client: "aioredis.Redis", epoch: int, since: datetime | None = None
) -> int:
    """Read the topic, whole or what Kafka took ``since`` then, and show the latest of every subject.

    Returns how many entries were read. Raises KafkaError or RedisError where one of them is away; doing it again is
    harmless.
    """
    count = 0
    chunk: dict[str, list[LoggedEntry]] = defaultdict(list)

    async def write() -> None:
        for tenant, rows in chunk.items():
            await keep_latest(client, tenant, epoch, rows)
        chunk.clear()

    async for entry in read_decided(bootstrap, namespace, since=since):
        chunk[entry.event.tenant].append(entry)
        count += 1
        if count % FILLED_AT_ONCE == 0:
            await write()
    await write()
    return count
