"""The recorder and its scribes, with a Kafka that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiokafka.errors import KafkaConnectionError

from parking.decisions.acting import ActResult, NotRecordedError, Recorded, confirm
from parking.decisions.chain import LoggedEntry, check_chains
from parking.decisions.codec import decode_entry
from parking.decisions.words import InvalidDecisionError
from parking.instants import from_ms
from streams.appender import Appended, Row, RowRefusedError
from streams.record import MAX_EVENT_BYTES, Recorder
from streams.scribe import MAX_BYTES, MAX_ROWS, Scribe
from tests.parking.decisions.test_decisions import decided

LOGGED_MS = 1_777_896_000_000


class FakeKafka:
    """Takes what it is given, in order; ``gate`` holds it up and ``error`` makes it fail."""

    def __init__(self) -> None:
        self.batches: list[list[Row]] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def append(self, topic: str, partition: int, rows: Sequence[Row]) -> Appended:
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        first = sum(map(len, self.batches))
        self.batches.append(list(rows))
        return Appended(first, first + len(rows), 1, LOGGED_MS)

    async def close(self) -> None:
        self.closed = True

    def entries(self) -> list[LoggedEntry]:
        values = [value for batch in self.batches for _, value in batch]
        return [LoggedEntry(decode_entry(value), value, 0, n, from_ms(LOGGED_MS)) for n, value in enumerate(values)]


class FakeShelf:
    def __init__(self) -> None:
        self.shown: list[LoggedEntry] = []

    def show(self, logged: Sequence[LoggedEntry]) -> None:
        self.shown += logged


@pytest.fixture
def kafka() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def shelf() -> FakeShelf:
    return FakeShelf()


@pytest.fixture
async def record(kafka: FakeKafka, shelf: FakeShelf) -> AsyncIterator[Recorder]:
    async with Recorder(kafka, "test", 1, shelf, patience_s=2) as one:
        yield one
    assert kafka.closed


async def test_it_returns_when_kafka_has_it_and_says_where(
    record: Recorder, kafka: FakeKafka, shelf: FakeShelf
) -> None:
    assert await record(decided()) == Recorded(0, 0, from_ms(LOGGED_MS))
    assert await record(confirm(decided(), ActResult.ACTED, {}, from_ms(LOGGED_MS))) == Recorded(
        0, 1, from_ms(LOGGED_MS)
    )
    assert kafka.batches[0][0][0] == b"testville/sign:A12/1"
    assert shelf.shown == kafka.entries()


async def test_what_comes_while_kafka_is_busy_goes_together_and_in_order(record: Recorder, kafka: FakeKafka) -> None:
    kafka.gate.clear()
    first = asyncio.create_task(record(decided(subject="sign:first")))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(record(decided(subject=f"sign:{number}"))) for number in range(50)]
    for _ in range(3):
        await asyncio.sleep(0)
    kafka.gate.set()
    places = await asyncio.gather(first, *rest)
    assert [place.offset for place in places] == list(range(51))
    assert [one.event.subject for one in kafka.entries()] == ["sign:first", *(f"sign:{n}" for n in range(50))]
    assert len(kafka.batches) <= 3
    assert check_chains((one.entry.link, one.value) for one in kafka.entries()) == []
    assert len({one.entry.link.chain for one in kafka.entries()}) == 1


async def test_no_batch_is_larger_than_one_record_batch_of_kafka(record: Recorder, kafka: FakeKafka) -> None:
    large = [decided(subject=f"sign:{n}", output={"text": "x" * 60_000}) for n in range(20)]
    small = [decided(subject=f"trip:{n}") for n in range(2 * MAX_ROWS)]
    await asyncio.gather(*map(record, [*large, *small]))
    sizes = [sum(len(value) for _, value in batch) for batch in kafka.batches]
    assert max(sizes) <= MAX_BYTES + MAX_EVENT_BYTES
    assert max(map(len, kafka.batches)) <= MAX_ROWS


@pytest.mark.parametrize("error", [KafkaConnectionError("away"), RowRefusedError("never"), OSError("no route")])
async def test_what_kafka_has_not_acknowledged_may_not_be_acted_on_and_the_next_begins_another_chain(
    record: Recorder, kafka: FakeKafka, shelf: FakeShelf, error: Exception
) -> None:
    await record(decided())
    kafka.error = error
    with pytest.raises(NotRecordedError, match="do not act"):
        await record(decided(subject="sign:2"))
    kafka.error = None
    await record(decided(subject="sign:3"))
    first, third = kafka.entries()
    assert third.entry.link.chain != first.entry.link.chain
    assert third.entry.link.before, "it names the last entry that was acknowledged"
    assert [one.event.subject for one in shelf.shown] == ["sign:A12/1", "sign:3"]


async def test_who_waits_in_vain_is_told_in_time_and_is_not_recorded_afterwards(kafka: FakeKafka) -> None:
    async with Recorder(kafka, "test", 1, patience_s=0.05) as record:
        kafka.gate.clear()
        for subject in ("sign:in-hand", "sign:in-queue"):
            with pytest.raises(NotRecordedError, match=r"within 0\.05 s"):
                await record(decided(subject=subject))
        kafka.gate.set()
        await record(decided(subject="sign:later"))
    assert [one.event.subject for one in kafka.entries()] == ["sign:in-hand", "sign:later"]
    assert check_chains((one.entry.link, one.value) for one in kafka.entries()) == []


async def test_what_is_too_large_is_refused_before_it_reaches_kafka(record: Recorder, kafka: FakeKafka) -> None:
    with pytest.raises(InvalidDecisionError, match="above 64 kB"):
        await record(decided(output={"text": "x" * MAX_EVENT_BYTES}))
    assert kafka.batches == []


async def test_a_recorder_that_is_closed_or_not_yet_open_says_so(kafka: FakeKafka) -> None:
    closed = Recorder(kafka, "test", 1)
    for _ in range(2):
        with pytest.raises(NotRecordedError, match="is closed"):
            await closed(decided())
        async with closed:
            pass


async def test_those_who_wait_when_it_closes_are_told_that_nothing_was_recorded(kafka: FakeKafka) -> None:
    kafka.gate.clear()
    async with Recorder(kafka, "test", 1) as record:
        waiting = [asyncio.create_task(record(decided(subject=f"sign:{n}"))) for n in range(3)]
        for _ in range(3):
            await asyncio.sleep(0)
    for one in waiting:
        with pytest.raises(NotRecordedError):
            await one


async def test_a_scribe_that_meets_a_bug_ends_and_nobody_waits_for_it_for_ever(kafka: FakeKafka) -> None:
    kafka.error = ZeroDivisionError("a bug")
    scribe = Scribe(kafka, "topic", 0, None)
    waiting = scribe.take(decided())
    with pytest.raises(ZeroDivisionError):
        await scribe.run()
    with pytest.raises(NotRecordedError):
        await waiting
