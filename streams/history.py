"""Rolling a topic into its history: from where that stands to the topic's end, in bounded memory, again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from aiokafka.errors import KafkaError

from parking.errors import ParkingError
from parking.instants import from_us
from store.history import DiskError
from store.history.files import Reached
from store.history.folder import Batch, FolderWriter, LoggedRow, Stretch
from streams.reading import TopicReader, TopicRecord, open_topic
from streams.retry import until_done

log = logging.getLogger(__name__)
MAX_BATCH = 20_000
"""Records held in memory: some 20 MB, and three times that while they are written."""


DISK_PAUSE_S = 30.0
"""Between two looks whether a disk has room again."""


@dataclass
class RollProgress:
    """How far a rolling is: of ``total`` records in the topic when it began."""

    total: int = 0
    read: int = 0
    written: int = 0
    repeated: int = 0
    unreadable: int = 0
    lost: int = 0
    rolled_at: datetime | None = None
    trouble: str | None = None
    """What the disk refuses, while it does."""


R = TypeVar("R", bound=LoggedRow)
OnProgress = Callable[[RollProgress], None]


async def roll(bootstrap: str, writer: FolderWriter[R], on_progress: OnProgress) -> RollProgress:
    """Roll what is in the topic now.

    Raises KafkaError where Kafka cannot be reached, TopicsError where the topic does not exist, and HistoryError where
    it is not the topic that this history was rolled from.
    """
    progress = RollProgress()
    await _pass(bootstrap, writer, progress, on_progress)
    return progress


async def follow(bootstrap: str, writer: FolderWriter[R], on_progress: OnProgress, every_s: float) -> None:
    """Roll every ``every_s`` seconds, for ever.

    A disk that is full is waited for, and so is a Kafka that goes away after the first time.
    """
    progress = RollProgress()

    async def rolled() -> None:
        await when_there_is_room(lambda: _pass(bootstrap, writer, progress, on_progress), progress, on_progress)

    await rolled()
    while True:
        await asyncio.sleep(every_s)
        await until_done(rolled, KafkaError, "rolling the history")


async def when_there_is_room(
    attempt: Callable[[], Awaitable[None]], progress: RollProgress, on_progress: OnProgress
) -> None:
    """Await ``attempt()`` until the disk takes it; meanwhile the progress says why not."""
    while True:
        try:
            await attempt()
        except DiskError as error:
            log.error("%s; again in %.0f s", error, DISK_PAUSE_S)
            progress.trouble = str(error)
            on_progress(progress)
            await asyncio.sleep(DISK_PAUSE_S)
            continue
        if progress.trouble is not None:
            log.warning("the history is written again")
            progress.trouble = None
            on_progress(progress)
        return


async def _pass(bootstrap: str, writer: FolderWriter[R], progress: RollProgress, on_progress: OnProgress) -> None:
    """Roll once; the position is the history's own, so no offset is committed to Kafka."""
    async with open_topic(bootstrap, writer.topic) as topic:
        await _Rolling(topic, writer, progress, on_progress).to_end()


@dataclass
class _Pending(Generic[R]):
    """What was read and is not written yet."""

    writer: FolderWriter[R]
    stretches: dict[int, Stretch] = field(default_factory=dict)
    published: list[R] = field(default_factory=list)
    records: int = 0
    unreadable: int = 0

    def take(self, record: TopicRecord) -> None:
        """One more record of the log."""
        start = self.stretches[record.partition].start if record.partition in self.stretches else record.offset
        self.stretches[record.partition] = Stretch(start, record.offset + 1, record.timestamp)
        self.records += 1
        logged_at = from_us(record.timestamp * 1000)
        try:
            published = self.writer.understand(record.value or b"", logged_at, record.partition, record.offset)
        except ParkingError as error:
            log.error("record %d/%d is unreadable and was left out: %s", record.partition, record.offset, error)
            self.unreadable += 1
            return
        self.published.append(published)


class _Rolling(Generic[R]):
    """One pass from the position to the topic's end."""

    def __init__(
        self, topic: TopicReader, writer: FolderWriter[R], progress: RollProgress, on_progress: OnProgress
    ) -> None:
        self._topic, self._writer = topic, writer
        self._progress, self._on_progress = progress, on_progress

    async def to_end(self) -> None:
        """Roll up to where the topic ends now."""
        if not await self._is_same_topic():
            log.warning("the topic is not the one that was rolled before: it is read from its beginning")
            self._writer.begin_anew()
        starts = {number: self._start(number, begin) for number, begin in self._topic.begins.items()}
        left = sum(max(0, self._topic.ends[number] - start) for number, start in starts.items())
        before = self._progress.read
        self._progress.total = before + left
        self._on_progress(self._progress)
        await self._read(starts)
        self._progress.rolled_at = datetime.now(UTC)
        if self._progress.read > before:
            log.info("rolled %d records more; %d rows written so far", self._progress.read - before,
                     self._progress.written)  # fmt: skip
        self._on_progress(self._progress)

    async def _read(self, starts: dict[int, int]) -> None:
        pending = _Pending(self._writer)
        async for record in self._topic.read(starts):
            pending.take(record)
            if pending.records >= MAX_BATCH:
                self._write(pending)
                pending = _Pending(self._writer)
        if pending.records:
            self._write(pending)

    def _write(self, pending: _Pending[R]) -> None:
        rolled = self._writer.append(Batch(pending.stretches, pending.published, pending.unreadable))
        self._progress.read += pending.records
        self._progress.written += rolled.written
        self._progress.repeated += rolled.repeated
        self._progress.unreadable += rolled.unreadable
        self._on_progress(self._progress)

    def _reached(self, partition: int) -> Reached:
        return self._writer.position.reached.get(partition, Reached())

    def _start(self, partition: int, begin: int) -> int:
        """Where to read on; what retention has taken before it was read is counted, and said."""
        reached = self._reached(partition).next
        if reached and begin > reached:
            log.error("partition %d: %d records were gone before they were rolled", partition, begin - reached,
                      extra={"kind": str(partition)})  # fmt: skip
            self._writer.note_lost(begin - reached)
            self._progress.lost += begin - reached
        return max(reached, begin)

    async def _is_same_topic(self) -> bool:
        """Whether the last record that was rolled still stands where it stood; of one that is gone, we believe it."""
        for number, begin in self._topic.begins.items():
            reached = self._reached(number)
            if self._topic.ends[number] < reached.next:
                return False
            if begin < reached.next:
                last = await self._topic.first_at(number, reached.next - 1)
                if last.offset == reached.next - 1 and last.timestamp != reached.last_logged_ms:
                    return False
        return True
