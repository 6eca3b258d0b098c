"""Many records into Kafka at once: one batch a partition, one acknowledgement a batch.

aiokafka's ``send`` makes a future, a task and a few coroutines for each record, which is most of what a record costs; a
batch that we fill ourselves has one of each.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

FROM = 32
"""From so many records on it is worth it; fewer travel with those of others who send at the same moment."""
MAX_FILLED_BYTES = 256 * 1024


class Outgoing(NamedTuple):
    """One record; ``partition`` None where its key says which."""

    topic: str
    key: bytes | None
    value: bytes
    partition: int | None = None


async def send_batches(producer: AIOKafkaProducer, records: Iterable[tuple[Outgoing, int]]) -> list[Outgoing]:
    """Send records, each to its partition, in order within it; returns those that Kafka did not acknowledge.

    Raises KafkaError where some could not even be tried.
    """
    groups: dict[tuple[str, int], list[Outgoing]] = {}
    for record, partition in records:
        groups.setdefault((record.topic, partition), []).append(record)
    left = await asyncio.gather(*(_send_group(producer, *where, group) for where, group in groups.items()))
    return [record for group in left for record in group]


async def _send_group(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Outgoing]
) -> Sequence[Outgoing]:
    at = 0
    while at < len(records):
        builder = producer.create_batch()
        begin, append = at, builder.append
        while at < len(records) and append(timestamp=None, key=records[at].key, value=records[at].value) is not None:
            at += 1
        builder.close()  # else it would wait for others
        sent = await producer.send_batch(builder, topic, partition=partition)
        try:
            await sent
        except KafkaError:
            return records[begin:]
    return ()
