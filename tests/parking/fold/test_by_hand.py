"""What people at the desk have set: over what devices say, until it ends, whatever the order of arrival."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.catalogue.model import Device, Place
from parking.fold.admission import find_refusal
from parking.fold.by_hand import standing
from parking.fold.occupancy import conclude
from parking.fold.registering import register
from parking.fold.state import EMPTY, PlaceState
from parking.fold.table_rows import decode_state, encode_state
from parking.fold.taking_back import forget_later
from parking.observations import (
    ALL_SPACES,
    OPERATOR,
    LaneCounted,
    Observation,
    OpeningChanged,
    OperatorOverride,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
)
from parking.published.availability import Availability
from parking.published.freshness import as_of
from parking.published.space_states import state_at
from parking.words import (
    Audience,
    Basis,
    Fault,
    FillLevel,
    Opening,
    OverrideAspect,
    OverrideReason,
    RejectReason,
    SpaceState,
)
from tests.support import at, envelope, site, zone

ID = "0" * 32


def order(aspect: str, minutes: float = 0, until: float = 60, **more: Any) -> OperatorOverride:
    said = {"reason": OverrideReason.INCIDENT, "author": "Ada", "decision": ID} | more
    head = envelope(minutes, device="desk", content=(aspect, until, str(sorted(more.items()))), source=OPERATOR)
    return OperatorOverride(**head, aspect=OverrideAspect(aspect), expires_at=at(until), **said)


def counted(vacant: int, minutes: float = 0, **more: Any) -> SiteCounted:
    return SiteCounted(**envelope(minutes, content=vacant, **more), vacant=vacant)


def fold(place: Place, *said: Observation, clock: float = 1, state: PlaceState = EMPTY) -> PlaceState:
    for one in said:
        assert find_refusal(one, place, at(10_000)) is None, find_refusal(one, place, at(10_000))
        state = register(state, one, place, at(clock))
    return state


def seen(state: PlaceState, place: Place, clock: float) -> Availability:
    return conclude(state, place, at(clock)).availability


def test_a_gate_that_a_person_closed_is_closed_and_what_devices_say_shows_beside() -> None:
    place = site()
    gate = OpeningChanged(**envelope(), opening=Opening.OPEN)
    state = fold(place, counted(40), gate, order("opening", 1, opening=Opening.CLOSED))
    under = seen(state, place, 2)
    assert (under.opening, under.level, under.vacant) == (Opening.CLOSED, FillLevel.UNKNOWN, 40)
    assert under.beneath is not None
    assert (under.beneath.opening, under.beneath.vacant) == (Opening.OPEN, 40)
    (shown,) = under.by_hand
    assert (shown.aspect, shown.reason, shown.until, shown.decision) == ("opening", "incident", at(60), ID)
    state = fold(place, counted(39, 59), OpeningChanged(**envelope(59), opening=Opening.OPEN), state=state)
    assert seen(state, place, 59.5).opening is Opening.CLOSED, "a device's later word lies beneath"
    over = conclude(state, place, at(60)).availability
    assert (over.opening, over.vacant, over.by_hand, over.beneath) == (Opening.OPEN, 39, (), None)


def test_its_end_is_by_the_clock_and_is_the_next_expiry() -> None:
    place = site()
    state = fold(place, counted(40), order("number", 1, until=5, vacant=7))
    assert conclude(state, place, at(2)).next_expiry == at(5)
    assert seen(state, place, 2).valid_until == at(5)


def test_a_number_set_by_hand_says_so_and_holds_though_every_device_is_silent() -> None:
    place = site(capacity=100)
    state = fold(place, counted(40), order("number", 1, until=600, vacant=7))
    fresh = seen(state, place, 2)
    assert (fresh.vacant, fresh.vacant_low, fresh.vacant_high, fresh.basis) == (7, 7, 7, Basis.SET_BY_HAND)
    assert (fresh.level, fresh.observed_at) == (FillLevel.ALMOST_FULL, at(1))
    assert fresh.by_category[Audience.PUBLIC].vacant == 7
    later = seen(state, place, 300)
    assert (later.vacant, later.valid_until) == (7, at(600))
    assert later.beneath is not None
    assert later.beneath.vacant is None
    assert Fault.COMMUNICATIONS_FAILURE in later.beneath.faults
    assert as_of(later, at(601)).vacant is None
    assert as_of(later, at(601)).by_hand == ()


def test_a_number_of_a_place_that_was_never_heard() -> None:
    place = site()
    said = seen(fold(place, order("number", 1, until=600, vacant=0)), place, 2)
    assert (said.vacant, said.level, said.capacity) == (0, FillLevel.FULL, 100)


def test_a_number_not_to_be_used_is_unknown_with_a_reason_and_never_none_or_full() -> None:
    place = site()
    said = seen(fold(place, counted(0), order("number", 1, vacant=None)), place, 2)
    assert (said.vacant, said.vacant_low, said.level, said.basis) == (None, None, FillLevel.UNKNOWN, None)
    assert Fault.WITHDRAWN in said.faults
    assert said.by_category[Audience.PUBLIC].vacant is None


def test_another_category_is_set_without_touching_the_ordinary_number() -> None:
    place = site()
    said = seen(fold(place, counted(40), order("number", 1, vacant=2, category=Audience.DISABLED)), place, 2)
    assert (said.vacant, said.basis) == (40, Basis.COUNTED)
    assert said.by_category[Audience.DISABLED].vacant == 2


def test_released_the_devices_have_the_word_at_once() -> None:
    place = site()
    state = fold(place, counted(40), order("number", 1, vacant=7), order("number", 2, vacant=7, released=True))
    assert seen(state, place, 3) == seen(fold(place, counted(40)), place, 3)


def test_lanes_go_on_beneath_and_count_from_no_number_that_was_set_by_hand() -> None:
    place = site(devices=(Device(source="src", id="d1"), Device(source="src", id="in")))
    lane = LaneCounted(**envelope(2, device="in"), entries=3)
    state = fold(place, counted(40), order("number", 1, until=10, vacant=90), lane, clock=3)
    assert seen(state, place, 3).vacant == 90
    assert seen(state, place, 11).vacant == 37


def test_a_recount_at_the_desk_needs_no_device_and_is_verified() -> None:
    place = site()
    recount = SiteRecounted(**envelope(1, device="desk", source=OPERATOR), vacant=12, author="Ada")
    said = seen(fold(place, counted(40), recount), place, 2)
    assert (said.vacant, said.basis) == (12, Basis.VERIFIED)


def test_a_space_out_of_service_is_closed_and_its_sensor_goes_on_beneath() -> None:
    place = zone(4)
    free = [SpaceObserved(**envelope(device=f"s{n}"), state=SpaceState.FREE) for n in range(4)]
    name = place.spaces[1].id
    state = fold(place, *free, order("space", 1, until=500, space=name))
    said = seen(state, place, 2)
    assert (said.vacant, said.vacant_high, said.out_of_service) == (3, 3, 1)
    assert state_at(said.space_states, 1) is SpaceState.CLOSED
    taken = SpaceObserved(**envelope(490, device="s1"), state=SpaceState.OCCUPIED)
    state = fold(place, *(msgspec.structs.replace(one, observed_at=at(490), received_at=at(490)) for one in free[:1]),
                 taken, state=state, clock=490)  # fmt: skip
    assert state_at(seen(state, place, 491).space_states, 1) is SpaceState.CLOSED
    assert state_at(seen(state, place, 500).space_states, 1) is SpaceState.OCCUPIED


def test_a_silent_zone_knows_nothing_by_a_space_that_is_out_of_service_and_a_whole_one_has_none() -> None:
    place = zone(4)
    one = seen(fold(place, order("space", 0, space=place.spaces[0].id)), place, 1)
    assert (one.vacant, one.level) == (None, FillLevel.UNKNOWN)
    whole = seen(fold(place, order("space", 0, space=ALL_SPACES)), place, 1)
    assert (whole.vacant, whole.out_of_service, whole.capacity) == (0, 4, 4)


def test_a_device_that_is_ignored_is_believed_again_when_that_ends() -> None:
    place = site()
    ignored = order("device", 1, until=5, of_source="src", of_device="d1")
    state = fold(place, counted(40), ignored, counted(41, 2), clock=2)
    said = seen(state, place, 3)
    assert (said.vacant, said.observed_at) == (None, at(2))
    assert Fault.UNUSABLE in said.faults
    assert said.by_hand[0].device == "src/d1"
    assert seen(state, place, 5).vacant == 41


def test_while_one_counter_is_ignored_the_others_last_count_stands_though_it_is_older() -> None:
    place = site(devices=(Device(source="src", id="d1"), Device(source="src", id="d2")))
    ignored = order("device", 1, until=9, of_source="src", of_device="d1")
    state = fold(place, counted(30, 1, device="d2"), counted(99, 2), ignored, clock=2)
    assert seen(state, place, 3).vacant == 30
    assert seen(state, place, 9).vacant == 99


def test_an_ignored_lane_makes_the_sum_unknown_and_an_ignored_sensor_its_space() -> None:
    place = site(devices=(Device(source="src", id="d1"), Device(source="src", id="in")))
    lane = LaneCounted(**envelope(2, device="in"), entries=3)
    ignored = order("device", 1, until=9, of_source="src", of_device="in")
    assert seen(fold(place, counted(40), lane, ignored, clock=2), place, 3).vacant is None
    street = zone(2)
    free = [SpaceObserved(**envelope(device=f"s{n}"), state=SpaceState.FREE) for n in range(2)]
    said = seen(fold(street, *free, order("device", 1, of_source="src", of_device="s0")), street, 2)
    assert (said.vacant_low, said.vacant_high) == (1, 2)


def test_what_cannot_be_is_refused_with_a_sentence() -> None:
    place, street = site(capacity=100), zone(2, disabled=1)

    def why(said: Observation, of: Place = place) -> Any:
        refusal = find_refusal(said, of, at(100))
        return refusal and refusal.reason

    assert why(order("number", vacant=101)) is RejectReason.FREE_ABOVE_CAPACITY
    assert why(order("number", vacant=3), street) is RejectReason.FREE_ABOVE_CAPACITY
    assert why(order("number", vacant=2, category=Audience.DISABLED), street) is RejectReason.FREE_ABOVE_CAPACITY
    assert why(order("opening", 5, until=5, opening=Opening.CLOSED)) is RejectReason.BAD_TIME
    assert why(order("opening", until=60 * 24 * 367, opening=Opening.CLOSED)) is RejectReason.BAD_TIME
    assert why(order("space", space="nowhere"), street) is RejectReason.UNKNOWN_SITE
    assert why(order("space", space=ALL_SPACES)) is RejectReason.UNKNOWN_SITE
    assert why(order("device", of_source="src", of_device="ghost")) is RejectReason.UNKNOWN_DEVICE
    assert why(msgspec.structs.replace(order("number", vacant=1), source="src")) is RejectReason.NOT_ALLOWED
    assert why(counted(5, source=OPERATOR)) is RejectReason.NOT_ALLOWED
    assert why(msgspec.structs.replace(order("number", vacant=1), tenant="angers")) is RejectReason.UNKNOWN_SITE


TWO = site(devices=tuple(Device(source="src", id=name) for name in ("d1", "d2", "in")))
minutes = st.integers(0, 20)
words = st.one_of(
    st.builds(lambda m, v, d: counted(v, m, device=d), minutes, st.integers(0, 100), st.sampled_from(["d1", "d2"])),
    st.builds(lambda m, n: LaneCounted(**envelope(m, device="in", content=n), entries=n), minutes, st.integers(0, 9)),
    st.builds(lambda m, o: OpeningChanged(**envelope(m, content=o), opening=o), minutes, st.sampled_from(Opening)),
    st.builds(
        lambda m, e, v, r: order("number", m, m + e, vacant=v, released=r), minutes, st.integers(1, 9),
        st.none() | st.integers(0, 100), st.booleans(),
    ),
    st.builds(
        lambda m, e, o: order("opening", m, m + e, opening=o), minutes, st.integers(1, 9), st.sampled_from(Opening)
    ),
    st.builds(
        lambda m, e, d: order("device", m, m + e, of_source="src", of_device=d), minutes, st.integers(1, 9),
        st.sampled_from(["d1", "d2", "in"]),
    ),
)  # fmt: skip


@given(st.lists(words, max_size=12), st.randoms(use_true_random=False), st.integers(0, 31))
@settings(max_examples=200)
def test_in_any_order_and_as_often_as_it_comes_it_is_the_same_state(
    said: list[Observation], shuffle: random.Random, clock: int
) -> None:
    other = said + said[: len(said) // 2]
    shuffle.shuffle(other)
    one, two = (fold(TWO, *each, clock=0) for each in (said, other))
    assert encode_state(one) == encode_state(two)
    assert decode_state(encode_state(one)) == one
    assert seen(one, TWO, clock) == seen(two, TWO, clock)


@given(st.lists(words, max_size=12), st.integers(0, 40))
@settings(max_examples=200)
def test_what_is_said_under_orders_is_what_is_said_without_them_once_none_holds(
    said: list[Observation], clock: int
) -> None:
    state = fold(TWO, *said, clock=0)
    alone = msgspec.structs.replace(state, orders={})
    orders = standing(state, at(clock))
    shown, plain = conclude(state, TWO, at(clock)), conclude(alone, TWO, at(clock))
    if not orders:
        assert shown == plain
        return
    assert {one.aspect for one in shown.availability.by_hand} == {one.aspect for one in orders}
    assert shown.availability.beneath is not None
    assert shown.availability.beneath.vacant == plain.availability.vacant
    assert shown.next_expiry is not None
    assert shown.next_expiry <= min(one.expires_at for one in orders)
    until = shown.availability.valid_until
    assert until is not None
    assert until <= min(one.expires_at for one in orders)
    numbers = [one for one in orders if one.aspect is OverrideAspect.NUMBER]
    if numbers:
        assert shown.availability.vacant == numbers[0].vacant


def test_what_claims_to_be_from_a_clock_that_leapt_is_forgotten() -> None:
    place = site()
    state = fold(place, counted(40), order("number", 600, until=700, vacant=1))
    assert forget_later(state, at(5)).orders == {}


def test_the_time_of_what_was_never_said_is_not_made_up() -> None:
    place = site()
    state = fold(place, order("device", 1, until=9, of_source="src", of_device="d1"))
    said = seen(state, place, 2)
    assert said.vacant is None
    assert said.observed_at is None or said.observed_at <= at(2) + timedelta(0)
    assert isinstance(said.valid_until, datetime)


def test_of_no_audience_none_is_known_by_a_space_that_is_out_of_service() -> None:
    place = zone(4, disabled=2)
    shut = seen(fold(place, order("space", 0, space="2"), order("space", 0, space="0")), place, 1)
    assert {count.vacant for count in shut.by_category.values()} == {None}
    assert (shut.vacant, shut.basis, shut.level) == (None, None, FillLevel.UNKNOWN)
    whole = seen(fold(place, order("space", 0, space=ALL_SPACES)), place, 1)
    assert whole.level is FillLevel.UNKNOWN, "nothing to fill is not full"


def test_what_sensors_said_beneath_runs_out_for_a_reader_to_whom_nobody_speaks() -> None:
    place = site()
    said = seen(fold(place, counted(40), order("number", 1, until=600, vacant=7)), place, 2)
    later = as_of(said, at(300))
    assert later.vacant == 7
    assert later.beneath is not None
    assert (later.beneath.vacant, later.beneath.observed_at) == (None, at(0))


def test_a_sensor_that_is_ignored_silences_no_space_that_it_has_left() -> None:
    place = zone(2)
    moved = (
        Device(source="src", id="s0", slot=0, valid_for_s=3600, valid_to=at(5)),
        Device(source="src", id="s0", slot=1, valid_for_s=3600, valid_from=at(5)),
        Device(source="src", id="new", slot=0, valid_for_s=3600, valid_from=at(5)),
    )
    place = msgspec.structs.replace(place, devices=moved)
    words = [SpaceObserved(**envelope(10, device=name), state=SpaceState.FREE) for name in ("s0", "new")]
    said = seen(fold(place, *words, order("device", 11, of_source="src", of_device="s0"), clock=11), place, 12)
    assert (said.vacant_low, said.vacant_high) == (1, 2)


def test_a_number_above_what_there_is_by_now_is_unknown() -> None:
    place = site(capacity=None)
    said = seen(fold(place, counted(20), order("number", 1, vacant=200)), place, 2)
    assert said.vacant == 200
    smaller = SiteCounted(**envelope(2, content="small"), vacant=20, capacity=50)
    now = seen(fold(place, order("number", 1, vacant=200), smaller), place, 3)
    assert (now.vacant, now.basis) == (None, None)
    assert Fault.WITHDRAWN in now.faults


def test_a_rival_is_remembered_after_a_clock_that_leapt() -> None:
    place = site(devices=(Device(source="src", id="d1"), Device(source="src", id="d2")))
    state = forget_later(fold(place, counted(40, 600), counted(30, 1, device="d2")), at(5))
    state = fold(place, counted(41, 6), state=state)
    ignored = order("device", 7, until=60, of_source="src", of_device="d1")
    assert seen(fold(place, ignored, state=state), place, 8).vacant == 30
