"""The batch transport: Faust's consumer, but a poll's records reach the agent together instead of one by one.

Stock Faust makes an event, a queue item and two tasks of each record, which costs about 200 microseconds; the records
themselves cost four. Here the records of the observations topic go into an inbox (``streams.inbox``), and Faust carries
one event that only says "there is something": a bell. It is rung whenever the agent's queue holds none, so a bell that
a rebalance swept away is replaced by the next arrival. The agent stays an ``@app.agent``; the changelog of its Table
still travels record by record, as Faust's recovery expects.

Three more things differ from stock. A fetch waits at most 50 ms at the broker, where Faust's driver fixes 1.5 s. A
partition whose inbox is full is not fetched. And nothing is dropped or marked as read by offset arithmetic: which
records were folded is known by the Table alone (``streams.folding``), which asks to read again where it must.

It uses private parts of faust-streaming, which is therefore pinned exactly. ``transport = "stock"`` in the settings
goes back to Faust's own consumer; the same tests pass under both.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import aiokafka
from aiokafka.errors import ConsumerStoppedError
from faust.events import Event
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.inbox import Inbox

FETCH_WAIT_MS = 50
POLL_S = 0.25
"""How long one reading may wait for records, and so a seek for a reading."""
IDLE_S = 0.05
ROOM_S = 0.005


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches, with a short wait at the broker."""

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # read once, when the consumer starts
        return consumer


class BatchConsumer(driver.Consumer):
    """Puts the records of one topic into the app's inbox; everything else takes Faust's own way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app: Any = self.app
        self._inbox: Inbox = app.inbox
        self._batched: str = app.batched_topic
        self._reading = asyncio.Lock()

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        """What Faust's fetcher polls, without the partitions whose inbox is full."""
        active = active_partitions or set()
        full = {tp for tp in active if tp.topic == self._batched and self._inbox.is_full(tp.partition)}
        if full and full == active:
            await self.wait(self._inbox.wait_for_room([tp.partition for tp in full]), timeout=timeout)
            return {}
        return await super()._getmany(active - full, timeout)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek, once nothing that was fetched before is still on its way: it would be taken for what comes after."""
        async with self._reading:
            await super().seek_wait(partitions)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                if not self.flow_active:
                    await self.wait(self.can_resume_flow)  # type: ignore[arg-type]
                elif not await self._read():
                    await asyncio.sleep(IDLE_S)
                await asyncio.sleep(0)
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _read(self) -> bool:
        """Fetch once and deliver; returns whether there was anything to fetch from.

        What a rebalance overtakes is dropped: before records flow again, Faust seeks in every changelog and ``Folding``
        in every partition.
        """
        async with self._reading:
            active = self._get_active_partitions() if self.flow_active else None
            if not active:
                return False
            # Noted after the flow was seen to run: noted before, the first reading after a rebalance would be dropped
            # as overtaken, after the seek, and a changelog that fits into one reading would never be read again.
            generation = self.app.consumer_generation_id
            records = await self._getmany(active, POLL_S)
            if records and self.flow_active and self.app.consumer_generation_id == generation:
                await self.wait_first(self._deliver(records), self.suspend_flow.wait())
        return True

    async def _deliver(self, records: Mapping[TP, list[Any]]) -> None:
        for tp, chunk in records.items():
            if tp.topic == self._batched:
                self._inbox.put(tp.partition, chunk)
                self._ring(tp, chunk[-1])
            else:
                for message in self._fresh(tp, chunk):
                    await self._room_for(tp)
                    await self.callback(message)
                    self._read_offset[tp] = message.offset

    async def _room_for(self, tp: TP) -> None:
        """Return once the changelog's queue has room.

        On a full queue Faust would leave a task behind that puts this record in later, even after a rebalance, among
        records that are being read anew: recovery would take the gap before it as read.
        """
        topics: Any = self.app.topics
        while any(channel.queue.full() for channel in topics._tp_index[tp]):  # noqa: ASYNC110 - a queue tells nobody
            await asyncio.sleep(ROOM_S)

    def _fresh(self, tp: TP, chunk: list[Any]) -> Iterator[ConsumerMessage]:
        for record in chunk:
            read = self._read_offset[tp]
            if read is None or record.offset >= read:
                yield self._to_message(tp, record)

    def _ring(self, tp: TP, last: Any) -> None:
        """Wake the agent, unless a bell waits for it already."""
        topics: Any = self.app.topics
        for channel in topics._tp_index[tp]:
            if channel.queue.empty():
                message = self._to_message(tp, last)
                message.tracked = True  # Faust need not wait for its acknowledgement
                channel.queue.put_nowait(Event(self.app, None, b"", {}, message))

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's watch over its own acknowledgements, of which there are none here; see ``streams.meters``."""


class BatchTransport(driver.Transport):
    """Faust's Kafka transport with the consumer above."""

    Consumer = BatchConsumer
