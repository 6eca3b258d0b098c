"""A sensor that says a distance: the catalogue says how near a car stands, and without that it says nothing."""

import random

import pytest

from parking.catalogue.model import Device
from parking.errors import ParkingError
from parking.fold.admission import find_refusal
from parking.fold.occupancy import conclude
from parking.fold.registering import register
from parking.fold.spaces import slots
from parking.fold.state import EMPTY
from parking.observations import DeviceFault, DistanceObserved, Observation
from parking.words import RejectReason, SpaceState
from tests.support import NOON, at, envelope, zone


def sensor(below_mm: int | None = 1500) -> Device:
    return Device(source="src", id="eye", slot=0, valid_for_s=3600, occupied_below_mm=below_mm)


def said(minute: float, distance_mm: int) -> DistanceObserved:
    return DistanceObserved(**envelope(minute, "eye", distance_mm), distance_mm=distance_mm)


def space_of(*seen: Observation, below_mm: int | None = 1500) -> SpaceState:
    place, held = zone(1, devices=(sensor(below_mm),)), EMPTY
    for one in seen:
        held = register(held, one, place, None)
    conclude(held, place, NOON)
    return next(slots(held.spaces, 1)).state


@pytest.mark.parametrize(
    ("distance_mm", "state"), [(0, "occupied"), (1499, "occupied"), (1500, "free"), (2400, "free")]
)
def test_what_is_nearer_than_the_catalogue_says_is_a_car(distance_mm: int, state: str) -> None:
    assert space_of(said(1, distance_mm)) == state


def test_the_last_word_counts_whatever_the_order_and_a_fault_ends_it() -> None:
    words = [said(1, 2400), said(2, 700), said(3, 2390), said(4, 650)]
    assert space_of(*random.Random(5).sample(words, 4)) is SpaceState.OCCUPIED
    assert space_of(*words, DeviceFault(**envelope(5, "eye"))) is SpaceState.UNKNOWN


def test_without_a_distance_in_the_catalogue_it_is_refused_and_told_what_to_do() -> None:
    refused = find_refusal(said(1, 700), zone(1, devices=(sensor(None),)), at(1))
    assert refused is not None
    assert (refused.reason, "occupied_below_mm" in refused.detail) == (RejectReason.NOT_FOLDED, True)
    assert find_refusal(said(1, 700), zone(1, devices=(sensor(),)), at(1)) is None


@pytest.mark.parametrize("below_mm", [0, -5, 20_001])
def test_a_distance_that_no_bay_has_is_refused(below_mm: int) -> None:
    with pytest.raises(ParkingError, match="occupied_below_mm"):
        sensor(below_mm)
