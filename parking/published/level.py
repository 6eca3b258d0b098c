"""How full a place is: a pure function of the value. Hysteresis belongs to signs and push alone."""

import math

from parking.words import FillLevel, Opening

ALMOST_FULL_SHARE = 0.1
"""Without a threshold of its own, a place is almost full with a tenth of its capacity or less."""


def fill_level(
    low: int | None,
    high: int | None,
    capacity: int | None,
    opening: Opening,
    full_at: int | None = None,
    almost_full_at: int | None = None,
) -> FillLevel:
    """The level that holds for every vacancy in ``low..high``, or unknown where they disagree.

    A capacity of 0 (Nantes sends 0 of 0 for a subscribers' car park) is not full: there is nothing to fill. Nor is a
    closed place: nobody can find it full. Without a capacity, only full and not full can be told.
    """
    if low is None or high is None or capacity == 0 or opening in (Opening.CLOSED, Opening.CLOSED_ABNORMAL):
        return FillLevel.UNKNOWN
    full = full_at or 0
    almost = almost_full_at
    if almost is None:
        almost = full if capacity is None else max(full, math.floor(capacity * ALMOST_FULL_SHARE))
    levels = {_one_level(vacant, full, almost) for vacant in (low, high)}  # what holds at both ends holds between
    return levels.pop() if len(levels) == 1 else FillLevel.UNKNOWN


def _one_level(vacant: int, full: int, almost: int) -> FillLevel:
    if vacant <= full:
        return FillLevel.FULL
    return FillLevel.ALMOST_FULL if vacant <= almost else FillLevel.SPACES_AVAILABLE
