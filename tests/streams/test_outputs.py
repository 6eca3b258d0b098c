"""What a batch writes: waited for while a server is away, given up when it is no longer ours."""

from __future__ import annotations

import pytest
from aiokafka.errors import KafkaConnectionError

from parking.rejects import make_reject
from parking.words import RejectReason
from streams import retry
from streams.appender import RowRefusedError
from streams.retry import AbandonedError
from tests.streams.fakes import NAMES, FakeWorker, World
from tests.support import TENANT, at, site


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_PAUSES_S", (0.001, 0.1))


@pytest.fixture
def worker() -> FakeWorker:
    return World(site()).worker()


REJECT = make_reject(TENANT, "src", RejectReason.LATE, "too late", b"raw", at(0))


async def test_a_kafka_that_is_away_is_waited_for(worker: FakeWorker) -> None:
    worker.world.kafka.away = [KafkaConnectionError("away"), TimeoutError(), OSError()]
    placed = await worker.kafka.table(0, {b"key": b"value"})
    assert (placed.first, placed.end, placed.size) == (0, 1, 5)
    assert worker.metric("placelibre_changelog_bytes_total") == 5
    assert worker.metric("placelibre_write_seconds_count", to="table") == 1, "the wait is part of the one write"


async def test_a_row_that_kafka_will_never_take_is_not_tried_again(worker: FakeWorker) -> None:
    worker.world.kafka.away = [RowRefusedError("too large")]
    with pytest.raises(RowRefusedError):
        await worker.kafka.table(0, {b"key": b"value"})


async def test_what_may_be_somebody_elses_by_now_is_given_up(worker: FakeWorker) -> None:
    worker.giving_up = True
    worker.world.kafka.away = [KafkaConnectionError("away")]
    with pytest.raises(AbandonedError):
        await worker.kafka.history(0, (), [REJECT])
    worker.world.redis.away = 1
    with pytest.raises(AbandonedError):
        await worker.live.write(0, TENANT, [], None)
    await worker.kafka.history(0, (), [REJECT])
    assert len(worker.world.kafka.rows[NAMES.rejects]) == 1, "what succeeds at once is done all the same"


async def test_nothing_to_say_is_not_written(worker: FakeWorker) -> None:
    await worker.kafka.history(0, (), ())
    assert worker.world.journal == []


async def test_a_redis_that_is_away_is_waited_for_and_its_mark_is_told(worker: FakeWorker) -> None:
    worker.world.redis.away = 3
    assert not await worker.live.write(0, TENANT, [], None)
    token = await worker.live.begin(TENANT, 0)
    assert await worker.live.write(0, TENANT, [], None, token)
    assert worker.metric("placelibre_write_seconds_count", to="redis") == 2
