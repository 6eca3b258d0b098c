"""What Prometheus and whoever restarts a worker are told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parking.observations import SiteCounted
from parking.words import ClockBasis
from streams import endpoint
from streams.endpoint import worker_probes
from streams.gauging import StillnessLog, gauge, silent_s
from streams.producer import make_tick
from streams.timekeeping import Timekeeper
from tests.streams.fakes import LOGGED_MS, FakeWorker, World
from tests.streams.test_timekeeping import NOWHERE
from tests.support import TENANT, at, envelope, site, tick


async def worker_in_the_middle() -> FakeWorker:
    """Three records of four are folded: a count at noon, one of an hour before, a tick an hour after."""
    world = World(site(), site(id="p2"))
    world.say(site().key, SiteCounted(**envelope(0), vacant=7))
    world.say("testville/p2", SiteCounted(**envelope(-60), vacant=7))
    world.say("", tick(5))
    world.say(site().key, SiteCounted(**envelope(6), vacant=8))
    worker = await world.worker().start()
    await worker.fold(0, 1, 2)
    return worker


async def test_lag_and_freshness_are_those_of_what_is_owned() -> None:
    worker = await worker_in_the_middle()
    now = at(1_000) + timedelta(seconds=30)
    assert now.timestamp() * 1000 == LOGGED_MS + 30_000
    gauge(worker.ownership, worker.source, worker.meters, now)
    assert worker.metric("placelibre_lag_records", partition="0") == 1
    assert worker.metric("placelibre_lag_seconds", partition="0") == 30
    assert worker.metric("placelibre_places", tenant=TENANT, state="known") == 1
    assert worker.metric("placelibre_places", tenant=TENANT, state="unknown") == 1
    assert worker.metric("placelibre_oldest_number_seconds", tenant=TENANT) == 5 * 60


async def test_of_a_city_with_places_that_never_spoke_nothing_is_known_and_that_is_said() -> None:
    worker = await worker_in_the_middle()
    gauge(worker.ownership, worker.source, worker.meters, at(1_000), {TENANT, "mute"})
    assert worker.metric("placelibre_places", tenant="mute", state="known") == 0
    assert worker.metric("placelibre_places", tenant=TENANT, state="known") == 1


async def test_a_partition_that_is_being_moved_is_no_longer_gauged() -> None:
    worker = await worker_in_the_middle()
    gauge(worker.ownership, worker.source, worker.meters, at(1_000))
    worker.source.numbers = []
    gauge(worker.ownership, worker.source, worker.meters, at(1_000))
    assert worker.meters.registry.get_sample_value("placelibre_lag_records", {"partition": "0"}) is None


async def test_how_long_nobody_told_the_time_is_known_without_anybody_telling_it() -> None:
    world = World(site())
    world.say("", make_tick(TENANT, at(5), ClockBasis.WALL))
    worker = await world.worker().start()
    await worker.fold(0)
    assert silent_s(worker.ownership, at(5)) == 0
    assert silent_s(worker.ownership, at(8)) == 180
    assert silent_s(World(site()).worker().ownership, at(8)) == 0, "it owns nothing yet"


def test_a_silence_is_told_once_a_minute_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    silence = StillnessLog()
    for lasting_s in (5, 20, 31, 36, 90, 95, 4, 5, 35):
        silence.note(lasting_s)
    told = [record.getMessage() for record in caplog.records]
    assert [line.split(":")[0] for line in told] == [
        "nothing has been concluded for 31 s",
        "nothing has been concluded for 95 s",
        "the time is told again",
        "nothing has been concluded for 35 s",
    ]


async def test_a_worker_is_well_but_not_ready_until_its_partitions_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = World(site()).worker()
    probes = worker_probes(worker.ownership, worker.meters, Timekeeper(), NOWHERE, worker.losses)
    assert probes.health().is_well
    assert not probes.readiness().is_well
    monkeypatch.setattr(endpoint, "REBALANCE_PATIENCE_S", -1.0)
    assert probes.health().document["status"] == "waiting for partitions"
    monkeypatch.setattr(NOWHERE, "trouble", "a stranger is in the group")
    assert probes.readiness().document["status"] == "a stranger is in the group"
    assert probes.health().document["status"] == "waiting for partitions: a stranger is in the group"
    monkeypatch.setattr(NOWHERE, "trouble", None)
    await worker.start()
    monkeypatch.undo()
    assert probes.readiness().is_well
    assert probes.health().document == {"status": "ok", "next_offsets": {"0": 0}}
    assert b"placelibre_native" in probes.metrics()
