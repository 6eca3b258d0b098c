"""Going back from a published number to what was heard: the records at a revision, as far as Kafka still keeps them."""

from datetime import datetime
from typing import NamedTuple

from parking.codec import decode_change, decode_observation
from parking.errors import ParkingError
from parking.instants import from_ms
from parking.observations import ClockTicked, Observation
from parking.published.availability import Change, Revision
from parking.published.timeline import Published
from streams.partitions import partition_of
from streams.reading import TopicReader, TopicRecord, open_topic
from streams.topics import names_of

SEARCH_BACK = 5_000
"""Records before a tick of the clock among which the place's own last word is looked for."""
SEARCH_ON = 20_000
"""Records of the changes that are read to find the one of a revision: it follows the observation within seconds."""


class NotKeptError(ParkingError):
    """The record that a revision names is not there any more; the message says why."""


class HeardRecord(NamedTuple):
    """A record of the observations as it stands in Kafka; ``observation`` is None where it cannot be read."""

    partition: int
    offset: int
    logged_at: datetime
    value: bytes
    observation: Observation | None


class Heard(NamedTuple):
    """What stands at a revision. Where it is a tick of the clock, ``before`` is the place's own last word, if found."""

    at: HeardRecord
    before: HeardRecord | None = None


async def find_heard(bootstrap: str, namespace: str, key: str, revision: Revision, epoch: int) -> Heard:
    """What was folded last into this revision of the place with this ``tenant/place`` key.

    Raises NotKeptError where it is gone, KafkaError where Kafka cannot be reached, TopicsError where there is no topic.
    """
    of_epoch, offset = revision
    if offset < 0:
        raise NotKeptError("nothing was ever heard of it")
    if of_epoch != epoch:
        raise NotKeptError(
            f"it was heard under stream epoch {of_epoch}, and this is {epoch}: those observations are no longer there"
        )
    async with open_topic(bootstrap, names_of(namespace).observations) as topic:
        partition = partition_of(key.encode(), len(topic.ends))
        begin, end = topic.begins[partition], topic.ends[partition]
        if not begin <= offset < end:
            why = "it is older than Kafka keeps them (7 days)" if offset < begin else "the topic does not reach so far"
            raise NotKeptError(f"record {offset} of partition {partition} is no longer kept: {why}")
        record = _heard(await topic.first_at(partition, offset))
        if not isinstance(record.observation, ClockTicked):
            return Heard(record)
        return Heard(
            record, await _find_before(topic, partition, max(begin, offset - SEARCH_BACK), offset, key.encode())
        )


async def _find_before(topic: TopicReader, partition: int, start: int, offset: int, key: bytes) -> HeardRecord | None:
    found = None
    async for record in topic.read({**topic.ends, partition: start}):
        if record.offset >= offset:
            break
        if record.key == key:
            found = record
    return _heard(found) if found is not None else None


def _heard(record: TopicRecord) -> HeardRecord:
    try:
        observation = decode_observation(record.value or b"")
    except ParkingError:
        observation = None
    return HeardRecord(record.partition, record.offset, from_ms(record.timestamp), record.value or b"", observation)


async def find_change(
    bootstrap: str, namespace: str, tenant: str, place_id: str, revision: Revision, since: datetime
) -> Published | None:
    """The change that was published at this revision, looked for from ``since`` on, or None where it is not found."""
    key = f"{tenant}/{place_id}".encode()
    async with open_topic(bootstrap, names_of(namespace).changes) as topic:
        partition = partition_of(key, len(topic.ends))
        starts = {**topic.ends, partition: (await topic.offsets_at(round(since.timestamp() * 1000)))[partition]}
        count = 0
        async for record in topic.read(starts):
            count += 1
            if record.key == key and (change := _change(record.value or b"")) is not None and _is_at(change, revision):
                return Published(change, from_ms(record.timestamp), record.partition, record.offset)
            if count >= SEARCH_ON:
                break
    return None


def _change(value: bytes) -> Change | None:
    try:
        return decode_change(value)
    except ParkingError:
        return None


def _is_at(change: Change, revision: Revision) -> bool:
    return change.availability.revision == revision
