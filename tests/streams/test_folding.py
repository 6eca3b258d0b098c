"""Outputs first, state last: what the worker's shell promises, with Kafka and Redis in memory."""

from __future__ import annotations

import asyncio

import pytest

from parking.catalogue.model import Place
from parking.fold.kernel import PYTHON
from parking.fold.table_rows import decode_position
from parking.observations import SiteCounted, SpaceObserved
from parking.words import SpaceState
from streams import continuity, retry
from streams.kernel import NATIVE
from streams.partitions import folded_key
from streams.retry import AbandonedError
from tests.streams.fakes import LOGGED_MS, NAMES, KilledError, World
from tests.support import TENANT, at, envelope, site, tick, zone

OTHER = site(id="p2", devices=(site().devices[0].__class__(source="src", id="d2", valid_for_s=900),))
POINTS = ["changes", "after changes", "redis", "after redis", "fake-places-changelog", "after fake-places-changelog"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_PAUSES_S", (0.001, 0.1))


def counted(minute: float, vacant: int, device: str = "d1") -> SiteCounted:
    return SiteCounted(**envelope(minute, device, vacant), vacant=vacant)


def a_day(*places: Place) -> World:
    """Counts of two car parks, each another than the one before, and ticks between."""
    world = World(site(), OTHER, *places)
    for minute in range(8):
        world.say(site().key, counted(minute, 10 + minute))
        world.say(OTHER.key, counted(minute, 50 - minute, "d2"))
        if minute % 3 == 2:
            world.say("", tick(minute))
    return world


async def test_a_batch_is_written_to_the_history_then_to_redis_then_to_the_table() -> None:
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1)  # with the first batch Redis gets everything: it may lack what was there before
    world.journal.clear()
    worker.source.position = 2
    await worker.fold_all(cut=6)
    assert world.journal == ["changes", "redis", NAMES.changelog] * 3
    assert decode_position(world.table()[folded_key(0)]) == (1, len(world.observations))


async def test_how_far_it_is_folded_is_kept_beside_the_state() -> None:
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1, 2)
    one = worker.ownership.partitions[0]
    assert (one.next_offset, one.durable_offset, one.logged_ms) == (3, 3, LOGGED_MS)
    assert one.table_end == len(world.kafka.rows[NAMES.changelog])
    assert one.replay_until == len(world.observations)
    assert worker.metric("placelibre_observations_total", tenant=TENANT) == 3


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("times", [1, 3])
async def test_a_death_at_any_point_is_read_again_and_changes_nothing(point: str, times: int) -> None:
    quiet = a_day()
    await (await quiet.worker().start()).fold_all()
    world = a_day()
    world.deadly, world.deadly_times = point, times
    doomed = await world.worker().start()
    with pytest.raises(KilledError):
        await doomed.fold_all()
    assert doomed.ownership.partitions == {}, "what could not be written is not kept in memory"
    successor = await world.worker().start()
    await successor.fold_all()
    assert world.table() == quiet.table()
    assert world.kafka.changes() == quiet.kafka.changes()
    assert len(quiet.kafka.changes()) == 16
    assert world.redis.live == quiet.redis.live
    assert world.redis.clocks == quiet.redis.clocks


async def test_what_was_folded_before_is_skipped() -> None:
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1, 2)
    before = worker.states()
    await worker.fold(1, 2)
    assert worker.states() == before
    await worker.fold(2, 3)
    assert worker.ownership.partitions[0].next_offset == 4
    assert worker.metric("placelibre_duplicates_total") == 3


async def test_a_hole_is_read_again_and_nothing_beyond_it_is_folded() -> None:
    world = a_day()
    worker = await world.worker().start()
    worker.source.rewinds.clear()
    await worker.fold(0, 1, 4, 5)
    assert worker.source.rewinds == [2]
    assert worker.ownership.partitions[0].durable_offset == 2
    assert worker.metric("placelibre_holes_total") == 1
    worker.source.position = 2
    await worker.fold_all()
    quiet = a_day()
    await (await quiet.worker().start()).fold_all()
    assert world.table() == quiet.table()


async def test_a_hole_in_the_topic_itself_is_passed_after_so_many_readings(caplog: pytest.LogCaptureFixture) -> None:
    world = a_day()
    worker = await world.worker().start()
    for _ in range(continuity.MAX_REREADS):
        await worker.fold(3, 4)
        assert worker.ownership.partitions[0].next_offset == 0
    await worker.fold(3, 4)
    assert worker.ownership.partitions[0].next_offset == 5
    assert "offsets 0 to 2 are not in Kafka" in caplog.text


async def test_a_takeover_reads_on_where_the_table_stands() -> None:
    world = a_day()
    first = await world.worker().start()
    await first.fold(0, 1, 2, 3)
    second = await world.worker().start()
    assert second.source.rewinds == [4]
    assert second.states() == first.states()
    assert second.ownership.is_settled
    assert second.ownership.waiting_s == 0


async def test_a_takeover_of_an_assignment_that_is_over_is_given_up() -> None:
    worker = a_day().worker()
    await worker.ownership.suspend()
    late = worker.ownership.assignment
    await worker.ownership.suspend()
    with pytest.raises(AbandonedError):
        await worker.taking_over.take_over(late)
    assert not worker.ownership.is_settled


async def test_who_lost_a_partition_while_redis_was_slow_leaves_the_table_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.ownership.SUSPEND_PATIENCE_S", 0.01)
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1)
    before = world.table()
    entered, go_on = asyncio.Event(), asyncio.Event()
    apply = world.redis.apply_changes

    async def slow(*args: object, **more: object) -> object:
        entered.set()
        await go_on.wait()
        return await apply(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(world.redis, "apply_changes", slow)
    folding = asyncio.create_task(worker.fold(2, 3))
    await entered.wait()
    await worker.ownership.suspend()
    go_on.set()
    with pytest.raises(AbandonedError):
        await folding
    assert world.table() == before


async def test_a_redis_that_lost_its_mark_is_written_again_with_the_next_batch() -> None:
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1, 2)
    world.redis.lose_everything("first")
    await worker.fold(3)
    assert set(world.redis.live) == {(TENANT, "p1"), (TENANT, "p2")}
    assert set(world.redis.entries) == {TENANT, site().key, OTHER.key}
    assert world.redis.marks == {(TENANT, 0): "whole"}


async def test_another_redis_is_noticed_while_nothing_arrives() -> None:
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1, 2)
    world.redis.marks["copied from a backup", 9] = "whole"
    stale = dict(world.redis.live)
    world.redis.lose_everything("second")
    await worker.mending.check()
    assert world.redis.live == stale
    assert worker.mending.server == "second"


async def test_what_redis_loses_while_it_is_filled_is_still_owed() -> None:
    world = a_day()
    worker = await world.worker().start()
    begin = world.redis.begin

    async def begin_and_lose(tenant: str, partition: int) -> str:
        token = await begin(tenant, partition)
        world.redis.marks.clear()
        return token

    world.redis.begin = begin_and_lose  # type: ignore[method-assign]
    await worker.fold(0, 1)
    world.redis.begin = begin  # type: ignore[method-assign]
    assert world.redis.marks == {}
    await worker.mending.check()
    assert world.redis.marks == {(TENANT, 0): "whole"}


async def test_rows_of_somebody_else_in_the_changelog_are_written_over() -> None:
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1)
    right = dict(world.table())
    await worker.fold(2)
    right |= {key: world.table()[key] for key in (site().key.encode(), folded_key(0))}
    world.kafka.rows[NAMES.changelog].append((OTHER.key.encode(), b"of one that woke up too late"))
    await worker.fold(3)
    assert world.table()[OTHER.key.encode()] == worker.states()[OTHER.key]
    assert worker.ownership.partitions[0].table_end == len(world.kafka.rows[NAMES.changelog])


async def test_rows_of_somebody_else_in_a_partition_that_is_no_longer_ours_are_theirs() -> None:
    world = a_day()
    worker = await world.worker().start()
    await worker.fold(0, 1)
    world.kafka.rows[NAMES.changelog].append((folded_key(0), b"theirs"))
    worker.source.is_member = False
    with pytest.raises(AbandonedError, match="somebody else"):
        await worker.fold(2)


async def test_a_place_that_is_not_known_is_looked_for_in_the_catalogue_first() -> None:
    world = World()
    world.say(site().key, counted(0, 7))
    worker = await world.worker().start()
    worker.follower.late.append(site())
    before = worker.follower.caught_up
    await worker.fold(0)
    assert worker.follower.caught_up == before + 1
    assert world.redis.live[TENANT, "p1"].vacant == 7


async def test_a_record_that_cannot_be_folded_is_a_reject_and_stops_nothing() -> None:
    world = a_day()
    world.observations.insert(0, world.observations[0]._replace(value=b"{"))
    world.observations[:] = [record._replace(offset=n) for n, record in enumerate(world.observations)]
    worker = await world.worker().start()
    await worker.fold(0, 1)
    assert len(world.kafka.rows[NAMES.rejects]) == 1
    assert worker.metric("placelibre_rejects_total", reason="malformed_record", source="kafka") == 1
    assert world.redis.live[TENANT, "p1"].vacant == 10


@pytest.mark.skipif(NATIVE is None, reason="the native kernel was not built here")
async def test_words_are_counted_by_the_road_that_they_took() -> None:
    def street() -> World:
        world = World(zone())
        for minute in range(5):
            world.say(zone().key, SpaceObserved(**envelope(minute, "s1", minute), state=SpaceState.FREE))
        plain = world.observations[-1]
        assert plain.value is not None
        odd = plain.value.replace(b'"free"', b' "free"')  # as JSON the same, but not as the native reader knows it
        world.observations[-1] = plain._replace(value=odd)
        return world

    native = await street().worker(NATIVE or PYTHON).start()
    await native.fold(0, 1, 2, 3, 4)
    assert native.metric("placelibre_space_words_total", road="native") == 4
    assert native.metric("placelibre_space_words_total", road="long") == 1
    slow = await street().worker().start()
    await slow.fold(0, 1, 2, 3, 4)
    assert slow.metric("placelibre_space_words_total", road="long") == 5
    assert slow.states() == native.states()


def test_the_day_is_one_on_which_every_record_says_something_new() -> None:
    assert len({record.value for record in a_day().observations}) == len(a_day().observations)
    assert at(0) < at(1)
