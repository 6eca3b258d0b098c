"""Appending rows to one partition of a topic: whole record batches, acknowledged by all replicas.

A few thousand rows are one request. A single record batch is taken by Kafka wholly or not at all, and rows that do not
fit into one go in several, in order.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    CorruptRecordException,
    InvalidTopicError,
    MessageSizeTooLargeError,
    UnsupportedForMessageFormatError,
)

from parking.errors import ParkingError
from streams.connection import ProducerConnection

MAX_BATCH_BYTES = 900_000
"""Below the megabyte that a broker takes by default."""

NEVER_TAKEN = (MessageSizeTooLargeError, InvalidTopicError, CorruptRecordException, UnsupportedForMessageFormatError)
Row = tuple[bytes | None, bytes]


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

    async def append(self, topic: str, partition: int, rows: Iterable[Row]) -> Appended:
        """Append rows in order, each record batch after the one before is acknowledged.

        Raises KafkaError where Kafka has not taken one: then none of those after it was sent, and the next call
        connects anew. Raises RowRefusedError where Kafka will never take one.
        """
        producer = await self._connection.get()
        first, end, size, logged_ms = -1, -1, 0, 0
        try:
            for batch in _batches(producer, rows):
                count, size = batch.record_count(), size + batch.size()
                placed = await (await producer.send_batch(batch, topic, partition=partition))
                first, end = (placed.offset if first < 0 else first), placed.offset + count
                logged_ms = placed.timestamp
        except NEVER_TAKEN as error:
            raise RowRefusedError(f"Kafka refuses a row of {topic} for good: {error}") from error
        except Exception:
            await self._connection.drop(producer)
            raise
        return Appended(first, end, size, logged_ms)

    async def close(self) -> None:
        """Let go of Kafka; appending connects again."""
        await self._connection.close()


def _batches(producer: AIOKafkaProducer, rows: Iterable[Row]) -> Iterable[Any]:
    batch = None
    for key, value in rows:
        if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
            if batch is not None:
                yield _closed(batch)
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    if batch is not None:
        yield _closed(batch)


def _closed(batch: Any) -> Any:
    batch.close()
    return batch
