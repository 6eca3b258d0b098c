"""The worker's shell around the fold: which places it owns, and the order of writes. Rules are in ``parking``."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby

from parking.availability import Change, Revision
from parking.batch import ALWAYS_DUE, Held, Outcome, Partition, Record, fold_batch
from parking.catalogue import Place, place_key
from parking.codec import decode_clock, decode_state, encode_clock, encode_state
from streams.catalogue_follower import CatalogueFollower
from streams.outputs import Outputs, PlacesTable
from streams.partitions import CLOCK_PREFIX, clock_key, clock_tenant, partition_of
from streams.retry import log


class Folding:
    """Folds batches into the partitions this worker owns, and writes them out: outputs first, state last."""

    def __init__(self, table: PlacesTable, outputs: Outputs, partitions: int, epoch: int) -> None:
        self.table, self.outputs = table, outputs
        self._count, self._epoch = partitions, epoch
        self._owned: dict[int, Partition] = {}
        self._unmarked: set[tuple[int, str]] = set()
        self._lock = asyncio.Lock()
        self._whole = False
        self.follower: CatalogueFollower  # set by the app: the two know each other

    def suspend(self) -> None:
        """Partitions are being assigned anew: nothing is looked after until the Table is whole again."""
        self._whole = False

    def resume(self) -> None:
        """The Table is whole: what is in memory is read from it again before it is used."""
        self._owned.clear()
        self._whole = True

    def _partition(self, number: int) -> Partition:
        if number not in self._owned:
            self._owned[number] = self._load(number)
        return self._owned[number]

    def _load(self, number: int) -> Partition:
        """The partition as the Table has it; all of it is due at the next tick, and is written to Redis again."""
        partition = Partition()
        for key, value in self.table.data.items():
            if partition_of(key, self._count) != number:
                continue
            if key.startswith(CLOCK_PREFIX):
                partition.clocks[clock_tenant(key)] = decode_clock(value)
            else:
                partition.places[key.decode()] = Held(decode_state(value), ALWAYS_DUE)
        self._unmarked |= {(number, tenant) for tenant in _tenants(partition)}
        log.info("partition %d: %d places, clocks of %d tenants", number, len(partition.places), len(partition.clocks))
        return partition

    async def fold(self, number: int, records: list[Record]) -> Outcome:
        """Fold one partition's records and write what came of it. Returns when everything is durable.

        Where that does not happen, whatever the reason, the partition in memory is forgotten: the Table is right.
        """
        await self._know_places(records)
        async with self._lock:
            partition = self._partition(number)
            try:
                outcome = fold_batch(partition, records, self.follower.catalogue.find_place, self._epoch)
                await self._write_out(number, partition, outcome)
            except BaseException:
                self._owned.pop(number, None)
                raise
            return outcome

    async def _know_places(self, records: Iterable[Record]) -> None:
        """A place that is not known may have been declared a moment ago: read the catalogue to its end first."""
        find = self.follower.catalogue.find_place
        if any(record.key and find(record.key) is None for record in records):
            await self.follower.catch_up()

    async def _write_out(self, number: int, partition: Partition, outcome: Outcome) -> None:
        await self.outputs.history(number, outcome.changes, outcome.rejects)
        latest = {place_key(change.tenant, change.place_id): change for change in outcome.changes}
        changes = sorted(latest.values(), key=lambda change: change.tenant)
        by_tenant: dict[str, list[Change]] = defaultdict(list)
        for tenant, group in groupby(changes, key=lambda change: change.tenant):
            by_tenant[tenant].extend(group)
        for tenant in outcome.ticked | by_tenant.keys():
            clock = partition.clocks.get(tenant)
            if not await self.outputs.live(number, tenant, by_tenant[tenant], clock):
                self._unmarked.add((number, tenant))
        await self._mend(number, partition)
        rows = {key.encode(): encode_state(partition.places[key].state) for key in outcome.touched}
        rows |= {clock_key(tenant, number): encode_clock(partition.clocks[tenant]) for tenant in outcome.ticked}
        if rows:
            await self.table.write(number, rows, self.outputs.give_up)

    async def _mend(self, number: int, partition: Partition) -> None:
        """Write everything this partition knows of a tenant where Redis does not bear its mark, then mark it."""
        for owned, tenant in sorted(self._unmarked):
            if owned == number:
                await self._write_all(number, partition, tenant)
                self._unmarked.discard((owned, tenant))

    async def _write_all(self, number: int, partition: Partition, tenant: str) -> None:
        catalogue, revisions = self.follower.catalogue, self.follower.revisions
        await self.outputs.places(
            tenant,
            [(place, revisions[place.key]) for place in catalogue if place.tenant == tenant],
            self.outputs.give_up,
        )
        changes = [
            Change(tenant, key.partition("/")[2], held.state.published)
            for key, held in partition.places.items()
            if held.state.published is not None and key.startswith(tenant + "/")
        ]
        await self.outputs.live(number, tenant, changes, partition.clocks.get(tenant), mark=True)
        log.info("partition %d, tenant %s: %d places written to Redis again", number, tenant, len(changes))

    async def check(self, numbers: Iterable[int]) -> None:
        """Look after the owned partitions while nothing arrives: load them, and mend Redis where it lost its mark."""
        for number in numbers:
            async with self._lock:
                if not self._whole:
                    return
                partition = self._partition(number)
                for tenant in _tenants(partition):
                    if not await self.outputs.live(number, tenant, [], None):
                        self._unmarked.add((number, tenant))
                await self._mend(number, partition)

    async def learn(self, fresh: list[tuple[Place, Revision]]) -> None:
        """The catalogue changed: tell Redis, and have the next tick conclude about those places again."""
        by_tenant: dict[str, list[tuple[Place, Revision]]] = defaultdict(list)
        for place, revision in fresh:
            by_tenant[place.tenant].append((place, revision))
            for partition in self._owned.values():
                partition.reconsider(place_key(place.tenant, place.id))
        for tenant, places in by_tenant.items():
            await self.outputs.places(tenant, places)


def _tenants(partition: Partition) -> set[str]:
    return {key.partition("/")[0] for key in partition.places} | set(partition.clocks)
