"""FastStream on aiokafka: a batch subscriber, msgspec, one Redis function call a batch and partition.

A program of its own, started by ``benchmarks.stream`` in FastStream's virtual environment. Its state is a dict of this
process: FastStream has no tables and no changelog, so after a crash or a rebalance the counts would be wrong until
every space has spoken again. Measured is what a batch consumer reaches that promises no more than that.
"""

import asyncio
import logging
import os
from collections import defaultdict
from datetime import datetime
from typing import Any

import msgspec
import redis.asyncio as aioredis
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaPublishMessage
from faststream.kafka.annotations import KafkaMessage

LIVE, CHANGES, DONE, KEPT = "bench:live", "bench:changes", "bench:done", 100_000
MAX_RECORDS, MAX_BYTES, FETCH_BYTES = 5_000, 1_000_000, 8_000_000


class Observed(msgspec.Struct):
    """The fields of an observation that the fold asks for."""

    type: str
    device_id: str
    observed_at: datetime
    state: str = ""
    vacant: int = 0


class Place:
    """The last that each space said, and how many are free."""

    __slots__ = ("spaces", "vacant")

    def __init__(self) -> None:
        self.spaces: dict[str, tuple[datetime, bool]] = {}
        self.vacant = 0

    def fold(self, seen: Observed) -> bool:
        """Whether this observation was newer than what was held."""
        held = self.spaces.get(seen.device_id)
        if held is not None and held[0] >= seen.observed_at:
            return False
        free = seen.state == "free"
        self.spaces[seen.device_id] = (seen.observed_at, free)
        if seen.type == "site_counted":
            self.vacant = seen.vacant
        else:
            self.vacant += free - (held[1] if held is not None else 0)
        return True


places: defaultdict[bytes, Place] = defaultdict(Place)
decode = msgspec.json.Decoder(Observed).decode
live = aioredis.from_url(os.environ["BENCH_REDIS"])
broker = KafkaBroker(os.environ["BENCH_KAFKA"], acks="all", max_batch_size=MAX_BYTES, log_level=logging.DEBUG)
to = os.environ["BENCH_CHANGES"]


@broker.subscriber(
    os.environ["BENCH_TOPIC"],
    group_id=os.environ["BENCH_GROUP"],
    auto_offset_reset="earliest",
    batch=True,
    max_records=MAX_RECORDS,
    max_partition_fetch_bytes=FETCH_BYTES,
    ack_policy=AckPolicy.NACK_ON_ERROR,
    decoder=lambda message: message.body,
)
async def observe(_: Any, message: KafkaMessage) -> None:
    """One batch: fold it all, then one message a changed place, then Redis."""
    changed: dict[int, dict[bytes, tuple[int, Observed]]] = defaultdict(dict)
    reached: dict[int, int] = {}
    for record in message.raw_message:
        reached[record.partition] = record.offset + 1
        seen = decode(record.value)
        if record.key is not None and places[record.key].fold(seen):
            changed[record.partition][record.key] = (record.offset, seen)
    await write(changed, reached)


async def write(changed: dict[int, dict[bytes, tuple[int, Observed]]], reached: dict[int, int]) -> None:
    """Changes to Kafka, acknowledged; then the live values of each partition in one call."""
    for partition, rows in changed.items():
        messages = [KafkaPublishMessage(msgspec.json.encode(document(key, *row)), key=key) for key, row in rows.items()]
        await broker.publish_batch(*messages, topic=to, partition=partition)
    for partition, offset in reached.items():
        arguments: list[Any] = [partition, offset, KEPT]
        for key, (at, _) in changed.get(partition, {}).items():
            arguments += key.partition(b"/")[2], at, places[key].vacant
        await live.fcall("bench_apply", 3, LIVE, CHANGES, DONE, *arguments)


def document(key: bytes, offset: int, seen: Observed) -> dict[str, object]:
    """A change as it is published."""
    place = key.decode().partition("/")[2]
    return {"place": place, "vacant": places[key].vacant, "observed_at": seen.observed_at, "offset": offset}


if __name__ == "__main__":
    asyncio.run(FastStream(broker).run())
