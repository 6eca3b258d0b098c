"""The catalogue followed: the compacted topic read from its beginning, and on for as long as a process lives."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from store.heeding import heeding
from streams.closing import closed
from streams.known import Entry, KnownCatalogue
from streams.reading import new_consumer
from streams.retry import AbandonedError, until_done

OnEntries = Callable[[list[Entry]], Awaitable[None]]


class LatestCatalogue(Protocol):
    """What folding needs of the catalogue: what is known of it, and to know it all."""

    @property
    def known(self) -> KnownCatalogue:
        """As far as it has been read."""
        ...

    async def catch_up(self) -> None:
        """Return once everything that is in the topic now has been read."""
        ...


class CatalogueFollower:
    """Keeps ``known`` up to date; calls ``on_entries`` with each batch of new entries and their revisions.

    ``catch_up`` is a promise: afterwards everything is known that was in the topic when it was called. Whoever declares
    places before sending observations can so never be told that they are unknown.
    """

    def __init__(self, bootstrap: str, topic: str, known: KnownCatalogue, on_entries: OnEntries) -> None:
        self.known = known
        self._bootstrap, self._on_entries = bootstrap, on_entries
        self._partition = TopicPartition(topic, 0)
        self._consumer: AIOKafkaConsumer | None = None
        self._position = 0
        self._ended: BaseException | None = None
        self._moved = asyncio.Condition()

    async def follow(self) -> None:
        """Read for ever, waiting out a Kafka that is away; ends only when cancelled, or by a bug.

        However it ends, whoever waits in ``catch_up`` hears it.
        """
        consumer = None
        try:
            consumer = new_consumer(self._bootstrap, auto_offset_reset="earliest")
            await until_done(consumer.start, KafkaError, "reading the catalogue")
            await self._read_on(consumer)
        except BaseException as error:
            self._ended = error
            raise
        finally:
            self._consumer = None
            try:
                await self._tell()
            finally:
                if consumer is not None:
                    await closed(consumer.stop())

    async def _read_on(self, consumer: AIOKafkaConsumer) -> None:
        consumer.assign([self._partition])
        await consumer.seek_to_beginning(self._partition)
        self._consumer = consumer
        await self._tell()
        while True:
            with heeding():
                await self._read_some(consumer)

    async def _read_some(self, consumer: AIOKafkaConsumer) -> None:
        records = await until_done(lambda: consumer.getmany(timeout_ms=200), KafkaError, "reading the catalogue")
        fresh = [entry for record in records.get(self._partition, ()) if (entry := self.known.take(record))]
        self._position = await consumer.position(self._partition)
        await self._tell()  # known from here on, although Redis may be away
        if fresh:
            await self._on_entries(fresh)

    async def catch_up(self) -> None:
        """Wait until everything that is in the topic now has been read.

        Raises what ended the reading where nobody reads any more, AbandonedError where it was cancelled.
        """
        await self._until(lambda: self._consumer is not None)
        consumer = self._consumer
        assert consumer is not None
        ends = await until_done(lambda: consumer.end_offsets([self._partition]), KafkaError, "asking for the catalogue")
        await self._until(lambda: self._position >= ends[self._partition])

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def _until(self, happened: Callable[[], bool]) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._ended is not None or happened())
        if isinstance(self._ended, asyncio.CancelledError):
            raise AbandonedError("catching up with the catalogue")
        if self._ended is not None:
            raise self._ended
