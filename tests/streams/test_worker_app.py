"""The worker put together, and Faust's app in its rebalances: without Kafka and Redis."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import faust
import pytest
import redis.asyncio as aioredis

from streams.app import create_app
from streams.inbox import Inbox
from streams.kafka_watch import KafkaWatch
from streams.meters import WorkerMeters
from streams.ownership import Ownership
from streams.retry import AbandonedError
from streams.transport import BatchTransport
from streams.worker_app import EXIT_BROKEN, Plan, WorkerApp


class Moved:
    """An app whose Faust does nothing by itself, and how it ended."""

    def __init__(self, folder: Path, transport: str = "batch") -> None:
        self.ends: list[int] = []
        self.plan = Plan("127.0.0.1:9", "fake", 1, 1, transport, folder, end=self.ends.append)
        self.ownership = Ownership()
        self.app = WorkerApp(
            self.plan, self.ownership, Inbox(), "fake.observations", KafkaWatch("127.0.0.1:9", "fake", 1)
        )
        self.app.loop = asyncio.get_running_loop()


@pytest.fixture
async def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Moved:
    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(faust.App, "on_rebalance_start", lambda _: None)
    monkeypatch.setattr(faust.App, "on_rebalance_end", lambda _: None)
    monkeypatch.setattr(faust.App, "_on_partitions_assigned", nothing)
    return Moved(tmp_path)


async def test_a_recovery_is_announced_with_the_assignment_that_it_belongs_to(moved: Moved) -> None:
    moved.app.on_rebalance_start()
    await moved.app.on_partitions_revoked.send(set())
    await moved.app._on_partitions_assigned(set())
    moved.app.on_rebalance_end()
    assert moved.app.recovered.get_nowait() == moved.ownership.assignment == 2


async def test_a_recovery_that_ends_while_partitions_are_moving_does_not_count(moved: Moved) -> None:
    moved.app.on_rebalance_start()
    moved.app.on_rebalance_end()
    assert moved.app.recovered.empty()


async def test_a_bug_ends_the_process_and_what_is_given_up_does_not(
    moved: Moved, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(error: BaseException) -> None:
        raise error

    await moved.app.or_end(fail(AbandonedError("partition 3")))
    assert moved.ends == []
    assert "partition 3: given up" in caplog.text
    await moved.app.or_end(fail(ZeroDivisionError("a bug")))
    assert moved.ends == [EXIT_BROKEN]
    with pytest.raises(asyncio.CancelledError):
        await moved.app.or_end(fail(asyncio.CancelledError()))


@pytest.mark.parametrize("transport", ["batch", "stock"])
async def test_a_worker_is_whole_when_it_is_built_and_nothing_has_been_started(tmp_path: Path, transport: str) -> None:
    plan, meters = Moved(tmp_path, transport).plan, WorkerMeters()
    app = create_app(plan, aioredis.Redis(), meters)
    app.loop = asyncio.get_running_loop()
    assert isinstance(app, WorkerApp)
    assert list(app.agents) == ["fold_observations"]
    assert list(app.tables) == ["places"]
    assert isinstance(app.transport, BatchTransport) == (transport == "batch")
    assert meters.registry.get_sample_value("placelibre_partitions_owned") == 0
    assert not app.started
