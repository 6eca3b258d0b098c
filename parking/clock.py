"""A tenant's time: an observation like any other, so that a replay of 2011 is judged by the clock of 2011."""

from datetime import datetime
from typing import NamedTuple

from parking.words import ClockBasis


class Clock(NamedTuple):
    """The latest tick of a tenant in one partition, and whose clock it is."""

    at: datetime
    basis: ClockBasis
