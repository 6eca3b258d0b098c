"""The batch transport, without a Kafka: what goes into the inbox, when the bell rings, what is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from parking.fold.records import Record
from streams import inbox as inbox_module
from streams.inbox import Inbox
from streams.kafka_watch import KafkaWatch
from streams.ownership import Ownership
from streams.source import MAX_STOCK_BATCH, take_stock
from streams.transport import BatchConsumer, BatchTransport
from streams.worker_app import Plan, WorkerApp

TOPIC, CHANGELOG = "fake.observations", "fake-places-changelog"
OURS, OTHER = TP(TOPIC, 0), TP(CHANGELOG, 0)


class Row(SimpleNamespace):
    """A record as aiokafka gives it."""

    def __init__(self, offset: int, topic: str = TOPIC) -> None:
        super().__init__(
            offset=offset, topic=topic, partition=0, key=b"k", value=b"v", headers=(), checksum=None, timestamp=1_000,
            timestamp_type=1, serialized_key_size=1, serialized_value_size=1,
        )  # fmt: skip


class Told:
    """The consumer under test, with the app's channels replaced by queues, and what Faust would have been handed."""

    def __init__(self, folder: Path) -> None:
        plan = Plan("127.0.0.1:9", "fake", 1, 1, "batch", folder)
        self.inbox, self.handed = Inbox(), list[int]()
        self.app = WorkerApp(plan, Ownership(), self.inbox, TOPIC, KafkaWatch("127.0.0.1:9", "fake", 1))
        self.app.loop = loop = asyncio.get_running_loop()  # else Faust makes one of its own
        self.channels = {tp: SimpleNamespace(queue=asyncio.Queue(maxsize=2)) for tp in (OURS, OTHER)}
        topics: Any = self.app.topics
        topics._tp_index = {tp: {_Hashable(channel.queue)} for tp, channel in self.channels.items()}
        self.consumer = BatchTransport([], self.app, loop=loop).create_consumer(
            self._hand, on_partitions_revoked=self._ignore, on_partitions_assigned=self._ignore
        )
        assert isinstance(self.consumer, BatchConsumer)

    async def _hand(self, message: Any) -> None:
        self.handed.append(message.offset)

    async def _ignore(self, *_: Any) -> None:
        return None

    @property
    def bells(self) -> int:
        return self.channels[OURS].queue.qsize()


class _Hashable:
    def __init__(self, queue: asyncio.Queue) -> None:
        self.queue = queue


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    one = Told(tmp_path)
    yield one
    one.consumer._thread.thread_loop.close()  # of the thread that would fetch


async def test_records_wait_together_and_one_bell_rings_for_them(told: Told) -> None:
    await told.consumer._deliver({OURS: [Row(0), Row(1)]})
    await told.consumer._deliver({OURS: [Row(2)]})
    assert told.bells == 1
    assert [record.offset for record in told.inbox.take()[0]] == [0, 1, 2]
    assert told.inbox.take() == {}


async def test_a_bell_that_was_swept_away_is_replaced_by_the_next_arrival(told: Told) -> None:
    await told.consumer._deliver({OURS: [Row(0)]})
    told.channels[OURS].queue.get_nowait()
    await told.consumer._deliver({OURS: [Row(1)]})
    assert told.bells == 1


async def test_the_changelog_travels_one_by_one_and_never_twice(told: Told) -> None:
    told.consumer._read_offset[OTHER] = 5
    await told.consumer._deliver({OTHER: [Row(4, CHANGELOG), Row(5, CHANGELOG), Row(6, CHANGELOG)]})
    assert told.handed == [5, 6]
    assert told.inbox.take() == {}


async def test_a_changelog_record_waits_for_room_in_its_queue(told: Told) -> None:
    queue = told.channels[OTHER].queue
    for _ in range(2):
        queue.put_nowait(None)
    delivering = asyncio.create_task(told.consumer._deliver({OTHER: [Row(0, CHANGELOG)]}))
    await asyncio.sleep(0)
    assert told.handed == []
    queue.get_nowait()
    await delivering
    assert told.handed == [0]


async def test_a_partition_whose_inbox_is_full_is_not_fetched(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[TP]] = []

    async def fetch(_: object, active: set[TP], __: float) -> dict[TP, list[Row]]:
        asked.append(active)
        return {}

    async def wait(*_: object, **__: object) -> None:
        asked.append(set())

    monkeypatch.setattr(inbox_module, "MAX_RECORDS_WAITING", 2)
    monkeypatch.setattr(driver.Consumer, "_getmany", fetch)
    monkeypatch.setattr(told.consumer, "wait", lambda waiting, timeout: (waiting.close(), wait())[1])
    told.inbox.put(0, [Record(n, None, b"", 0) for n in range(2)])
    await told.consumer._getmany({OURS, OTHER}, 0.1)
    await told.consumer._getmany({OURS}, 0.1)
    told.inbox.take()
    await told.consumer._getmany({OURS, OTHER}, 0.1)
    assert asked == [{OTHER}, set(), {OURS, OTHER}]


@pytest.mark.parametrize("overtaken", [False, True])
async def test_what_a_rebalance_overtakes_is_dropped(
    told: Told, monkeypatch: pytest.MonkeyPatch, overtaken: bool
) -> None:
    async def fetch(*_: object) -> dict[TP, list[Row]]:
        if overtaken:
            told.app.consumer_generation_id += 1
        return {OURS: [Row(0)]}

    monkeypatch.setattr(told.consumer, "_get_active_partitions", lambda: {OURS})
    monkeypatch.setattr(told.consumer, "_getmany", fetch)
    told.consumer.flow_active = True
    assert await told.consumer._read()
    assert (told.inbox.take() == {}) is overtaken


async def test_nobody_seeks_while_records_are_on_their_way(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    async def seek(*_: object) -> None:
        order.append("seek")

    monkeypatch.setattr(driver.Consumer, "seek_wait", seek)
    async with told.consumer._reading:
        seeking = asyncio.create_task(told.consumer.seek_wait({OURS: 0}))
        await asyncio.sleep(0)
        order.append("delivered")
    await seeking
    assert order == ["delivered", "seek"]


async def test_who_waits_for_room_hears_of_it_when_records_are_taken_or_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inbox_module, "MAX_RECORDS_WAITING", 1)
    inbox = Inbox()
    for make_room in (inbox.take, lambda: inbox.forget([0])):
        inbox.put(0, [Record(0, None, b"", 0)])
        waiting = asyncio.create_task(inbox.wait_for_room([0]))
        await asyncio.sleep(0)
        assert not waiting.done()
        make_room()
        async with asyncio.timeout(5):
            await waiting


def test_stock_fausts_queue_is_taken_in_one_go_up_to_a_bound() -> None:
    queue: asyncio.Queue[Any] = asyncio.Queue()
    events = [
        SimpleNamespace(message=SimpleNamespace(partition=n % 2, offset=n, key=b"k", value=b"v", timestamp=1.5))
        for n in range(MAX_STOCK_BATCH + 3)
    ]
    for event in events[1:]:
        queue.put_nowait(event)
    arrived = take_stock(events[0], queue)  # type: ignore[arg-type]
    assert sum(map(len, arrived.values())) == MAX_STOCK_BATCH
    assert arrived[1][0] == Record(1, b"k", b"v", 1_500)
    assert queue.qsize() == 3
