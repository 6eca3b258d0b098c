"""Rolling the changes topic: from where the history stands to the topic's end, in bounded memory, again and again."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError

from parking.codec import decode_change
from parking.errors import MalformedEventError
from parking.instants import from_us
from parking.published.timeline import Published
from store.history.files import Reached
from store.history.writer import Batch, HistoryWriter, Stretch
from streams.retry import until_done
from streams.topics import count_partitions, names_of

log = logging.getLogger(__name__)
MAX_BATCH = 20_000
"""Records held in memory: some 20 MB, and three times that while they are written."""

_PATIENCE_MS = 30_000


@dataclass
class Progress:
    """How far a rolling is: of ``total`` records in the topic when it began."""

    total: int = 0
    read: int = 0
    written: int = 0
    repeated: int = 0
    unreadable: int = 0
    lost: int = 0
    rolled_at: datetime | None = None


OnProgress = Callable[[Progress], None]


async def roll(bootstrap: str, namespace: str, writer: HistoryWriter, on_progress: OnProgress) -> Progress:
    """Roll what is in the topic now.

    Raises KafkaError where Kafka cannot be reached, TopicsError where the topic does not exist, and HistoryError where
    it is not the topic that this history was rolled from.
    """
    progress = Progress()
    await _pass(bootstrap, namespace, writer, progress, on_progress)
    return progress


async def follow(
    bootstrap: str, namespace: str, writer: HistoryWriter, on_progress: OnProgress, every_s: float
) -> None:
    """Roll every ``every_s`` seconds, for ever; a Kafka that goes away after the first time is waited for."""
    progress = await roll(bootstrap, namespace, writer, on_progress)
    while True:
        await asyncio.sleep(every_s)
        await until_done(
            lambda: _pass(bootstrap, namespace, writer, progress, on_progress), KafkaError, "rolling the history"
        )


async def _pass(
    bootstrap: str, namespace: str, writer: HistoryWriter, progress: Progress, on_progress: OnProgress
) -> None:
    """Roll once, with a consumer outside any group: the position is the history's own."""
    topic = names_of(namespace).changes
    partitions = [TopicPartition(topic, number) for number in range(await count_partitions(bootstrap, topic))]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="none", enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(partitions)
        await _Rolling(consumer, partitions, writer, progress, on_progress).to_end()
    finally:
        await consumer.stop()


@dataclass
class _Pending:
    """What was read and is not written yet."""

    stretches: dict[int, Stretch] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)
    records: int = 0
    unreadable: int = 0

    def take(self, record: Any) -> None:
        """One more record of the log."""
        start = self.stretches[record.partition].start if record.partition in self.stretches else record.offset
        self.stretches[record.partition] = Stretch(start, record.offset + 1, record.timestamp)
        self.records += 1
        try:
            change = decode_change(record.value or b"")
        except MalformedEventError as error:
            log.error("record %d/%d is unreadable and was left out: %s", record.partition, record.offset, error)
            self.unreadable += 1
            return
        self.published.append(Published(change, from_us(record.timestamp * 1000), record.partition, record.offset))


class _Rolling:
    """One pass from the position to the topic's end."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        partitions: list[TopicPartition],
        writer: HistoryWriter,
        progress: Progress,
        on_progress: OnProgress,
    ) -> None:
        self._consumer, self._partitions, self._writer = consumer, partitions, writer
        self._progress, self._on_progress = progress, on_progress

    async def to_end(self) -> None:
        """Roll up to where the topic ends now."""
        begins = await self._consumer.beginning_offsets(self._partitions)
        ends = await self._consumer.end_offsets(self._partitions)
        if not await self._is_same_topic(begins, ends):
            log.warning("the topic is not the one that was rolled before: it is read from its beginning")
            self._writer.begin_anew()
        unread, left, before = set(), 0, self._progress.read
        for tp in self._partitions:
            start = self._start(tp, begins[tp])
            self._consumer.seek(tp, start)
            left += max(0, ends[tp] - start)
            if start < ends[tp]:
                unread.add(tp)
        self._progress.total = self._progress.read + left
        self._on_progress(self._progress)
        await self._read(unread, ends)
        self._progress.rolled_at = datetime.now(UTC)
        if self._progress.read > before:
            log.info("rolled %d records more; %d changes written so far", self._progress.read - before,
                     self._progress.written)  # fmt: skip
        self._on_progress(self._progress)

    async def _read(self, unread: set[TopicPartition], ends: dict[TopicPartition, int]) -> None:
        pending = _Pending()
        while unread:
            room = MAX_BATCH - pending.records
            fetched = await self._consumer.getmany(*unread, timeout_ms=_PATIENCE_MS, max_records=room)
            if not fetched:
                raise KafkaTimeoutError("Kafka has gone silent")
            for tp, records in fetched.items():
                for record in records:
                    pending.take(record)
                if await self._consumer.position(tp) >= ends[tp]:
                    unread.discard(tp)
            if pending.records >= MAX_BATCH or not unread:
                self._write(pending)
                pending = _Pending()

    def _write(self, pending: _Pending) -> None:
        rolled = self._writer.append(Batch(pending.stretches, pending.published, pending.unreadable))
        self._progress.read += pending.records
        self._progress.written += rolled.written
        self._progress.repeated += rolled.repeated
        self._progress.unreadable += rolled.unreadable
        self._on_progress(self._progress)

    def _reached(self, tp: TopicPartition) -> Reached:
        return self._writer.position.reached.get(tp.partition, Reached())

    def _start(self, tp: TopicPartition, begin: int) -> int:
        """Where to read on; what retention has taken before it was read is counted, and said."""
        reached = self._reached(tp).next
        if reached and begin > reached:
            log.error("partition %d: %d records were gone before they were rolled", tp.partition, begin - reached)
            self._writer.note_lost(begin - reached)
            self._progress.lost += begin - reached
        return max(reached, begin)

    async def _is_same_topic(self, begins: dict[TopicPartition, int], ends: dict[TopicPartition, int]) -> bool:
        """Whether the last record that was rolled still stands where it stood; of one that is gone, we believe it."""
        for tp in self._partitions:
            reached = self._reached(tp)
            if ends[tp] < reached.next:
                return False
            if begins[tp] < reached.next:
                self._consumer.seek(tp, reached.next - 1)
                fetched = await self._consumer.getmany(tp, timeout_ms=_PATIENCE_MS, max_records=1)
                if not fetched:
                    raise KafkaTimeoutError("Kafka has gone silent")
                last = fetched[tp][0]
                if last.offset == reached.next - 1 and last.timestamp != reached.last_logged_ms:
                    return False
        return True


__all__ = ["KafkaError", "Progress", "follow", "roll"]
