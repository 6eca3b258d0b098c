"""For whom something is free, as bits: one bit an audience, so that one mask of needs is enough.

An ordinary space bears ``public``; a disabled bay bears ``disabled`` and not ``public``. Whoever asks with a mask is so
never sent to a space that is not theirs, and a badge holder who may use both asks with both bits.
"""

from collections.abc import Iterable
from typing import NamedTuple

from parking.published.availability import Availability
from parking.words import Audience, FillLevel, Opening, SpaceState

AUDIENCES = tuple(Audience)
"""An audience's bit in a mask is its index here. Lanes and zones keep that index: a new audience goes to the end."""

BIT = {audience: 1 << number for number, audience in enumerate(AUDIENCES)}
EVERYONE = sum(BIT.values())

_ADMITS = {
    Opening.OPEN: EVERYONE,
    Opening.UNKNOWN: EVERYONE,
    Opening.SUBSCRIBERS_ONLY: BIT[Audience.SUBSCRIBER],
    Opening.CLOSED: 0,
    Opening.CLOSED_ABNORMAL: 0,
}


_SOME = frozenset({FillLevel.SPACES_AVAILABLE, FillLevel.ALMOST_FULL})


class EligibilityWords(NamedTuple):
    """Eligibility bits of what is free, and of what is not known. A bit in neither is known not to be free."""

    free: int
    unknown: int


def mask_of(audiences: Iterable[Audience]) -> int:
    """The bits of these audiences."""
    return sum(BIT[audience] for audience in set(audiences))


def words_of_place(availability: Availability, may_bear: int = BIT[Audience.PUBLIC]) -> EligibilityWords:
    """What a place has free, and what may be free.

    None seen vacant among spaces of which some are silent is unknown, not full, and so is a sum that may be off by all
    that it found. A place of which nothing was ever heard may have what it bears: by default an ordinary space. One
    whose operator calls it full is full, though a few are left or some do not answer; one that is said to have spaces
    has some free, though nobody says how many.
    """
    free = unknown = 0
    for audience, count in availability.by_category.items():
        vacant = _known(audience, count.vacant, availability)
        if vacant is None:
            unknown |= BIT[audience]
        elif vacant > 0:
            free |= BIT[audience]
    if not availability.by_category:
        unknown = may_bear
    if says_there_are_some(availability):
        free, unknown = free | BIT[Audience.PUBLIC], unknown & ~BIT[Audience.PUBLIC]
    if availability.level is FillLevel.FULL:
        free, unknown = free & ~BIT[Audience.PUBLIC], unknown & ~BIT[Audience.PUBLIC]
    admitted = _ADMITS[availability.opening]
    return EligibilityWords(free & admitted, unknown & admitted)


def says_there_are_some(availability: Availability) -> bool:
    """Whether ordinary spaces are said to be vacant where no number is: by a level, or by a bound above none."""
    if availability.vacant is not None:
        return False
    return availability.level in _SOME or bool(availability.vacant_low)


def words_of_space(state: SpaceState, bears: int, opening: Opening) -> EligibilityWords:
    """What one single space that bears these bits is, behind an entrance in that state."""
    mask = bears & _ADMITS[opening]
    return EligibilityWords(mask if state is SpaceState.FREE else 0, mask if state is SpaceState.UNKNOWN else 0)


def vacant_for(need: int, availability: Availability) -> int | None:
    """Spaces known vacant for a mask of needs behind an entrance that admits it; None is unknown.

    For several needs it is the largest of their counts, "at least so many": a space may bear several bits.
    """
    admitted = need & _ADMITS[availability.opening]
    if availability.level is FillLevel.FULL:
        admitted &= ~BIT[Audience.PUBLIC]
    if not admitted:
        return 0
    counts = [
        _known(audience, count.vacant, availability)
        for audience, count in availability.by_category.items()
        if BIT[audience] & admitted
    ]
    most = max((count for count in counts if count is not None), default=None)
    return None if most == 0 and None in counts else most


def _known(audience: Audience, vacant: int | None, availability: Availability) -> int | None:
    """A count, or None where it is 0 only because spaces are silent, or above 0 only within its error."""
    share = availability.reporting_share
    if vacant == 0 and share is not None and share < 1:
        return None
    may_be_none = audience is Audience.PUBLIC and availability.vacant_low == 0
    return None if vacant and may_be_none else vacant
