"""Whatever lanes say, and however often, what a place remembers of them has a bound; the number ends, and says why."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Catalogue
from parking.fold import lanes, table_rows
from parking.fold.batch import BatchOutcome, Partition, fold_batch
from parking.fold.lanes import LaneLedger
from parking.fold.records import Record
from parking.fold.state import PlaceState
from parking.observations import LaneCounted, Observation, SiteRecounted
from parking.published.availability import Availability
from parking.words import Audience, Basis, Fault, RejectReason
from tests.parking.fold.test_lanes import CATALOGUE, GATES, LOGGED_MS, arrivals, passed, recount
from tests.support import tick

HALF_A_MEGABYTE = 512 * 1024


def fold(partition: Partition, seen: list[Observation]) -> BatchOutcome:
    rows = [Record(n, GATES.key.encode(), codec.encode_event(one), LOGGED_MS) for n, one in enumerate(seen)]
    return fold_batch(partition, rows, CATALOGUE.find_place, epoch=1)


def shown(partition: Partition) -> Availability:
    published = partition.places[GATES.key].state.published
    assert published is not None
    return published


def flood(minutes: range, each: int, entries: int = 1) -> list[Observation]:
    return [passed(minute + n / each * 0.99, entries) for minute in minutes for n in range(each)]


def test_a_flood_of_pulses_ends_the_sum_says_why_and_stays_small() -> None:
    partition = Partition()
    fold(partition, [recount(0, 40), passed(1, 3), tick(2)])
    outcome = fold(partition, [*flood(range(3, 9), 900), tick(9)])
    assert len(table_rows.encode_state(partition.places[GATES.key].state)) < 1_000
    now = shown(partition)
    assert (now.vacant, now.vacant_high, now.faults) == (None, None, (Fault.COUNTING_OUT_OF_SERVICE,))
    assert {reject.reason for reject in outcome.rejects} == {RejectReason.FLOODED}
    assert len(outcome.rejects) == 6 * (900 - lanes.MAX_A_MINUTE // 2)
    assert "recount the place" in outcome.rejects[0].detail


def test_a_count_from_after_the_flood_heals_it_and_the_sum_goes_on() -> None:
    partition = Partition()
    fold(partition, [recount(0, 40), *flood(range(3, 4), 900), passed(5, 1), tick(6)])
    assert shown(partition).vacant is None, "a word in good order heals nothing"
    fold(partition, [recount(3.5, 33)])
    assert shown(partition).vacant is None, "nor does a count from the middle of the flood"
    assert not fold(partition, [recount(4, 30), passed(7, 2)]).rejects
    now = shown(partition)
    assert (now.vacant, now.basis, now.faults) == (27, Basis.DERIVED, ())


def test_a_busy_gate_is_no_flood() -> None:
    partition = Partition()
    day = [recount(0, 90), *flood(range(1, 15), lanes.MAX_A_MINUTE // 2, entries=0)]
    day += [passed(minute + n / 120, exits=n % 2, lane="out") for minute in range(1, 15) for n in range(100)]
    assert not fold(partition, day).rejects
    assert shown(partition).vacant == 90 + 14 * 50 or Fault.COUNTER_DRIFT in shown(partition).faults


def test_words_that_count_nobody_are_bounded_too() -> None:
    partition = Partition()
    outcome = fold(partition, [recount(0, 40), *flood(range(1, 2), 5_000, entries=0)])
    assert len(outcome.rejects) == 5_000 - lanes.MAX_A_MINUTE
    assert len(table_rows.encode_state(partition.places[GATES.key].state)) < 1_000


def test_before_the_first_tick_there_is_a_bound_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MAX_HELD", 2_000)
    partition = Partition()
    fold(partition, [recount(0, 40), *flood(range(1, 40), 100)])
    assert len(table_rows.encode_state(partition.places[GATES.key].state)) < 2_000 * 25
    assert shown(partition).vacant is None


def test_all_audiences_together_are_bounded() -> None:
    partition = Partition()
    for who in Audience:
        fold(partition, [recount(0, 40, who), *(passed(1 + n / 100, 1, category=who) for n in range(90))])
    state = partition.places[GATES.key].state
    assert state.lanes is not None
    assert not state.lanes.pulses, "810 of one minute, of whomever they are"


def test_as_much_as_may_be_kept_fits_into_a_row() -> None:
    most = LaneLedger(pulses=bytes(25 * lanes.MAX_HELD), spoke={Audience.PUBLIC: {"src/in": (2**62,)}})
    assert len(table_rows.encode_state(PlaceState(lanes=most))) < HALF_A_MEGABYTE


def test_a_ledger_from_before_there_was_a_bound_is_read() -> None:
    old = msgspec.msgpack.encode((0, {"public": -120}, {}, b"", False, {}, {}, {}))
    assert msgspec.msgpack.decode(old, type=LaneLedger).lost_us == 0


def test_what_is_refused_in_a_flood_costs_no_other_place_its_number() -> None:
    other = msgspec.structs.replace(GATES, id="other")
    catalogue, partition = Catalogue([GATES, other]), Partition()
    seen = [(other, recount(0, 40)), *((GATES, one) for one in flood(range(1, 3), 900)), (other, passed(2, 1))]
    rows = [Record(n, place.key.encode(), codec.encode_event(one), LOGGED_MS) for n, (place, one) in enumerate(seen)]
    fold_batch(partition, rows, catalogue.find_place, epoch=1)
    published = partition.places[other.key].state.published
    assert published is not None
    assert published.vacant == 39


words = st.builds(
    lambda m, s, n, lane, who: passed(m + s / 60, *((n, 0) if lane == "in" else (0, n)), lane, category=who),
    st.integers(0, 30), st.integers(0, 59), st.sampled_from([0, 1, 2]), st.sampled_from(["in", "out"]),
    st.sampled_from([Audience.PUBLIC, Audience.EV]),
)  # fmt: skip
bursts = st.builds(
    lambda m, n: [passed(m + k / 60, 1) for k in range(n)], st.integers(0, 30), st.integers(3, 30)
)  # fmt: skip
recounts = st.builds(recount, st.integers(0, 40), st.integers(20, 80))
parts = st.one_of(words.map(lambda one: [one]), bursts, recounts.map(lambda one: [one]))
days = st.lists(parts, max_size=12).map(lambda found: [one for part in found for one in part])


def end_of(arrived: list[Observation], cut: int) -> bytes:
    """The place's bytes after everything, revision aside, folded in batches of ``cut``."""
    partition = Partition()
    for start in range(0, len(arrived), cut):
        outcome = fold(partition, arrived[start : start + cut])
        assert {reject.reason for reject in outcome.rejects} <= {RejectReason.FLOODED}
    held = partition.places.get(GATES.key)
    if held is None or held.state.published is None:
        return b""
    published = msgspec.structs.replace(held.state.published, revision=(0, 0))
    return table_rows.encode_state(msgspec.structs.replace(held.state, published=published))


@given(days, st.randoms(use_true_random=False), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_a_flood_in_any_order_and_partly_twice_leaves_the_same_bytes(
    day: list, chance: random.Random, cut: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "MAX_A_MINUTE", 12)
        patch.setattr(lanes, "MAX_HELD", 400)
        one = end_of(arrivals(day, chance), cut)
        assert one == end_of(arrivals(day, chance), 1_000)
        if not one:
            return
        state = table_rows.decode_state(one)
        assert state.published is not None
        counts = [seen for seen in day if isinstance(seen, SiteRecounted)]
        last = max(counts, key=lambda seen: seen.order, default=None)
        if last is None or lanes.is_lost(state.lanes, last.observed_at):
            return
        # Nothing after the last count was let go of: then the number is as a person would add it up.
        after = {seen.event_id: seen for seen in day if isinstance(seen, LaneCounted)
                 and seen.category is Audience.PUBLIC and seen.observed_at > last.observed_at}  # fmt: skip
        total = last.vacant - sum(seen.entries - seen.exits for seen in after.values())
        assert state.published.vacant == total or Fault.COUNTER_DRIFT in state.published.faults


@given(days, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_before_the_first_tick_a_flood_in_any_order_leaves_the_same_bytes(day: list, chance: random.Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "MAX_A_MINUTE", 12)
        patch.setattr(lanes, "MAX_HELD", 24)
        shuffled = [*day, *chance.choices(day, k=3)] if day else []
        chance.shuffle(shuffled)
        assert end_of(day, 1_000) == end_of(shuffled, 1_000)
