"""The worker's shell around the fold: take what has arrived, fold it, write it out. The rules are in ``parking``.

The Table says by itself up to which offset a partition is folded (``#folded/3``, written last with each batch). So
neither a crash, nor a rebalance, nor a consumer that drops or repeats records can lose one or fold one twice:

    streams.continuity    skips what is folded, has holes read again
    streams.writing       writes outputs first, state last
    streams.mending       writes Redis again where it lost something
    streams.taking_over   loads a partition from the Table
"""

import asyncio
from collections.abc import Iterable
from time import perf_counter

from parking.fold.batch import BatchOutcome, fold_batch
from parking.fold.kernel import Kernel
from parking.fold.records import LogRecord
from streams.catalogue_follower import LatestCatalogue
from streams.continuity import Continuity
from streams.inbox import Arrived
from streams.meters import WorkerMeters
from streams.ownership import OwnedPartition, Ownership
from streams.writing import BatchWriter


class Folding:
    """Folds batches into the partitions that this worker owns."""

    def __init__(
        self,
        ownership: Ownership,
        continuity: Continuity,
        writer: BatchWriter,
        follower: LatestCatalogue,
        meters: WorkerMeters,
        kernel: Kernel,
        epoch: int,
    ) -> None:
        self._ownership, self._continuity, self._writer = ownership, continuity, writer
        self._follower, self._meters, self._kernel, self._epoch = follower, meters, kernel, epoch

    async def fold(self, arrived: Arrived) -> None:
        """Fold what has arrived and write what came of it; returns when everything is durable.

        Where that does not happen for a partition, whatever the reason, it is forgotten in memory: the Table is right,
        and whoever takes it over reads on from there. ``arrived`` is used up.
        """
        await self._know_places(record for records in arrived.values() for record in records)
        async with self._ownership.lock:
            owned = {
                number: partition
                for number in arrived
                if (partition := self._ownership.partitions.get(number)) is not None
            }
            fresh = {
                number: await self._continuity.following(number, partition, arrived[number])
                for number, partition in owned.items()
            }
            started = perf_counter()
            outcomes = {number: self._fold(owned[number], records) for number, records in fresh.items() if records}
            self._meters.fold.observe(perf_counter() - started)
            self._meters.batch.observe(sum(map(len, arrived.values())))
            arrived.clear()
            fresh.clear()  # all is folded: the memory of what was read is free for what is written
            for outcome in outcomes.values():
                self._meters.count(outcome, self._follower.known.sources)
            writing = [self._write(number, owned[number], outcome) for number, outcome in outcomes.items()]
            done = await asyncio.gather(*writing, return_exceptions=True)
        for failure in done:
            if failure is not None:
                raise failure

    def _fold(self, partition: OwnedPartition, records: list[LogRecord]) -> BatchOutcome:
        find_place = self._follower.known.places.find_place
        outcome = fold_batch(partition.state, records, find_place, self._epoch, self._kernel, partition.replay_until)
        partition.next_offset, partition.logged_ms = records[-1].offset + 1, records[-1].timestamp
        return outcome

    async def _know_places(self, records: Iterable[LogRecord]) -> None:
        """A place that is not known may have been declared a moment ago: read the catalogue to its end first."""
        find = self._follower.known.places.find_place
        keys = {record.key for record in records if record.key and b"/@" not in record.key}  # "/@": a feed's heartbeat
        if any(find(key.decode("utf-8", "replace")) is None for key in keys):
            await self._follower.catch_up()

    async def _write(self, number: int, partition: OwnedPartition, outcome: BatchOutcome) -> None:
        try:
            await self._writer.write(number, partition, outcome)
        except BaseException:
            self._ownership.forget(number, partition)
            raise
