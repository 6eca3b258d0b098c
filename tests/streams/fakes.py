"""A worker without Kafka, Redis or Faust: its parts are real, what they write to is held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from redis.exceptions import ConnectionError as RedisAwayError

from parking.catalogue.model import Place, Tenant
from parking.clock import Clock
from parking.codec import encode_event
from parking.fold.kernel import PYTHON, Kernel
from parking.fold.records import Record
from parking.fold.table_rows import encode_state
from parking.observations import Observation
from parking.published.availability import Availability, Change
from parking.words import ClockBasis
from store.writer import Applied
from streams.appender import Appended, Instead, Row, RowRefusedError
from streams.continuity import Continuity
from streams.folding import Folding
from streams.known import KnownCatalogue
from streams.losses import Losses
from streams.mending import Mending
from streams.meters import WorkerMeters
from streams.outputs import KafkaOutput, LiveOutput
from streams.ownership import Ownership
from streams.source import OffsetRange
from streams.taking_over import TakeOver
from streams.topics import names_of
from streams.writing import BatchWriter
from tests.support import TENANT, at

NAMES = names_of("fake")
EPOCH = 1
COUNT = 1
LOGGED_MS = round(at(1_000).timestamp() * 1000)


class KilledError(Exception):
    """The worker died here."""


class FakeKafka:
    """Topics as lists of rows; what was written is noted in the world's journal."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rows: dict[str, list[Row]] = {}
        self.away: list[Exception] = []
        self.max_bytes = 1_000_000

    async def append(self, topic: str, partition: int, rows: Iterable[Row], instead: Instead | None = None) -> Appended:
        self._world.reach(f"{topic.rpartition('.')[2]}")
        if self.away:
            raise self.away.pop()
        log, new = self.rows.setdefault(topic, []), [taken for row in rows for taken in self._take(row, instead)]
        log += new
        self._world.reach(f"after {topic.rpartition('.')[2]}")
        return Appended(len(log) - len(new), len(log), sum(len(value) for _, value in new))

    def _take(self, row: Row, instead: Instead | None) -> list[Row]:
        if len(row[1]) <= self.max_bytes:
            return [row]
        if instead is None:
            raise RowRefusedError("too large")
        other = instead(row, "too large")
        return [other] if other is not None else []

    def changes(self) -> dict[tuple[bytes | None, str], bytes]:
        """The history as it counts: one row per place and revision."""
        rows = self.rows.get(NAMES.changes, [])
        return {(key, str(value).partition('revision":[')[2].partition("]")[0]): value for key, value in rows}


class FakeRedis:
    """The live state as ``store.writer`` keeps it: only a greater revision is taken, and marks say what is whole."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.run_id, self.away = "first", 0
        self.live: dict[tuple[str, str], Availability] = {}
        self.clocks: dict[tuple[str, int], Clock] = {}
        self.marks: dict[tuple[str, int], str] = {}
        self.entries: dict[str, Place | Tenant] = {}

    def lose_everything(self, run_id: str) -> None:
        """Restart empty."""
        self.run_id = run_id
        for held in (self.live, self.clocks, self.marks, self.entries):
            held.clear()

    async def apply_changes(
        self, tenant: str, partition: int, changes: Iterable[Change], clock: Clock | None, token: str | None = None
    ) -> Applied:
        self._world.reach("redis")
        if self.away:
            self.away -= 1
            raise RedisAwayError("away")
        written = 0
        for one in changes:
            held = self.live.get((tenant, one.place_id))
            if held is None or held.revision < one.availability.revision:
                self.live[tenant, one.place_id] = one.availability
                written += 1
        if clock is not None:
            self.clocks[tenant, partition] = clock
        if token is not None and self.marks.get((tenant, partition)) == token:
            self.marks[tenant, partition] = "whole"
        self._world.reach("after redis")
        return Applied(written, self.marks.get((tenant, partition)) == "whole")

    async def begin(self, tenant: str, partition: int) -> str:
        self.marks[tenant, partition] = "filling"
        return "filling"

    async def server(self) -> str:
        return self.run_id

    async def apply_catalogue(self, tenant: str, entries: Iterable[tuple[Place | Tenant, Any]]) -> int:
        for entry, _ in entries:
            self.entries[getattr(entry, "key", tenant)] = entry
        return 0


class FakeTable:
    """The Table's rows in memory."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.data: dict[bytes, bytes] = {key: value for key, value in rows if key is not None}

    def keep(self, rows: Mapping[bytes, bytes]) -> None:
        self.data.update(rows)


class FakeSource:
    """Partition 0 of the observations: a log, and where its reader stands."""

    def __init__(self, log: list[Record], changelog: list[Row]) -> None:
        self.log, self.changelog = log, changelog
        self.numbers, self.position, self.is_member = [0], 0, True
        self.rewinds: list[int] = []
        self.committed: dict[int, int] = {}

    def owned(self) -> list[int]:
        return self.numbers

    async def bounds(self, partitions: Iterable[int]) -> dict[int, OffsetRange]:
        return {number: OffsetRange(0, len(self.log)) for number in partitions}

    async def rewind(self, offsets: Mapping[int, int]) -> None:
        self.position = offsets.get(0, self.position)
        self.rewinds += offsets.values()

    async def commit(self, offsets: Mapping[int, int]) -> bool:
        if self.is_member:
            self.committed.update(offsets)
        return self.is_member

    def recovered(self, partition: int) -> int:
        return len(self.changelog) or -1

    def find_end(self, partition: int) -> int | None:
        return len(self.log) if partition in self.numbers else None


class FakeFollower:
    """The catalogue as declared; ``late`` is what only ``catch_up`` brings."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.known = KnownCatalogue(EPOCH)
        self.late: list[Place] = []
        self.caught_up = 0
        self._offset = 0
        self._take(TENANT.encode(), Tenant(id=TENANT, clock=ClockBasis.EVENT))
        for place in places:
            self._take(place.key.encode(), place)

    def _take(self, key: bytes, entry: Place | Tenant) -> None:
        self.known.take(Record(self._offset, key, encode_event(entry), 0))
        self._offset += 1

    async def catch_up(self) -> None:
        self.caught_up += 1
        while self.late:
            place = self.late.pop()
            self._take(place.key.encode(), place)


class World:
    """What outlives a worker: the topics and Redis. ``journal`` is what was written, in order.

    A worker is killed where ``deadly`` is reached for the ``deadly_times``-th time.
    """

    def __init__(self, *places: Place) -> None:
        self.places = places
        self.observations: list[Record] = []
        self.kafka, self.redis = FakeKafka(self), FakeRedis(self)
        self.journal: list[str] = []
        self.deadly, self.deadly_times = "", 1

    def reach(self, what: str) -> None:
        if what == self.deadly:
            self.deadly_times -= 1
            if self.deadly_times == 0:
                raise KilledError(what)
        if not what.startswith("after "):
            self.journal.append(what)

    def say(self, key: str, *seen: Observation) -> None:
        """Append observations to the log."""
        for one in seen:
            raw = encode_event(one)
            self.observations.append(Record(len(self.observations), key.encode() or None, raw, LOGGED_MS))

    def table(self) -> dict[bytes | None, bytes]:
        """What recovery would find."""
        return dict(self.kafka.rows.get(NAMES.changelog, []))

    def worker(self, kernel: Kernel = PYTHON) -> FakeWorker:
        return FakeWorker(self, kernel)


class FakeWorker:
    """A worker as ``streams.app`` builds it, without Faust."""

    def __init__(self, world: World, kernel: Kernel) -> None:
        self.world, self.meters, self.ownership = world, WorkerMeters(), Ownership()
        self.losses = Losses(self.meters)
        self.giving_up = False
        changelog = world.kafka.rows.setdefault(NAMES.changelog, [])
        self.source = FakeSource(world.observations, changelog)
        self.state_table = FakeTable(changelog)
        self.follower = FakeFollower(world.places)
        kafka: Any = world.kafka
        redis: Any = world.redis
        self.kafka = KafkaOutput(NAMES, kafka, self.meters, self.give_up)
        self.live = LiveOutput(redis, self.meters, self.give_up)
        self.mending = Mending(self.ownership, self.live, self.follower.known, COUNT)
        self.taking_over = TakeOver(
            self.ownership,
            self.state_table,
            self.source,
            self.follower,
            self.mending,
            self.meters,
            self.losses,
            COUNT,
            EPOCH,
        )
        continuity = Continuity(self.source, self.meters, self.give_up)
        writer = BatchWriter(
            self.ownership, self.kafka, self.live, self.mending, self.state_table, self.source, self.losses, EPOCH
        )
        self.folding = Folding(self.ownership, continuity, writer, self.follower, self.meters, kernel, EPOCH)

    def give_up(self) -> bool:
        return self.giving_up

    async def start(self) -> FakeWorker:
        """Take partition 0 over."""
        await self.ownership.suspend()
        await self.taking_over.take_over(self.ownership.assignment)
        return self

    async def fold(self, *offsets: int) -> None:
        """Deliver these records."""
        await self.folding.fold({0: [self.source.log[offset] for offset in offsets]})

    async def fold_all(self, cut: int = 2) -> None:
        """Read on to the end, ``cut`` records at a time."""
        while self.source.position < len(self.source.log):
            end = min(self.source.position + cut, len(self.source.log))
            batch, self.source.position = range(self.source.position, end), end
            await self.fold(*batch)

    def metric(self, name: str, **labels: str) -> float:
        return self.meters.registry.get_sample_value(name, labels) or 0.0

    def states(self) -> dict[str, bytes]:
        (one,) = self.ownership.partitions.values()
        return {key: encode_state(held.state) for key, held in one.state.places.items()}
