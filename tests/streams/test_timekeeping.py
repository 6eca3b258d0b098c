"""The time that a worker tells, and what it says of the clocks around it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from parking.words import ClockBasis
from streams.endpoint import worker_probes
from streams.gauging import gauge, gauge_clocks
from streams.kafka_watch import KafkaWatch
from streams.producer import make_tick
from streams.timekeeping import Timekeeper
from tests.streams.fakes import FakeWorker, World
from tests.support import TENANT, at, site, tick

NOWHERE = KafkaWatch("127.0.0.1:9", "fake", 1)


class Machine:
    """Clocks that a test sets: how long it is up, and how far its wall clock is off."""

    def __init__(self) -> None:
        self.up, self.off = 0.0, timedelta(0)
        self.keeper = Timekeeper(self.wall, lambda: self.up)
        self.keeper.now()

    def wall(self) -> datetime:
        return at() + timedelta(seconds=self.up) + self.off

    def after(self, seconds: float, off: timedelta = timedelta(0)) -> Timekeeper:
        self.up, self.off = self.up + seconds, off
        self.keeper.now()
        return self.keeper


async def worker_with_clocks(*ticks: datetime) -> FakeWorker:
    world = World(site())
    world.say("", *(make_tick(TENANT, one, ClockBasis.WALL) for one in ticks), tick(4e6, tenant="recorded"))
    worker = await world.worker().start()
    await worker.fold_all()
    return worker


async def test_a_machine_whose_clock_leapt_says_so_and_tells_what_has_passed() -> None:
    machine, worker = Machine(), await worker_with_clocks(at(59))
    keeper = machine.after(3600)
    assert keeper.find_trouble(worker.ownership) is None
    keeper = machine.after(5, timedelta(days=1))
    assert keeper.now().at == at(60) + timedelta(seconds=5)
    trouble = keeper.find_trouble(worker.ownership) or ""
    assert trouble.startswith("this machine's clock leapt 1 d ahead")
    ready = worker_probes(worker.ownership, worker.meters, keeper, NOWHERE, worker.losses).readiness()
    assert (ready.is_well, ready.document) == (False, {"status": trouble})
    gauge_clocks(keeper, worker.meters)
    assert worker.metric("placelibre_clock_leapt_seconds") == 86_400
    assert machine.after(28).find_trouble(worker.ownership) is None


async def test_a_city_whose_clock_is_ahead_is_said_with_the_command_that_takes_it_back() -> None:
    worker = await worker_with_clocks(at(0), at(15 * 60))
    keeper = Machine().after(60)
    trouble = keeper.find_trouble(worker.ownership) or ""
    assert trouble.startswith(f"the clock of city {TENANT} is 14 h 59 min ahead")
    assert f"placelibre city clock --tenant {TENANT} --take-back" in trouble
    gauge(worker.ownership, worker.source, worker.meters, keeper.now().at)
    assert worker.metric("placelibre_clock_age_seconds", tenant=TENANT, partition="0") == -14 * 3600 - 59 * 60


async def test_a_recording_may_be_as_far_ahead_as_it_likes() -> None:
    worker = await worker_with_clocks(at(0))
    assert Machine().after(60).find_trouble(worker.ownership) is None


@pytest.mark.parametrize(
    ("minutes", "said"), [(1440, "1 d ahead of this machine's"), (-60, "1 h behind this machine's")]
)
async def test_a_broker_whose_clock_is_another_is_said(minutes: float, said: str) -> None:
    worker, keeper = await worker_with_clocks(at(0)), Machine().after(60)
    keeper.logged(at(1), round(at(1 + minutes).timestamp() * 1000))
    assert said in (keeper.find_trouble(worker.ownership) or "")
    keeper.logged(at(1), round(at(1).timestamp() * 1000))
    keeper.logged(at(1), 0)
    keeper.logged(at(1), -1)
    assert keeper.find_trouble(worker.ownership) is None


async def test_a_leap_that_the_broker_does_not_share_is_not_believed_after_ten_minutes() -> None:
    machine = Machine()
    for alone in (True, False):
        machine.after(3600)
        for _ in range(12):
            keeper = machine.after(60, timedelta(hours=2))
            taken = keeper.now().at + (timedelta(0) if alone else timedelta(hours=2))
            keeper.logged(keeper.now().at, round(taken.timestamp() * 1000))
        assert bool(keeper.leapt) is alone


def test_what_is_wrong_is_noted_once_a_minute_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    for trouble in (None, "wrong", "wrong", "wrong", None, None):
        machine.after(40).note(trouble)
    assert [record.getMessage() for record in caplog.records] == ["wrong", "wrong", "the clocks agree again"]
