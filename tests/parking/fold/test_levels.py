"""A source that says how full it is, and no number: the word stands as it was said, and no number is made of it."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Device, Place
from parking.errors import InvalidObservationError, MalformedEventError
from parking.fold import table_rows
from parking.fold.batch import Partition, fold_batch
from parking.fold.state import STATE_VERSION
from parking.observations import (
    DeviceFault,
    LaneCounted,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteLevelled,
    SiteRecounted,
)
from parking.published.availability import Availability
from parking.published.eligibility import BIT, mask_of, vacant_for, words_of_place
from parking.published.freshness import as_of
from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason
from tests.parking.fold.test_batch import CATALOGUE, SITE, records
from tests.parking.fold.test_occupancy import after, counted, shown
from tests.parking.fold.test_unusable import said, unusable
from tests.support import at, envelope, site, zone

SOME, ALMOST, FULL, UNKNOWN = FillLevel
PUBLIC = BIT[Audience.PUBLIC]


def levelled(
    minutes: float,
    level: FillLevel = UNKNOWN,
    low: int | None = None,
    high: int | None = None,
    category: Audience = Audience.PUBLIC,
    seq: int = 0,
    device: str = "d1",
) -> SiteLevelled:
    """A word on how full it is."""
    fields = envelope(minutes, device, ("level", level, low, high, category), seq=seq)
    return SiteLevelled(**fields, level=level, vacant_low=low, vacant_high=high, category=category)


@pytest.mark.parametrize("level", [SOME, ALMOST, FULL])
def test_a_level_stands_without_a_number(level: FillLevel) -> None:
    now = shown(site(), levelled(0, level), clock=1)
    assert (now.vacant, now.vacant_low, now.vacant_high, now.level) == (None, None, None, level)
    assert (now.faults, now.observed_at, now.valid_until) == ((), at(0), at(15))
    assert as_of(now, at(15)).level is UNKNOWN, "and it expires like a number"
    assert shown(site(), levelled(0, level), clock=15).faults == (Fault.COMMUNICATIONS_FAILURE,)


@pytest.mark.parametrize(
    ("low", "high", "within", "level"),
    [
        (None, 9, (0, 9), UNKNOWN),  # full at none, almost full up to 10
        (51, None, (51, 100), SOME),
        (1, 9, (1, 9), ALMOST),
        (0, 0, (0, 0), FULL),
    ],
)
def test_bounds_are_bounds_and_the_level_is_what_holds_at_both(
    low: int | None, high: int | None, within: tuple[int, int], level: FillLevel
) -> None:
    now = shown(site(), levelled(0, low=low, high=high), clock=1)
    assert (now.vacant, (now.vacant_low, now.vacant_high), now.level) == (None, within, level)


def test_without_a_capacity_the_upper_bound_is_open() -> None:
    now = shown(site(capacity=None), levelled(0, low=51), clock=1)
    assert (now.vacant_low, now.vacant_high, now.level) == (51, None, UNKNOWN)
    assert words_of_place(now).free == PUBLIC


def test_whichever_is_later_holds_and_of_one_instant_what_was_said_last_else_the_count() -> None:
    now = shown(site(), counted(0, 40), levelled(1, FULL), clock=2)
    assert (now.vacant, now.level, now.observed_at) == (None, FULL, at(1))
    assert shown(site(), levelled(0, FULL), counted(1, 40), clock=2).vacant == 40
    assert shown(site(), levelled(1, FULL), counted(1, 40), clock=2).vacant == 40
    said_last = shown(site(), levelled(1, FULL, seq=9), counted(1, 40), clock=2)
    assert (said_last.vacant, said_last.level) == (None, FULL), "a source that repeats its stamp said that last"


def test_what_lanes_have_made_of_a_count_is_as_late_as_their_last_word() -> None:
    place = site(devices=(Device(source="src", id="d1"), Device(source="src", id="in")))
    in_2, in_4 = (LaneCounted(**envelope(minute, "in", "lane"), entries=1) for minute in (2, 4))
    assert shown(place, counted(0, 40), in_2, levelled(3, FULL), clock=5).level is FULL
    now = shown(place, counted(0, 40), in_2, levelled(3, FULL), in_4, clock=5)
    assert (now.vacant, now.basis) == (38, Basis.DERIVED)


def test_it_ends_with_a_fault_and_with_a_word_of_no_use_and_heals_them() -> None:
    dark = shown(site(), levelled(0, SOME), unusable(1), clock=2)
    assert (dark.level, dark.faults) == (UNKNOWN, (Fault.UNUSABLE,))
    healed = shown(site(), counted(0, 40), unusable(1), levelled(2, SOME), clock=3)
    assert (healed.vacant, healed.level, healed.faults) == (None, SOME, ())
    category = shown(site(), unusable(1, category=Audience.PUBLIC), levelled(2, SOME), clock=3)
    assert category.faults == ()
    broken = DeviceFault(**envelope(1, content="fault"))
    assert shown(site(), levelled(0, SOME), broken, clock=2).level is UNKNOWN
    assert shown(site(), broken, levelled(2, SOME), clock=3).faults == ()


def test_what_is_stated_beyond_what_there_is_ends_at_the_capacity() -> None:
    now = shown(site(capacity=5), levelled(0, low=1, high=9), clock=1)
    assert (now.vacant_low, now.vacant_high) == (1, 5)
    shrunk = shown(site(capacity=40), levelled(0, low=51), clock=1)
    assert (shrunk.vacant_low, shrunk.vacant_high) == (51, None), "no upper bound below the lower one"


@pytest.mark.parametrize("level", [SOME, ALMOST])
def test_some_and_none_at_once_is_unknown(level: FillLevel) -> None:
    now = shown(site(), levelled(0, level, high=0), clock=1)
    assert (now.vacant_low, now.vacant_high, now.level, now.reporting_share) == (None, None, UNKNOWN, 0.0)
    assert (words_of_place(now).free, words_of_place(now).unknown) == (0, PUBLIC)
    assert shown(site(), levelled(0, FULL, low=2, high=5), clock=1).level is FULL, "a sign says full with some left"


def test_a_source_that_repeats_its_stamp_and_says_a_level_after_nonsense_is_heard() -> None:
    doubtful = [said(0, 40), unusable(0, seq=100)]
    healed = shown(site(), *doubtful, levelled(0, FULL, seq=160), clock=1)
    assert (healed.vacant, healed.level, healed.faults) == (None, FULL, ())
    assert shown(site(), *doubtful, levelled(0, FULL, seq=160), clock=15).faults == (Fault.COMMUNICATIONS_FAILURE,)
    assert shown(site(), *doubtful, levelled(0, FULL), clock=1).level is UNKNOWN


def test_a_lamp_tells_on_where_lanes_have_lost_the_number() -> None:
    place = site(devices=tuple(Device(source="src", id=name) for name in ("d1", "in", "lamp")))
    in_2, in_4 = (LaneCounted(**envelope(minute, "in", "lane"), entries=1) for minute in (2, 4))
    barrier = DeviceFault(**envelope(1, "in", "open"), fault=Fault.COUNTING_OUT_OF_SERVICE)
    told = [counted(0, 40), barrier, in_2, levelled(3, FULL, device="lamp"), in_4]
    now = shown(place, *told, clock=5)
    assert (now.vacant, now.level, now.faults) == (None, FULL, (Fault.COUNTING_OUT_OF_SERVICE,))
    assert (now.observed_at, now.valid_until) == (at(3), at(18))
    assert shown(place, counted(3.5, 40), *told[1:], clock=5).vacant == 39, "a count that is later has written it over"
    drifted = shown(place, counted(0, 0), in_2, levelled(3, FULL, device="lamp"), in_4, clock=5)
    assert (drifted.vacant, drifted.level, drifted.faults) == (None, FULL, (Fault.COUNTER_DRIFT,))


@pytest.mark.parametrize("gate", [Opening.CLOSED, Opening.CLOSED_ABNORMAL])
def test_at_a_closed_gate_there_is_no_level(gate: Opening) -> None:
    closed = OpeningChanged(**envelope(1, content="gate"), opening=gate)
    now = shown(site(), levelled(0, SOME), closed, clock=2)
    assert (now.level, words_of_place(now).free) == (UNKNOWN, 0)


def test_who_asks_is_sent_to_what_is_said_to_have_spaces_and_told_no_number() -> None:
    for level, free in ((SOME, PUBLIC), (ALMOST, PUBLIC), (FULL, 0)):
        now = shown(site(), levelled(0, level), clock=1)
        assert (words_of_place(now).free, words_of_place(now).unknown) == (free, 0)
        assert vacant_for(mask_of([Audience.PUBLIC]), now) == (0 if level is FULL else None)
    maybe = shown(site(), levelled(0, high=9), clock=1)
    assert (words_of_place(maybe).free, words_of_place(maybe).unknown) == (0, PUBLIC)


def test_of_another_audience_it_ends_the_number_and_says_none() -> None:
    badge = Audience.DISABLED
    now = shown(site(), said(0, 40), said(0, 3, badge), levelled(1, SOME, category=badge), clock=2)
    assert (now.vacant, now.level, now.by_category[badge].vacant) == (40, SOME, None)


def test_nonsense_is_refused() -> None:
    for fields in ({}, {"low": -1}, {"low": 5, "high": 4}, {"high": 2**31}):
        with pytest.raises(InvalidObservationError):
            levelled(0, **fields)


def refused(place: Place, seen: Observation) -> tuple[list[RejectReason], tuple[Fault, ...]]:
    partition = Partition()
    outcome = fold_batch(partition, records([(place.key, seen)]), CATALOGUE.find_place, 1)
    published = partition.places[place.key].state.published if place.key in partition.places else None
    return [reject.reason for reject in outcome.rejects], published.faults if published else ()


def test_more_than_there_are_at_least_is_refused_and_no_space_is_a_car_park() -> None:
    assert refused(SITE, levelled(0, low=(SITE.capacity or 0) + 1)) == (
        [RejectReason.FREE_ABOVE_CAPACITY], (Fault.UNUSABLE,),
    )  # fmt: skip
    street = zone(devices=(Device(source="src", id="d1"),))
    partition = Partition()
    outcome = fold_batch(partition, records([(street.key, levelled(0, SOME))]), {street.key: street}.get, 1)
    assert [reject.reason for reject in outcome.rejects] == [RejectReason.NOT_FOLDED]


def test_it_is_one_readable_line_and_survives_the_table() -> None:
    seen = levelled(0, SOME, high=9)
    assert codec.decode_observation(codec.encode_event(seen)) == seen
    state = after(site(), seen)
    assert table_rows.decode_state(table_rows.encode_state(state)) == state
    assert state.version == STATE_VERSION


def test_a_level_of_no_time_that_can_be_is_no_row() -> None:
    state = after(site(), levelled(0, SOME))
    far = msgspec.structs.replace(state.levels[Audience.PUBLIC], observed_at=datetime(9999, 12, 31, tzinfo=UTC))
    row = table_rows.encode_state(msgspec.structs.replace(state, levels={Audience.PUBLIC: far}))
    with pytest.raises(MalformedEventError):
        table_rows.decode_state(row)


PLACE = site(devices=tuple(Device(source="src", id=name) for name in ("d1", "in", "lamp")))
minute, seq = st.integers(0, 3), st.sampled_from([0, 0, 60])
audience = st.sampled_from([Audience.PUBLIC, Audience.DISABLED])
speaker, stated = st.sampled_from(["d1", "lamp"]), st.sampled_from([SOME, ALMOST, FULL])
lamp = st.one_of(
    st.builds(levelled, minute, stated, st.none(), st.none(), audience, seq, speaker),
    st.builds(levelled, minute, st.just(UNKNOWN), st.integers(0, 4), st.none() | st.integers(4, 9), audience),
)
doubt = st.builds(
    unusable, minute, st.sampled_from(["d1", "in", "lamp"]), st.sampled_from([None, Audience.PUBLIC]), seq
)
gate = st.builds(lambda m, o: OpeningChanged(**envelope(m, content=o), opening=o), minute, st.sampled_from(Opening))
count = st.builds(said, minute, st.integers(0, 9), audience, seq)
by_eye = st.builds(
    lambda m, n, who: SiteRecounted(**envelope(m, "d1", ("eye", n, who)), vacant=n, category=who),
    minute, st.integers(0, 9), audience,
)  # fmt: skip
passage = st.builds(lambda m, n: LaneCounted(**envelope(m, "in", ("lane", n)), entries=n), minute, st.integers(0, 2))
word = st.one_of(count, lamp, doubt, gate, by_eye)


@pytest.mark.slow
@given(st.lists(word, max_size=12), st.randoms())
@settings(max_examples=500, deadline=None)
def test_in_any_order_and_partly_twice_the_same_is_said(words: list[Observation], chance: random.Random) -> None:
    end = same_in_any_order(words, chance)
    counts = [one.vacant for one in words if isinstance(one, SiteCounted | SiteRecounted)]
    assert end.vacant is None or end.vacant in counts, "no number is made up"


@pytest.mark.slow
@given(st.lists(st.one_of(word, passage), max_size=12), st.randoms())
@settings(max_examples=500, deadline=None)
def test_beside_lanes_too(words: list[Observation], chance: random.Random) -> None:
    end = same_in_any_order(words, chance)
    low, high = end.vacant_low, end.vacant_high
    assert low is None or high is None or low <= high
    assert end.vacant is None or any(isinstance(one, SiteCounted | SiteRecounted) for one in words)


def same_in_any_order(words: list[Observation], chance: random.Random) -> Availability:
    again = [*words, *words]
    chance.shuffle(again)
    assert after(PLACE, *again) == after(PLACE, *words)
    end = shown(PLACE, *words, clock=4)
    assert shown(PLACE, *again, clock=4) == end
    return end
