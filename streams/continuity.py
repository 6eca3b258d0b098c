"""No record lost, none folded twice: what a consumer delivers is compared with where the fold stands.

What lies below was folded before and is skipped; a jump above is a hole, and is read again. So it does not matter
whether a rebalance, a seek or a bug of a consumer drops or repeats records.
"""

import logging
from collections.abc import Callable

from aiokafka.errors import KafkaError

from parking.fold.records import LogRecord
from streams.meters import WorkerMeters
from streams.ownership import OwnedPartition
from streams.retry import until_done
from streams.source import Source

log = logging.getLogger(__name__)
REWIND_ERRORS = (KafkaError, TimeoutError, OSError)
MAX_REREADS = 20
"""A jump that is still there after so many readings is one in the topic itself (records aborted or expired)."""


def contiguous(next_offset: int, records: list[LogRecord]) -> list[LogRecord]:
    """The records up to the first jump."""
    for place, record in enumerate(records):
        if record.offset != next_offset + place:
            return records[:place]
    return records


class Continuity:
    """Chooses, of what has arrived, what follows on what is folded."""

    def __init__(self, source: Source, meters: WorkerMeters, give_up: Callable[[], bool]) -> None:
        self._source, self._meters, self._give_up = source, meters, give_up

    async def following(self, number: int, owned: OwnedPartition, records: list[LogRecord]) -> list[LogRecord]:
        """The records from ``next_offset`` on: none below it, and no hole before or among them.

        Where there is a hole its records are asked for again, and only those before it are returned.
        """
        known = sum(record.offset < owned.next_offset for record in records)
        if known:
            self._meters.duplicates.inc(known)
            records = [record for record in records if record.offset >= owned.next_offset]
        whole = contiguous(owned.next_offset, records)
        if whole:
            owned.rereads = 0
        if len(whole) == len(records):
            return records
        if owned.rereads < MAX_REREADS:
            await self._read_again(number, owned, owned.next_offset + len(whole), records[len(whole)].offset)
            return whole
        log.error("partition %d: offsets %d to %d are not in Kafka, though asked for %d times", number,
                  owned.next_offset, records[0].offset - 1, MAX_REREADS, extra={"kind": str(number)})  # fmt: skip
        owned.rereads = 0
        return contiguous(records[0].offset, records)

    async def _read_again(self, number: int, owned: OwnedPartition, wanted: int, came: int) -> None:
        owned.rereads += 1
        self._meters.holes.inc()
        log.warning("partition %d: %d came instead of %d; reading again", number, came, wanted)
        await until_done(lambda: self._source.rewind({number: wanted}), REWIND_ERRORS, "reading again", self._give_up)
