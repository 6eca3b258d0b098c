"""The worker's shell around the fold: which places it owns, how far they are folded, and the order of writes.

The Table says by itself up to which offset a partition is folded (``#folded/3``, written last with each batch). What is
read below it was folded before and is skipped; a jump above it is a hole, and is read again. So neither a crash, nor a
rebalance, nor a consumer that drops or repeats records can lose one or fold one twice. Rules are in ``parking``.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from time import monotonic, perf_counter

from aiokafka.errors import KafkaError

from parking.catalogue.model import Tenant, place_key
from parking.fold.batch import LogRecord, Outcome, Partition, fold_batch
from parking.fold.table_rows import encode_clock, encode_position, encode_state
from parking.published.availability import Change
from streams.catalogue_follower import CatalogueFollower
from streams.faultpoints import passing
from streams.inbox import Arrived
from streams.kernel import KERNEL
from streams.known import Entry
from streams.loading import contiguous, load_partition, rows_by_partition
from streams.meters import Meters
from streams.outputs import Outputs, PlacesTable
from streams.partitions import clock_key, folded_key, partition_of
from streams.retry import AbandonedError, until_done
from streams.source import Source

log = logging.getLogger(__name__)
SUSPEND_PATIENCE_S = 4.0
"""Less than the broker's patience with a silent worker, which is 6 s at least."""

REWIND_ERRORS = (KafkaError, TimeoutError, OSError)
MAX_REREADS = 20
"""A jump that is still there after so many readings is one in the topic itself (records aborted or expired)."""


class Folding:
    """Folds batches into the partitions this worker owns, and writes them out: outputs first, state last."""

    def __init__(
        self, table: PlacesTable, outputs: Outputs, source: Source, meters: Meters, partitions: int, epoch: int
    ) -> None:
        self.table, self.outputs, self.source, self.meters = table, outputs, source, meters
        self._count, self._epoch = partitions, epoch
        self._owned: dict[int, Partition] = {}
        self._unmarked: set[tuple[int, str]] = set()
        self._server: str | None = None
        self._assignment = 0
        self._settled = False
        self._waiting_since = monotonic()
        self._lock = asyncio.Lock()
        self.follower: CatalogueFollower  # set by the app: the two know each other

    @property
    def partitions(self) -> dict[int, Partition]:
        """What this worker owns, in memory."""
        return self._owned

    @property
    def server(self) -> str | None:
        """Which incarnation of Redis was last written to."""
        return self._server

    @property
    def assignment(self) -> int:
        """Counts how often partitions were revoked or assigned."""
        return self._assignment

    @property
    def is_settled(self) -> bool:
        """Whether the partitions of the last assignment have been taken over (there may be none)."""
        return self._settled

    @property
    def waiting_s(self) -> float:
        """How long partitions have been waited for; 0 while settled."""
        return 0.0 if self._settled else monotonic() - self._waiting_since

    async def suspend(self) -> None:
        """Partitions are being assigned anew: the batch in hand is finished, or given up; nothing else is begun."""
        self._assignment += 1
        if self._settled:
            self._settled, self._waiting_since = False, monotonic()
        try:
            async with asyncio.timeout(SUSPEND_PATIENCE_S), self._lock:
                self._owned.clear()
        except TimeoutError:
            log.warning("a batch is still being written after %.0f s; it is not waited for", SUSPEND_PATIENCE_S)
            self._owned.clear()

    async def resume(self, assignment: int) -> None:
        """The Table is whole again: load what this worker owns now, and read each partition from where it stands.

        Raises AbandonedError where partitions have been moved since that ``assignment``, or are while it loads.
        """
        started = perf_counter()
        self._require_assignment(assignment)
        await self.follower.catch_up()
        async with self._lock:
            self._owned.clear()
            numbers = self.source.owned()
            bounds = await self.source.bounds(numbers)
            rows = rows_by_partition(self.table.data.items(), set(numbers), self._count)
            loaded = {
                number: load_partition(number, rows[number], bounds[number], self._epoch, self.source.recovered(number))
                for number in numbers
            }
            await self.source.rewind({number: partition.next_offset for number, partition in loaded.items()})
            self._require_assignment(assignment)
            self._owned.update(loaded)
            self._settled = True
            self._unmarked |= {(number, tenant) for number, one in loaded.items() for tenant in _tenants(one)}
        self.meters.recovery.set(perf_counter() - started)

    def _require_assignment(self, assignment: int) -> None:
        if assignment != self._assignment:
            raise AbandonedError("taking over partitions")

    async def fold(self, arrived: Arrived) -> None:
        """Fold what has arrived and write what came of it; returns when everything is durable.

        Where that does not happen for a partition, whatever the reason, it is forgotten in memory: the Table is right,
        and ``resume`` reads on from there. ``arrived`` is used up.
        """
        await self._know_places(record for records in arrived.values() for record in records)
        async with self._lock:
            owned = {number: self._owned[number] for number in arrived if number in self._owned}
            fresh = {number: await self._fresh(number, one, arrived[number]) for number, one in owned.items()}
            started, find = perf_counter(), self.follower.known.places.find_place
            outcomes = {
                number: fold_batch(owned[number], records, find, self._epoch, KERNEL)
                for number, records in fresh.items()
                if records
            }
            self.meters.fold.observe(perf_counter() - started)
            self.meters.batch.observe(sum(map(len, arrived.values())))
            arrived.clear()
            fresh.clear()  # all is folded: the memory of what was read is free for what is written
            self._count_in(outcomes)
            writing = [self._finish(number, owned[number], outcome) for number, outcome in outcomes.items()]
            done = await asyncio.gather(*writing, return_exceptions=True)
        for failure in done:
            if failure is not None:
                raise failure

    async def _fresh(self, number: int, partition: Partition, records: list[LogRecord]) -> list[LogRecord]:
        """The records that follow on what is folded: none below, and no hole before or among them."""
        known = sum(record.offset < partition.next_offset for record in records)
        if known:
            self.meters.duplicates.inc(known)
            records = [record for record in records if record.offset >= partition.next_offset]
        whole = contiguous(partition.next_offset, records)
        if whole:
            partition.rereads = 0
        if len(whole) == len(records):
            return records
        if partition.rereads < MAX_REREADS:
            partition.rereads += 1
            self.meters.holes.inc()
            wanted = partition.next_offset + len(whole)
            log.warning(
                "partition %d: %d came instead of %d; reading again", number, records[len(whole)].offset, wanted
            )
            await until_done(
                lambda: self.source.rewind({number: wanted}), REWIND_ERRORS, "reading again", self.outputs.give_up
            )
            return whole
        log.error("partition %d: offsets %d to %d are not in Kafka, though asked for %d times", number,
                  partition.next_offset, records[0].offset - 1, MAX_REREADS)  # fmt: skip
        partition.rereads = 0
        return contiguous(records[0].offset, records)

    def _count_in(self, outcomes: dict[int, Outcome]) -> None:
        for outcome in outcomes.values():
            for tenant, count in outcome.folded.items():
                self.meters.observations.labels(tenant).inc(count)
            for change in outcome.changes:
                self.meters.changes.labels(change.tenant).inc()
            for reject in outcome.rejects:
                known = reject.source in self.follower.known.sources
                self.meters.rejects.labels(reject.reason, reject.source if known else "other").inc()

    async def _know_places(self, records: Iterable[LogRecord]) -> None:
        """A place that is not known may have been declared a moment ago: read the catalogue to its end first."""
        find = self.follower.known.places.find_place
        keys = {record.key for record in records if record.key and b"/@" not in record.key}  # "/@": a feed's heartbeat
        if any(find(key.decode("utf-8", "replace")) is None for key in keys):
            await self.follower.catch_up()

    async def _finish(self, number: int, partition: Partition, outcome: Outcome) -> None:
        try:
            await self._write_out(number, partition, outcome)
        except BaseException:
            if self._owned.get(number) is partition:
                del self._owned[number]
            raise

    def _require_ours(self, number: int, partition: Partition) -> None:
        """Between two writes: whoever waited for a slow server may have lost the partition meanwhile."""
        if self._owned.get(number) is not partition:
            raise AbandonedError(f"partition {number}")

    async def _write_out(self, number: int, partition: Partition, outcome: Outcome) -> None:
        passing("fold->changes")
        await self.outputs.history(number, outcome.changes, outcome.rejects)
        passing("changes->redis")
        self._require_ours(number, partition)
        await self._live(number, partition, outcome)
        passing("redis->table")
        rows = {key.encode(): encode_state(partition.places[key].state) for key in outcome.touched}
        rows |= {clock_key(tenant, number): encode_clock(partition.clocks[tenant]) for tenant in outcome.ticked}
        await self._keep(number, partition, rows)
        passing("table->commit")

    async def _keep(self, number: int, partition: Partition, rows: dict[bytes, bytes]) -> None:
        """Rows into the Table, and last how far it is folded by them.

        Where the changelog has grown by rows that are not ours (a worker that was stopped in the middle of a write and
        woke up after it had lost the partition), all of ours are written once more, over them.
        """
        rows[folded_key(number)] = encode_position(self._epoch, partition.next_offset)
        self._require_ours(number, partition)
        placed = await self.outputs.table(number, rows)
        self.table.keep(rows)
        if placed.first != partition.table_end:
            await self._write_over(number, partition, placed.first)
        else:
            partition.table_end = placed.end
        partition.durable_offset = partition.next_offset

    async def _write_over(self, number: int, partition: Partition, found: int) -> None:
        log.warning("partition %d: the changelog was at %d, not %d: somebody else wrote; all rows are written again",
                    number, found, partition.table_end)  # fmt: skip
        if not await self.source.commit({number: partition.durable_offset}):
            raise AbandonedError(f"partition {number} belongs to somebody else")
        rows = {key.encode(): encode_state(held.state) for key, held in partition.places.items()}
        rows |= {clock_key(tenant, number): encode_clock(clock) for tenant, clock in partition.clocks.items()}
        rows[folded_key(number)] = encode_position(self._epoch, partition.next_offset)
        self._require_ours(number, partition)
        partition.table_end = (await self.outputs.table(number, rows)).end
        self.table.keep(rows)

    async def _live(self, number: int, partition: Partition, outcome: Outcome) -> None:
        latest = {place_key(change.tenant, change.place_id): change for change in outcome.changes}
        by_tenant: dict[str, list[Change]] = defaultdict(list)
        for change in latest.values():
            by_tenant[change.tenant].append(change)
        for tenant in outcome.ticked | by_tenant.keys():
            clock = partition.clocks.get(tenant)
            if not await self.outputs.live(number, tenant, by_tenant[tenant], clock):
                self._unmarked.add((number, tenant))
        await self._mend(number, partition)

    async def commit(self) -> None:
        """Show Kafka's tools how far each partition is folded."""
        if self._owned:
            await self.source.commit({number: partition.durable_offset for number, partition in self._owned.items()})

    async def _mend(self, number: int, partition: Partition) -> None:
        """Write everything this partition knows of a tenant where Redis does not bear its mark, then mark it."""
        for owned, tenant in sorted(self._unmarked):
            if owned == number and await self._write_all(number, partition, tenant):
                self._unmarked.discard((owned, tenant))

    async def _write_all(self, number: int, partition: Partition, tenant: str) -> bool:
        """Whether Redis has it all now: one that lost something on the way is written again at the next look."""
        if self._server is None:
            self._server = await self.outputs.server()
        token = await self.outputs.begin(tenant, number)
        catalogue, revisions = self.follower.known.places, self.follower.known.revisions
        entries: list[Entry] = [
            (place, revisions[place.key])
            for place in catalogue
            if place.tenant == tenant and partition_of(place.key.encode(), self._count) == number
        ]
        if (city := self.follower.known.tenants.get(tenant)) is not None:
            entries.append((city, revisions[tenant]))
        await self.outputs.catalogue(tenant, entries, self.outputs.give_up)
        changes = [
            Change(tenant, key.partition("/")[2], held.state.published)
            for key, held in partition.places.items()
            if held.state.published is not None and key.startswith(tenant + "/")
        ]
        marked = await self.outputs.live(number, tenant, changes, partition.clocks.get(tenant), token)
        log.info("partition %d, tenant %s: %d places written to Redis again", number, tenant, len(changes))
        return marked

    async def check(self) -> None:
        """Look after what is owned while nothing arrives: mend Redis where it restarted or was restored."""
        async with self._lock:
            if not self._owned:
                return
            server = await self.outputs.server()
            if self._server not in (None, server):
                log.warning("Redis is another one than before: everything is written to it again")
                self._unmarked |= {(number, name) for number, owned in self._owned.items() for name in _tenants(owned)}
            self._server = server
            for number, partition in list(self._owned.items()):
                for tenant in _tenants(partition):
                    if not await self.outputs.live(number, tenant, [], None):
                        self._unmarked.add((number, tenant))
                await self._mend(number, partition)

    async def learn(self, fresh: list[Entry]) -> None:
        """The catalogue changed: tell Redis, and have the next tick conclude about those places again."""
        by_tenant: dict[str, list[Entry]] = defaultdict(list)
        for entry, revision in fresh:
            if isinstance(entry, Tenant):
                by_tenant[entry.id].append((entry, revision))
                continue
            by_tenant[entry.tenant].append((entry, revision))
            for partition in self._owned.values():
                partition.reconsider(entry.key)
        for tenant, entries in by_tenant.items():
            await self.outputs.catalogue(tenant, entries)


def _tenants(partition: Partition) -> set[str]:
    return {key.partition("/")[0] for key in partition.places} | set(partition.clocks)
