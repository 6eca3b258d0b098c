"""Reading a topic once, from its beginning (or from given offsets) to where it ends now.

The consumer belongs to no group and commits nothing: whoever reads keeps its own account, if it wants one.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.conn import collect_hosts
from aiokafka.errors import KafkaTimeoutError

from parking.errors import ParkingError
from parking.fold.records import LogRecord
from streams.access import access_options
from streams.closing import closed
from streams.topics import count_partitions

SILENCE_MS = 30_000
"""How long Kafka may say nothing although it holds records that were not read yet."""
READ_AT_ONCE = 2_000
"""Records that are taken from the consumer at once, so that a long topic is never in memory whole."""


class KafkaAddressError(ParkingError):
    """What was given as Kafka's address is none; the message says what one looks like."""


def new_consumer(bootstrap: str, **options: Any) -> AIOKafkaConsumer:
    """A consumer outside any group, not started. Raises KafkaAddressError where ``bootstrap`` is no address."""
    try:
        collect_hosts(bootstrap)  # aiokafka would do it later, with a consumer that is half made
    except ValueError as error:
        raise KafkaAddressError(
            f"{bootstrap!r} is not an address of Kafka ({error}): set PLACELIBRE_KAFKA to host:port, or to several of "
            f"them with commas between"
        ) from error
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, **access_options(bootstrap), **options
    )


class TopicRecord(LogRecord, Protocol):
    """A record as Kafka's consumer hands it over."""

    @property
    def partition(self) -> int:
        """Where it stands."""


class TopicReader:
    """All partitions of one topic, as they were when it was opened: ``begins`` and ``ends`` are offsets by partition.

    An end is the offset that the next record will get, so a partition with ``begins == ends`` holds nothing.
    """

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, begins: dict[int, int], ends: dict[int, int]) -> None:
        self.begins, self.ends = begins, ends
        self._consumer, self._topic = consumer, topic

    async def read(self, starts: Mapping[int, int] | None = None) -> AsyncIterator[TopicRecord]:
        """Every record from ``starts`` (by default: from the beginning) on, in the order of each partition.

        A record that was appended after the topic was opened may be among them. Raises KafkaTimeoutError where Kafka
        says nothing for 30 s.
        """
        unread: set[TopicPartition] = set()
        for number, begin in self.begins.items():
            start = begin if starts is None else starts.get(number, begin)
            self._consumer.seek(self._tp(number), start)
            if start < self.ends[number]:
                unread.add(self._tp(number))
        while unread:
            for tp, records in (await self._fetch(*unread, at_most=READ_AT_ONCE)).items():
                for record in records:
                    yield record
                # Not the last record's offset: what was compacted away or aborted leaves no record at the end.
                if await self._consumer.position(tp) >= self.ends[tp.partition]:
                    unread.discard(tp)

    async def offsets_at(self, logged_ms: int) -> dict[int, int]:
        """Of each partition the first offset that Kafka took then or later; where there is none, its end."""
        found = await self._consumer.offsets_for_times({self._tp(number): logged_ms for number in self.ends})
        return {tp.partition: at.offset if at else self.ends[tp.partition] for tp, at in found.items()}

    async def first_at(self, partition: int, offset: int) -> TopicRecord:
        """The record at this offset or, where it was compacted away, the next one. There must be one."""
        self._consumer.seek(self._tp(partition), offset)
        return (await self._fetch(self._tp(partition), at_most=1))[self._tp(partition)][0]

    async def _fetch(self, *partitions: TopicPartition, at_most: int) -> dict[TopicPartition, list[TopicRecord]]:
        fetched = await self._consumer.getmany(*partitions, timeout_ms=SILENCE_MS, max_records=at_most)
        if not fetched:
            raise KafkaTimeoutError("Kafka has gone silent")
        return dict(fetched)

    def _tp(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)


@asynccontextmanager
async def open_topic(bootstrap: str, topic: str) -> AsyncIterator[TopicReader]:
    """A topic to read; its connection is closed afterwards, whatever happens.

    Raises KafkaError where Kafka cannot be reached, KafkaAddressError where ``bootstrap`` is no address, and
    TopicsError where there is no such topic.
    """
    consumer = new_consumer(bootstrap, auto_offset_reset="none")
    try:
        partitions = [TopicPartition(topic, number) for number in range(await count_partitions(bootstrap, topic))]
        await consumer.start()
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        for tp in partitions:  # at once, before the consumer looks by itself for a place to read from, and finds none
            consumer.seek(tp, begins[tp])
        by_number = ({tp.partition: offset for tp, offset in found.items()} for found in (begins, ends))
        yield TopicReader(consumer, topic, *by_number)
    finally:
        await closed(consumer.stop())
