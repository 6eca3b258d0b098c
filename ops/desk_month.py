"""The month report from the history: read a day at a time, so that memory is that of one day."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from ops.hindsight import DecidedDays, judge_day
from ops.past import Past, PastError
from ops.settings import Settings
from ops.times import local_day
from parking.decisions.model import Decision
from parking.desk.recounted import RecountFound, find_recount, hold_against
from parking.desk.report import PlaceMonth, ReportWindow, sum_spans
from parking.errors import ParkingError
from parking.published.freshness import as_of
from parking.published.timeline import Published, Span, list_spans
from parking.signs.wrong import NO_TIME, TOLERANCE, LineRecord, WrongExample, time_wrong

Advance = Callable[[int, int], None]
"""Told how many steps of how many are done."""

_DAY = timedelta(days=1)
_BEFORE = timedelta(microseconds=1)


class LineMonth(NamedTuple):
    """A line of a sign over the days that were judged; ``worst`` is what sent most people astray."""

    sign: str
    number: int
    legend: str
    lit: timedelta = NO_TIME
    dark: timedelta = NO_TIME
    unknown: timedelta = NO_TIME
    ordered: timedelta = NO_TIME
    unjudged: timedelta = NO_TIME
    wrong: timedelta = NO_TIME
    worst: WrongExample | None = None

    def plus(self, record: LineRecord) -> "LineMonth":
        """With another day."""
        worst = max((one for one in (self.worst, record.worst) if one), key=lambda one: one.weight, default=None)
        return self._replace(
            lit=self.lit + record.lit, dark=self.dark + record.dark, unknown=self.unknown + record.unknown,
            ordered=self.ordered + record.ordered, unjudged=self.unjudged + record.unjudged,
            wrong=self.wrong + time_wrong([record]), worst=worst,
        )  # fmt: skip


def window_of(past: Past, month: str) -> ReportWindow:
    """The month like 2026-10, by the city's clock. Raises PastError where it is none, or nothing of it is kept."""
    try:
        first = date.fromisoformat(f"{month.strip()}-01")
        after = (first + 31 * _DAY).replace(day=1)
        start, end = (local_day(day.isoformat(), past.clock.zone)[0] for day in (first, after))
    except (ValueError, OverflowError, ParkingError) as error:
        raise PastError(f"{month!r:.40} is not a month: write it like 2026-10") from error
    window = ReportWindow(start, end, max(start, past.bounds.first), min(end, past.bounds.last))
    if window.known_until <= window.known_from:
        raise PastError(
            f"nothing is known of {month}: the history of {past.tenant} goes from {past.tell(past.bounds.first)} to "
            f"{past.tell(past.bounds.last)}"
        )
    return window


def sum_month(past: Past, window: ReportWindow, advance: Advance) -> dict[str, PlaceMonth]:
    """Of each place the sum of its time; of a place that was first heard later, the time before is unknown.

    Memory: one day of the history, and a few numbers a place.
    """
    first = past.reader.list_standing(past.tenant, window.known_from)
    standing = {one.change.place_id: one for one in first}
    months: dict[str, PlaceMonth] = {}
    days = _days(window)
    for number, day in enumerate(days):
        for place, month in _sum_day(past, window, day, standing):
            months[place] = months.get(place, PlaceMonth()).plus(month)
        advance(number + 1, len(days))
    for place in {*past.places, *months}:
        months[place] = _whole(months.get(place, PlaceMonth()), window)
    return dict(sorted(months.items()))


def _days(window: ReportWindow) -> list[date]:
    first, last = window.known_from.date(), window.known_until.date()
    return [first + number * _DAY for number in range((last - first).days + 1)]


def _sum_day(
    past: Past, window: ReportWindow, day: date, standing: dict[str, Published]
) -> Iterator[tuple[str, PlaceMonth]]:
    """What a UTC day adds; ``standing`` goes on to what stood at its end."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    start, end = max(midnight, window.known_from), min(midnight + _DAY, window.known_until)
    silent = dict(standing)
    for place, rows in past.reader.walk_day(past.tenant, day):
        before = silent.pop(place, None)
        known = rows if before is None else [before, *rows]
        changes = sum(start <= one.at < end for one in rows)
        yield place, sum_spans(list_spans(known, start, end), changes)
        standing[place] = max(known, key=lambda one: one.revision)
    for place, before in silent.items():
        yield place, sum_spans(list_spans([before], start, end))


def _whole(month: PlaceMonth, window: ReportWindow) -> PlaceMonth:
    """With the days before anything was heard of it."""
    missing = window.covered - month.total
    if missing <= NO_TIME:
        return month
    return month.plus(sum_spans([Span(window.known_from, window.known_from + missing, None)]))


def list_decisions(settings: Settings, tenant: str, window: ReportWindow, prefix: str) -> list[Decision] | None:
    """The decisions of the month about subjects that begin so; None where no decisions are kept."""
    from store.history.decided import FOLDER, DecidedReader

    first, last = window.known_from.date(), window.known_until.date()
    try:
        entries = DecidedReader(settings.history_at / FOLDER).list_stretch(tenant, prefix, first, first, last)
    except ParkingError:
        return None
    return [entry.event for entry in entries if isinstance(entry.event, Decision)]


def find_recounts(past: Past, decisions: list[Decision], window: ReportWindow) -> list[RecountFound]:
    """Recounts by hand, each against what stood published just before."""
    found = {}
    for decision in decisions:
        if (recount := find_recount(decision)) is None or not decision.subject.startswith("place:"):
            continue
        place = decision.subject.removeprefix("place:").rpartition("/")[0]
        at = (recount.counted_at or decision.decided_at).astimezone(UTC) - _BEFORE
        stood = next(iter(past.reader.list_standing(past.tenant, at, place)), None)
        if window.known_from <= at < window.known_until:
            said = as_of(stood.change.availability, at) if stood is not None else None
            found[decision.occasion] = hold_against(place, decision, recount, said)
    return sorted(found.values(), key=lambda one: (one.counted_at, one.place_id, one.category))


def sum_signs(settings: Settings, past: Past, window: ReportWindow, advance: Advance) -> list[LineMonth] | None:
    """Each line that anything was decided of, read a day at a time; None where no decisions are kept."""
    lines: dict[tuple[str, int], LineMonth] = {}
    day = window.known_from.astimezone(past.clock.zone).date()
    count = ((window.known_until - _BEFORE).astimezone(past.clock.zone).date() - day).days + 1
    reading = DecidedDays(settings, past.tenant)
    for number in range(count):
        start, end = local_day((day + number * _DAY).isoformat(), past.clock.zone)
        start, end = max(start, window.known_from), min(end, window.known_until)
        try:
            found = judge_day(settings, past, start, end, None, TOLERANCE, reading)
        except ParkingError:
            return None
        for one in found:
            before = lines.get((one.sign, one.number), LineMonth(one.sign, one.number, one.legend))
            lines[one.sign, one.number] = before.plus(one.record)
        advance(number + 1, count)
    return [line for _, line in sorted(lines.items())]
