from datetime import timedelta

import msgspec
import pytest

from parking.catalogue.model import Device, Place
from parking.fold.occupancy import Folded, conclude, publish
from parking.fold.registering import register
from parking.fold.state import EMPTY, PlaceState
from parking.observations import (
    DeviceCalibrating,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    OpeningChanged,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
)
from parking.published.availability import NEVER_OBSERVED
from parking.published.freshness import as_of
from parking.words import Audience, Basis, Fault, FillLevel, Opening, SpaceState
from tests.support import at, envelope, site, zone

REVISION = (1, 7)


def fold(state: PlaceState, seen: object, place: Place, clock: object, revision: tuple[int, int]) -> Folded:
    return publish(register(state, seen, place, clock), place, clock, revision)


def counted(minutes: float, vacant: int, **more: object) -> SiteCounted:
    extra = {name: more.pop(name) for name in ("capacity", "full_at", "category") if name in more}
    return SiteCounted(**envelope(minutes, content=("count", vacant), **more), vacant=vacant, **extra)


def opened(minutes: float, opening: Opening = Opening.OPEN) -> OpeningChanged:
    return OpeningChanged(**envelope(minutes, content=opening), opening=opening)


def after(place: Place, *observations: object, clock: float | None = None) -> PlaceState:
    state = EMPTY
    for observation in observations:
        state = fold(state, observation, place, None if clock is None else at(clock), REVISION).state
    return state


def shown(place: Place, *observations: object, clock: float | None = None):
    state = EMPTY
    for observation in observations:
        state = register(state, observation, place, None)
    return conclude(state, place, None if clock is None else at(clock)).availability


def test_a_place_never_heard_is_unknown_not_empty() -> None:
    assert shown(site()) == NEVER_OBSERVED
    assert NEVER_OBSERVED.vacant is None
    assert NEVER_OBSERVED.level is FillLevel.UNKNOWN


def test_a_count_is_published_with_its_time_and_its_limit() -> None:
    now = shown(site(), counted(0, 40, capacity=80, full_at=5), opened(0), clock=1)
    assert (now.vacant, now.vacant_low, now.vacant_high, now.capacity) == (40, 40, 40, 80)
    assert (now.level, now.opening, now.basis) == (FillLevel.SPACES_AVAILABLE, Opening.OPEN, Basis.COUNTED)
    assert (now.observed_at, now.valid_until) == (at(0), at(15))
    assert (now.reporting_share, now.faults, now.confidence) == (1.0, (), None)


def test_the_later_observation_wins_whatever_arrives_first() -> None:
    late, early = counted(5, 10), counted(1, 90)
    assert shown(site(), late, early) == shown(site(), early, late)
    assert shown(site(), late, early).vacant == 10


def test_equal_times_are_settled_by_sequence_then_by_id() -> None:
    first, second = counted(0, 10, seq=2), counted(0, 90, seq=1)
    assert shown(site(), second, first).vacant == shown(site(), first, second).vacant == 10
    tied = [counted(0, 10), counted(0, 11)]
    winner = max(tied, key=lambda seen: seen.event_id)
    assert shown(site(), *tied).vacant == shown(site(), *tied[::-1]).vacant == winner.vacant


def test_a_duplicate_changes_nothing_and_sends_nothing() -> None:
    place, seen = site(), counted(0, 40)
    state = after(place, seen)
    again = fold(state, seen, place, None, (1, 8))
    assert again.state is state
    assert again.change is None


def test_a_change_carries_the_revision_of_the_observation_that_made_it() -> None:
    change = fold(EMPTY, counted(0, 40), site(), None, (3, 99)).change
    assert change is not None
    assert change.availability.revision == (3, 99)


def test_past_its_limit_a_number_is_unknown_and_its_time_remains() -> None:
    stale = shown(site(), counted(0, 40, capacity=80), opened(0), clock=15)
    assert (stale.vacant, stale.vacant_low, stale.vacant_high, stale.basis) == (None, None, None, None)
    assert (stale.level, stale.opening) == (FillLevel.UNKNOWN, Opening.UNKNOWN)
    assert stale.faults == (Fault.COMMUNICATIONS_FAILURE,)
    assert (stale.observed_at, stale.capacity) == (at(0), 80)


def test_the_fold_and_the_reader_agree_on_what_has_expired() -> None:
    seen = (counted(0, 40, capacity=80), opened(0))
    fresh = shown(site(), *seen, clock=1)
    assert as_of(fresh, at(15)) == shown(site(), *seen, clock=15)
    assert as_of(fresh, at(14.9)) == fresh


def test_a_count_after_silence_is_fresh_again() -> None:
    assert shown(site(), counted(0, 40), counted(20, 41), clock=21).vacant == 41


def test_counting_out_of_service_makes_the_number_unknown_until_the_next_count() -> None:
    fault = DeviceFault(**envelope(1, content="fault"), fault=Fault.COUNTING_OUT_OF_SERVICE)
    dark = shown(site(), counted(0, 40), fault)
    assert (dark.vacant, dark.level, dark.faults) == (None, FillLevel.UNKNOWN, (Fault.COUNTING_OUT_OF_SERVICE,))
    back = shown(site(), counted(0, 40), fault, counted(2, 39))
    assert (back.vacant, back.faults) == (39, ())


def test_a_fault_of_one_device_does_not_silence_another() -> None:
    place = site(devices=(Device(source="src", id="d1"), Device(source="src", id="d2")))
    fault = DeviceFault(**envelope(1, device="d2", content="fault"))
    now = shown(place, counted(0, 40), fault)
    assert (now.vacant, now.faults) == (40, (Fault.DEVICE_FAULT,))


def test_a_restarted_counter_knows_nothing_until_it_counts() -> None:
    assert shown(site(), counted(0, 40), DeviceStarted(**envelope(1))).vacant is None


def test_a_heartbeat_confirms_nothing() -> None:
    state = after(site(), counted(0, 40))
    assert fold(state, DeviceHeartbeat(**envelope(14)), site(), at(14), (1, 8)).state is state


def test_a_recount_by_eye_is_verified() -> None:
    now = shown(site(), counted(0, 40), SiteRecounted(**envelope(1), vacant=33))
    assert (now.vacant, now.basis) == (33, Basis.VERIFIED)


def test_subscribers_only_with_zero_of_zero_is_neither_full_nor_divided() -> None:
    now = shown(site(), counted(0, 0, capacity=0, full_at=0), opened(0, Opening.SUBSCRIBERS_ONLY))
    assert (now.level, now.opening, now.capacity) == (FillLevel.UNKNOWN, Opening.SUBSCRIBERS_ONLY, 0)


def test_a_missing_capacity_is_unknown_and_the_catalogue_is_asked_first() -> None:
    assert shown(site(capacity=None), counted(0, 40)).capacity is None
    assert shown(site(capacity=70), counted(0, 40)).capacity == 70


def test_the_capacity_in_the_record_goes_before_the_catalogue() -> None:
    assert shown(site(capacity=552), counted(0, 40, capacity=394)).capacity == 394


def test_each_category_has_its_own_count() -> None:
    now = shown(site(), counted(0, 40), counted(0, 3, category=Audience.DISABLED, capacity=4))
    assert now.vacant == 40
    assert now.by_category[Audience.DISABLED].vacant == 3
    assert now.by_category[Audience.DISABLED].capacity == 4


def test_simulated_numbers_stay_labelled() -> None:
    assert shown(site(), counted(0, 40, simulated=True)).simulated
    assert not shown(site(), counted(0, 40)).simulated


def space(slot: int, state: SpaceState, minutes: float = 0) -> SpaceObserved:
    return SpaceObserved(**envelope(minutes, device=f"s{slot}", content=state), state=state)


def test_a_zone_counts_what_it_sees_and_widens_by_what_it_does_not() -> None:
    now = shown(zone(4), space(0, SpaceState.FREE), space(1, SpaceState.OCCUPIED), space(2, SpaceState.FREE), clock=1)
    assert (now.vacant, now.vacant_low, now.vacant_high, now.capacity) == (2, 2, 3, 4)
    assert now.reporting_share == 0.75
    assert now.faults == (Fault.COMMUNICATIONS_FAILURE,)


def test_a_zone_with_silent_spaces_is_not_called_full() -> None:
    seen = [space(i, SpaceState.OCCUPIED) for i in range(3)]
    assert shown(zone(4), *seen).level is FillLevel.UNKNOWN
    assert shown(zone(4), *seen, space(3, SpaceState.OCCUPIED)).level is FillLevel.FULL


def test_disabled_bays_are_never_among_the_ordinary() -> None:
    seen = [space(i, SpaceState.FREE) for i in range(4)]
    now = shown(zone(4, disabled=1), *seen)
    assert (now.vacant, now.capacity) == (3, 3)
    assert now.by_category[Audience.DISABLED].vacant == 1


def test_a_zone_of_disabled_bays_alone_has_no_ordinary_vacancy() -> None:
    now = shown(zone(2, disabled=2), space(0, SpaceState.FREE), space(1, SpaceState.FREE))
    assert (now.vacant, now.capacity, now.level) == (None, 0, FillLevel.UNKNOWN)
    assert now.by_category[Audience.DISABLED].vacant == 2


def test_a_silent_space_goes_unknown_by_its_own_contract() -> None:
    seen = (space(0, SpaceState.FREE, 0), space(1, SpaceState.FREE, 30))
    place = zone(2)
    assert shown(place, *seen, clock=59).vacant == 2
    late = shown(place, *seen, clock=60)
    assert (late.vacant, late.vacant_high, late.reporting_share) == (1, 2, 0.5)
    assert shown(place, *seen, clock=90).vacant is None


def test_a_zone_is_not_blanked_for_its_readers_by_one_silent_sensor() -> None:
    now = shown(zone(2), space(0, SpaceState.FREE, 0), space(1, SpaceState.FREE, 30), clock=31)
    assert now.valid_until == at(60) + timedelta(seconds=60)


@pytest.mark.parametrize("kind", [DeviceStarted, DeviceCalibrating, DeviceFault])
def test_a_sensor_that_cannot_tell_makes_its_space_unknown(kind: type) -> None:
    now = shown(zone(2), space(0, SpaceState.FREE), space(1, SpaceState.FREE), kind(**envelope(1, device="s0")))
    assert (now.vacant, now.vacant_high) == (1, 2)


def test_a_closed_space_is_out_of_service_not_occupied() -> None:
    now = shown(zone(2), space(0, SpaceState.CLOSED), space(1, SpaceState.FREE))
    assert (now.out_of_service, now.vacant, now.vacant_high) == (1, 1, 1)


def test_states_are_plain_values() -> None:
    state = after(zone(128), *(space(i, SpaceState.FREE) for i in range(128)))
    assert len(msgspec.msgpack.encode(state)) < 10_000


def test_a_fault_has_passed_when_its_own_device_counts_again_whoever_counted_last() -> None:
    place = site(devices=(Device(source="src", id="d1"), Device(source="src", id="d2")))
    fault = DeviceFault(**envelope(1, device="d1", content="fault"))
    other = counted(3, 40, device="d2")
    assert shown(place, fault, other).faults == (Fault.DEVICE_FAULT,)
    for order in ((fault, other, counted(2, 41)), (counted(2, 41), other, fault), (other, counted(2, 41), fault)):
        assert (shown(place, *order).faults, shown(place, *order).vacant) == ((), 40)


def test_a_zone_with_a_closed_gate_is_closed_though_no_space_ever_spoke() -> None:
    gate = Device(source="src", id="gate", valid_for_s=300)
    place = zone(2, devices=(*zone(2).devices, gate))
    closed = OpeningChanged(**envelope(0, device="gate"), opening=Opening.CLOSED)
    now = shown(place, closed, clock=1)
    assert (now.opening, now.vacant, now.valid_until) == (Opening.CLOSED, None, at(5))
    seen = (closed, space(0, SpaceState.FREE), space(1, SpaceState.FREE))
    assert shown(place, *seen, clock=1).valid_until == at(5), "readers must not believe the gate longer than it holds"
    assert shown(place, *seen, clock=6).opening is Opening.UNKNOWN


def test_the_contract_of_the_device_that_spoke_decides_how_long_it_holds() -> None:
    old = Device(source="src", id="s0", slot=0, valid_for_s=300, valid_to=at(10))
    new = Device(source="src", id="s0b", slot=0, valid_for_s=86_400, valid_from=at(10))
    place = zone(1, devices=(old, new))
    assert shown(place, space(0, SpaceState.FREE), clock=6).vacant is None
    later = SpaceObserved(**envelope(11, device="s0b"), state=SpaceState.FREE)
    assert shown(place, later, clock=600).vacant == 1
