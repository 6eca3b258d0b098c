"""The usual day of a place: what stood published on past days, a quarter of an hour at a time, by kind of day.

Of each quarter the time for which a number stood is put in order by that number; the 10th, 50th and 90th percent of it
are the low, the median and the high. So each of them is a number that was really published, one that stood longer
weighs more, and a time without a number has none: it lowers ``share_known`` and nothing else. A number that is a
forecast, or that somebody set by hand, says nothing about what a place usually does, and counts as none.

A quarter is one of the city's clock, 0 to 95. The hour that autumn repeats gives two quarters of the day to one of the
clock, both of which count; those that spring skips have no time on that day. Not promised: anything about holidays,
which are days of the week like others.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from parking.published.timeline import Span
from parking.words import Basis

QUARTER = timedelta(minutes=15)
QUARTERS_A_DAY = 96
ENOUGH_DAYS = 3
"""From so many days on which a quarter was known something is called usual, or not."""

_LOW, _MEDIAN, _HIGH = 10, 50, 90
_NOT_SEEN = (Basis.EXPECTED, Basis.SET_BY_HAND)
_NO_TIME = timedelta(0)


class DayKind(StrEnum):
    """The kinds of days whose curves are alike."""

    WORKDAY = "workday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class AgainstUsual(StrEnum):
    """How a number compares with the usual ones of its quarter and kind of day."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    NOT_KNOWN = "not_known"
    TOO_FEW_DAYS = "too_few_days"


class Quarter(NamedTuple):
    """A quarter of an hour of a day: from when to when, and which one of the city's clock."""

    start: datetime
    end: datetime
    number: int


class UsualQuarter(NamedTuple):
    """What is usual in one quarter of the clock; numbers are None where none ever stood.

    ``share_known`` is of the time that this quarter had on the days looked at (None: it had none), ``days`` on how many
    of them a number stood for some of it.
    """

    low: int | None = None
    median: int | None = None
    high: int | None = None
    share_known: float | None = None
    days: int = 0


class UsualDay(NamedTuple):
    """96 quarters of one kind of day, from so many ``days`` looked at, ``known_days`` of which had any number."""

    kind: DayKind
    days: int
    known_days: int
    quarters: tuple[UsualQuarter, ...]


def kind_of(day: date) -> DayKind:
    """Which kind of day it is, by its weekday alone."""
    return {5: DayKind.SATURDAY, 6: DayKind.SUNDAY}.get(day.weekday(), DayKind.WORKDAY)


def days_before(day: date, count: int) -> list[date]:
    """The days of the same kind among the ``count`` days before this one, oldest first."""
    before = (day - timedelta(days=back) for back in range(count, 0, -1))
    return [one for one in before if kind_of(one) is kind_of(day)]


def list_quarters(day: date, zone: tzinfo) -> list[Quarter]:
    """The quarters that a day of the city really has, in the order of time: 96, or 92 and 100 where the clock turns."""
    start, end = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    quarters = []
    while start < end:
        clock = start.astimezone(zone)
        quarters.append(Quarter(start, min(start + QUARTER, end), (clock.hour * 60 + clock.minute) // 15))
        start += QUARTER
    return quarters


def find_usual(spans: Iterable[Span], kind: DayKind, days: Sequence[date], zone: tzinfo) -> UsualDay:
    """The usual day from what stood on these days; each moment in at most one span, in any order.

    What lies outside of the days, which are all of one kind, is left out.
    """
    quarters = sorted(quarter for day in set(days) for quarter in list_quarters(day, zone))
    starts = [quarter.start for quarter in quarters]
    dates = [quarter.start.astimezone(zone).date() for quarter in quarters]
    stood: list[Counter[int]] = [Counter() for _ in range(QUARTERS_A_DAY)]
    known_on: list[set[date]] = [set() for _ in range(QUARTERS_A_DAY)]
    for span in spans:
        if (vacant := seen_vacant(span)) is None:
            continue
        for at in range(max(bisect_right(starts, span.start) - 1, 0), bisect_left(starts, span.end)):
            quarter = quarters[at]
            length = min(span.end, quarter.end) - max(span.start, quarter.start)
            if length > _NO_TIME:
                stood[quarter.number][vacant] += length // timedelta(microseconds=1)
                known_on[quarter.number].add(dates[at])
    had = Counter[int]()
    for quarter in quarters:
        had[quarter.number] += (quarter.end - quarter.start) // timedelta(microseconds=1)
    usual = tuple(_quarter(stood[n], had[n], len(known_on[n])) for n in range(QUARTERS_A_DAY))
    return UsualDay(kind, len(set(days)), len(set[date]().union(*known_on)), usual)


def seen_vacant(span: Span) -> int | None:
    """The number that stood and that devices or people had counted; None where there was none."""
    said = span.availability
    return None if said is None or said.basis in _NOT_SEEN else said.vacant


def compare(vacant: int | None, usual: UsualQuarter) -> AgainstUsual:
    """How a number stands to what is usual then; both bounds are usual themselves."""
    if vacant is None:
        return AgainstUsual.NOT_KNOWN
    if usual.days < ENOUGH_DAYS or usual.low is None or usual.high is None:
        return AgainstUsual.TOO_FEW_DAYS
    return (
        AgainstUsual.BELOW if vacant < usual.low else AgainstUsual.ABOVE if vacant > usual.high else AgainstUsual.WITHIN
    )


def _quarter(stood: Counter[int], had_us: int, days: int) -> UsualQuarter:
    known_us = stood.total()
    share = known_us / had_us if had_us else None
    if not known_us:
        return UsualQuarter(share_known=share)
    low, median, high = (_reached(stood, known_us, percent) for percent in (_LOW, _MEDIAN, _HIGH))
    return UsualQuarter(low, median, high, share, days)


def _reached(stood: Counter[int], known_us: int, percent: int) -> int:
    """The smallest number at or below which the numbers of so many percent of the known time lay."""
    passed = 0
    for vacant in sorted(stood):
        passed += stood[vacant]
        if passed * 100 >= known_us * percent:
            return vacant
    raise AssertionError("the times add up to what is known")
