"""Reading the decisions topic back, from its beginning or from a time to where it ends now."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime

from parking.decisions.chain import LoggedEntry
from parking.decisions.codec import decode_entry
from parking.errors import ParkingError
from parking.instants import from_ms, to_us
from streams.partitions import partition_of
from streams.reading import TopicRecord, open_topic
from streams.topics import names_of

log = logging.getLogger(__name__)


async def read_decided(
    bootstrap: str, namespace: str, *, key: str | None = None, since: datetime | None = None
) -> AsyncIterator[LoggedEntry]:
    """What is in the topic now, in order within each partition; of one ``tenant/subject`` key, or of all.

    ``since`` is by Kafka's clock. What cannot be read is logged and left out. Raises KafkaError where Kafka cannot be
    reached or goes silent, TopicsError where the topic does not exist.
    """
    wanted = key.encode() if key is not None else None
    async with open_topic(bootstrap, names_of(namespace).decisions) as topic:
        starts = dict(topic.begins) if since is None else await topic.offsets_at(to_us(since) // 1000)
        if wanted is not None:
            only = partition_of(wanted, len(starts))
            starts = {number: start if number == only else topic.ends[number] for number, start in starts.items()}
        async for record in topic.read(starts):
            if (wanted is None or record.key == wanted) and (entry := find_logged(record)) is not None:
                yield entry


def find_logged(record: TopicRecord) -> LoggedEntry | None:
    """The entry that a record of Kafka's is, or None where it cannot be read."""
    try:
        value = record.value or b""
        entry = decode_entry(value)
    except ParkingError as error:
        log.error("entry %d/%d of the decisions is unusable: %s", record.partition, record.offset, error)
        return None
    return LoggedEntry(entry, value, record.partition, record.offset, from_ms(record.timestamp))
