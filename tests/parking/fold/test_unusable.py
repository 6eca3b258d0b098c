"""A word of no use ends the number that its device gave before, and the next word that can be used brings it back."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Device
from parking.fold.admission import Refusal, as_unusable
from parking.fold.batch import Partition, fold_batch
from parking.observations import DeviceFault, LaneCounted, Observation, SiteCounted, SpaceObserved
from parking.words import Audience, Fault, FillLevel, RejectReason, SpaceState
from tests.parking.fold.test_batch import CATALOGUE, SITE, records
from tests.parking.fold.test_occupancy import after, counted, shown
from tests.support import at, envelope, site, zone


def unusable(minutes: float, device: str = "d1", category: Audience | None = None, seq: int = 0) -> DeviceFault:
    """A word of no use."""
    fields = envelope(minutes, device, ("unusable", category), seq=seq)
    return DeviceFault(**fields, fault=Fault.UNUSABLE, category=category)


def said(minutes: float, vacant: int, category: Audience = Audience.PUBLIC, seq: int = 0) -> SiteCounted:
    return SiteCounted(**envelope(minutes, content=(vacant, category), seq=seq), vacant=vacant, category=category)


def test_it_ends_the_number_at_once_and_says_why_until_the_next_count() -> None:
    dark = shown(site(), counted(0, 40), unusable(1), clock=2)
    assert (dark.vacant, dark.level, dark.faults) == (None, FillLevel.UNKNOWN, (Fault.UNUSABLE,))
    assert shown(site(), counted(0, 40), unusable(1), counted(2, 39), clock=3).faults == ()
    assert shown(site(), counted(0, 40), unusable(1), counted(2, 39), clock=3).vacant == 39


def test_of_one_instant_the_doubt_holds_unless_the_source_says_it_again_later() -> None:
    doubtful = [said(0, 40), unusable(0, seq=100)]
    assert shown(site(), *doubtful).vacant is None
    healed = shown(site(), *doubtful, said(0, 40, seq=160))
    assert (healed.vacant, healed.faults) == (40, ())
    assert shown(site(), *doubtful, said(0, 40, seq=160), unusable(0, seq=220)).vacant is None


def test_it_ends_what_it_is_about_and_nothing_else() -> None:
    badge = Audience.DISABLED
    now = shown(site(), said(0, 40), said(0, 3, badge), unusable(1, category=badge), clock=2)
    assert (now.vacant, now.by_category[badge].vacant, now.faults) == (40, None, (Fault.UNUSABLE,))
    now = shown(site(), said(0, 40), said(0, 3, badge), unusable(1), clock=2)
    assert (now.vacant, now.by_category[badge].vacant) == (None, None)
    two = site(devices=(Device(source="src", id="d1"), Device(source="src", id="d2")))
    assert shown(two, counted(0, 40), unusable(1, "d2"), clock=2).vacant == 40


def test_a_barrier_that_stands_open_is_not_forgotten_over_a_word_of_no_use() -> None:
    lanes = site(devices=(Device(source="src", id="d1"), Device(source="src", id="in")))
    passed = LaneCounted(**envelope(1, "in", "lane"), entries=1)
    open_barrier = DeviceFault(**envelope(2, "in", "open"), fault=Fault.COUNTING_OUT_OF_SERVICE)
    later = LaneCounted(**envelope(4, "in", "lane"), entries=1)
    now = shown(lanes, counted(0, 40), passed, open_barrier, unusable(3, "in"), later, clock=5)
    assert now.vacant is None
    assert Fault.COUNTING_OUT_OF_SERVICE in now.faults


def test_what_a_lane_said_and_nobody_could_read_is_healed_by_a_count_of_the_place_alone() -> None:
    lanes = site(devices=(Device(source="src", id="d1"), Device(source="src", id="in")))
    passed, later = (LaneCounted(**envelope(minute, "in", "lane"), entries=1) for minute in (1, 3))
    now = shown(lanes, counted(0, 40), passed, unusable(2, "in"), later, clock=4)
    assert (now.vacant, now.faults) == (None, (Fault.UNUSABLE,))
    now = shown(lanes, counted(0, 40), passed, unusable(2, "in"), later, counted(4, 37), clock=5)
    assert (now.vacant, now.faults) == (37, ())


def test_what_a_lane_said_of_one_audience_leaves_the_others_alone() -> None:
    lanes, badge = site(devices=(Device(source="src", id="d1"), Device(source="src", id="in"))), Audience.DISABLED
    passed = [LaneCounted(**envelope(1, "in", ("lane", whom)), entries=1, category=whom) for whom in (badge, "public")]
    told = [said(0, 40), said(0, 3, badge), *passed, unusable(2, "in", badge)]
    now = shown(lanes, *told, clock=3)
    assert (now.vacant, now.by_category[badge].vacant) == (39, None)
    now = shown(lanes, *told, said(3, 2, badge), clock=4)
    assert (now.vacant, now.by_category[badge].vacant, now.faults) == (39, 2, ())
    assert shown(lanes, *told, said(3, 38), clock=4).faults == (Fault.UNUSABLE,), "a count of the others heals nothing"


def test_a_space_is_unknown_from_it_until_the_next_word() -> None:
    free = SpaceObserved(**envelope(0, "s0", "free"), state=SpaceState.FREE)
    other = SpaceObserved(**envelope(0, "s1", "free"), state=SpaceState.FREE)
    now = shown(zone(), free, other, unusable(1, "s0"), clock=2)
    assert (now.vacant, now.space_states[0]) == (1, shown(zone(), other).space_states[0])
    assert Fault.UNUSABLE in now.faults
    taken = SpaceObserved(**envelope(2, "s0", "occupied"), state=SpaceState.OCCUPIED)
    assert Fault.UNUSABLE not in shown(zone(), free, other, unusable(1, "s0"), taken, clock=3).faults


def test_more_than_there_are_by_the_catalogue_is_a_reject_and_ends_the_number() -> None:
    partition = Partition()
    capacity = SITE.capacity or 0
    good, bad = (SiteCounted(**envelope(m, content=n), vacant=n) for m, n in ((0, 4), (1, capacity + 1)))
    outcome = fold_batch(partition, records([(SITE.key, good), (SITE.key, bad)]), CATALOGUE.find_place, 1)
    assert [reject.reason for reject in outcome.rejects] == [RejectReason.FREE_ABOVE_CAPACITY]
    assert outcome.rejects[0].raw == codec.encode_event(bad)
    published = partition.places[SITE.key].state.published
    assert published is not None
    assert (published.vacant, published.faults) == (None, (Fault.UNUSABLE,))


def test_what_was_refused_and_sent_again_after_the_catalogue_was_mended_counts() -> None:
    much = SiteCounted(**envelope(1), vacant=500)
    refused = as_unusable(much, Refusal(RejectReason.FREE_ABOVE_CAPACITY, "more than there are"))
    assert refused is not None
    assert shown(site(), counted(0, 4), refused, clock=2).vacant is None
    mended = shown(site(capacity=600), counted(0, 4), refused, much, clock=2)
    assert (mended.vacant, mended.faults) == (500, ())
    assert shown(site(capacity=600), much, refused, counted(0, 4), clock=2) == mended


def test_a_counter_that_is_a_lane_as_well_heals_at_its_own_instant() -> None:
    much = SiteCounted(**envelope(1), vacant=150)
    refused = as_unusable(much, Refusal(RejectReason.FREE_ABOVE_CAPACITY, "more than there are"))
    assert refused is not None
    passed = LaneCounted(**envelope(0, "d1", "lane"), entries=1)
    mended = shown(site(capacity=200), passed, refused, much, clock=2)
    assert (mended.vacant, mended.faults) == (150, ())


def test_of_a_device_that_is_nowhere_it_is_no_second_reject() -> None:
    stray = [(SITE.key, unusable(0, "stranger")), ("nowhere/x", unusable(0))]
    assert fold_batch(Partition(), records(stray), CATALOGUE.find_place, 1).rejects == []


minute, seq = st.integers(0, 3), st.sampled_from([0, 0, 60, 120])
site_word = st.one_of(
    st.builds(said, minute, st.integers(0, 9), st.sampled_from([Audience.PUBLIC, Audience.DISABLED]), seq),
    st.builds(unusable, minute, st.just("d1"), st.sampled_from([None, Audience.PUBLIC, Audience.DISABLED]), seq),
    st.builds(lambda m: DeviceFault(**envelope(m, content="fault"), fault=Fault.COUNTING_OUT_OF_SERVICE), minute),
)
space_word = st.one_of(
    st.builds(
        lambda m, d, s, q: SpaceObserved(**envelope(m, d, s, seq=q), state=s),
        minute, st.sampled_from(["s0", "s1"]), st.sampled_from(SpaceState), seq,
    ),
    st.builds(lambda m, d, q: unusable(m, d, seq=q), minute, st.sampled_from(["s0", "s1"]), seq),
)  # fmt: skip


@pytest.mark.slow
@given(st.one_of(st.lists(site_word, max_size=12), st.lists(space_word, max_size=12)), st.randoms())
@settings(max_examples=500, deadline=None)
def test_whatever_the_order_and_however_often_the_same_is_said_in_the_end(
    words: list[Observation], chance: random.Random
) -> None:
    place = zone() if words and words[0].device_id.startswith("s") else site()
    again = [*words, *words]
    chance.shuffle(again)
    assert after(place, *again) == after(place, *words)
    clock = at(4)
    end = shown(place, *words, clock=4)
    assert shown(place, *again, clock=4) == end
    if place.spaces or not words:
        return
    doubts = [word for word in words if isinstance(word, DeviceFault) and word.fault is Fault.UNUSABLE]
    last = max((word for word in words if isinstance(word, SiteCounted) and word.category is Audience.PUBLIC),
               key=lambda word: word.order, default=None)  # fmt: skip
    if last is not None and any(
        (word.observed_at, word.seq) >= (last.observed_at, last.seq) and word.category is not Audience.DISABLED
        for word in doubts
    ):
        assert end.vacant is None
    assert clock - timedelta(minutes=15) < at(0), "nothing here expires"
