"""What a stretch of time was for a place: a number that was counted, only a level, shut, or unknown and why.

Each moment is one of these alone, so that the times of a month add up to the month.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from parking.published.freshness import is_stale
from parking.published.timeline import Span
from parking.words import Basis, Fault, FillLevel, Opening

_SHUT = (Opening.CLOSED, Opening.CLOSED_ABNORMAL)
_ORDER = (
    Fault.WITHDRAWN, Fault.DECOMMISSIONED, Fault.UNUSABLE, Fault.CALIBRATING, Fault.RESTARTED, Fault.COUNTER_DRIFT,
    Fault.DEVICE_FAULT, Fault.COUNTING_OUT_OF_SERVICE, Fault.FLAPPING, Fault.COMMUNICATIONS_FAILURE,
    Fault.NEVER_OBSERVED,
)  # fmt: skip
"""Of several faults the one that says most: that a number has expired is true of every fault in the end."""

NEVER = "never"
EXPIRED = "expired"
WITHOUT_CAUSE = "unstated"
UNKNOWN_CAUSES = (NEVER, EXPIRED, *(fault.value for fault in _ORDER[:-1]), WITHOUT_CAUSE)
"""Why a place was unknown: nothing was ever heard, its number ran out, a fault by name, or nobody said."""


class TimeKind(StrEnum):
    """What a moment was. Only UNKNOWN is not known."""

    NUMBER = "number"
    LEVEL_ONLY = "level_only"
    SHUT = "shut"
    FORECAST = "forecast"
    BY_HAND = "by_hand"
    UNKNOWN = "unknown"


class CurvePoint(NamedTuple):
    """From ``start`` to ``end`` nothing changed; ``cause`` is why it is unknown, where it is."""

    start: datetime
    end: datetime
    kind: TimeKind
    vacant: int | None = None
    low: int | None = None
    high: int | None = None
    cause: str | None = None


def sort_time(span: Span) -> tuple[TimeKind, str | None]:
    """What a span was, and the cause where it was unknown."""
    said = span.availability
    if said is None:
        return TimeKind.UNKNOWN, NEVER
    if is_stale(said.valid_until, span.start):
        return TimeKind.UNKNOWN, EXPIRED if said.observed_at is not None else _cause(said.faults)
    if said.basis == Basis.SET_BY_HAND:
        return TimeKind.BY_HAND, None
    if said.basis is Basis.EXPECTED:
        return TimeKind.FORECAST, None
    if said.vacant is not None or said.vacant_low is not None or said.vacant_high is not None:
        return TimeKind.NUMBER, None
    if said.opening in _SHUT:
        return TimeKind.SHUT, None
    if said.level is not FillLevel.UNKNOWN:
        return TimeKind.LEVEL_ONLY, None
    return TimeKind.UNKNOWN, _cause(said.faults)


def draw_curve(spans: Iterable[Span]) -> list[CurvePoint]:
    """The spans as a curve, joined where nothing in it changed."""
    points: list[CurvePoint] = []
    for span in spans:
        kind, cause = sort_time(span)
        said = span.availability
        numbers = (said.vacant, said.vacant_low, said.vacant_high) if said is not None else (None, None, None)
        point = CurvePoint(span.start, span.end, kind, *numbers, cause)
        if points and (points[-1].end, *points[-1][2:]) == (point.start, *point[2:]):
            points[-1] = points[-1]._replace(end=point.end)
        else:
            points.append(point)
    return points


def _cause(faults: Iterable[Fault]) -> str:
    found = sorted(_ORDER.index(fault) if fault in _ORDER else len(_ORDER) for fault in faults)
    if not found or found[0] == len(_ORDER):
        return WITHOUT_CAUSE
    fault = _ORDER[found[0]]
    return NEVER if fault is Fault.NEVER_OBSERVED else fault.value
