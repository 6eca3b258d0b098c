"""Opening times in OpenStreetMap's notation, where they are simple: always, or the same hours on some days."""

import re
from xml.etree.ElementTree import Element

from sensors.sources.datex2.elements import child, children, text, texts

_DAYS = {
    "monday": "Mo", "tuesday": "Tu", "wednesday": "We", "thursday": "Th", "friday": "Fr", "saturday": "Sa",
    "sunday": "Su",
}  # fmt: skip
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
MAX_RULES = 14


def read_hours(opening: Element | None) -> str | None:
    """``24/7``, or rules like ``Mo-Fr 06:30-23:30``; None where they are not told, or not simply.

    A day from midnight to the same midnight is not told: Aachen writes it for every place, and it may mean all day or
    nothing.
    """
    if opening is None:
        return None
    if text(opening, "available24hours") in ("true", "1"):
        return "24/7"
    validity = next(iter(children(opening, "validity", "overallPeriod")), None)
    times = child(validity, "validityTimeSpecification")
    periods = children(validity if times is None else times, "validPeriod")
    rules = [_rule(period) for period in periods]
    if not rules or None in rules or len(rules) > MAX_RULES:
        return None
    return "; ".join(rule for rule in rules if rule)


def _rule(period: Element) -> str | None:
    spans = [_span(hours) for hours in children(period, "recurringTimePeriodOfDay")]
    if not spans or None in spans or child(period, "startOfPeriod") is not None:
        return None
    days = [day for held in children(period, "recurringDayWeekMonthPeriod") for day in texts(held, "applicableDay")]
    if any(day not in _DAYS for day in days):
        return None
    hours = ",".join(span for span in spans if span)
    return f"{','.join(short for day, short in _DAYS.items() if day in days)} {hours}".strip()


def _span(hours: Element) -> str | None:
    ends = [_TIME.fullmatch(text(hours, f"{which}TimeOfPeriod") or "") for which in ("start", "end")]
    if None in ends:
        return None
    start, end = (f"{found[1]}:{found[2]}" for found in ends if found)
    return None if start == end else f"{start}-{end}"
