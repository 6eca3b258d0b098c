"""The watcher goes on whatever is away, records what Kafka did not take when it is back, and never speaks twice."""

from __future__ import annotations

import pytest

from gateways.desk.watching.watcher import shortened
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmState, AlarmWord, Phase, alarm_id
from parking.health.alarms.recorded import fold_alarms, word_to_decision
from parking.health.alarms.sight import Component
from tests.gateways.desk.watching.watch_world import WatchWorld
from tests.support import NOON, TENANT, at

WORKER = alarm_id(TroubleKind.WORKER_AWAY, "worker")


@pytest.fixture
def world() -> WatchWorld:
    return WatchWorld()


def states(world: WatchWorld, minutes: float) -> dict[TroubleKind, AlarmState]:
    found = {alarm.word.condition.kind: alarm.state(at(minutes)) for alarm in world.book.alarms().values()}
    return {kind: state for kind, state in found.items() if state is not AlarmState.NORMAL}


async def test_a_worker_that_is_away_is_an_alarm_and_its_return_is_told(world: WatchWorld) -> None:
    world.eyes.find(Component.WORKER, False, at(0))
    for minutes in (0, 0.5):
        await world.watcher.look(at(minutes))
    assert states(world, 1) == {}, "not yet"
    await world.watcher.look(at(2))
    assert states(world, 2) == {TroubleKind.WORKER_AWAY: AlarmState.UNACKNOWLEDGED}
    assert all(decision.fence == 7 for decision in world.kept.decisions)
    world.eyes.find(Component.WORKER, True, at(3))
    for minutes in (3, 6):
        await world.watcher.look(at(minutes))
    assert states(world, 6) == {TroubleKind.WORKER_AWAY: AlarmState.RETURNED_UNACKNOWLEDGED}


async def test_nothing_new_is_recorded_twice(world: WatchWorld) -> None:
    world.eyes.find(Component.WORKER, False, at(0))
    for minutes in (0, 2, 2.1, 2.2, 2.3):
        await world.watcher.look(at(minutes))
    assert len(world.kept.decisions) == 2, "pending, and raised"


async def test_another_watcher_that_takes_over_knows_the_same(world: WatchWorld) -> None:
    world.eyes.find(Component.WORKER, False, at(0))
    for minutes in (0, 2):
        await world.watcher.look(at(minutes))
    heir = WatchWorld(world.kept)
    heir.eyes.find(Component.WORKER, False, at(0))
    await heir.watcher.look(at(3))
    assert heir.book.alarms() == world.book.alarms()
    assert fold_alarms(reversed(world.kept.decisions)) == world.book.alarms()


async def test_what_kafka_does_not_take_is_said_and_recorded_when_it_is_back(world: WatchWorld) -> None:
    world.eyes.find(Component.BROKER, False, at(0))
    world.kept.is_kafka_away = True
    for minutes in (0, 2, 4):
        await world.watcher.look(at(minutes))
    assert states(world, 4) == {TroubleKind.BROKER_AWAY: AlarmState.UNACKNOWLEDGED}
    assert world.watcher.not_recorded is not None
    assert world.watcher.unrecorded_since is not None
    assert world.watcher.document()["unrecorded"] == 1
    assert not world.book.entries()[0].is_recorded
    world.kept.is_kafka_away = False
    await world.watcher.look(at(5))
    assert world.watcher.not_recorded is None
    assert world.book.entries()[0].is_recorded
    assert fold_alarms(world.kept.decisions) == world.book.alarms()


async def test_redis_away_is_one_alarm_and_nothing_is_said_of_the_city(world: WatchWorld) -> None:
    world.eyes.find(Component.REDIS, False, at(0))
    world.eyes.trouble = "Redis does not answer"  # type: ignore[assignment]
    world.kept.is_redis_away = True
    world.watcher._has_read = True
    for minutes in (0, 2, 30):
        await world.watcher.look(at(minutes))
    assert states(world, 30) == {TroubleKind.REDIS_AWAY: AlarmState.UNACKNOWLEDGED}


async def test_whoever_has_not_the_lease_records_nothing(world: WatchWorld) -> None:
    world.eyes.find(Component.WORKER, False, at(0))
    world.standing.is_ours = False
    for minutes in (0, 2):
        await world.watcher.look(at(minutes))
    assert world.kept.events == []
    assert not world.watcher.document()["is_ours"]


def test_a_feed_of_20_000_places_is_recorded_shortened() -> None:
    places = tuple(f"a-place-with-a-long-name-{number}" for number in range(20_000))
    condition = AlarmCondition(kind=TroubleKind.FEED_SILENT, cause="feed:x", name="x", places=places, spaces=20_000)
    word = AlarmWord(condition=condition, phase=Phase.ACTIVE, phase_since=NOON, raised_at=NOON)
    short = shortened(word)
    assert short.condition.spaces == 20_000
    assert short.condition.detail["places"] == "20000"
    assert len(str(word_to_decision(TENANT, short, NOON).output)) < 60_000
