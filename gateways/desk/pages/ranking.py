"""Which places somebody should look at first, and the one line that says how the city stands. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from parking.catalogue.model import Place
from parking.health.alarms.model import HOUSE_SIZE
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.signs.model import Sign
from parking.signs.status import SignState, SignStatus, is_current
from parking.signs.words import SignMode
from parking.words import Fault, FillLevel, Opening, OverrideAspect

_SHUT = (Opening.CLOSED, Opening.CLOSED_ABNORMAL)
_OF_ALL = (OverrideAspect.OPENING, OverrideAspect.NUMBER)
"""Where a person has set these, that is why the place says what it says."""


class Concern(IntEnum):
    """How a place stands, the worst first."""

    UNKNOWN = 0
    DOUBTFUL = 1
    BY_HAND = 2
    NEVER = 3
    SHUT = 4
    WELL = 5


class PlaceStanding(NamedTuple):
    """A place as the desk lists it. ``order`` sorts the worst to the top."""

    place: Place
    availability: Availability
    concern: Concern

    @property
    def order(self) -> tuple[int, int, str, str]:
        """Concern first, then how many spaces hang on it."""
        return (self.concern, -capacity_of(self.place, self.availability), self.place.name, self.place.id)


def capacity_of(place: Place, availability: Availability) -> int:
    """Spaces that hang on it; of a place of unknown size what alarms reckon it for."""
    known = availability.capacity if availability.capacity is not None else place.capacity
    return known if known is not None else len(place.spaces) or HOUSE_SIZE


def is_known(availability: Availability) -> bool:
    """Whether anything is said of how full it is: a number, a bound or a level."""
    bounds = (availability.vacant, availability.vacant_low, availability.vacant_high)
    return availability.level is not FillLevel.UNKNOWN or any(bound is not None for bound in bounds)


def stand(place: Place, availability: Availability) -> PlaceStanding:
    """How a place stands."""
    return PlaceStanding(place, availability, _concern(availability))


def _concern(availability: Availability) -> Concern:
    is_set = any(one.aspect in _OF_ALL for one in availability.by_hand)
    if is_set or (availability.by_hand and is_known(availability)):
        return Concern.BY_HAND
    if is_known(availability):
        return Concern.DOUBTFUL if availability.faults else Concern.WELL
    if availability.opening in _SHUT:
        return Concern.SHUT
    if availability is NEVER_OBSERVED or availability.faults == (Fault.NEVER_OBSERVED,):
        return Concern.NEVER
    return Concern.UNKNOWN


class CityLine(NamedTuple):
    """How the city stands, in one line. ``oldest`` is the time of the oldest number that is still believed."""

    known: int
    unknown: int
    shut: int
    by_hand: int
    oldest: datetime | None
    signs: int
    signs_dark: int
    signs_amiss: int


def city_line(
    standings: Iterable[PlaceStanding], signs: Mapping[str, Sign], statuses: Mapping[str, SignStatus], wall: datetime
) -> CityLine:
    """The line of these places and signs. A place that is shut is neither known nor unknown.

    A sign of which nothing was said for a minute by the ``wall`` clock is amiss, whatever was said before.
    """
    held = list(standings)
    known = [one for one in held if is_known(one.availability)]
    times = [one.availability.observed_at for one in known if one.availability.observed_at is not None]
    shut = sum(one.availability.opening in _SHUT and not is_known(one.availability) for one in held)
    served = [sign_id for sign_id, sign in signs.items() if sign.mode is SignMode.IN_SERVICE]
    told = {sign_id: status.state for sign_id, status in statuses.items() if is_current(status, wall)}
    states = [told.get(sign_id, SignState.SILENT) for sign_id in served]
    return CityLine(
        known=len(known),
        unknown=len(held) - len(known) - shut,
        shut=shut,
        by_hand=sum(bool(one.availability.by_hand) for one in held),
        oldest=min(times, default=None),
        signs=len(served),
        signs_dark=sum(state is SignState.DARK for state in states),
        signs_amiss=sum(state not in (SignState.DARK, SignState.SHOWING, SignState.STARTING) for state in states),
    )
