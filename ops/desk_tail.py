"""What people said of late, read from the decisions topic and kept: each time only what is new."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiokafka.errors import KafkaError

from gateways.desk.command_port import NotReadableError
from ops.settings import Settings
from parking.desk.said import DeskRecord
from parking.instants import to_us
from streams.decided import find_logged
from streams.reading import open_topic
from streams.topics import TopicsError, names_of

_KEPT_FOR = timedelta(days=30)
_READ_WITHIN_S = 10.0
_FIRST_WITHIN_S = 120.0
FRESH_FOR_S = 1.0
"""Whoever only looks is content with what was read so long ago; whoever says something is not."""


class DecidedTail:
    """The desk's record as far as Kafka has it."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        self._settings, self._tenant = settings, tenant
        self._record = DeskRecord()
        self._next: Mapping[int, int] | None = None
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def read_on(self, is_fresh: bool) -> DeskRecord:
        """The record with all that is in the topic now, or was a second ago. Raises NotReadableError."""
        async with self._lock:
            if not is_fresh and time.monotonic() - self._read_at < FRESH_FOR_S and self._next is not None:
                return self._record
            try:
                async with asyncio.timeout(_READ_WITHIN_S if self._next is not None else _FIRST_WITHIN_S):
                    await self._read()
            except (KafkaError, TopicsError, OSError, TimeoutError) as error:
                raise NotReadableError(f"Kafka does not answer ({type(error).__name__})") from error
            self._read_at = time.monotonic()
            return self._record

    async def _read(self) -> None:
        async with open_topic(self._settings.kafka, names_of(self._settings.namespace).decisions) as topic:
            since = datetime.now(UTC) - _KEPT_FOR
            starts = self._next if self._next is not None else await topic.offsets_at(to_us(since) // 1000)
            ends = dict(starts)
            async for record in topic.read(starts):
                ends[record.partition] = record.offset + 1
                if (logged := find_logged(record)) is not None and logged.tenant == self._tenant:
                    self._record.take(logged.event)
            self._next = {**ends, **{n: max(end, ends.get(n, 0)) for n, end in topic.ends.items()}}
