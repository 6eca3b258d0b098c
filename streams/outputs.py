"""What a batch sends out, in the order that survives a crash between any two: history, live state, then the Table.

Each write may be repeated: history keeps one row per place and revision, Redis takes only a greater revision, and the
Table holds absolute values. Each waits and tries again while its server is away, so that a batch is never half lost.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

import faust
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from parking.catalogue.model import Place, Tenant, place_key
from parking.clock import Clock
from parking.codec import encode_event
from parking.published.availability import Change, Revision
from parking.rejects import Reject
from store.writer import LiveWriter
from streams.appender import Appended, Appender, Row
from streams.meters import Meters
from streams.retry import never, until_done
from streams.topics import TopicNames

KAFKA_AWAY = (KafkaError, TimeoutError, OSError)
"""What aiokafka raises for a broker that is away. Anything else is a bug, or a row that Kafka will never take."""

T = TypeVar("T")
Rows = Mapping[bytes, bytes]


class PlacesTable(faust.Table[bytes, bytes]):
    """The Faust Table of place states: Faust recovers it, and its rows are appended a batch at a time."""

    def keep(self, rows: Rows) -> None:
        """Hold rows that the changelog has acknowledged."""
        for key, value in rows.items():
            self.data[key] = value


class Outputs:
    """The topics and the live state that a batch writes to.

    ``give_up`` says that the partition may be somebody else's by now: what has failed once is then not tried again, and
    AbandonedError is raised.
    """

    def __init__(
        self, names: TopicNames, log: Appender, live: LiveWriter, meters: Meters, give_up: Callable[[], bool]
    ) -> None:
        self._names, self._log, self._live, self._meters = names, log, live, meters
        self.give_up = give_up

    async def history(self, partition: int, changes: Iterable[Change], rejects: Iterable[Reject]) -> None:
        """Changes and rejects into Kafka; returns when it has acknowledged them all."""
        rows: list[Row] = [
            (place_key(change.tenant, change.place_id).encode(), encode_event(change)) for change in changes
        ]
        refused: list[Row] = [(reject.reject_id.encode(), encode_event(reject)) for reject in rejects]
        for topic, lines in ((self._names.changes, rows), (self._names.rejects, refused)):
            if lines:
                await self._append("changes", topic, partition, lines)

    async def table(self, partition: int, rows: Rows) -> Appended:
        """Rows of the Table into its changelog, in order; those that fit into one record batch are taken as one."""
        placed = await self._append("table", self._names.changelog, partition, list(rows.items()))
        self._meters.changelog_bytes.inc(placed.size)
        return placed

    async def tick(self, partition: int, ticks: list[Row]) -> None:
        """Ticks of the wall clock into one partition of the observations."""
        await self._append("ticks", self._names.observations, partition, ticks)

    async def _append(self, to: str, topic: str, partition: int, rows: list[Row]) -> Appended:
        what = f"writing to {topic}"
        with self._meters.writing(to):
            return await until_done(lambda: self._log.append(topic, partition, rows), KAFKA_AWAY, what, self.give_up)

    async def live(
        self, partition: int, tenant: str, changes: list[Change], clock: Clock | None, token: str | None = None
    ) -> bool:
        """Changes and clock of one tenant into Redis; returns whether Redis still bears this partition's mark."""
        with self._meters.writing("redis"):
            return (
                await self._redis(lambda: self._live.apply_changes(tenant, partition, changes, clock, token))
            ).marked

    async def begin(self, tenant: str, partition: int) -> str:
        """Begin to write all of a partition into Redis; the token goes with the last of it (see LiveWriter)."""
        return await self._redis(lambda: self._live.begin(tenant, partition))

    async def server(self) -> str:
        """Which incarnation of Redis answers: another after every restart, restore or failover."""
        return await self._redis(self._live.server)

    async def catalogue(
        self, tenant: str, entries: list[tuple[Place | Tenant, Revision]], give_up: Callable[[], bool] = never
    ) -> None:
        """Catalogue entries into Redis; any worker may write them, so by default they are never given up."""
        await until_done(
            lambda: self._live.apply_catalogue(tenant, entries), RedisError, "writing the catalogue to Redis", give_up
        )

    async def _redis(self, operation: Callable[[], Awaitable[T]]) -> T:
        return await until_done(operation, RedisError, "writing to Redis", self.give_up)
