"""Reading the rejects topic back: what was refused, why, and with which bytes."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from parking.codec import decode_reject
from parking.errors import MalformedEventError
from parking.rejects import Reject
from streams.topics import count_partitions, names_of


async def read_rejects(bootstrap: str, namespace: str) -> AsyncIterator[Reject]:
    """Every reject that is in the topic now, oldest first within a partition; the same one may come twice.

    Raises KafkaError where Kafka cannot be reached, TopicsError where the topic does not exist.
    """
    topic = names_of(namespace).rejects
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
                    try:
                        yield decode_reject(record.value)
                    except MalformedEventError:
                        continue
                if await consumer.position(tp) >= ends[tp]:
                    open_ends.discard(tp)
    finally:
        await consumer.stop()


__all__ = ["KafkaError", "read_rejects"]
