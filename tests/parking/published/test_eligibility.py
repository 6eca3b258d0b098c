"""For whom something is free: bits, openings, and what nobody counts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from parking.published.availability import NEVER_OBSERVED, Availability, CategoryCount
from parking.published.eligibility import BIT, EligibilityWords, mask_of, vacant_for, words_of_place, words_of_space
from parking.words import Audience, FillLevel, Opening, SpaceState

PUBLIC, DISABLED, EV = (BIT[audience] for audience in (Audience.PUBLIC, Audience.DISABLED, Audience.EV))


def counted(opening: Opening = Opening.OPEN, **counts: int | None) -> Availability:
    by_category = {Audience(name): CategoryCount(vacant, 50) for name, vacant in counts.items()}
    return Availability(vacant=counts.get("public"), opening=opening, by_category=by_category)


def test_every_audience_has_a_bit_of_its_own_within_sixteen() -> None:
    assert len(set(BIT.values())) == len(Audience)
    assert mask_of(Audience) < 1 << 16
    assert mask_of([Audience.PUBLIC, Audience.PUBLIC]) == PUBLIC


def test_free_unknown_and_neither_are_three_things() -> None:
    assert words_of_place(counted(public=3, disabled=0, ev=None)) == EligibilityWords(PUBLIC, EV)


def test_a_place_nobody_counts_may_have_an_ordinary_space() -> None:
    assert words_of_place(NEVER_OBSERVED) == EligibilityWords(0, PUBLIC)


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        (Opening.OPEN, EligibilityWords(PUBLIC | DISABLED, 0)),
        (Opening.UNKNOWN, EligibilityWords(PUBLIC | DISABLED, 0)),
        (Opening.SUBSCRIBERS_ONLY, EligibilityWords(0, 0)),
        (Opening.CLOSED, EligibilityWords(0, 0)),
        (Opening.CLOSED_ABNORMAL, EligibilityWords(0, 0)),
    ],
)
def test_the_entrance_must_admit_you(opening: Opening, words: EligibilityWords) -> None:
    availability = counted(opening, public=3, disabled=1)
    assert words_of_place(availability) == words
    assert vacant_for(PUBLIC, availability) == (3 if words.free else 0)


def test_a_disabled_bay_is_for_badge_holders_alone_and_they_may_ask_for_both() -> None:
    availability = counted(public=0, disabled=2)
    assert not words_of_place(availability).free & PUBLIC
    assert words_of_place(availability).free & (PUBLIC | DISABLED)
    assert vacant_for(PUBLIC, availability) == 0
    assert vacant_for(PUBLIC | DISABLED, availability) == 2


def test_an_audience_nobody_counts_is_unknown_not_zero() -> None:
    assert vacant_for(EV, counted(public=5)) is None


def test_a_single_space_is_free_unknown_or_neither() -> None:
    assert words_of_space(SpaceState.FREE, DISABLED, Opening.UNKNOWN) == EligibilityWords(DISABLED, 0)
    assert words_of_space(SpaceState.UNKNOWN, DISABLED, Opening.OPEN) == EligibilityWords(0, DISABLED)
    assert words_of_space(SpaceState.OCCUPIED, DISABLED, Opening.OPEN) == EligibilityWords(0, 0)
    assert words_of_space(SpaceState.CLOSED, DISABLED, Opening.OPEN) == EligibilityWords(0, 0)
    assert words_of_space(SpaceState.FREE, DISABLED, Opening.CLOSED) == EligibilityWords(0, 0)


def test_none_seen_among_silent_spaces_is_unknown_not_full() -> None:
    silent = replace(counted(public=0, disabled=1), reporting_share=0.1)
    assert words_of_place(silent) == EligibilityWords(DISABLED, PUBLIC)
    assert vacant_for(PUBLIC, silent) is None
    assert vacant_for(PUBLIC | DISABLED, silent) == 1
    assert words_of_place(replace(silent, reporting_share=1.0)) == EligibilityWords(DISABLED, 0)


def test_zero_and_unknown_together_are_unknown() -> None:
    assert vacant_for(PUBLIC | DISABLED, counted(public=0, disabled=None)) is None
    assert vacant_for(PUBLIC | DISABLED, counted(public=2, disabled=None)) == 2


def test_what_its_operator_calls_full_is_full_though_a_few_are_left() -> None:
    full = replace(counted(public=5, disabled=2), level=FillLevel.FULL)
    assert words_of_place(full) == EligibilityWords(DISABLED, 0)
    assert vacant_for(PUBLIC, full) == 0, "nobody is sent to the margin that its operator keeps; the count itself stays"
    assert vacant_for(PUBLIC | DISABLED, full) == 2


def test_a_zone_never_heard_may_have_what_its_spaces_bear() -> None:
    assert words_of_place(NEVER_OBSERVED, DISABLED | EV) == EligibilityWords(0, DISABLED | EV)


def test_a_sum_that_may_be_off_by_all_it_found_is_unknown_and_one_that_is_surely_above_none_is_free() -> None:
    doubtful = replace(counted(public=2), vacant_low=0, vacant_high=6)
    assert words_of_place(doubtful) == EligibilityWords(0, PUBLIC)
    assert vacant_for(PUBLIC, doubtful) is None
    sure = replace(doubtful, vacant_low=1)
    assert words_of_place(sure) == EligibilityWords(PUBLIC, 0)
    assert vacant_for(PUBLIC, sure) == 2


def test_a_place_that_its_operator_calls_full_is_not_offered_as_unknown_either() -> None:
    silent = replace(counted(public=0), reporting_share=0.9, level=FillLevel.FULL)
    assert words_of_place(silent) == EligibilityWords(0, 0)
