"""The mirror of a city: merged by revision, expired by the clock, and the same whatever the order of arrival."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from parking.clock import Clock
from parking.published.availability import NEVER_OBSERVED, Availability, Change
from parking.published.freshness import as_of
from parking.words import Basis, ClockBasis
from store.changes import ChangesPosition
from store.mirror import Mirror
from store.snapshots import Stored
from tests.support import TENANT, at, site

NAMES = ("a", "b", "c")


def counted(vacant: int, minutes: float, revision: int, valid_min: float | None = 15) -> Availability:
    valid_until = None if valid_min is None else at(minutes + valid_min)
    return Availability(
        vacant=vacant, observed_at=at(minutes), valid_until=valid_until, basis=Basis.COUNTED, revision=(1, revision)
    )


def stored(now: datetime, basis: ClockBasis = ClockBasis.WALL, **held: Availability) -> Stored:
    rows = [(site(id=name), value) for name, value in held.items()]
    return Stored(TENANT, Clock(now, basis), ChangesPosition("1", "1-0"), rows)


def loaded(**held: Availability) -> Mirror:
    mirror = Mirror(TENANT)
    mirror.take_snapshot(stored(at(0), **dict.fromkeys(NAMES, NEVER_OBSERVED) | held), at(0))
    return mirror


def take(mirror: Mirror, wall: datetime, *news: tuple[str, Availability], clock: Clock | None = None) -> list[str]:
    position = ChangesPosition("1", "2-0")
    changes = [(position, Change(TENANT, name, value)) for name, value in news]
    return [change.place_id for change in mirror.take_changes(changes, position, clock, wall)]


def test_a_snapshot_says_what_it_brought() -> None:
    mirror = Mirror(TENANT)
    assert not mirror.is_loaded
    first = mirror.take_snapshot(stored(at(0), a=counted(5, 0, 1)), at(0))
    assert (first.is_new_catalogue, first.changed, mirror.is_loaded) == (True, ["a"], True)
    again = mirror.take_snapshot(stored(at(1), a=counted(5, 0, 1)), at(1))
    assert (again.is_new_catalogue, again.changed) == (False, [])


def test_only_a_greater_revision_of_a_known_place_is_taken() -> None:
    mirror = loaded(a=counted(5, 0, 7))
    assert take(mirror, at(1), ("a", counted(9, 1, 6)), ("a", counted(9, 1, 7)), ("stranger", counted(9, 1, 8))) == []
    assert mirror.availability("a").vacant == 5
    assert take(mirror, at(1), ("a", counted(8, 1, 8)), ("a", counted(9, 1, 9))) == ["a"]
    assert mirror.availability("a").vacant == 9


def test_the_newest_of_one_batch_is_taken_whatever_its_place_in_it() -> None:
    mirror = loaded()
    assert take(mirror, at(1), ("a", counted(5, 1, 8)), ("a", counted(99, 1, 7)), ("a", counted(5, 1, 8))) == ["a"]
    assert mirror.availability("a").vacant == 5


def test_what_expires_becomes_unknown_and_keeps_its_time() -> None:
    mirror = loaded(a=counted(5, 0, 1))
    assert not mirror.is_due(at(14))
    assert mirror.is_due(at(15))
    assert mirror.expire(at(15)) == ["a"]
    gone = mirror.availability("a")
    assert (gone.vacant, gone.basis, gone.observed_at, gone.revision) == (None, None, at(0), (1, 1))
    assert mirror.expire(at(15)) == []


def test_a_clock_that_went_back_makes_known_again_and_says_so() -> None:
    mirror = loaded(a=counted(5, 0, 1), b=counted(6, 0, 2, valid_min=600))
    assert mirror.expire(at(60)) == ["a"]
    assert mirror.is_due(at(1))
    assert mirror.expire(at(1)) == ["a"]
    assert mirror.availability("a").vacant == 5


def test_how_far_a_citys_clock_is_ahead_is_known_and_of_a_recording_it_is_not() -> None:
    mirror = loaded(a=counted(5, 0, 1, valid_min=60))
    assert mirror.ahead_of(at(0)) == timedelta(0), "no clock was heard"
    assert take(mirror, at(1), clock=Clock(at(1440), ClockBasis.WALL)) == []
    assert mirror.ahead_of(at(1)) == timedelta(minutes=1439)
    assert mirror.expire(at(1)) == ["a"]
    take(mirror, at(2), clock=Clock(at(2), ClockBasis.WALL))
    assert mirror.expire(at(2)) == ["a"], "it was taken back, and what still holds is shown again"
    assert mirror.ahead_of(at(3)) == timedelta(0)
    take(mirror, at(3), clock=Clock(at(1440), ClockBasis.EVENT))
    assert mirror.ahead_of(at(3)) == timedelta(0)


def test_a_replay_is_judged_by_its_own_clock() -> None:
    mirror, decades_later = Mirror(TENANT), at(60 * 24 * 3650)
    mirror.take_snapshot(stored(at(0), ClockBasis.EVENT, a=counted(5, 0, 1)), decades_later)
    assert mirror.now(decades_later) == at(0)
    assert mirror.availability("a").vacant == 5
    take(mirror, decades_later, clock=Clock(at(15), ClockBasis.EVENT))
    assert mirror.expire(decades_later) == ["a"]


def test_a_place_that_was_never_heard_says_so_for_ever() -> None:
    mirror = loaded()
    assert mirror.expire(at(10_000)) == []
    assert mirror.availability("c") is NEVER_OBSERVED


def test_a_place_that_speaks_often_keeps_one_look_ahead() -> None:
    mirror = loaded()
    for revision in range(1, 500):
        take(mirror, at(revision / 100), ("a", counted(5, revision / 100, revision)))
    assert len(mirror._looks) == 1


values = st.tuples(
    st.sampled_from(NAMES), st.integers(0, 60), st.integers(0, 9), st.sampled_from([None, 1, 5, 30]), st.integers(1, 20)
)


@settings(max_examples=200)
@given(st.lists(values, max_size=25), st.randoms(use_true_random=False), st.integers(0, 90))
def test_whatever_the_order_and_however_often_the_mirror_is_the_same(
    said: list, chance: random.Random, minutes: int
) -> None:
    by_revision = {
        revision: (name, counted(vacant, minute, revision, valid)) for name, minute, vacant, valid, revision in said
    }
    news = list(by_revision.values())
    straight, shuffled = loaded(), loaded()
    for one in sorted(news, key=lambda pair: pair[1].revision):
        take(straight, at(0), one)
    disorder = [*news, *chance.sample(news, len(news) // 2)]
    chance.shuffle(disorder)
    while disorder:  # some together, at any hour, as a clock that leaps to and fro would have it
        size = chance.randint(1, 4)
        batch, disorder = disorder[:size], disorder[size:]
        take(shuffled, at(chance.uniform(0, 90)), *batch)
        shuffled.expire(at(chance.uniform(0, 90)))
    for mirror in (straight, shuffled):
        mirror.expire(at(minutes) - timedelta(seconds=2))
        mirror.expire(at(minutes))
    for name in NAMES:
        assert straight.availability(name) == shuffled.availability(name)
        newest = max((value for held, value in news if held == name), key=lambda value: value.revision, default=None)
        assert shuffled.availability(name) == (as_of(newest, at(minutes)) if newest else NEVER_OBSERVED)
