"""A made-up shift of eight hours in a city of 100 places: every fault is found, none is invented, nobody is flooded."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import cache

from parking.health.alarms.finding import list_unseen
from parking.health.alarms.judge import judge
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.measures import AlarmMeasures, InjectedFault, list_raisings, measure
from parking.health.alarms.model import AlarmWord
from parking.health.alarms.sight import Component, RefusedWord, RejectsSeen
from parking.signs.status import SignState
from parking.words import Fault, FillLevel, Opening, Problem, RejectReason
from tests.parking.health.alarms.city import City
from tests.support import at

K = TroubleKind
SHIFT = 8 * 60


def fault(name: str, start: int, end: int, *kinds: TroubleKind, cause: str) -> InjectedFault:
    return InjectedFault(name=name, kinds=frozenset(kinds), causes=frozenset({cause}), start=at(start), end=at(end))


FAULTS = (
    fault("the feed nantes dies", 60, 110, K.FEED_SILENT, cause="feed:nantes"),
    fault("a counter drifts", 130, SHIFT, K.COUNTER_DRIFT, cause="place:P9"),
    fault("a sensor is stuck", 150, SHIFT, K.SENSORS_TO_VISIT, cause="city"),
    fault("a lane falls silent", 170, 260, K.NUMBER_UNKNOWN, K.COUNTER_SILENT, cause="place:P12"),
    fault("a format changes: rejects jump", 200, 230, K.REJECTS_JUMP, cause="feed:lanes"),
    fault("the worker is away", 300, 303, K.WORKER_AWAY, cause="worker"),
    fault("a sign lies", 350, 370, K.SIGN_WRONG, cause="sign:A2"),
    fault("an impossible number", 400, 430, K.NUMBER_IMPOSSIBLE, cause="place:P1"),
)


def is_on(name: str, now: int) -> bool:
    (one,) = [one for one in FAULTS if name in one.name]
    return one.start <= at(now) < one.end


def noise(city: City, chance: random.Random, now: int, blips: dict[str, int]) -> set[str]:
    """What goes on in any city: a message lost now and then, car parks that close at night, a few rejects."""
    for id_ in city.places:
        is_calm = now > blips.get(id_, 0) + 20 and not 80 < now < 115  # what outlives the feed is an alarm of its own
        if chance.random() < 0.001 and is_calm:
            blips[id_] = now + chance.randint(1, 18)  # its number holds for 15, and an alarm takes 5 more
    for number in range(0, 90, 10):
        if now > 240:
            city.say(f"P{number}", at(now), vacant=None, level=FillLevel.UNKNOWN, opening=Opening.CLOSED)
    for source in ("nantes", "lanes"):
        city.rejects[source] = RejectsSeen(source=source, recent=chance.randint(0, 8), usual=3.0)
    return {id_ for id_, until in blips.items() if now < until}


def inject(city: City, now: int) -> set[str]:
    """What is put wrong on purpose; what does not speak because of it."""
    away: set[str] = set()
    city.findings, city.refused = {}, {}
    if is_on("feed", now):
        away.add("nantes")
    if is_on("drifts", now):
        city.doubt("P9", Problem.COUNTER_DRIFT, at(now))
    if is_on("stuck", now):
        city.doubt("Z1", Problem.UNCHANGED, at(now))
    if is_on("lane", now):
        away.add("P12")
        if now > 190:
            city.doubt("P12", Problem.SILENT, at(now))
    city.probes = City(1, 0).probes
    if is_on("worker", now):
        city.fell(Component.WORKER, at(300))
        away |= set(city.places)
    return away


def inject_words(city: City, now: int) -> None:
    """What is said wrongly, once the others have spoken."""
    if is_on("rejects", now):
        city.rejects["lanes"] = RejectsSeen(source="lanes", recent=20 * (now - 199), usual=3.0, since=at(200))
        for number in (0, 3, 6, 9):
            city.lose(f"P{number}", at(now), Fault.UNUSABLE)
            city.refused[f"P{number}"] = RefusedWord(reason=RejectReason.WRONG_TYPE, at=at(now), source="lanes")
    if is_on("impossible", now):
        city.lose("P1", at(now), Fault.UNUSABLE)
        city.refused["P1"] = RefusedWord(reason=RejectReason.FREE_ABOVE_CAPACITY, at=at(now), source="nantes")
    if is_on("sign", now):
        city.show("A2", at(now), SignState.WRONG)


@cache
def shift(seed: int, *, faults: bool) -> tuple[AlarmMeasures, tuple[AlarmWord, ...]]:
    """Eight hours, a look each minute."""
    city, chance, blips = City(size=90, streets=10), random.Random(seed), dict[str, int]()
    known: dict[str, AlarmWord] = {}
    said: list[AlarmWord] = []
    for now in range(SHIFT):
        silent = inject(city, now) if faults else set()
        silent |= noise(city, chance, now, blips)
        city.all_well(at(now), *silent, *[f"P{number}" for number in range(0, 90, 10) if now > 240])
        if faults:
            inject_words(city, now)
        sight = city.sight(at(now))
        for word in judge(known, city.find(at(now)), at(now), list_unseen(sight)):
            known[word.id] = word
            said.append(word)
    return measure(said, at(0), at(SHIFT), FAULTS if faults else ()), tuple(said)


def test_every_fault_is_found_and_none_is_invented() -> None:
    for seed in range(3):
        measured, _ = shift(seed, faults=True)
        assert [one.name for one in measured.missed] == []
        assert measured.false == ()
        assert measured.true_share == 1.0
        assert all(one.alarms == 1 for one in measured.found), "one cause, one alarm"


def test_there_is_at_most_one_alarm_in_ten_minutes() -> None:
    for seed in range(3):
        measured, _ = shift(seed, faults=True)
        assert measured.per_ten_minutes <= 1
        assert measured.peak <= 2
        assert measured.chattering == measured.stale == 0


def test_a_quiet_shift_has_no_alarm() -> None:
    for seed in range(3):
        measured, _ = shift(seed, faults=False)
        assert measured.raised == 0


def test_what_matters_most_is_told_soon() -> None:
    measured, _ = shift(0, faults=True)
    after = {one.fault.name: one.after or timedelta.max for one in measured.found}
    assert after["the worker is away"] <= timedelta(minutes=1)
    assert after["a sign lies"] <= timedelta(minutes=1)
    assert after["the feed nantes dies"] <= timedelta(minutes=6)
    assert max(after.values()) <= timedelta(minutes=25)


def test_raisings_are_read_from_words_in_any_order() -> None:
    _, said = shift(0, faults=True)
    shuffled = random.Random(3).sample([*said, *said], k=2 * len(said))
    assert list_raisings(shuffled) == list_raisings(said)


def test_where_nobody_knows_what_was_true_no_share_is_given() -> None:
    _, said = shift(0, faults=True)
    measured = measure(said, at(0), at(SHIFT))
    assert (measured.false, measured.true_share, measured.found) == (None, None, ())
    assert measured.raised > 0
