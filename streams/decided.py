"""Reading the decisions topic back, from its beginning or from a time to where it ends now."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError

from parking.codec import decode_entry
from parking.decisions.chain import LoggedEntry
from parking.errors import ParkingError
from parking.instants import from_ms, to_us
from streams.partitions import partition_of
from streams.topics import count_partitions, names_of

log = logging.getLogger(__name__)
KAFKA_AWAY = (KafkaError, TimeoutError, OSError)
_PATIENCE_MS = 30_000


async def read_decided(
    bootstrap: str, namespace: str, *, key: str | None = None, since: datetime | None = None
) -> AsyncIterator[LoggedEntry]:
    """What is in the topic now, in order within each partition; of one ``tenant/subject`` key, or of all.

    ``since`` is by Kafka's clock. What cannot be read is logged and left out. Raises KafkaError where Kafka cannot be
    reached or goes silent, TopicsError where the topic does not exist.
    """
    topic = names_of(namespace).decisions
    count = await count_partitions(bootstrap, topic)
    numbers = range(count) if key is None else [partition_of(key.encode(), count)]
    wanted = key.encode() if key is not None else None
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    try:
        await consumer.start()
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(partitions)
        async for record in _to_end(consumer, partitions, since):
            if wanted is None or record.key == wanted:
                entry = find_logged(record)
                if entry is not None:
                    yield entry
    finally:
        await consumer.stop()


def find_logged(record: Any) -> LoggedEntry | None:
    """The entry that a record of Kafka's is, or None where it cannot be read."""
    try:
        entry = decode_entry(record.value or b"")
    except ParkingError as error:
        log.error("entry %d/%d of the decisions is unusable: %s", record.partition, record.offset, error)
        return None
    return LoggedEntry(entry, record.value, record.partition, record.offset, from_ms(record.timestamp))


async def _to_end(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], since: datetime | None
) -> AsyncIterator[Any]:
    ends = await consumer.end_offsets(partitions)
    starts: dict[TopicPartition, int] = await consumer.beginning_offsets(partitions)
    if since is not None:
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, to_us(since) // 1000))
        starts = {tp: found[tp].offset if found[tp] else ends[tp] for tp in partitions}
    for tp, start in starts.items():
        consumer.seek(tp, start)
    unread = {tp for tp in partitions if starts[tp] < ends[tp]}
    while unread:
        fetched = await consumer.getmany(*unread, timeout_ms=_PATIENCE_MS)
        if not fetched:
            raise KafkaTimeoutError("Kafka has gone silent")
        for tp, records in fetched.items():
            for record in records:
                if record.offset < ends[tp]:
                    yield record
            if await consumer.position(tp) >= ends[tp]:
                unread.discard(tp)
