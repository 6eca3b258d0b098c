"""Freshness: when a number stops being true, for the fold that meets a tick and for the reader who meets nothing."""

from datetime import datetime

import msgspec

from parking.published.availability import Availability, Beneath, CategoryCount
from parking.words import Fault, FillLevel, Opening


def is_stale(valid_until: datetime | None, now: datetime | None) -> bool:
    """Whether a value has expired. Without a clock nothing expires; without a limit nothing does either."""
    return valid_until is not None and now is not None and now >= valid_until


def as_of(availability: Availability, now: datetime | None) -> Availability:
    """The availability as it may be shown at ``now``: past ``valid_until`` its numbers are unknown.

    Its times, capacity and revision stay, so that people can see how old the last word was.
    """
    if availability.beneath is not None and is_stale(availability.beneath.valid_until, now):
        availability = msgspec.structs.replace(availability, beneath=_silent(availability.beneath))
    if not is_stale(availability.valid_until, now):
        return availability
    faults = set(availability.faults) | {Fault.COMMUNICATIONS_FAILURE}
    by_hand = tuple(order for order in availability.by_hand if not is_stale(order.until, now))
    return msgspec.structs.replace(
        availability,
        vacant=None,
        vacant_low=None,
        vacant_high=None,
        level=FillLevel.UNKNOWN,
        opening=Opening.UNKNOWN,
        by_category={
            audience: CategoryCount(None, count.capacity) for audience, count in availability.by_category.items()
        },
        reporting_share=0.0,
        basis=None,
        confidence=None,
        faults=tuple(sorted(faults)),
        space_states=b"",
        by_hand=by_hand,
    )


def _silent(beneath: Beneath) -> Beneath:
    """What devices said, of which nothing holds any more but since when."""
    return Beneath(observed_at=beneath.observed_at, valid_until=beneath.valid_until, faults=beneath.faults)
