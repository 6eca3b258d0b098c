"""What a ground sensor's words tell of the sensor: it flaps, it lives, its battery; never by the order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.fold import table_rows
from parking.fold.occupancy import conclude, publish
from parking.fold.registering import register
from parking.fold.spaces import SLOT_BYTES, SlotRecord, put, slots, widen
from parking.fold.state import EMPTY, PlaceState
from parking.fold.vitals import BEGAN_S, FLAP_S, SETTLED_S, count_changes, instant_us, remember, second_of, settles_at
from parking.observations import (
    DeviceCalibrating,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    Diagnostics,
    Observation,
    SpaceObserved,
)
from parking.words import Fault, SpaceState
from tests.support import NOON, at, envelope, zone

FREE, OCCUPIED = SpaceState.FREE, SpaceState.OCCUPIED


def word(seconds: float, state: SpaceState, device: str = "s0", **more: object) -> SpaceObserved:
    return SpaceObserved(**envelope(seconds / 60, device, (state, seconds)), state=state, **more)


def toggling(start: float, every: float, count: int, device: str = "s0") -> list[SpaceObserved]:
    return [word(start + n * every, OCCUPIED if n % 2 else FREE, device) for n in range(count)]


def heard(words: Sequence[Observation], size: int = 1) -> PlaceState:
    state = EMPTY
    for one in words:
        state = register(state, one, zone(size), None)
    return state


def record(words: Sequence[Observation]) -> SlotRecord:
    return next(slots(heard(words).spaces, 1))


def test_a_sensor_that_toggles_all_the_time_is_not_believed_until_it_has_been_quiet() -> None:
    state, place = heard(toggling(0, 30, 8)), zone(1)
    last = 7 * 30
    during, after = (conclude(state, place, NOON + timedelta(seconds=last + more)) for more in (1, SETTLED_S))
    assert during.availability.vacant is None
    assert during.availability.faults == (Fault.FLAPPING,)
    assert during.availability.reporting_share == 0
    assert during.next_expiry == NOON + timedelta(seconds=last + SETTLED_S)
    assert after.availability.vacant == 0
    assert after.availability.faults == ()


def test_one_that_flaps_does_not_blank_the_others() -> None:
    state = heard([*toggling(0, 30, 8), word(0, FREE, "s1"), word(0, OCCUPIED, "s2")], 3)
    shown = conclude(state, zone(3), at(5)).availability
    assert (shown.vacant_low, shown.vacant, shown.vacant_high, shown.capacity) == (1, 1, 2, 3)
    assert shown.reporting_share == pytest.approx(2 / 3)
    assert shown.valid_until == NOON + timedelta(seconds=3600 + 60)  # by the silence of the others, as ever


def test_a_busy_bay_is_no_fault() -> None:
    assert not settles_at(record(toggling(0, FLAP_S / 5, 8)).words)
    in_and_out = [word(n * 10, FREE if n == 4 else OCCUPIED) for n in range(8)]
    assert not settles_at(record(in_and_out).words)


@given(
    st.lists(
        st.one_of(
            st.builds(word, st.integers(0, 2000), st.sampled_from(SpaceState)),
            st.builds(
                lambda kind, s, volts: kind(
                    **envelope(s / 60, "s0", kind, diagnostics=None if volts is None else Diagnostics(battery_v=volts))
                ),
                st.sampled_from([DeviceHeartbeat, DeviceFault, DeviceStarted, DeviceCalibrating]),
                st.integers(0, 2000),
                st.sampled_from([None, 3.1, 3.6]),
            ),
        ),
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=300, deadline=None)
def test_order_and_repetition_change_no_byte(words: list[Observation], chance: object) -> None:
    jumbled = words + words[::2]
    chance.shuffle(jumbled)  # type: ignore[attr-defined]
    assert table_rows.encode_state(heard(words)) == table_rows.encode_state(heard(jumbled))


def test_a_heartbeat_says_that_it_lives_and_nothing_of_the_space() -> None:
    alive = DeviceHeartbeat(**envelope(30, "s0", "alive", diagnostics=Diagnostics(battery_v=3.25)))
    before, after = record([word(0, FREE)]), record([word(0, FREE), alive])
    assert (after.observed_us, after.state, after.words) == (before.observed_us, before.state, before.words)
    assert after.alive_s == second_of(after.observed_us) + 1800
    assert (after.battery_mv, after.battery_s) == (3250, after.alive_s)
    assert conclude(heard([alive]), zone(1), at(31)).availability.vacant is None


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (DeviceStarted, Fault.RESTARTED),
        (DeviceCalibrating, Fault.CALIBRATING),
        (DeviceFault, Fault.DEVICE_FAULT),
    ],
)
def test_why_a_space_is_unknown_is_said(kind: type[Observation], why: Fault) -> None:
    words: list[Observation] = [word(0, FREE), kind(**envelope(1, "s0"))]
    assert conclude(heard(words), zone(1), at(2)).availability.faults == (why,)
    assert conclude(heard(words), zone(2), at(2)).availability.faults == tuple(
        sorted((Fault.COMMUNICATIONS_FAILURE, why))
    )
    assert conclude(heard([*words, word(120, FREE)]), zone(1), at(3)).availability.faults == ()


def test_a_reason_turns_into_silence_by_the_clock_alone() -> None:
    started: list[Observation] = [word(0, FREE), DeviceStarted(**envelope(1, "s0"))]
    assert conclude(heard(started), zone(1), at(2)).next_expiry == at(61)
    assert conclude(heard(started), zone(1), at(61)).availability.faults == (Fault.COMMUNICATIONS_FAILURE,)


def test_a_first_heartbeat_is_no_news() -> None:
    place = zone(1)
    alive = register(EMPTY, DeviceHeartbeat(**envelope(1, "s0")), place, None)
    assert publish(alive, place, at(2), (1, 1)).change is None


def test_what_no_battery_has_is_not_taken() -> None:
    for volts in (-1.0, 60.5, 1e300):
        assert record([word(0, FREE, diagnostics=Diagnostics(battery_v=volts))]).battery_s == 0


def test_the_eight_greatest_words_are_kept() -> None:
    words: tuple[int, ...] = (0,) * 8
    for second in (5, 3, 9, 1, 3, 7, 2, 8, 6, 4, 10):
        words = remember(words, second, 1)
    assert [one >> 2 for one in words] == [10, 9, 8, 7, 6, 5, 4, 3]
    assert count_changes(words) == 0
    assert remember(words, 0, 1) == words


def test_seconds_are_kept_from_2010_on() -> None:
    assert second_of((BEGAN_S + 5) * 1_000_000 + 999_999) == 5
    assert second_of(BEGAN_S * 1_000_000) == second_of(0) == second_of(2**62) == 0
    assert instant_us(5) == (BEGAN_S + 5) * 1_000_000


def test_records_from_before_vitals_are_widened() -> None:
    old = bytes(22) + put(b"", 0, word(0, OCCUPIED), OCCUPIED)[:22]
    blank, said = slots(widen(old), 2)
    assert blank == SlotRecord()
    second = second_of(said.observed_us)
    assert (said.state, said.alive_s, said.occupied_s, said.free_s) == (OCCUPIED, second, second, 0)
    assert said.words == (second << 2 | 2, *(0,) * 7)
    assert len(widen(old)) == 2 * SLOT_BYTES
