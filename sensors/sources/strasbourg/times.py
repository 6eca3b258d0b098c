"""The two ways in which Strasbourg writes a time: ISO 8601, and French words."""

import re
from datetime import datetime

_WORDS = re.compile(r"(?:\w+\.? )?([0-9]{1,2}) (\w+) ([0-9]{4}) à ([0-9]{1,2}):([0-9]{2})")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip


def parse_time(text: str) -> datetime:
    """ISO with its own offset, or local time in ISO or in words ("mer. 03 avril 2019 à 08:00"). Raises ValueError."""
    words = _WORDS.fullmatch(text)
    if words is None:
        return datetime.fromisoformat(text)
    day, month, year, hour, minute = words.groups()
    return datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), int(hour), int(minute))  # noqa: DTZ001
