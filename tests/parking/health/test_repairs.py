"""The repair list: what is found, what is not, what is remembered, what comes first."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from parking.catalogue.model import Device, Place
from parking.fold.occupancy import publish
from parking.fold.registering import close_lanes, register
from parking.fold.state import EMPTY, PlaceState
from parking.health.repairs import Finding, find_repairs, keep, ranked
from parking.observations import (
    DeviceDecommissioned,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    Diagnostics,
    LaneCounted,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
)
from parking.words import Opening, Problem, SpaceState
from tests.support import NOON, at, envelope, site, zone

FREE, OCCUPIED = SpaceState.FREE, SpaceState.OCCUPIED
DAY = 24 * 60


def street(size: int = 8, valid_for_s: int = 3 * 86_400, **more: object) -> Place:
    devices = tuple(Device(source="src", id=f"s{i}", slot=i, valid_for_s=valid_for_s) for i in range(size))
    return zone(size, devices=devices, **more)


def word(minutes: float, slot: int, state: SpaceState) -> SpaceObserved:
    return SpaceObserved(**envelope(minutes, f"s{slot}", state), state=state)


def changing(slot: int, every: float, until: float, start: float = 0) -> list[Observation]:
    count = int((until - start) // every)
    return [word(start + n * every, slot, OCCUPIED if n % 2 else FREE) for n in range(count + 1)]


def found(place: Place, words: list[Observation], minutes: float) -> list[Finding]:
    state = EMPTY
    for one in words:
        state = register(state, one, place, None)
    state = publish(state, place, at(minutes), (1, 1)).state
    return find_repairs(state, place, at(minutes))


def problems(findings: list[Finding]) -> dict[int | None, Problem]:
    return {one.slot: one.problem for one in ranked(findings)}


def busy(until: float, but: int = 0, size: int = 8) -> list[Observation]:
    """All slots but one change about every 40 minutes, each in its own moments."""
    return [w for slot in range(size) if slot != but for w in changing(slot, 40 + slot, until, start=3 * slot)]


def test_all_is_well_where_all_change() -> None:
    assert found(street(), busy(DAY, but=99), DAY) == []


def test_a_sensor_that_stays_free_while_its_street_lives_is_found() -> None:
    heartbeats = [word(hour * 60, 0, FREE) for hour in range(25)]
    assert problems(found(street(), [*busy(DAY), *heartbeats], DAY)) == {0: Problem.UNCHANGED}
    (finding,) = found(street(), [*busy(DAY), *heartbeats], DAY)
    assert finding.certainty > 0.9
    assert finding.since == at(DAY - 7 * 60)  # as far as its eight words reach
    assert finding.heard_at == at(DAY)


def test_one_that_died_within_its_contract_is_found_by_its_neighbours() -> None:
    assert problems(found(street(), [*busy(DAY), word(0, 0, FREE)], DAY)) == {0: Problem.UNCHANGED}


def test_a_car_may_stand_for_hours() -> None:
    assert ranked(found(street(), [*busy(8 * 60), word(0, 0, OCCUPIED)], 8 * 60)) == []
    assert problems(found(street(), [*busy(2 * DAY), word(0, 0, OCCUPIED)], 2 * DAY)) == {0: Problem.UNCHANGED}


def test_by_night_nothing_changes_and_nobody_is_suspected() -> None:
    assert found(street(), [*busy(60, but=99)], 60 + 7 * 60) == []


def test_two_states_in_one_second_are_no_trouble() -> None:
    assert found(street(), [*busy(60), word(1, 0, FREE), word(1, 0, OCCUPIED)], 60) == []


def test_a_small_street_tells_nothing_of_what_is_typical() -> None:
    assert found(street(3), [*busy(DAY, size=3), word(0, 0, FREE)], DAY) == []


def test_silence_beyond_the_contract_is_certain() -> None:
    (finding,) = ranked(found(street(valid_for_s=3600), [*busy(180), word(0, 0, FREE)], 180))
    assert (finding.problem, finding.slot, finding.since) == (Problem.SILENT, 0, at(0))
    alive = DeviceHeartbeat(**envelope(179, "s0", "alive"))
    (finding,) = ranked(found(street(valid_for_s=3600), [*busy(180), word(0, 0, FREE), alive], 180))
    assert (finding.problem, finding.heard_at) == (Problem.SILENT, at(179))


def test_never_heard_counts_only_where_others_are() -> None:
    assert found(street(), [], 10) == []
    assert problems(found(street(8), busy(60), 60)) == {0: Problem.NEVER_HEARD}


def test_flapping_faults_restarts_and_batteries() -> None:
    flapping = [word(n / 2, 0, OCCUPIED if n % 2 else FREE) for n in range(8)]
    assert problems(found(street(), [*busy(60), *flapping], 60)) == {0: Problem.FLAPPING}
    faulty = [word(0, 0, FREE), DeviceFault(**envelope(1, "s0"))]
    assert problems(found(street(), [*busy(60), *faulty], 60)) == {0: Problem.FAULT}
    restarts = [DeviceStarted(**envelope(n, "s0")) for n in range(3)]
    assert problems(found(street(), [*busy(60), *restarts, word(4, 0, FREE)], 60)) == {0: Problem.RESTARTING}
    weak = SpaceObserved(**envelope(1, "s0", diagnostics=Diagnostics(battery_v=2.85)), state=FREE)
    (finding,) = found(street(), [*busy(60), weak], 60)
    assert (finding.problem, finding.battery_v) == (Problem.LOW_BATTERY, 2.85)


def test_a_sensor_that_hears_its_neighbours_cars_is_found_and_the_neighbour_is_not() -> None:
    neighbour = changing(1, 50, 250)
    own = [word(5 + 25, 0, OCCUPIED)]  # occupied by its own car, while the neighbour is free
    echoes = [word(n * 50 + 0.1, 0, OCCUPIED if n % 2 else FREE) for n in range(1, 6)]
    coupled = [word(0, 0, FREE), *own, word(45, 0, FREE), *echoes]
    others = [w for slot in range(2, 8) for w in changing(slot, 40 + slot, 250, start=3 * slot)]
    (finding,) = found(street(), [*neighbour, *coupled, *others], 255)
    assert (finding.problem, finding.slot, finding.beside) == (Problem.COUPLED, 0, 1)


def test_a_replaced_sensor_is_not_blamed_for_the_one_before() -> None:
    old = Device(source="src", id="old", slot=0, valid_for_s=86_400, valid_to=at(30))
    new = Device(source="src", id="s0", slot=0, valid_for_s=86_400, valid_from=at(30))
    place = street()
    place = msgspec.structs.replace(place, devices=(old, new, *place.devices[1:]))
    weak = Diagnostics(battery_v=2.5)
    flaps = [
        SpaceObserved(**envelope(n / 2, "old", n, diagnostics=weak), state=OCCUPIED if n % 2 else FREE)
        for n in range(8)
    ]
    fault = DeviceFault(**envelope(20, "old"))
    assert found(place, [*busy(60), *flaps, fault], 60) == [], "it was put in half an hour ago"
    later = 30 + DAY
    assert problems(found(place, [*busy(later), *flaps, fault], later)) == {0: Problem.NEVER_HEARD}
    assert found(place, [*busy(60), *flaps, fault, word(40, 0, FREE)], 60) == []


def test_old_restarts_and_decommissioned_devices_are_forgotten() -> None:
    restarts = [DeviceStarted(**envelope(n, "s0")) for n in range(3)]
    assert found(street(), [*busy(2 * DAY), *restarts, word(2 * DAY, 0, FREE)], 2 * DAY) == []
    gone = [word(0, 0, FREE), DeviceDecommissioned(**envelope(1, "s0"))]
    assert found(street(valid_for_s=3600), [*busy(180), *gone], 180) == []


def test_sensors_that_all_speak_in_the_same_moment_are_not_coupled() -> None:
    batches = [w for slot in range(8) for w in changing(slot, 50, 300)]
    assert found(street(), batches, 301) == []


def test_a_closed_bay_and_one_open_again() -> None:
    words = [word(0, 0, SpaceState.CLOSED), word(100, 0, FREE), *busy(130)]
    assert found(street(), words, 130) == []


def counted(minutes: float, vacant: int) -> SiteCounted:
    return SiteCounted(**envelope(minutes, content=vacant), vacant=vacant)


@pytest.mark.parametrize(
    ("words", "minutes", "problem"),
    [
        ([counted(0, 5)], 10, None),
        ([counted(0, 5)], 20, Problem.SILENT),
        ([counted(0, 5), DeviceFault(**envelope(1))], 2, Problem.FAULT),
        ([DeviceFault(**envelope(0)), counted(1, 5)], 2, None),
        ([], 10, None),
    ],
)
def test_a_counter(words: list[Observation], minutes: float, problem: Problem | None) -> None:
    assert [one.problem for one in found(site(), words, minutes)] == ([problem] if problem else [])


def test_what_only_says_the_opening_is_heard() -> None:
    gate = site(devices=(Device(source="src", id="d1"), Device(source="src", id="gate")))
    opened = OpeningChanged(**envelope(1, "gate"), opening=Opening.OPEN)
    assert found(gate, [counted(1, 5), opened], 2) == []
    assert found(gate, [counted(1, 5), opened, DeviceStarted(**envelope(1.5))], 2) == []


def test_a_counter_that_has_not_moved_for_three_days() -> None:
    still = [counted(day * DAY + hour * 60, 17) for day in range(4) for hour in range(12)]
    end = 3 * DAY + 11 * 60 + 1
    (finding,) = found(site(), still, end)
    assert (finding.problem, finding.weight) == (Problem.UNCHANGED, 100)
    assert found(site(), [*still, counted(DAY + 1, 18)], end) == []
    assert found(site(), still[12:], end) == []
    closed = OpeningChanged(**envelope(end - 1), opening=Opening.CLOSED)
    assert found(site(), [*still, closed], end) == []


def test_lanes_that_add_up_to_what_cannot_be() -> None:
    lanes = site(10, devices=(Device(source="src", id="d1"), Device(source="src", id="lane")))
    count = counted(0, 2)
    cars = LaneCounted(**envelope(5, "lane"), entries=8)
    drifts = found(lanes, [count, cars], 6)
    assert [(one.device_id, one.problem) for one in drifts] == [("lane", Problem.COUNTER_DRIFT)], (
        "not who counted by eye"
    )
    unheard = msgspec.structs.replace(lanes, devices=(*lanes.devices, Device(source="src", id="out")))
    fine = LaneCounted(**envelope(5, "lane"), entries=1)
    assert [(one.device_id, one.problem) for one in found(unheard, [count, fine], 6)] == [("out", Problem.NEVER_HEARD)]


@pytest.mark.parametrize(
    ("by_eye", "drifts"),
    [((70, 40), True), ((74, 48), False), ((80, 60), True), ((70, 45), False), ((70, 50), False), ((70,), False)],
)
def test_lanes_that_recounts_contradict_twice_the_same_way(by_eye: tuple[int, ...], drifts: bool) -> None:
    """Each hour lanes count 25 in: by them 75 are left of 100, and then 25 fewer than was counted by eye."""
    lanes = site(100, devices=tuple(Device(source="src", id=one, valid_for_s=DAY * 60) for one in ("lane", "desk")))
    seen: list[Observation] = [SiteRecounted(**envelope(0, "desk", 100), vacant=100)]
    for hour, vacant in enumerate(by_eye, start=1):
        seen += [LaneCounted(**envelope(60 * hour - 30, "lane"), entries=25)]
        seen += [SiteRecounted(**envelope(60 * hour, "desk", vacant), vacant=vacant)]
    end = 60 * len(by_eye) + 20
    for order in (seen, [*seen[:1], *reversed(seen[1:])]):
        state = EMPTY
        for one in order:
            state = register(state, one, lanes, None)
        state = publish(close_lanes(state, lanes, at(end)), lanes, at(end), (1, 1)).state
        listed = [(one.device_id, one.problem) for one in find_repairs(state, lanes, at(end))]
        assert listed == ([("lane", Problem.COUNTER_DRIFT)] if drifts else [])


def finding(slot: int, problem: Problem, certainty: float, minutes: float = 0, **more: object) -> Finding:
    fields: dict[str, object] = {"place_id": "z1", "source": "src", "device_id": f"s{slot}", "slot": slot}
    return Finding(**fields | {"problem": problem, "certainty": certainty, "seen_at": at(minutes)} | more)


def test_what_shows_only_while_it_happens_is_remembered_for_a_day() -> None:
    flapping, silent = finding(0, Problem.FLAPPING, 0.9), finding(1, Problem.SILENT, 0.9)
    assert keep([flapping, silent], [], street(), at(60)) == [flapping]
    assert keep([flapping], [], street(), NOON + timedelta(hours=24)) == []
    assert keep([flapping], [], street(0), at(60)) == [], "it was taken out"
    again = finding(0, Problem.FLAPPING, 0.9, 30)
    assert keep([flapping], [again], street(), at(60)) == [again]
    surer = finding(0, Problem.COUPLED, 0.95)
    lately = finding(0, Problem.COUPLED, 0.7, DAY)
    assert keep([surer], [finding(0, Problem.COUPLED, 0.7, 30)], street(), at(60)) == [surer]
    assert keep([surer], [lately], street(), at(DAY)) == [lately], "not for ever"


def test_a_sensor_that_has_not_changed_since_is_as_suspicious_as_it_was() -> None:
    by_day = finding(0, Problem.UNCHANGED, 0.9, 30, since=at(0))
    by_night = finding(0, Problem.UNCHANGED, 0.4, 60, since=at(5))
    (kept,) = keep([by_day], [by_night], street(), at(60))
    assert (kept.certainty, kept.seen_at, kept.since) == (0.9, at(60), at(5))
    changed = finding(0, Problem.UNCHANGED, 0.4, 60, since=at(40))
    assert keep([by_day], [changed], street(), at(60)) == [changed]
    assert keep([by_day], [], street(), at(60)) == []
    assert ranked([by_night]) == []


def test_what_most_hangs_on_comes_first() -> None:
    place = street(8)
    assert place.spaces[0].audiences
    badge, plain = finding(0, Problem.SILENT, 0.9, weight=2), finding(1, Problem.SILENT, 0.95)
    counter = finding(2, Problem.UNCHANGED, 0.9, weight=300)
    weak = finding(0, Problem.LOW_BATTERY, 0.6, weight=2)
    assert ranked([plain, weak, badge, counter]) == [counter, badge, plain]


def test_a_bay_for_badge_holders_counts_twice() -> None:
    place = street(8, spaces=zone(8, disabled=1).spaces)
    state: PlaceState = EMPTY
    for one in busy(60, but=7):
        state = register(state, one, place, None)
    assert [(one.slot, one.weight) for one in find_repairs(state, place, at(60))] == [(7, 2)]
