"""How wrong a city's signs were on a day: what they showed, by the record; what was so, by the history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from redis.exceptions import RedisError

from ops.console import live_state, run
from ops.past import Past
from ops.settings import Settings
from parking.decisions.acting import DecisionNow, pair
from parking.decisions.chain import LoggedEntry
from parking.errors import ParkingError
from parking.published.timeline import Published, Span, list_revised
from parking.signs.deciding import DARK_FOR, PLAN_RULE
from parking.signs.model import Sign
from parking.signs.showing import list_showings
from parking.signs.wrong import HOUSE_RULE, LineRecord, judge_line
from store.signs import read_signs

REVISED_FOR = timedelta(days=1)
"""What is said of a day until so long after it counts."""

_A_DAY = timedelta(days=1)
Line = tuple[str, int]


class LineFound(NamedTuple):
    """A line of a sign, as far as the inventory still has it, and its record."""

    sign: str
    number: int
    legend: str
    record: LineRecord


def judge_day(
    settings: Settings,
    past: Past,
    start: datetime,
    end: datetime,
    only: str | None,
    tolerance: int,
    reading: "DecidedDays | None" = None,
) -> list[LineFound]:
    """Every line that anything was decided of, by sign and number. Raises HistoryError where there is no record.

    Who judges day after day hands in one ``reading``, so that each day's record is read once.
    """
    decided = _decided(reading or DecidedDays(settings, past.tenant), start, end, only)
    was = _what_was(past, {place for known in decided.values() for place in _places(known)}, start, end)
    signs = run(_inventory(settings, past.tenant))
    found = []
    for (name, number), known in sorted(decided.items()):
        line = next((line for line in signs[name].lines if line.number == number), None) if name in signs else None
        rule = line.rule if line else HOUSE_RULE
        record = judge_line(list_showings(known, start, end), was, rule, tolerance)
        found.append(LineFound(name, number, line.legend if line else "", record))
    return found


class DecidedDays:
    """The record of a city's signs by UTC day; of days that are asked for again in order each is read once."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        from store.history.decided import FOLDER, DecidedReader

        self._reader, self._tenant = DecidedReader(settings.history_at / FOLDER), tenant
        self._read: dict[date, list[LoggedEntry]] = {}

    def list_stretch(self, prefix: str, before: date, first: date, last: date) -> list[LoggedEntry]:
        """As ``DecidedReader.list_stretch``; asked with one prefix alone."""
        for day in [day for day in self._read if day < first]:
            del self._read[day]
        entries = self._reader.list_stretch(self._tenant, prefix, before, first, first - _A_DAY)
        for number in range((last - first).days + 1):
            day = first + number * _A_DAY
            if day not in self._read:
                self._read[day] = self._reader.list_stretch(self._tenant, prefix, day, day, day)
            entries += self._read[day]
        return sorted(entries, key=lambda entry: (entry.partition, entry.offset))


def _decided(reading: DecidedDays, start: datetime, end: datetime, only: str | None) -> dict[Line, list[DecisionNow]]:
    """Since the longest that a dark line's decision holds: it may have been dark for days."""
    prefix = f"sign:{only}/" if only else "sign:"
    first, last = start.date(), (end + REVISED_FOR).date()
    entries = reading.list_stretch(prefix, (start - DARK_FOR).date(), first, last)
    lines: dict[Line, list[DecisionNow]] = defaultdict(list)
    for known in pair(entry.event for entry in entries):
        name, _, number = known.decision.subject.removeprefix("sign:").rpartition("/")
        if (known.decision.rule, known.decision.rule_version) == PLAN_RULE and number.isdecimal():
            lines[name, int(number)].append(known)
    return {line: known for line, known in lines.items() if any(one.decision.decided_at < end for one in known)}


def _places(known: Iterable[DecisionNow]) -> set[str]:
    return {given.place_id for one in known for given in one.decision.inputs if given.place_id is not None}


def _what_was(past: Past, places: set[str], start: datetime, end: datetime) -> Mapping[str, list[Span]]:
    """With all that was said of these times up to a day later."""
    published: dict[str, list[Published]] = defaultdict(list)
    if not places:
        return {}
    for one in past.reader.list_standing(past.tenant, start):
        published[one.change.place_id].append(one)
    for day in past.reader.list_days(past.tenant):
        if start.date() <= day <= (end + REVISED_FOR).date():
            for place, rows in past.reader.walk_day(past.tenant, day, places):
                published[place] += rows
    return {place: list_revised(published[place], start, end) for place in places}


async def _inventory(settings: Settings, tenant: str) -> dict[str, Sign]:
    """The signs as they are today: their legends and thresholds; without Redis the house's thresholds count."""
    try:
        async with live_state(settings) as client:
            return {sign.id: sign for sign in await read_signs(client, tenant)}
    except (RedisError, ParkingError, OSError):
        return {}
