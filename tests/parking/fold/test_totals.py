"""Running totals: the first is a base, differences are a sum in any order, and a reset or a rollover is told apart."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Catalogue, Device
from parking.fold import totals
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import Record
from parking.fold.totals import NOT_COUNTED, passed
from parking.observations import LaneCounted, LaneTotalled, Observation
from parking.published.availability import Availability
from parking.words import Audience, Basis
from tests.parking.fold.test_lanes import GATES, LOGGED_MS, ends, recount
from tests.support import envelope, tick

MINUTE = 60_000_000


def total(
    minute: float,
    entries: int | None = None,
    exits: int | None = None,
    lane: str = "in",
    category: Audience = Audience.PUBLIC,
) -> LaneTotalled:
    fields = envelope(minute, lane, (entries, exits, category))
    return LaneTotalled(**fields, entries=entries, exits=exits, category=category)


PLACE = msgspec.structs.replace(GATES, capacity=1000)


def shown(*seen: Observation) -> Availability:
    return ends(*seen, place=PLACE)


@pytest.mark.parametrize(
    ("before", "now", "minutes", "found"),
    [
        (184_223, 184_225, 1, 2),
        (5, 5, 1, 0),
        (65_530, 4, 1, 10),  # 16 bits
        (2**32 - 1, 0, 1, 1),
        (99_998, 3, 1, 5),  # five digits
        (184_223, 7, 1, None),
        (184_223, 0, 60, None),
        (5, 60_000, 1, None),  # no lane lets so many pass
        (5, 3_605, 60, 3_600),
        (NOT_COUNTED, 7, 1, 0),
        (7, NOT_COUNTED, 1, 0),
    ],
)
def test_what_passed_between_two_totals(before: int, now: int, minutes: int, found: int | None) -> None:
    assert passed(before, now, minutes * MINUTE) == found


def test_the_first_total_is_a_base_and_the_next_counts_from_it() -> None:
    assert shown(recount(0, 40), total(1, 184_223, 184_001)).vacant == 40
    now = shown(recount(0, 40), total(1, 184_223, 184_001), total(2, 184_226, 184_002))
    assert (now.vacant, now.basis) == (38, Basis.DERIVED)


def test_a_lost_message_loses_nothing() -> None:
    every = [total(minute, 100 + minute) for minute in range(10)]
    assert shown(recount(0, 40), *every).vacant == shown(recount(0, 40), every[0], every[-1]).vacant == 31


def test_a_rollover_goes_on_and_a_reset_ends_the_number_until_somebody_counts() -> None:
    assert shown(recount(0, 40), total(1, 65_534), total(2, 1)).vacant == 37
    fell = (recount(0, 40), total(1, 184_223), total(2, 3), total(3, 5))
    assert shown(*fell).vacant is None
    assert shown(*fell, recount(4, 20), total(5, 6)).vacant == 19
    assert shown(*fell, tick(40)).vacant is None, "also once it is closed"
    assert shown(*fell, tick(40), recount(41, 20), total(42, 8)).vacant == 17


def test_lanes_of_totals_and_of_pulses_add_up_each_with_its_own_category() -> None:
    pulse = LaneCounted(**envelope(3, "out", 2), exits=2)
    now = shown(recount(0, 40), total(1, 10), total(2, 15), pulse, total(4, 90, category=Audience.EV))
    assert now.vacant == 37


def test_a_counter_that_looks_the_other_way_is_turned_round_by_the_catalogue() -> None:
    devices = tuple(
        Device(source="src", id=name, valid_for_s=86_400, is_reversed=name == "in") for name in ("in", "desk")
    )
    place = msgspec.structs.replace(GATES, devices=devices)
    assert ends(recount(0, 40), total(1, 10), total(2, 15), place=place).vacant == 45
    assert ends(recount(0, 40), LaneCounted(**envelope(1, "in", 3), entries=3), place=place).vacant == 43


WORDS = [
    recount(0, 500), *(total(minute, (65_500 + 7 * minute) % 65_536) for minute in range(1, 12)),
    *(total(minute + 0.5, None, 3 * minute, "out") for minute in range(1, 12)), recount(6.2, 480),
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.integers(0, len(WORDS)))
def test_neither_order_nor_repetition_nor_a_tick_between_changes_the_sum(seed: int, cut: int) -> None:
    expected = shown(*WORDS, tick(12))
    mixed = random.Random(seed).sample(WORDS, len(WORDS))
    again = shown(*mixed[:cut], tick(12), *mixed, tick(12.1))
    assert (again.vacant, again.vacant_low, again.vacant_high) == (
        expected.vacant, expected.vacant_low, expected.vacant_high,
    )  # fmt: skip
    assert expected.vacant is not None


def test_the_state_is_the_same_bytes_however_late_and_often_its_parts_come() -> None:
    """An hour with a rollover, a reset, recounts and a tick a minute; all but the ticks come up to 13 minutes late."""
    chance = random.Random(3)
    words: list[tuple[float, Observation]] = [(0, recount(0, 500))]
    for minute in range(1, 60):
        words.append((minute, total(minute, (65_500 + 2 * minute) % 65_536)))
        words.append((minute + 0.5, total(minute + 0.5, None, minute if minute < 30 else minute - 30, "out")))
        if minute % 9 == 0:
            words.append((minute + 0.3, recount(minute + 0.3, 500 - minute)))
        if minute % 3 == 0:
            words.append((minute + 0.2, LaneCounted(**envelope(minute + 0.2, "desk", minute), entries=1)))

    def state(late: float) -> bytes:
        coming = [(at + late * chance.random(), one) for at, one in (*words, *(words[::5] if late else ()))]
        coming += [(float(minute), tick(minute)) for minute in range(1, 75)]
        rows = [
            Record(n, PLACE.key.encode(), codec.encode_event(one), LOGGED_MS)
            for n, (_, one) in enumerate(sorted(coming, key=lambda pair: pair[0]))
        ]
        partition = Partition()
        fold_batch(partition, rows, Catalogue([PLACE]).find_place, epoch=1)
        held = partition.places[PLACE.key].state
        assert held.lanes is not None
        assert (len(held.recounts[Audience.PUBLIC]), held.lanes.start_us > 0) == (4, True)
        return msgspec.msgpack.encode(msgspec.structs.replace(held, published=None))

    assert {state(13) for _ in range(20)} == {state(0)}


def test_closing_changes_no_sum_and_keeps_the_last_total_before_the_window() -> None:
    said = (recount(0, 500), *(total(minute, 10 * minute) for minute in range(1, 31)))
    ticked = [one for minute, seen in enumerate(said) for one in (seen, tick(minute + 0.1))]
    assert shown(*ticked).vacant == shown(*said).vacant == 500 - 290


def test_of_two_totals_at_one_instant_the_greater_counts() -> None:
    one = totals.put({}, Audience.PUBLIC, "a", (5, 7, 1))
    assert totals.put(one, Audience.PUBLIC, "a", (5, 9, 0)) == totals.put(
        totals.put({}, Audience.PUBLIC, "a", (5, 9, 0)), Audience.PUBLIC, "a", (5, 7, 1)
    )
