"""Where a batch goes: the topics (history, rejects, the Table's changelog) and the live state in Redis.

Each write may be repeated: history keeps one row per place and revision, Redis takes only a greater revision, and the
Table holds absolute values. Each waits and tries again while its server is away, so that a batch is never half lost.
In which order they are written is decided in ``streams.writing``.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import faust
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from parking.catalogue.model import place_key
from parking.clock import Clock
from parking.codec import encode_event
from parking.published.availability import Change, Revision
from parking.rejects import Reject
from store.writer import CatalogueEntry, LiveWriter
from streams.appender import Appended, Appender, Instead, Row
from streams.meters import WorkerMeters
from streams.retry import never, until_done
from streams.topics import TopicNames

log = logging.getLogger(__name__)
KAFKA_AWAY = (KafkaError, TimeoutError, OSError)
"""What aiokafka raises for a broker that is away. Anything else is a bug, or a row that Kafka will never take."""

Rows = Mapping[bytes, bytes]
GiveUp = Callable[[], bool]
"""Says that the partition may be somebody else's by now: what has failed once is then not tried again."""


class PlacesTable(faust.Table[bytes, bytes]):
    """The Faust Table of place states: Faust recovers it, and its rows are appended a batch at a time."""

    def keep(self, rows: Rows) -> None:
        """Hold rows that the changelog has acknowledged."""
        for key, value in rows.items():
            self.data[key] = value


class KafkaOutput:
    """The topics that a batch writes to. Every method raises AbandonedError once it has failed and ``give_up`` says so.

    Every write is acknowledged by all replicas when its method returns.
    """

    def __init__(self, names: TopicNames, appender: Appender, meters: WorkerMeters, give_up: GiveUp) -> None:
        self._names, self._appender, self._meters, self._give_up = names, appender, meters, give_up

    async def history(self, partition: int, changes: Iterable[Change], rejects: Iterable[Reject]) -> None:
        """Changes and rejects; returns when all are acknowledged. One that Kafka never takes is left out and said."""
        rows: list[Row] = [
            (place_key(change.tenant, change.place_id).encode(), encode_event(change)) for change in changes
        ]
        refused: list[Row] = [(reject.reject_id.encode(), encode_event(reject)) for reject in rejects]
        for topic, lines in ((self._names.changes, rows), (self._names.rejects, refused)):
            if lines:
                await self._append("changes", topic, partition, lines, partial(self._leave_out, topic))

    def _leave_out(self, topic: str, row: Row, reason: str) -> None:
        self._meters.refused_rows.labels(topic).inc()
        log.error("%s: %r, of %d bytes, is left out; what is folded stands", reason, row[0], len(row[1]))

    async def table(self, partition: int, rows: Rows, instead: Instead | None = None) -> Appended:
        """Rows of the Table into its changelog, in order; those that fit into one record batch are taken as one.

        ``instead`` is asked about a row that Kafka will never take (``streams.appender``).
        """
        placed = await self._append("table", self._names.changelog, partition, list(rows.items()), instead)
        self._meters.changelog_bytes.inc(placed.size)
        return placed

    async def tick(self, partition: int, ticks: list[Row]) -> Appended:
        """Ticks of the wall clock into one partition of the observations."""
        return await self._append("ticks", self._names.observations, partition, ticks)

    async def _append(
        self, to: str, topic: str, partition: int, rows: list[Row], instead: Instead | None = None
    ) -> Appended:
        with self._meters.writing(to):
            return await until_done(
                lambda: self._appender.append(topic, partition, rows, instead),
                KAFKA_AWAY, f"writing to {topic}", self._give_up,
            )  # fmt: skip


class LiveOutput:
    """The live state in Redis, waited for while it is away. Raises AbandonedError as KafkaOutput does."""

    def __init__(self, writer: LiveWriter, meters: WorkerMeters, give_up: GiveUp) -> None:
        self._writer, self._meters, self.give_up = writer, meters, give_up

    async def write(
        self, partition: int, tenant: str, changes: list[Change], clock: Clock | None, token: str | None = None
    ) -> bool:
        """Changes and clock of one tenant; returns whether Redis still bears this partition's mark."""
        with self._meters.writing("redis"):
            applied = await until_done(
                lambda: self._writer.apply_changes(tenant, partition, changes, clock, token),
                RedisError, "writing to Redis", self.give_up,
            )  # fmt: skip
        return applied.marked

    async def begin(self, tenant: str, partition: int) -> str:
        """Begin to write all of a partition; the token goes with the last of it (see LiveWriter)."""
        return await until_done(
            lambda: self._writer.begin(tenant, partition), RedisError, "writing to Redis", self.give_up
        )

    async def server(self) -> str:
        """Which incarnation of Redis answers: another after every restart, restore or failover."""
        return await until_done(self._writer.server, RedisError, "asking Redis who it is", self.give_up)

    async def catalogue(
        self, tenant: str, entries: list[tuple[CatalogueEntry, Revision]], give_up: GiveUp = never
    ) -> None:
        """Catalogue entries; any worker may write them, so by default they are never given up."""
        await until_done(
            lambda: self._writer.apply_catalogue(tenant, entries), RedisError, "writing the catalogue to Redis", give_up
        )
