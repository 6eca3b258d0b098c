"""The two ways in which Strasbourg writes a time: ISO 8601, and French words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import multimode

from parking.instants import from_local, is_ahead

_WORDS = re.compile(r"(?:\w+\.? )?([0-9]{1,2}) (\w+) ([0-9]{4}) à ([0-9]{1,2}):([0-9]{2})")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip


def read_time(value: object, zone: tzinfo, arrival: datetime | None) -> datetime:
    """ISO with its own offset, or local time in ISO or in words ("mer. 03 avril 2019 à 08:00"). Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("not a text")
    text = value.strip()
    words = _WORDS.fullmatch(text)
    if words is None:
        read = datetime.fromisoformat(text)
    else:
        day, month, year, hour, minute = words.groups()
        read = datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), int(hour), int(minute))  # noqa: DTZ001
    return from_local(read, zone, arrival) if read.tzinfo is None else read.astimezone(UTC)


def typical_arrival(stamps: Iterable[object], zone: tzinfo, now: datetime, within: timedelta) -> datetime | None:
    """When a recording arrived: the newest time within so long after the one that most of its records state.

    One record from the future moves nobody's clock.
    """
    times = []
    for stamp in stamps:
        try:
            at = read_time(stamp, zone, None)
        except (ValueError, OverflowError):
            continue
        if not is_ahead(at, now):
            times.append(at)
    most = max(multimode(times), default=None)
    return None if most is None else max(at for at in times if at - most <= within)
