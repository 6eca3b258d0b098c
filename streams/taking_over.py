"""Taking partitions over: what the Table holds of each, and reading on from where it says that it is folded."""

from collections.abc import Mapping
from time import perf_counter
from typing import Protocol

from streams.catalogue_follower import LatestCatalogue
from streams.loading import load_partition, rows_by_partition
from streams.losses import Losses
from streams.mending import Mending
from streams.meters import WorkerMeters
from streams.ownership import Ownership
from streams.source import Source


class StateTable(Protocol):
    """The rows of the Table that this worker holds; Faust recovers them from the changelog."""

    @property
    def data(self) -> Mapping[bytes, bytes]:
        """Every row."""

    def keep(self, rows: Mapping[bytes, bytes]) -> None:
        """Hold rows that the changelog has acknowledged."""


class TakeOver:
    """Loads what this worker was assigned, of ``count`` partitions in all, under a stream epoch."""

    def __init__(
        self,
        ownership: Ownership,
        table: StateTable,
        source: Source,
        follower: LatestCatalogue,
        mending: Mending,
        meters: WorkerMeters,
        losses: Losses,
        count: int,
        epoch: int,
    ) -> None:
        self._ownership, self._table, self._source = ownership, table, source
        self._follower, self._mending, self._meters = follower, mending, meters
        self._losses, self._count, self._epoch = losses, count, epoch

    async def take_over(self, assignment: int) -> None:
        """The Table is whole again: load what this worker owns now, and read each partition from where it stands.

        Everything loaded is owed to Redis: whoever owned it before may have died between Kafka and Redis. Raises
        AbandonedError where partitions have been moved since that ``assignment``, or are while it loads.
        """
        started = perf_counter()
        self._ownership.require(assignment)
        await self._follower.catch_up()
        async with self._ownership.lock:
            self._ownership.forget_all()
            numbers = self._source.owned()
            bounds = await self._source.bounds(numbers)
            rows = rows_by_partition(self._table.data.items(), set(numbers), self._count, self._losses)
            loaded = {
                number: load_partition(
                    number, rows[number], bounds[number], self._epoch, self._source.recovered(number), self._losses
                )
                for number in numbers
            }
            await self._source.rewind({number: partition.next_offset for number, partition in loaded.items()})
            self._ownership.require(assignment)
            self._ownership.settle(loaded)
            for number, partition in loaded.items():
                self._mending.owe(number, partition)
        self._meters.recovery.set(perf_counter() - started)
