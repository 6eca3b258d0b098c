"""The usual day, against a second look at every minute."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.desk.usual import (
    QUARTERS_A_DAY,
    AgainstUsual,
    DayKind,
    UsualQuarter,
    compare,
    days_before,
    find_usual,
    kind_of,
    list_quarters,
)
from parking.published.availability import Availability
from parking.published.timeline import Span
from parking.words import Basis

PARIS = ZoneInfo("Europe/Paris")
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 5, 4)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def span(start: datetime, minutes: int, vacant: int | None, basis: Basis | None = Basis.COUNTED) -> Span:
    return Span(start, start + minutes * MINUTE, Availability(vacant=vacant, basis=basis))


pieces = st.lists(st.tuples(st.integers(1, 400), st.none() | st.integers(0, 6)), min_size=1, max_size=25)


@given(pieces, st.sampled_from([MONDAY, SPRING, AUTUMN]), st.integers(-120, 600), st.randoms())
def test_each_quarter_is_what_stood_in_its_minutes(pieces, day, offset, random) -> None:  # type: ignore[no-untyped-def]
    at, spans = midnight(day) + offset * MINUTE, []
    for minutes, vacant in pieces:
        spans.append(span(at, minutes, vacant))
        at += minutes * MINUTE
    minutes_of, had = defaultdict(list), defaultdict(int)
    now = midnight(day)
    while now < midnight(day + timedelta(days=1)):
        clock = now.astimezone(PARIS)
        number = clock.hour * 4 + clock.minute // 15
        had[number] += 1
        standing = next((one.vacant for one in spans if one.start <= now < one.end), None)
        if standing is not None:
            minutes_of[number].append(standing)
        now += MINUTE
    random.shuffle(spans)
    usual = find_usual(spans, kind_of(day), [day], PARIS)
    assert (usual.days, usual.known_days) == (1, int(bool(minutes_of)))
    for number, quarter in enumerate(usual.quarters):
        stood = sorted(minutes_of[number])
        expected = [stood[max(-(-len(stood) * percent // 100) - 1, 0)] if stood else None for percent in (10, 50, 90)]
        assert [quarter.low, quarter.median, quarter.high] == expected
        assert quarter.share_known == (len(stood) / had[number] if had[number] else None)
        assert quarter.days == int(bool(stood))


@pytest.mark.parametrize(("day", "count"), [(MONDAY, 96), (SPRING, 92), (AUTUMN, 100)])
def test_a_day_has_the_quarters_that_its_clock_shows(day: date, count: int) -> None:
    quarters = list_quarters(day, PARIS)
    assert len(quarters) == count
    assert [one.end for one in quarters[:-1]] == [one.start for one in quarters[1:]], "no hole, no overlap"
    assert (quarters[0].start, quarters[-1].end) == (midnight(day), midnight(day + timedelta(days=1)))
    shown = {one.number for one in quarters}
    assert shown == set(range(QUARTERS_A_DAY)) - (set(range(8, 12)) if day == SPRING else set())


def test_a_gap_is_not_filled_from_its_sides() -> None:
    start = midnight(MONDAY)
    usual = find_usual([span(start, 15, 40), span(start + 30 * MINUTE, 15, 50)], DayKind.WORKDAY, [MONDAY], PARIS)
    assert usual.quarters[1] == UsualQuarter(share_known=0.0)
    assert (usual.quarters[0].median, usual.quarters[2].median) == (40, 50)


@pytest.mark.parametrize("basis", [Basis.EXPECTED, Basis.SET_BY_HAND])
def test_what_nobody_counted_is_not_usual(basis: Basis) -> None:
    usual = find_usual([span(midnight(MONDAY), 60, 3, basis)], DayKind.WORKDAY, [MONDAY], PARIS)
    assert usual.known_days == 0


def test_only_days_of_the_same_kind_are_looked_at() -> None:
    assert days_before(date(2026, 5, 9), 14) == [date(2026, 4, 25), date(2026, 5, 2)]
    assert [kind_of(MONDAY + timedelta(days=n)) for n in (4, 5, 6)] == [
        DayKind.WORKDAY,
        DayKind.SATURDAY,
        DayKind.SUNDAY,
    ]


def test_today_is_held_against_it_only_where_there_are_days_enough() -> None:
    usual = UsualQuarter(10, 20, 30, 1.0, 3)
    held = {vacant: compare(vacant, usual) for vacant in (None, 9, 10, 30, 31)}
    assert list(held.values()) == ["not_known", "below", "within", "within", "above"]
    assert compare(9, usual._replace(days=2)) is AgainstUsual.TOO_FEW_DAYS
