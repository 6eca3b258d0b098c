"""Appending rows to one partition of a topic: whole record batches, acknowledged by all replicas.

A few thousand rows are one request. A single record batch is taken by Kafka wholly or not at all, and rows that do not
fit into one go in several, in order.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    CorruptRecordException,
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RecordTooLargeError,
    UnsupportedForMessageFormatError,
)

from parking.errors import ParkingError
from streams.connection import ProducerConnection

MAX_BATCH_BYTES = 900_000
"""Below the megabyte that a broker takes by default."""

NEVER_TAKEN = (
    MessageSizeTooLargeError, RecordTooLargeError, RecordListTooLargeError, InvalidTopicError, CorruptRecordException,
    UnsupportedForMessageFormatError,
)  # fmt: skip
Row = tuple[bytes | None, bytes]
Instead = Callable[[Row, str], Row | None]
"""What to append instead of a row that Kafka will never take, for this reason; None leaves it out."""


class RowRefusedError(ParkingError):
    """A row that Kafka will not take however often it is asked."""


class Appended(NamedTuple):
    """Where the rows were put: the first one's offset, the offset after the last, and their bytes.

    ``logged_ms`` is when Kafka took the last of them, in milliseconds since 1970.
    """

    first: int
    end: int
    size: int
    logged_ms: int = 0


class Appender:
    """One producer, connected when first needed. Appending again after an error may write rows twice."""

    def __init__(self, bootstrap: str) -> None:
        self._connection = ProducerConnection(bootstrap, linger_ms=0, max_batch_size=MAX_BATCH_BYTES)

    async def append(self, topic: str, partition: int, rows: Iterable[Row], instead: Instead | None = None) -> Appended:
        """Append rows in order, each record batch after the one before is acknowledged.

        Where Kafka will never take a row, ``instead`` says what to append in its place, and the others go on. Raises
        RowRefusedError where nothing is said, or that is refused as well. Raises KafkaError where Kafka has not taken
        one: then none of those after it was sent, and the next call connects anew.
        """
        appending = _Appending(self._connection, topic, partition, instead)
        for batch in _batches(await self._connection.get(), rows):
            await appending.send(batch)
        return appending.placed

    async def close(self) -> None:
        """Let go of Kafka; appending connects again."""
        await self._connection.close()


class _Batch(NamedTuple):
    """A closed record batch of aiokafka's, and what is in it."""

    built: Any
    rows: list[Row]


class _Appending:
    """One call of ``append``, and how far it has come."""

    def __init__(self, connection: ProducerConnection, topic: str, partition: int, instead: Instead | None) -> None:
        self._connection, self._topic, self._partition, self._instead = connection, topic, partition, instead
        self.placed = Appended(-1, -1, 0)

    async def send(self, batch: _Batch) -> None:
        """Have Kafka acknowledge a batch; where it refuses one of several rows for good, each by itself."""
        try:
            await self._send(batch)
        except NEVER_TAKEN as error:
            if len(batch.rows) > 1 and self._instead is not None:
                for row in batch.rows:
                    await self.send(await self._batch_of(row))
                return
            reason = f"Kafka refuses a row of {self._topic} for good ({type(error).__name__})"
            if self._instead is None:
                raise RowRefusedError(reason) from error
            other = self._instead(batch.rows[0], reason)
        else:
            return
        if other is not None:
            try:
                await self._send(await self._batch_of(other))
            except NEVER_TAKEN as error:
                raise RowRefusedError(f"{reason}, and what was to stand there instead") from error

    async def _batch_of(self, row: Row) -> _Batch:
        (batch,) = _batches(await self._connection.get(), [row])
        return batch

    async def _send(self, batch: _Batch) -> None:
        size, producer = batch.built.size(), await self._connection.get()
        try:
            at = await (await producer.send_batch(batch.built, self._topic, partition=self._partition))
        except Exception:
            # Also after a refusal: the broker has not counted the batch, and takes none with the numbers after it.
            await self._connection.drop(producer)
            raise
        first = at.offset if self.placed.first < 0 else self.placed.first
        self.placed = Appended(first, at.offset + len(batch.rows), self.placed.size + size, at.timestamp)


def _batches(producer: AIOKafkaProducer, rows: Iterable[Row]) -> Iterable[_Batch]:
    batch: Any = None
    held: list[Row] = []
    for row in rows:
        key, value = row
        if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
            if batch is not None:
                batch.close()
                yield _Batch(batch, held)
            batch, held = producer.create_batch(), []
            batch.append(key=key, value=value, timestamp=None)
        held.append(row)
    if batch is not None:
        batch.close()
        yield _Batch(batch, held)
