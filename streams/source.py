"""The observations topic as a worker reads it: which partitions it owns, where they begin and end, reading again."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import faust
from faust.types import TP, EventT

from parking.fold.records import Record
from streams.inbox import Arrived, Inbox

MAX_STOCK_BATCH = 1_000


class OffsetRange(NamedTuple):
    """The first offset that Kafka still holds of a partition, and the one that it will give next."""

    first: int
    end: int


class Source(Protocol):
    """What folding needs of the topic it reads."""

    def owned(self) -> list[int]:
        """The partitions assigned to this worker."""
        ...

    async def bounds(self, partitions: Iterable[int]) -> dict[int, OffsetRange]:
        """Where each partition begins and ends now."""
        ...

    async def rewind(self, offsets: Mapping[int, int]) -> None:
        """Read each partition (again) from this offset on."""
        ...

    async def commit(self, offsets: Mapping[int, int]) -> bool:
        """Tell Kafka, for its tools' eyes, up to where each partition is folded; the Table knows it by itself.

        Returns whether the group still counts on us for them.
        """
        ...

    def recovered(self, partition: int) -> int:
        """The offset after the last row of the changelog that Faust has recovered."""
        ...

    def find_end(self, partition: int) -> int | None:
        """Where the partition ended when it was last read from; None while it is being moved."""
        ...


class FaustSource:
    """The topic through the app's consumer: of its partitions the first ``count``, which it was made with."""

    def __init__(self, app: faust.App, topic: str, changelog: str, inbox: Inbox, count: int) -> None:
        self._app, self._topic, self._changelog, self._inbox = app, topic, changelog, inbox
        self._count = count

    @property
    def _consumer(self) -> Any:
        return self._app.consumer

    def owned(self) -> list[int]:
        """See Source."""
        mine = [tp.partition for tp in self._consumer.assignment() if tp.topic == self._topic]
        return sorted(number for number in mine if number < self._count)

    async def bounds(self, partitions: Iterable[int]) -> dict[int, OffsetRange]:
        """See Source."""
        tps = [TP(self._topic, number) for number in partitions]
        first, end = await asyncio.gather(self._consumer.earliest_offsets(*tps), self._consumer.highwaters(*tps))
        starts, ends = ({tp.partition: offset for tp, offset in found.items()} for found in (first, end))
        return {number: OffsetRange(starts[number], ends[number]) for number in starts}

    async def rewind(self, offsets: Mapping[int, int]) -> None:
        """See Source."""
        await self._consumer.seek_wait({TP(self._topic, number): offset for number, offset in offsets.items()})
        self._inbox.forget(offsets)
        topics: Any = self._app.topics
        for channel in {fed for number in offsets for fed in topics._tp_index[TP(self._topic, number)]}:
            # Stock Faust's records, which come again. Of ours it holds a bell at most; one that is lost rings again.
            while not channel.queue.empty():
                channel.queue.get_nowait()

    async def commit(self, offsets: Mapping[int, int]) -> bool:
        """See Source."""
        wanted = {TP(self._topic, number): offset for number, offset in offsets.items()}
        if not wanted.keys() <= self._consumer.assignment():
            return False
        return bool(await self._consumer._commit(wanted))

    def recovered(self, partition: int) -> int:
        """See Source."""
        tables: Any = self._app.tables
        last = tables.recovery.active_offsets.get(TP(self._changelog, partition))
        return -1 if last is None else int(last) + 1

    def find_end(self, partition: int) -> int | None:
        """See Source."""
        tp = TP(self._topic, partition)
        return int(self._consumer.highwater(tp) or 0) if tp in self._consumer.assignment() else None


def take_stock(first: EventT[bytes], queue: "asyncio.Queue[EventT[bytes]]") -> Arrived:
    """What stock Faust has queued, taken without a pause: a rebalance finds nothing half gathered to wait for."""
    arrived: Arrived = {}
    for event in _queued(first, queue):
        message = event.message
        arrived.setdefault(message.partition, []).append(
            Record(message.offset, message.key, message.value, round(message.timestamp * 1000))
        )
    return arrived


def _queued(first: EventT[bytes], queue: "asyncio.Queue[EventT[bytes]]") -> Iterator[EventT[bytes]]:
    yield first
    for _ in range(MAX_STOCK_BATCH - 1):
        try:
            yield queue.get_nowait()
        except asyncio.QueueEmpty:
            return
