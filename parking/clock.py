"""A tenant's time: an observation like any other, so that a replay of 2011 is judged by the clock of 2011."""

from datetime import datetime
from typing import NamedTuple

from parking.words import ClockBasis


class Clock(NamedTuple):
    """The latest tick of a tenant in one partition, and whose clock it is."""

    at: datetime
    basis: ClockBasis


def city_time(clock: Clock | None, wall: datetime) -> datetime:
    """The city's time: the reader's own, but never behind the last tick of the wall clock; or a recording's."""
    if clock is None:
        return wall
    return clock.at if clock.basis is ClockBasis.EVENT else max(clock.at, wall)
