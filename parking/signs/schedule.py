"""Which message a schedule asks for: by day of the week, or on dates, which go before weekdays."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

from parking.signs.model import ScheduleEntry, Sign


def find_scheduled(sign: Sign, line: int, now: datetime, zone: tzinfo) -> ScheduleEntry | None:
    """The entry that holds for a line now: a dated one before one of weekdays, the first listed before others."""
    holding = [entry for entry in sign.schedule if _concerns(entry, line) and _holds(entry, now.astimezone(zone))]
    return next((entry for entry in holding if _is_dated(entry)), next(iter(holding), None))


def end_of(entry: ScheduleEntry, now: datetime, zone: tzinfo) -> datetime:
    """When the span that holds now ends by the city's clock; at midnight at the latest, where it is looked at again."""
    local = now.astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), zone)
    if entry.since < entry.until or (entry.since >= entry.until > local.time()):
        until = datetime.combine(local.date(), entry.until, zone).replace(fold=local.fold)
        return min(midnight.astimezone(UTC), until.astimezone(UTC))
    return midnight.astimezone(UTC)


def _concerns(entry: ScheduleEntry, line: int) -> bool:
    return not entry.lines or line in entry.lines


def _is_dated(entry: ScheduleEntry) -> bool:
    return entry.first is not None or entry.last is not None


def _holds(entry: ScheduleEntry, local: datetime) -> bool:
    """By the clock on the wall there, whatever its offset is: an hour that autumn repeats counts twice."""
    at = local.time()
    for begun, since, until in _spans(entry, local):
        if since <= at and (until is None or at < until) and _is_on(entry, begun):
            return True
    return False


def _spans(entry: ScheduleEntry, local: datetime) -> Iterator[tuple[datetime, time, time | None]]:
    if entry.since < entry.until:
        yield local, entry.since, entry.until
        return
    yield local, entry.since, None  # till midnight, and on from there
    if entry.until > entry.until.min:
        yield local - timedelta(days=1), entry.until.min, entry.until


def _is_on(entry: ScheduleEntry, begun: datetime) -> bool:
    """Whether the day on which it began is one of its days."""
    day = begun.date()
    if _is_dated(entry):
        return (entry.first is None or entry.first <= day) and (entry.last is None or day <= entry.last)
    return not entry.weekdays or day.isoweekday() in entry.weekdays
