"""Cars counted in and out are a sum, and the sum does not depend on when its parts arrive."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Catalogue, Device, Place
from parking.fold import lanes, table_rows
from parking.fold.batch import BatchOutcome, Partition, fold_batch
from parking.fold.lanes import LaneLedger
from parking.fold.records import Record
from parking.observations import DeviceFault, LaneCounted, Observation, SiteCounted, SiteRecounted
from parking.published.availability import Availability
from parking.words import Audience, Basis, Fault, FillLevel, RejectReason
from tests.support import at, envelope, site, tick

LONG = 24 * 3600
GATES = site(devices=tuple(Device(source="src", id=name, valid_for_s=LONG) for name in ("in", "out", "desk")))
CATALOGUE = Catalogue([GATES])
LOGGED_MS = round(at(10_000).timestamp() * 1000)


def passed(
    minute: float,
    entries: int = 0,
    exits: int = 0,
    lane: str = "in",
    seq: int = 0,
    category: Audience = Audience.PUBLIC,
) -> LaneCounted:
    fields = envelope(minute, lane, (entries, exits, category), seq=seq)
    return LaneCounted(**fields, entries=entries, exits=exits, category=category)


def recount(minute: float, vacant: int, category: Audience = Audience.PUBLIC) -> SiteRecounted:
    return SiteRecounted(**envelope(minute, "desk", (vacant, category)), vacant=vacant, category=category)


def fold(partition: Partition, *seen: Observation) -> BatchOutcome:
    rows = [Record(n, GATES.key.encode(), codec.encode_event(one), LOGGED_MS) for n, one in enumerate(seen)]
    return fold_batch(partition, rows, CATALOGUE.find_place, epoch=1)


def shown(*seen: Observation) -> Availability:
    return ends(*seen, place=GATES)


def test_cars_in_and_out_go_on_from_the_last_recount() -> None:
    now = shown(recount(0, 40), passed(1, entries=3), passed(2, exits=1, lane="out"))
    assert (now.vacant, now.basis, now.observed_at) == (38, Basis.DERIVED, at(2))


def test_what_passed_before_the_recount_is_in_it_already() -> None:
    now = shown(passed(1, entries=3), passed(2, entries=1), recount(2, 40))
    assert (now.vacant, now.basis) == (40, Basis.VERIFIED)


def test_a_late_recount_finds_what_happened_after_it() -> None:
    assert shown(passed(1, entries=3), passed(5, entries=4), tick(9), recount(3, 40)).vacant == 36


SHORT = msgspec.structs.replace(
    GATES, devices=tuple(Device(source="src", id=name, valid_for_s=900) for name in ("in", "out", "desk"))
)


def ends(*seen: Observation, place: Place = SHORT) -> Availability:
    partition = Partition()
    rows = [Record(n, place.key.encode(), codec.encode_event(one), LOGGED_MS) for n, one in enumerate(seen)]
    fold_batch(partition, rows, Catalogue([place]).find_place, epoch=1)
    published = partition.places[place.key].state.published
    assert published is not None
    return published


def both(minute: float, entries: int = 0) -> list[Observation]:
    return [passed(minute, entries=entries), passed(minute, lane="out")]


def test_a_lane_that_was_silent_for_too_long_heals_nothing_until_somebody_counts() -> None:
    silent = [recount(0, 40), *both(1), tick(120), *both(120), tick(121)]
    assert (ends(*silent).vacant, ends(*silent).vacant_low) == (None, None)
    assert ends(*silent, *both(130), tick(131)).vacant is None
    assert ends(*silent, recount(122, 10), *both(123, entries=1), tick(124)).vacant == 9
    assert ends(recount(0, 40), *both(300), tick(301)).vacant is None, "nor after the count itself"
    steady = [word for minute in range(0, 300, 10) for word in (*both(minute, entries=1), tick(minute + 1))]
    assert ends(recount(0, 40), *steady).vacant == 40 - 29, "the pulse of minute 0 is in the count"


def test_a_silence_that_late_words_fill_is_none() -> None:
    late = [recount(0, 40), *both(1), tick(18), *both(18), *both(10), tick(40), *both(33), tick(41)]
    in_time = [recount(0, 40), *both(1), *both(10), tick(18), *both(18), *both(33), tick(41)]
    assert ends(*late).vacant == ends(*in_time).vacant == 40


def test_a_lane_that_was_just_put_in_has_missed_nothing() -> None:
    new = Device(source="src", id="new", valid_for_s=900, valid_from=at(100))
    place = msgspec.structs.replace(SHORT, devices=(*SHORT.devices, new))
    steady = [word for minute in range(5, 110, 10) for word in (*both(minute), tick(minute + 1))]
    assert ends(recount(0, 40), *steady, passed(107, 2, lane="new"), tick(108), place=place).vacant == 38


def test_past_an_open_barrier_nothing_heals_but_a_count() -> None:
    opened = DeviceFault(**envelope(1, "in", "held open"), fault=Fault.COUNTING_OUT_OF_SERVICE)
    unheard = ends(recount(0, 40), opened, tick(2))
    assert (unheard.vacant, unheard.faults) == (None, (Fault.COUNTING_OUT_OF_SERVICE,))
    again = [recount(0, 40), *both(0.5), opened, *both(2), tick(3)]
    assert (ends(*again).vacant, ends(*again).faults) == (None, (Fault.COUNTING_OUT_OF_SERVICE,))
    counted = ends(*again, recount(4, 30), *both(5, entries=1), tick(6))
    assert (counted.vacant, counted.faults) == (29, ())


def test_a_number_that_a_fault_took_away_turns_stale_by_the_clock_alone() -> None:
    fault = DeviceFault(**envelope(2, "in", "broken"))
    day = [recount(0, 40), *both(1), fault, tick(9), tick(17), tick(22), tick(30)]
    late = [*day[:-3], tick(17), passed(8, exits=1, lane="out"), tick(22), tick(30)]
    early = [*day[:-4], passed(8, exits=1, lane="out"), tick(9), tick(17), tick(22), tick(30)]
    assert ends(*late).faults == ends(*early).faults


def test_without_any_count_the_vacancy_is_unknown() -> None:
    now = shown(passed(1, entries=3), tick(2))
    assert (now.vacant, now.capacity) == (None, 100)


def test_a_pulse_that_comes_twice_counts_once_even_after_it_was_closed() -> None:
    partition = Partition()
    fold(partition, recount(0, 40), passed(1, entries=3), passed(1, entries=3), tick(10))
    fold(partition, passed(1, entries=3))
    partition.clocks.clear()  # as after a crash between the place's row and the clock's
    fold(partition, tick(40))
    partition.clocks.clear()
    outcome = fold(partition, passed(1, entries=3))
    assert not outcome.rejects
    published = partition.places[GATES.key].state.published
    assert published is not None
    assert published.vacant == 37


def test_what_comes_too_late_is_refused_with_its_bytes_and_changes_nothing() -> None:
    partition = Partition()
    fold(partition, recount(0, 40), passed(1, entries=3), tick(60))
    before = table_rows.encode_state(partition.places[GATES.key].state)
    late = [passed(44.9, exits=1), recount(44, 90)]
    outcome = fold(partition, *late)
    assert [reject.reason for reject in outcome.rejects] == [RejectReason.LATE] * 2
    assert "recount the place" in outcome.rejects[0].detail
    assert [reject.raw for reject in outcome.rejects] == [codec.encode_event(seen) for seen in late]
    assert table_rows.encode_state(partition.places[GATES.key].state) == before
    assert not fold(partition, passed(45, exits=1)).rejects


def test_a_snapshot_of_a_place_without_lanes_is_never_too_late() -> None:
    partition = Partition()
    fold(partition, tick(60))
    assert not fold(partition, SiteCounted(**envelope(0, "desk"), vacant=4)).rejects


def interval(now: Availability) -> tuple[int | None, int | None, int | None]:
    return now.vacant, now.vacant_low, now.vacant_high


def test_every_car_that_passes_widens_the_interval_and_only_a_count_narrows_it() -> None:
    day = [recount(0, 50), passed(1, entries=100, exits=90), passed(2, entries=60, exits=60, lane="out")]
    assert interval(shown(day[0])) == (50, 50, 50)
    assert interval(shown(*day[:2])) == (40, 38, 42)
    assert interval(shown(*day)) == (40, 36, 44), "310 passed: four of them may have been missed"
    assert interval(shown(*day, passed(3))) == (40, 36, 44), "that nobody passed adds nothing"
    assert interval(shown(*day, recount(4, 41))) == (41, 41, 41)
    assert interval(shown(*day, recount(4, 41), passed(5, entries=1))) == (40, 39, 41)
    counted = SiteCounted(**envelope(4, "desk"), vacant=41)
    assert interval(shown(*day, counted)) == (41, 41, 41)


def test_an_interval_keeps_what_passed_before_it_was_closed() -> None:
    day = [recount(0, 50), passed(1, entries=100, exits=90), passed(2, entries=60, exits=60, lane="out")]
    assert interval(shown(*day, tick(40))) == (40, 36, 44)
    assert interval(shown(*day, tick(40), passed(41, exits=1))) == (41, 37, 45)
    assert interval(shown(*day, tick(40), recount(41, 60), passed(42, exits=1))) == (61, 60, 62)


def test_a_ledger_from_before_the_interval_says_no_less_than_its_difference() -> None:
    old = msgspec.msgpack.encode((0, {"public": -120}, {}, b"", False))
    ledger = msgspec.msgpack.decode(old, type=LaneLedger)
    assert lanes.passed_since(ledger, Audience.PUBLIC, at(0)) == (-120, 120)
    assert lanes.rebase(ledger, Audience.PUBLIC) == LaneLedger()


def test_the_level_is_what_both_ends_say() -> None:
    assert shown(recount(0, 50), passed(1, entries=38)).level is FillLevel.SPACES_AVAILABLE
    assert shown(recount(0, 50), passed(1, entries=40)).level is FillLevel.UNKNOWN, "9..11, and 10 is the threshold"
    assert shown(recount(0, 50), passed(1, entries=42)).level is FillLevel.ALMOST_FULL
    assert shown(recount(0, 50), passed(1, entries=50)).level is FillLevel.UNKNOWN, "0..1 is not surely full"


def test_a_sum_that_cannot_be_true_by_more_than_its_error_is_unknown_and_says_that_the_counter_drifted() -> None:
    for one in (passed(1, entries=42), passed(1, exits=62, lane="out")):
        now = shown(recount(0, 40), one)
        assert (*interval(now), now.level) == (None, None, None, FillLevel.UNKNOWN)
        assert (now.faults, now.by_category[Audience.PUBLIC].vacant) == ((Fault.COUNTER_DRIFT,), None)


def test_a_sum_that_cannot_be_true_by_less_stays_at_the_bound_and_is_never_silent() -> None:
    none = shown(recount(0, 40), passed(1, entries=41))
    assert interval(none) == (0, 0, 0)
    assert (none.faults, none.level) == ((Fault.COUNTER_DRIFT,), FillLevel.FULL)
    assert none.by_category[Audience.PUBLIC].vacant == 0
    few = shown(recount(0, 40), passed(1, entries=120, exits=79))
    assert interval(few) == (0, 0, 1)
    assert (few.faults, few.level) == ((Fault.COUNTER_DRIFT,), FillLevel.UNKNOWN)
    full = shown(recount(0, 40), passed(1, entries=79, exits=140))
    assert interval(full) == (100, 98, 100)
    assert full.faults == (Fault.COUNTER_DRIFT,)
    assert not shown(recount(0, 40), passed(1, entries=120, exits=79), passed(2, exits=1, lane="out")).faults


def test_without_a_capacity_there_is_no_bound_above() -> None:
    partition, place = Partition(), site(None, devices=GATES.devices)
    rows = [
        Record(n, place.key.encode(), codec.encode_event(one), LOGGED_MS)
        for n, one in enumerate((recount(0, 40), passed(1, exits=101, lane="out")))
    ]
    fold_batch(partition, rows, Catalogue([place]).find_place, epoch=1)
    published = partition.places[place.key].state.published
    assert published is not None
    assert interval(published) == (141, 139, 143)


def test_a_lane_that_falls_silent_or_ill_takes_the_number_with_it() -> None:
    silent = shown(recount(0, 40), passed(1, entries=1), passed(2, exits=1, lane="out"), tick(LONG / 60 + 2))
    assert silent.vacant is None
    ill = DeviceFault(**envelope(3, "out"))
    assert shown(recount(0, 40), passed(2, exits=1, lane="out"), ill).vacant is None
    well = passed(4, lane="out")
    assert shown(recount(0, 40), passed(2, exits=1, lane="out"), ill, well).vacant == 41


def test_a_count_that_would_hold_for_long_does_not_outlive_its_lanes() -> None:
    gates = site(
        devices=(
            Device(source="src", id="in", valid_for_s=300),
            Device(source="src", id="out", valid_for_s=600),
            Device(source="src", id="desk", valid_for_s=LONG),
        )
    )

    def at_the_end(*seen: Observation) -> Availability:
        return ends(*seen, place=gates)

    said = (recount(0, 40), passed(1, entries=1), passed(2, exits=1, lane="out"))
    assert at_the_end(*said, tick(5)).vacant == 40
    assert at_the_end(*said).valid_until == at(6)
    assert at_the_end(*said, tick(6)).vacant is None
    before = (passed(-3, entries=1), passed(-2, exits=1, lane="out"), recount(0, 40))
    assert at_the_end(*before).valid_until == at(5), "lanes that have not spoken since a recount get their time again"
    assert at_the_end(*before, tick(5)).vacant is None
    assert at_the_end(recount(0, 40), tick(600)).vacant == 40, "where no lane has ever spoken, the count stands alone"


def test_a_lane_that_counts_nobody_keeps_the_number_alive() -> None:
    still = shown(recount(0, 40), passed(LONG / 60 - 1), tick(LONG / 60 + 5))
    assert (still.vacant, still.basis) == (40, Basis.DERIVED)


pulses = st.builds(
    lambda m, n, lane, seq, who: passed(m, *((n, 0) if lane == "in" else (0, n)), lane, seq, who),
    st.integers(0, 60), st.sampled_from([0, 1, 2, 3, 40]), st.sampled_from(["in", "out"]), st.integers(0, 3),
    st.sampled_from([Audience.PUBLIC, Audience.EV]),
)  # fmt: skip
recounts = st.builds(
    lambda m, v, who: recount(m, v, category=who), st.integers(0, 60), st.integers(20, 80),
    st.sampled_from([Audience.PUBLIC, Audience.EV]),
)  # fmt: skip
days = st.lists(st.one_of(pulses, pulses, recounts), max_size=25)


def arrivals(day: list[Observation], chance: random.Random) -> list[Observation]:
    """The day as it may arrive: each up to 14 minutes late, some twice, among a tick a minute up to minute 90."""
    sent = [*day, *chance.choices(day, k=5)] if day else []
    line = [(seen.observed_at, seen) for seen in sent]
    late = [((moment - at(0)).total_seconds() / 60 + chance.uniform(0, 14), seen) for moment, seen in line]
    late += [(float(minute), tick(minute)) for minute in range(91)]
    return [seen for _, seen in sorted(late, key=lambda pair: pair[0])]


def end_state(arrived: list[Observation], cut: int) -> bytes:
    """The place's bytes after everything, revision aside, folded in batches of ``cut``."""
    partition = Partition()
    for start in range(0, len(arrived), cut):
        outcome = fold(partition, *arrived[start : start + cut])
        assert not outcome.rejects
    held = partition.places.get(GATES.key)
    if held is None or held.state.published is None:
        return b""
    published = msgspec.structs.replace(held.state.published, revision=(0, 0))
    return table_rows.encode_state(msgspec.structs.replace(held.state, published=published))


def judged(day: list[Observation]) -> tuple[int | None, int | None, int | None, bool]:
    """The last recount and what passed after it, added up as a person would: vacant, low, high, drifted."""
    counts = [seen for seen in day if isinstance(seen, SiteRecounted) and seen.category is Audience.PUBLIC]
    if not counts:
        return None, None, None, False
    last = max(counts, key=lambda seen: seen.order)
    after = {seen.event_id: seen for seen in day if isinstance(seen, LaneCounted) and seen.category is Audience.PUBLIC
             and seen.observed_at > last.observed_at}  # fmt: skip
    total = last.vacant - sum(seen.entries - seen.exits for seen in after.values())
    error = -(-sum(seen.entries + seen.exits for seen in after.values()) // 100)
    possible = [vacant for vacant in range(total - error, total + error + 1) if 0 <= vacant <= 100]
    if not possible:
        return None, None, None, True
    nearest = min(possible, key=lambda vacant: abs(vacant - total))
    return nearest, possible[0], possible[-1], nearest != total


@pytest.mark.slow
@given(days, st.randoms(use_true_random=False), st.integers(1, 30))
@settings(max_examples=300, deadline=None)
def test_late_permuted_and_duplicated_the_state_is_the_same_bytes(day: list, chance: random.Random, cut: int) -> None:
    one = end_state(arrivals(day, chance), cut)
    assert one == end_state(arrivals(day, chance), 1000)
    if one:
        published = table_rows.decode_state(one).published
        assert published is not None
        *numbers, drifted = judged(day)
        assert interval(published) == tuple(numbers)
        if drifted:
            assert Fault.COUNTER_DRIFT in published.faults


crowds = st.builds(
    lambda n, out, many, seq: passed(n, *((0, many) if out else (many, 0)), "out" if out else "in", seq),
    st.integers(1, 40), st.booleans(), st.integers(0, 150), st.integers(0, 9),
)  # fmt: skip


@given(st.integers(0, 100), st.lists(crowds, max_size=12, unique_by=lambda seen: seen.order))
@settings(max_examples=200, deadline=None)
def test_an_interval_holds_its_number_lies_within_what_is_possible_and_does_not_narrow(first: int, day: list) -> None:
    partition = Partition()
    fold(partition, recount(0, first))
    widest, error = 0, 0
    for one in sorted(day, key=lambda seen: seen.order):
        fold(partition, one, tick((one.observed_at - at(0)).total_seconds() / 60))
        state = partition.places[GATES.key].state
        assert state.published is not None
        assert state.lanes is not None
        net, gross = lanes.passed_since(state.lanes, Audience.PUBLIC, at(0))
        assert lanes.error_of(gross) >= error
        error = lanes.error_of(gross)
        vacant, low, high = interval(state.published)
        is_possible = 0 <= first - net <= 100
        assert (Fault.COUNTER_DRIFT in state.published.faults) is not is_possible
        if vacant is None or low is None or high is None:
            assert vacant is low is high is None
            assert not is_possible
            continue
        assert 0 <= low <= vacant <= high <= 100
        if low > 0 and high < 100:  # a bound of what is possible narrows it, too
            assert high - low >= widest
            widest = high - low
    fold(partition, recount(50, 33))
    published = partition.places[GATES.key].state.published
    assert published is not None
    assert interval(published) == (33, 33, 33)


spoken = st.one_of(
    st.builds(
        lambda m, n, lane: passed(m, n, lane=lane),
        st.integers(0, 80), st.integers(0, 3), st.sampled_from(["in", "out"]),
    ),
    st.builds(recount, st.integers(0, 80), st.integers(0, 100)),
    st.builds(
        lambda m, lane, fault: DeviceFault(**envelope(m, lane, fault), fault=fault),
        st.integers(0, 80), st.sampled_from(["in", "out", "desk"]),
        st.sampled_from([Fault.COUNTING_OUT_OF_SERVICE, Fault.DEVICE_FAULT]),
    ),
)  # fmt: skip


@given(st.lists(spoken, max_size=14, unique_by=lambda seen: seen.order), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_silences_and_faults_do_not_depend_on_arrival_either(day: list, chance: random.Random) -> None:
    def end(arrived: list[Observation]) -> bytes:
        partition = Partition()
        rows = [Record(n, SHORT.key.encode(), codec.encode_event(one), LOGGED_MS) for n, one in enumerate(arrived)]
        fold_batch(partition, rows, Catalogue([SHORT]).find_place, epoch=1)
        held = partition.places.get(SHORT.key)
        if held is None:
            return b""
        published = held.state.published
        same = published and msgspec.structs.replace(published, revision=(0, -1))
        return table_rows.encode_state(msgspec.structs.replace(held.state, published=same))

    assert end(arrivals(day, chance)) == end(arrivals(day, chance))
