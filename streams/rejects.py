"""Reading the rejects topic back: what was refused, why, with which bytes, and whether it was sent again since."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from parking.codec import decode_redriven, decode_reject
from parking.errors import MalformedEventError
from parking.rejects import Reject
from streams.topics import count_partitions, names_of


@dataclass
class Kept:
    """One reject, however often it occurred; times are the log's, in milliseconds since 1970.

    ``redriven_ms`` is up to when its occurrences have been sent again.
    """

    reject: Reject
    times: int = 0
    logged_ms: int = 0
    redriven_ms: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it occurred again since it was last sent again, or never was."""
        return self.logged_ms > self.redriven_ms


async def read_rejects(bootstrap: str, namespace: str) -> list[Kept]:
    """Every reject that is in the topic now, by when it was first refused.

    Raises KafkaError where Kafka cannot be reached, TopicsError where the topic does not exist.
    """
    kept: dict[str, Kept] = {}
    redriven: dict[str, int] = {}
    said: set[tuple[str, tuple[int, int]]] = set()
    async for record in _records(bootstrap, names_of(namespace).rejects):
        if (note := decode_redriven(record.value)) is not None:
            redriven[note.redriven] = max(note.up_to_ms, redriven.get(note.redriven, 0))
            continue
        try:
            reject = decode_reject(record.value)
        except MalformedEventError:
            continue
        if reject.found_at is not None:
            if (reject.reject_id, reject.found_at) in said:  # by a worker that took over from one that died
                continue
            said.add((reject.reject_id, reject.found_at))
        one = kept.setdefault(reject.reject_id, Kept(reject))
        one.times, one.logged_ms = one.times + 1, max(one.logged_ms, record.timestamp)
    for reject_id, one in kept.items():
        one.redriven_ms = redriven.get(reject_id, 0)
    return list(kept.values())


async def _records(bootstrap: str, topic: str) -> AsyncIterator[Any]:
    partitions = [TopicPartition(topic, number) for number in range(await count_partitions(bootstrap, topic))]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        open_ends = {tp for tp in partitions if await consumer.position(tp) < ends[tp]}
        while open_ends:
            for tp, records in (await consumer.getmany(*open_ends, timeout_ms=500)).items():
                for record in records:
                    yield record
                if await consumer.position(tp) >= ends[tp]:
                    open_ends.discard(tp)
    finally:
        await consumer.stop()


__all__ = ["KafkaError", "Kept", "read_rejects"]
