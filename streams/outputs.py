"""What a batch sends out, in the order that survives a crash between any two: history, live state, then the Table.

Each write may be repeated: history keeps one row per key and revision, Redis takes only a greater revision, and the
Table holds absolute values. Each waits and tries again while its server is away, so that a batch is never half lost.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import faust
from redis.exceptions import RedisError

from parking.availability import Change, Revision
from parking.catalogue import Place, place_key
from parking.clock import Clock
from parking.codec import encode_event
from parking.rejects import Reject
from store.writer import LiveWriter
from streams.retry import never, until_done

ANY_KAFKA_ERROR = (Exception,)
"""Faust raises its own, aiokafka's and asyncio's errors for a broker that is away; CancelledError is none of them."""


class PlacesTable(faust.Table[bytes, bytes]):
    """The Faust Table of place states, written with the acknowledgement that Faust itself does not wait for."""

    async def write(self, partition: int, rows: Mapping[bytes, bytes], give_up: Callable[[], bool]) -> None:
        """Write rows into one partition, and return when the changelog has them."""

        async def attempt() -> None:
            await asyncio.gather(*(self.send_changelog(partition, key, value) for key, value in rows.items()))

        await until_done(attempt, ANY_KAFKA_ERROR, "writing the changelog", give_up)
        for key, value in rows.items():
            self.data[key] = value


class Outputs:
    """The topics and the live state that a batch writes to.

    ``give_up`` says that the partition may be somebody else's by now: what has failed once is then not tried again, and
    AbandonedError is raised.
    """

    def __init__(self, changes: Any, rejects: Any, live: LiveWriter, give_up: Callable[[], bool]) -> None:
        self._changes, self._rejects, self._live = changes, rejects, live
        self.give_up = give_up

    async def history(self, partition: int, changes: Iterable[Change], rejects: Iterable[Reject]) -> None:
        """Changes and rejects into Kafka; returns when it has acknowledged them all."""
        rows = [(place_key(change.tenant, change.place_id), encode_event(change)) for change in changes]
        refused = [(reject.reject_id, encode_event(reject)) for reject in rejects]

        async def attempt() -> None:
            sent = [await self._changes.send(key=k, value=v, partition=partition) for k, v in rows]
            sent += [await self._rejects.send(key=k, value=v) for k, v in refused]
            await asyncio.gather(*sent)

        if rows or refused:
            await until_done(attempt, ANY_KAFKA_ERROR, "writing changes", self.give_up)

    async def live(
        self, partition: int, tenant: str, changes: list[Change], clock: Clock | None, mark: bool = False
    ) -> bool:
        """Changes and clock of one tenant into Redis; returns whether Redis still bears this partition's mark."""
        applied = await until_done(
            lambda: self._live.apply_changes(tenant, partition, changes, clock, mark),
            RedisError,
            "writing to Redis",
            self.give_up,
        )
        return applied.marked

    async def places(
        self, tenant: str, places: list[tuple[Place, Revision]], give_up: Callable[[], bool] = never
    ) -> None:
        """Catalogue entries into Redis; any worker may write them, so by default they are never given up."""
        await until_done(
            lambda: self._live.apply_places(tenant, places), RedisError, "writing places to Redis", give_up
        )
