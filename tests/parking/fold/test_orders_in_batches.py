"""What people set, by way of the log: in any order, however batches are cut, with either kernel; and it has a bound."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import MAX_DEVICES_PER_PLACE, Catalogue
from parking.fold.batch import Partition, fold_batch
from parking.fold.kernel import PYTHON, Kernel
from parking.fold.records import Record
from parking.fold.registering import register
from parking.fold.state import EMPTY
from parking.fold.table_rows import encode_state
from parking.observations import ALL_SPACES, OPERATOR, Observation, OperatorOverride, SpaceObserved
from parking.words import Audience, Opening, OverrideAspect, OverrideReason, SpaceState
from streams.kernel import KERNEL
from tests.support import at, envelope, tick, zone

STREET = zone(3)
CATALOGUE = Catalogue([STREET])
LATER = at(24 * 60)


def order(aspect: str, minute: float, lasts: float, **more: Any) -> OperatorOverride:
    head = envelope(minute, STREET.id, (aspect, lasts, str(sorted(more.items()))), source=OPERATOR)
    said: dict[str, Any] = {"reason": OverrideReason.WORKS, "author": "Ada", "decision": "d", **more}
    return OperatorOverride(**head, aspect=OverrideAspect(aspect), expires_at=at(minute + lasts), **said)


def end(said: list[Observation], cut: int, clocks: list[float], kernel: Kernel = PYTHON) -> tuple[bytes, list[Any]]:
    """The place's state after all was said and the clock moved on, and what was published at each tick."""
    partition, shown = Partition(), []
    rows = [(STREET.key, one) for one in said] + [("", tick(minute)) for minute in clocks]
    records = [
        Record(n, key.encode() or None, codec.encode_event(one), round(LATER.timestamp() * 1000))
        for n, (key, one) in enumerate(rows)
    ]
    for start in range(0, len(records), cut):
        outcome = fold_batch(partition, records[start : start + cut], CATALOGUE.find_place, 1, kernel)
        assert not outcome.rejects, outcome.rejects
        shown += [(one.concluded_at, one.availability.by_hand) for one in outcome.changes if one.concluded_at]
    held = partition.places.get(STREET.key)
    return (encode_state(held.state) if held else b"", shown)


minutes = st.integers(0, 20)
spaces = st.sampled_from([ALL_SPACES, *(space.id for space in STREET.spaces)])
words = st.one_of(
    st.builds(
        lambda m, n, s: SpaceObserved(**envelope(m, f"s{n}", s), state=s), minutes, st.integers(0, 2),
        st.sampled_from([SpaceState.FREE, SpaceState.OCCUPIED]),
    ),
    st.builds(lambda m, e, s, r: order("space", m, e, space=s, released=r), minutes, st.integers(1, 9), spaces,
              st.booleans()),
    st.builds(lambda m, e, n: order("device", m, e, of_source="src", of_device=f"s{n}"), minutes, st.integers(1, 9),
              st.integers(0, 2)),
    st.builds(lambda m, e, v: order("number", m, e, vacant=v, category=Audience.PUBLIC), minutes, st.integers(1, 9),
              st.none() | st.integers(0, 3)),
    st.builds(lambda m, e, o: order("opening", m, e, opening=o), minutes, st.integers(1, 9), st.sampled_from(Opening)),
)  # fmt: skip
histories = st.lists(words, max_size=10)
clocks = st.lists(st.integers(21, 40), min_size=1, max_size=4, unique=True).map(sorted)


@given(histories, st.integers(1, 12), clocks)
@settings(max_examples=150, deadline=None)
def test_where_a_batch_is_cut_and_which_kernel_folds_changes_nothing(
    said: list[Observation], cut: int, at_minutes: list[float]
) -> None:
    whole = end(said, 1000, at_minutes)
    assert end(said, 1000, at_minutes, KERNEL) == whole
    assert end(said, cut, at_minutes)[1][-1:] == whole[1][-1:]
    assert end(said, cut, at_minutes, KERNEL)[1] == end(said, cut, at_minutes)[1]


@given(histories, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_permuted_and_sent_again_a_street_under_orders_is_the_same(
    said: list[Observation], chance: random.Random
) -> None:
    other = said + said[: len(said) // 2]
    chance.shuffle(other)
    one, two = EMPTY, EMPTY
    for seen in said:
        one = register(one, seen, STREET, at(21))
    for seen in other:
        two = register(two, seen, STREET, at(21))
    assert encode_state(one) == encode_state(two)


def test_whatever_is_ordered_a_state_has_a_bound_and_the_newest_stay() -> None:
    state = EMPTY
    for n in range(MAX_DEVICES_PER_PLACE + 50):
        said = order("device", n / 60, 600, of_source="src", of_device=f"d{n}")
        state = register(state, said, STREET, at(0) + timedelta(hours=3))
    assert len(state.orders) == MAX_DEVICES_PER_PLACE
    assert f"device.src/d{MAX_DEVICES_PER_PLACE + 49}" in state.orders
    assert "device.src/d0" not in state.orders
