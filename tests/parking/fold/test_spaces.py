"""What is published of single spaces: two bits each, and nothing once it has expired."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.model import Device
from parking.fold.occupancy import conclude
from parking.fold.registering import register
from parking.fold.state import PlaceState
from parking.observations import SpaceObserved
from parking.published.freshness import as_of
from parking.published.space_states import pack_states, state_at, unpack_states
from parking.words import SpaceState
from tests.support import at, envelope, zone


@given(st.lists(st.sampled_from(SpaceState), max_size=128))
def test_states_survive_their_two_bits(states: list[SpaceState]) -> None:
    packed = pack_states(states)
    assert len(packed) <= 32
    assert list(unpack_states(packed, len(states))) == states
    assert [state_at(packed, slot) for slot in range(len(states))] == states


def test_a_slot_that_is_not_there_is_unknown() -> None:
    assert list(unpack_states(b"", 2)) == [SpaceState.UNKNOWN] * 2


def test_a_zone_publishes_its_spaces_and_they_expire_with_it() -> None:
    place, state = zone(4), PlaceState()
    for slot, said in ((0, SpaceState.FREE), (2, SpaceState.OCCUPIED)):
        state = register(state, SpaceObserved(**envelope(0, device=f"s{slot}"), state=said), place, None)
    availability = conclude(state, place, at(1)).availability
    expected = [SpaceState.FREE, SpaceState.UNKNOWN, SpaceState.OCCUPIED, SpaceState.UNKNOWN]
    assert list(unpack_states(availability.space_states, 4)) == expected
    assert as_of(availability, at(120)).space_states == b""
    assert list(unpack_states(conclude(state, place, at(120)).availability.space_states, 4)) == [SpaceState.UNKNOWN] * 4


def test_what_a_device_said_of_a_space_ends_when_it_is_taken_elsewhere() -> None:
    moved = zone(
        2,
        devices=(
            Device(source="src", id="d", slot=0, valid_for_s=90_000, valid_to=at(60)),
            Device(source="src", id="d", slot=1, valid_for_s=90_000, valid_from=at(60)),
        ),
    )
    state = register(PlaceState(), SpaceObserved(**envelope(0, device="d"), state=SpaceState.FREE), moved, None)
    before, after = (conclude(state, moved, at(minute)).availability for minute in (59, 61))
    assert before.vacant == 1
    assert list(unpack_states(after.space_states, 2)) == [SpaceState.UNKNOWN] * 2
    assert after.vacant is None
    alone = zone(1, devices=(Device(source="src", id="s0", slot=0, valid_for_s=90_000, valid_to=at(60)),))
    said = register(PlaceState(), SpaceObserved(**envelope(0, device="s0"), state=SpaceState.FREE), alone, None)
    assert conclude(said, alone, at(61)).availability.vacant is None
