"""How wrong were we: what was shown, held against what is known today to have been so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.decisions.acting import ActResult, DecisionNow, confirm
from parking.decisions.model import DecisionInput, decide
from parking.published.availability import Availability, Change
from parking.published.level import fill_level
from parking.published.timeline import Published, list_revised
from parking.signs.model import LineRule
from parking.signs.showing import list_showings
from parking.signs.wrong import LineRecord, WrongKind, judge_line, time_wrong
from parking.words import Basis, FillLevel, Opening
from tests.support import NOON, TENANT, at

END = at(60)


def told(minute: float, state: str, value: str = "", *places: str, result: ActResult | None = ActResult.ACTED,
         lasts: float = 15, after: float = 0) -> DecisionNow:  # fmt: skip
    """A line's decision, and what the sign said to it ``after`` so many minutes."""
    inputs = [
        DecisionInput(place_id=place) if place else DecisionInput(thing="override:1") for place in places or ("p1",)
    ]
    output: dict[str, Any] = {"state": state, "text": value, "value": value}
    when = at(minute)
    decision = decide(TENANT, "sign:A/1", ("signs.plan", 1), inputs, output, when, when + timedelta(minutes=lasts))
    return DecisionNow(decision, confirm(decision, result, {}, at(minute + after)) if result else None)


def so(minute: float, vacant: int | None, *, published: float | None = None, revision: int | None = None,
       lasts: float = 60, **more: Any) -> Published:  # fmt: skip
    """A change: so many vacant, observed at this minute, and published then or later."""
    published = minute if published is None else published
    offset = revision if revision is not None else int(published * 60)
    level = fill_level(vacant, vacant, 100, Opening.OPEN) if vacant is not None else FillLevel.UNKNOWN
    said = {
        "vacant": vacant, "capacity": 100, "level": level, "opening": Opening.OPEN, "observed_at": at(minute),
        "valid_until": at(minute + lasts), "basis": Basis.COUNTED, "revision": (1, offset),
    }  # fmt: skip
    return Published(Change(TENANT, "p1", Availability(**{**said, **more}), at(published)), at(published), 0, offset)


def judged(decided: Sequence[DecisionNow], *changes: Published, end: datetime = END, **more: Any) -> LineRecord:
    return judge_line(list_showings(decided, NOON, end), {"p1": list_revised(changes, NOON, end), "p2": []}, **more)


def minutes(record: LineRecord) -> dict[str, float]:
    found = {kind.value: length.total_seconds() / 60 for kind, length in record.wrong_by_kind.items()}
    rest = {"lit": record.lit, "dark": record.dark, "unknown": record.unknown, "ordered": record.ordered,
            "unjudged": record.unjudged}  # fmt: skip
    return found | {name: length.total_seconds() / 60 for name, length in rest.items() if length}


def test_what_was_so_all_the_time_was_not_wrong() -> None:
    assert minutes(judged([told(0, "spaces", "40", lasts=60)], so(0, 40))) == {"lit": 60}


def test_a_number_above_what_was_free_is_wrong_from_when_that_was_observed_not_published() -> None:
    record = judged([told(0, "spaces", "40", lasts=60)], so(0, 40), so(20, 10, published=25), so(30, 38))
    assert minutes(record) == {"lit": 60, "more_than_free": 10}
    assert record.worst is not None
    assert record.worst[:6] == (WrongKind.MORE_THAN_FREE, "40", 30, 10, at(20), at(30))
    assert record.worst.decision == told(0, "spaces", "40", lasts=60).decision.id


def test_what_goes_on_being_wrong_is_one_example() -> None:
    record = judged([told(0, "spaces", "40", lasts=60)], so(0, 40), so(20, 10), so(25, 4), so(28, 20), so(30, 38))
    assert [one[:6] for one in record.found] == [(WrongKind.MORE_THAN_FREE, "40", 36, 4, at(20), at(30))]


def test_within_the_tolerance_a_number_is_not_wrong() -> None:
    assert minutes(judged([told(0, "spaces", "40", lasts=60)], so(0, 35))) == {"lit": 60}
    assert minutes(judged([told(0, "spaces", "40", lasts=60)], so(0, 35), tolerance=4)) == {
        "lit": 60, "more_than_free": 60,
    }  # fmt: skip


def test_any_number_is_wrong_where_nothing_was_free_or_nobody_let_in() -> None:
    shown = [told(0, "spaces", "3", lasts=60)]
    assert minutes(judged(shown, so(0, 0))) == {"lit": 60, "spaces_while_full": 60}
    shut = so(0, 3, opening=Opening.CLOSED, level=FillLevel.UNKNOWN)
    assert minutes(judged(shown, shut)) == {"lit": 60, "spaces_while_shut": 60}
    assert minutes(judged([told(0, "spaces", "LIBRE", lasts=60)], so(0, 0))) == {"lit": 60, "spaces_while_full": 60}


def test_full_is_wrong_once_more_was_free_than_its_way_back_allows() -> None:
    full = [told(0, "full", "COMPLET", lasts=60)]
    assert minutes(judged(full, so(0, 0), so(10, 4), so(20, 5), so(30, 0))) == {"lit": 60, "full_while_free": 10}
    assert minutes(judged(full, so(0, 30), rule=LineRule(full_at=30))) == {"lit": 60}
    assert minutes(judged(full, so(0, 30, level=FillLevel.FULL))) == {"lit": 60}


def test_shut_is_wrong_while_there_were_spaces_for_all() -> None:
    assert minutes(judged([told(0, "closed", "FERME", lasts=60)], so(0, 30))) == {"lit": 60, "shut_while_open": 60}


def test_what_is_dark_is_never_wrong_and_stays_dark_until_something_is_shown() -> None:
    shown = [told(0, "dark", lasts=1), told(30, "spaces", "40", lasts=30)]
    assert minutes(judged(shown, so(0, 0))) == {"dark": 30, "lit": 30, "spaces_while_full": 30}


def test_a_late_observation_revises_what_was_so() -> None:
    """At 25 it is heard that there were 2 at 10, though 40 had been observed at 5; and what was said at 20 stands."""
    shown = [told(0, "spaces", "40", lasts=60)]
    late = so(10, 2, published=25)
    assert minutes(judged(shown, so(5, 40), late)) == {"lit": 60, "more_than_free": 50, "unjudged": 5}
    corrected = so(5, 2, published=40)
    assert minutes(judged(shown, so(5, 40), corrected)) == {"lit": 60, "more_than_free": 55, "unjudged": 5}


def test_a_number_taken_back_was_never_so() -> None:
    shown = [told(0, "full", "COMPLET", lasts=60)]
    assert minutes(judged(shown, so(0, 0), so(10, 50), so(0, 0, published=20, revision=9999))) == {"lit": 60}


def test_that_nothing_is_known_any_more_takes_nothing_back() -> None:
    shown = [told(0, "spaces", "40", lasts=60)]
    silent = so(0, None, published=20, opening=Opening.UNKNOWN)
    assert minutes(judged(shown, so(0, 10), silent)) == {"lit": 60, "more_than_free": 20, "unjudged": 40}
    assert minutes(judged(shown, so(0, 10, lasts=15))) == {"lit": 60, "more_than_free": 15, "unjudged": 45}


def test_that_a_place_was_shut_is_so_from_when_it_was_published() -> None:
    shown = [told(0, "spaces", "40", lasts=60)]
    shut = so(0, 40, published=20, opening=Opening.CLOSED)
    assert minutes(judged(shown, so(0, 40), shut)) == {"lit": 60, "spaces_while_shut": 40}


def test_a_place_of_which_nothing_was_known_might_have_had_any_number() -> None:
    group = [told(0, "spaces", "40", "p1", "p2", lasts=60)]
    assert minutes(judged(group, so(0, 10))) == {"lit": 60, "unjudged": 60}
    assert minutes(judged([told(0, "full", "COMPLET", "p1", "p2", lasts=60)], so(0, 50))) == {
        "lit": 60, "full_while_free": 60,
    }  # fmt: skip


def test_of_bounds_the_one_that_favours_the_sign_counts() -> None:
    shown = [told(0, "spaces", "40", lasts=60)]
    wide = so(0, 10, vacant_low=0, vacant_high=60)
    assert minutes(judged(shown, wide)) == {"lit": 60}
    assert minutes(judged([told(0, "full", "COMPLET", lasts=60)], wide)) == {"lit": 60}


def test_what_people_ordered_is_not_judged() -> None:
    assert minutes(judged([told(0, "full", "COMPLET", "", lasts=60)], so(0, 50))) == {"lit": 60, "ordered": 60}


def test_what_the_sign_did_not_confirm_is_not_known() -> None:
    shown = [told(0, "spaces", "40", lasts=60), told(20, "full", "COMPLET", lasts=40, result=ActResult.FAILED)]
    assert minutes(judged(shown, so(0, 40))) == {"lit": 20, "unknown": 40}
    assert minutes(judged([told(0, "spaces", "40", lasts=60, result=None)], so(0, 0))) == {"unknown": 60}
    late = [told(0, "spaces", "40", lasts=60), told(20, "full", "COMPLET", lasts=40, after=5)]
    assert minutes(judged(late, so(0, 40), so(20, 0))) == {"lit": 55, "unknown": 5}


def test_past_its_limit_nobody_knows_what_stood_there() -> None:
    assert minutes(judged([told(0, "spaces", "40", lasts=15)], so(0, 0))) == {
        "lit": 15, "unknown": 45, "spaces_while_full": 15,
    }  # fmt: skip


def test_the_same_number_said_again_leaves_no_doubt_between() -> None:
    shown = [told(0, "spaces", "40", lasts=60), told(10, "spaces", "40", lasts=50, after=2)]
    assert minutes(judged(shown, so(0, 40))) == {"lit": 60}


@pytest.mark.parametrize("value", ["", "²", "٣", "P+R", "9" * 30])
def test_a_value_that_is_no_number_breaks_nothing(value: str) -> None:
    judged([told(0, "spaces", value, lasts=60)], so(0, 40))
    judged([told(0, "a word of another version", value, lasts=60)], so(0, 40))


def test_a_sign_is_wrong_while_one_of_its_lines_is() -> None:
    one = judged([told(0, "spaces", "40", lasts=60)], so(0, 40), so(20, 10), so(30, 38))
    two = judged([told(0, "spaces", "40", lasts=60)], so(0, 40), so(25, 10), so(40, 38))
    assert [time_wrong(records) for records in ([one], [one, two], [])] == [
        timedelta(minutes=10), timedelta(minutes=20), timedelta(0),
    ]  # fmt: skip


moments = st.integers(0, 59)
decisions = st.lists(
    st.builds(
        told, moments, st.sampled_from(["spaces", "almost_full", "full", "closed", "dark", "message"]),
        st.sampled_from(["", "0", "7", "40", "COMPLET"]), result=st.sampled_from([None, *ActResult]),
        lasts=st.integers(1, 30), after=st.integers(0, 5),
    ), max_size=8, unique_by=lambda known: known.decision.decided_at,
)  # fmt: skip
changes = st.lists(
    st.builds(so, moments, st.none() | st.integers(0, 100), lasts=st.integers(1, 60)),
    max_size=8, unique_by=lambda change: change.revision,
)  # fmt: skip


@given(decisions, changes, st.randoms())
def test_every_moment_counts_once_whatever_the_order(decided: Any, published: Any, random: Any) -> None:
    record = judged(decided, *published)
    assert record.lit + record.dark + record.unknown == END - NOON
    assert time_wrong([record]) + record.ordered + record.unjudged <= record.lit
    spans = list_revised(published, NOON, END)
    assert [span.start for span in spans[:1]] + [span.end for span in spans[-1:]] == [NOON, END]
    assert all(one.end == two.start for one, two in pairwise(spans))
    random.shuffle(decided)
    random.shuffle(published)
    assert judged(decided, *published, *published[:2]) == record
