"""The catalogue as a worker knows it: the compacted topic, read from its beginning and followed ever after."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from parking.catalogue.model import Catalogue, Place, Tenant
from parking.codec import decode_place, decode_tenant
from parking.errors import ParkingError
from parking.published.availability import Revision
from streams.retry import log, until_done
from streams.topics import names_of

Entry = tuple[Place | Tenant, Revision]
OnEntries = Callable[[list[Entry]], Awaitable[None]]


class CatalogueFollower:
    """Holds tenants and places; calls ``on_entries`` with each batch of new entries and their revisions.

    ``catch_up`` is a promise: afterwards it knows everything that was in the topic when it was called. Whoever declares
    places before sending observations can so never be told that they are unknown.
    """

    def __init__(self, bootstrap: str, topic: str, epoch: int, on_entries: OnEntries) -> None:
        self.catalogue = Catalogue()
        self.tenants: dict[str, Tenant] = {}
        self.revisions: dict[str, Revision] = {}
        self.sources: set[str] = {"kafka", "clock"}
        self._bootstrap, self._epoch, self._on_entries = bootstrap, epoch, on_entries
        self._partition = TopicPartition(topic, 0)
        self._consumer: AIOKafkaConsumer | None = None
        self._position = 0
        self._moved = asyncio.Condition()

    async def follow(self) -> None:
        """Read for ever; ends only when cancelled."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, auto_offset_reset="earliest")
        await until_done(consumer.start, KafkaError, "reading the catalogue")
        try:
            consumer.assign([self._partition])
            await consumer.seek_to_beginning(self._partition)
            self._consumer = consumer
            async with self._moved:
                self._moved.notify_all()
            while True:
                records = await until_done(
                    lambda: consumer.getmany(timeout_ms=200), KafkaError, "reading the catalogue"
                )
                fresh = [entry for record in records.get(self._partition, ()) if (entry := self._take(record))]
                async with self._moved:  # known from here on, although Redis may be away
                    self._position = await consumer.position(self._partition)
                    self._moved.notify_all()
                if fresh:
                    await self._on_entries(fresh)
        finally:
            self._consumer = None
            await consumer.stop()

    async def catch_up(self) -> None:
        """Wait until everything that is in the topic now has been read."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._consumer is not None)
        consumer = self._consumer
        assert consumer is not None
        ends = await until_done(lambda: consumer.end_offsets([self._partition]), KafkaError, "asking for the catalogue")
        async with self._moved:
            await self._moved.wait_for(lambda: self._position >= ends[self._partition])

    def _take(self, record: Any) -> Entry | None:
        revision = (self._epoch, record.offset)
        try:
            key = (record.key or b"").decode()
            if record.value is None:
                self.catalogue.drop(key)
                self.tenants.pop(key, None)
                return None
            if "/" not in key:
                self.tenants[key] = tenant = decode_tenant(record.value)
                self.revisions[key] = revision
                return tenant, revision
            place = decode_place(record.value)
        except (ParkingError, UnicodeDecodeError) as error:
            log.error(
                "catalogue entry %r at offset %d is unusable and was left out: %s", record.key, record.offset, error
            )
            return None
        self.catalogue.put(place)
        self.sources |= {device.source for device in place.devices}
        self.revisions[place.key] = revision
        return place, revision


async def find_tenant(bootstrap: str, namespace: str, tenant: str) -> Tenant | None:
    """The tenant as the catalogue has it now, or None where it was never declared."""
    return (await read_catalogue(bootstrap, namespace)).tenants.get(tenant)


async def read_catalogue(bootstrap: str, namespace: str) -> CatalogueFollower:
    """A follower that has read the catalogue as it is now, and follows no longer."""

    async def ignore(_: list[Entry]) -> None:
        return None

    follower = CatalogueFollower(bootstrap, names_of(namespace).catalogue, 0, ignore)
    task = asyncio.create_task(follower.follow())
    try:
        await follower.catch_up()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return follower
