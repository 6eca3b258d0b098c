"""The end of the rejects topic, followed: what was refused within the last day, and on for as long as a process is."""

import logging
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from parking.codec import decode_redriven, decode_reject
from parking.desk.refused import DAY_MINUTES, MINUTE_MS, RefusedDay
from parking.errors import MalformedEventError
from store.heeding import heeding
from streams.closing import closed
from streams.reading import new_consumer
from streams.retry import until_done
from streams.topics import count_partitions, names_of

log = logging.getLogger(__name__)
_WAIT_MS = 500
_AT_ONCE = 500
_WHAT = "reading what was refused"


class RejectTail:
    """Keeps ``day`` up to date. ``is_complete`` once everything that was there at the start has been read.

    Where a record was deleted before it was read (retention, a topic made anew), reading goes on with the next.
    """

    def __init__(self, bootstrap: str, namespace: str, tenant: str) -> None:
        self.day = RefusedDay(tenant)
        self.is_complete = False
        self._bootstrap, self._topic = bootstrap, names_of(namespace).rejects

    async def follow(self) -> None:
        """Read for ever, waiting out a Kafka that is away; ends only when cancelled, or by a bug."""
        consumer = new_consumer(self._bootstrap, auto_offset_reset="earliest")
        try:
            await until_done(consumer.start, (KafkaError, OSError), _WHAT)
            ends = await until_done(lambda: self._begin(consumer), (KafkaError, OSError), _WHAT)
            while True:
                with heeding():
                    await until_done(lambda: self._read_some(consumer), KafkaError, _WHAT)
                    if not self.is_complete:
                        at = [await consumer.position(tp) >= end for tp, end in ends.items()]
                        self.is_complete = all(at)
        finally:
            await closed(consumer.stop())

    async def _begin(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Stand a day before now; returns where each partition ends."""
        count = await count_partitions(self._bootstrap, self._topic)
        partitions = [TopicPartition(self._topic, number) for number in range(count)]
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        since = _now_ms() - DAY_MINUTES * MINUTE_MS
        for tp, found in (await consumer.offsets_for_times(dict.fromkeys(partitions, since))).items():
            consumer.seek(tp, found.offset if found else ends[tp])
        return ends

    async def _read_some(self, consumer: AIOKafkaConsumer) -> None:
        for records in (await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_AT_ONCE)).values():
            for record in records:
                self._take(record.value or b"", record.timestamp)
        self.day.forget(_now_ms())

    def _take(self, value: bytes, logged_ms: int) -> None:
        if (note := decode_redriven(value)) is not None:
            self.day.note(note)
            return
        try:
            self.day.take(decode_reject(value), logged_ms)
        except MalformedEventError:  # another's record: it costs itself alone
            return


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
