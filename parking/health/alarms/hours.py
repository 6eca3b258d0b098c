"""Opening hours in OpenStreetMap's notation, as far as they say that a place is closed by the clock.

Only weekdays and times of day are read: "Mo-Sa 07:00-21:00; Su off", "24/7", "Mo,We 08:00-12:00,14:00-26:00", and
"PH off", which is left out, since nobody here knows the holidays. A text with anything else (months, weeks, sunset,
comments) is not read at all: then nothing is said to be closed.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY_MINUTES = 24 * 60
_RULE = re.compile(r"(?:(?P<days>[A-Z][a-zA-Z,\- ]*?) )?(?P<times>off|closed|24/7|[0-9:,\- ]+)")
_TIME = re.compile(r"(\d{1,2}):(\d\d) ?- ?(\d{1,2}):(\d\d)")
Week: TypeAlias = Sequence[tuple[tuple[int, int], ...]]
"""The spells of each weekday, Monday first, in minutes of it; beyond 1440 is the day after."""


def is_closed_by_hours(text: str, local: datetime) -> bool:
    """Whether the hours can be read and say that it is closed at this time of the city's clock."""
    week = _read(text)
    if week is None:
        return False
    today, minute = local.weekday(), local.hour * 60 + local.minute
    yesterday = (today - 1) % 7
    is_open = any(start <= minute < end for start, end in week[today])
    return not is_open and not any(minute + _DAY_MINUTES < end for _, end in week[yesterday])


def was_just_closed(text: str, local: datetime, opened_within: timedelta) -> bool:
    """Whether it is closed, or was so long ago at most: what has just opened may still be waking up."""
    return is_closed_by_hours(text, local) or is_closed_by_hours(text, local - opened_within)


@lru_cache(maxsize=4096)
def _read(text: str) -> Week | None:
    """The week of a text; None where anything of it cannot be read."""
    week: list[tuple[tuple[int, int], ...]] = [()] * 7
    for rule in filter(None, (part.strip() for part in text.split(";"))):
        read = _RULE.fullmatch(rule)
        spells = _spells(read["times"]) if read else None
        if read is None or spells is None:
            return None
        if read["days"] == "PH" and not spells:
            continue
        days = _days(read["days"]) if read["days"] else list(range(7))
        if days is None:
            return None
        for day in days:
            week[day] = spells
    return week if text.strip() else None


def _days(text: str) -> list[int] | None:
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            return None
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return found


def _spells(text: str) -> tuple[tuple[int, int], ...] | None:
    if text in ("off", "closed"):
        return ()
    if text == "24/7":
        return ((0, _DAY_MINUTES),)
    spells = []
    for part in text.split(","):
        read = _TIME.fullmatch(part.strip())
        if read is None or int(read[1]) > 24 or int(read[3]) > 48 or int(read[2]) > 59 or int(read[4]) > 59:
            return None
        start, end = int(read[1]) * 60 + int(read[2]), int(read[3]) * 60 + int(read[4])
        spells.append((start, end if end > start else end + _DAY_MINUTES))
    return tuple(spells)
