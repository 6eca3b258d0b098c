"""The made-up street bays: always the same, always labelled, and only news is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from parking.fold.occupancy import conclude
from parking.fold.registering import register
from parking.fold.state import EMPTY
from parking.words import Audience, SpaceState
from sensors.simulator.bays import SOURCE, make_zones, observe_bays
from sensors.sources.nantes.places import read_places
from tests.support import NOON

CAR_PARKS = read_places("nantes", "nantes", 900)[:28]
ZONES = make_zones("nantes", CAR_PARKS)


def test_three_thousand_spaces_in_zones_of_at_most_128_each_with_its_own_position_and_sensor() -> None:
    spaces = [space for zone in ZONES for space in zone.spaces]
    assert len(spaces) == 3000
    assert len({space.point for space in spaces}) == 3000
    assert max(len(zone.spaces) for zone in ZONES) <= 128
    devices = [device.id for zone in ZONES for device in zone.devices]
    assert len(set(devices)) == 3000
    assert {audience for space in spaces for audience in space.audiences} == {
        Audience.PUBLIC,
        Audience.DISABLED,
        Audience.DELIVERY,
        Audience.EV,
    }


def test_the_same_seed_and_hour_give_the_same_streets_and_states() -> None:
    assert make_zones("nantes", CAR_PARKS) == ZONES
    assert list(observe_bays(ZONES, None, NOON, NOON)) == list(observe_bays(ZONES, None, NOON, NOON))


def test_every_observation_is_labelled_and_says_so_in_its_source() -> None:
    first = list(observe_bays(ZONES, None, NOON, NOON))
    assert len(first) == 3000
    assert all(seen.simulated and seen.source == SOURCE for seen in first)
    assert {seen.state for seen in first} == {SpaceState.FREE, SpaceState.OCCUPIED}


def test_after_the_first_look_only_ended_stays_are_told() -> None:
    later = list(observe_bays(ZONES, NOON, NOON + timedelta(minutes=2), NOON))
    assert 0 < len(later) < 300


def test_nights_are_emptier_than_noon() -> None:
    def taken(hour: int) -> int:
        at = NOON.replace(hour=hour)
        return sum(seen.state is SpaceState.OCCUPIED for seen in observe_bays(ZONES, None, at, at))

    assert taken(4) < taken(11)


def test_no_car_parks_no_streets() -> None:
    assert make_zones("nantes", []) == []


def test_at_sixty_times_its_pace_no_bay_seems_to_flap() -> None:
    place = make_zones("t", CAR_PARKS, 60)[0]
    state, before, began = EMPTY, None, datetime(2026, 5, 4, 8, tzinfo=UTC)
    for second in range(0, 40 * 60, 10):
        now = began + timedelta(seconds=second)
        local = (began + timedelta(seconds=60 * second)).astimezone(ZoneInfo("Europe/Paris"))
        for seen in observe_bays([place], before, local, now):
            state = register(state, seen, place, None)
        before = local
        assert conclude(state, place, now).availability.faults == (), second
