"""What may be said about a street zone, from its single spaces.

``vacant`` counts the ordinary spaces *seen* vacant; those that do not report widen ``vacant_low..vacant_high`` and
lower ``reporting_share``. Disabled, delivery and other spaces are counted by category and never among the ordinary.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from parking.availability import NEVER_OBSERVED, Availability, CategoryCount
from parking.catalogue import DEFAULT_VALID_FOR_S, Place
from parking.freshness import is_stale
from parking.instants import from_us
from parking.level import fill_level
from parking.spaces import SlotRecord, slots
from parking.words import Audience, Basis, Fault, Opening, SpaceState

READER_GRACE = timedelta(seconds=60)
"""One silent sensor among many changes the number a little at the next tick; it must not blank the zone before."""


class _Seen(NamedTuple):
    record: SlotRecord
    audiences: frozenset[Audience]
    until: datetime | None
    state: SpaceState


def _look(spaces: bytes, place: Place, clock: datetime | None) -> Iterator[_Seen]:
    valid_for = {device.slot: device.valid_for_s for device in place.devices if device.slot is not None}
    records = slots(spaces, len(place.spaces))
    for slot, (record, space) in enumerate(zip(records, place.spaces, strict=True)):
        if not record.observed_us:
            yield _Seen(record, space.audiences, None, SpaceState.UNKNOWN)
            continue
        limit = timedelta(seconds=valid_for.get(slot, DEFAULT_VALID_FOR_S))
        until = from_us(record.observed_us) + limit
        yield _Seen(record, space.audiences, until, SpaceState.UNKNOWN if is_stale(until, clock) else record.state)


def next_expiry(spaces: bytes, place: Place, clock: datetime | None) -> datetime | None:
    """When the next space falls silent, or None where none that reports is left."""
    return min(
        (
            seen.until
            for seen in _look(spaces, place, clock)
            if seen.until is not None and seen.state is not SpaceState.UNKNOWN
        ),
        default=None,
    )


def conclude(spaces: bytes, place: Place, clock: datetime | None, opening: Opening) -> Availability:
    """The availability of a zone with single spaces at ``clock``."""
    seen = list(_look(spaces, place, clock))
    heard = [one for one in seen if one.until is not None]
    if not heard:
        return NEVER_OBSERVED
    known = [one for one in seen if one.state is not SpaceState.UNKNOWN]
    by_state = {
        audience: Counter(one.state for one in seen if audience in one.audiences)
        for audience in sorted({audience for one in seen for audience in one.audiences})
    }
    public = by_state.get(Audience.PUBLIC, Counter())
    any_known = public.total() > public[SpaceState.UNKNOWN]
    low = public[SpaceState.FREE] if any_known else None
    high = public[SpaceState.FREE] + public[SpaceState.UNKNOWN] if any_known else None
    expiry = next_expiry(spaces, place, clock)
    last = max(one.until for one in heard if one.until is not None)
    capacity = public.total()
    return Availability(
        vacant=low,
        vacant_low=low,
        vacant_high=high,
        capacity=capacity,
        out_of_service=public[SpaceState.CLOSED],
        level=fill_level(low, high, capacity, opening, place.full_at, place.almost_full_at),
        opening=opening,
        by_category={
            audience: CategoryCount(
                states[SpaceState.FREE] if states.total() > states[SpaceState.UNKNOWN] else None, states.total()
            )
            for audience, states in by_state.items()
        },
        reporting_share=len(known) / len(seen),
        observed_at=from_us(max(one.record.observed_us for one in heard)),
        valid_until=last if expiry is None else expiry + READER_GRACE,
        basis=Basis.COUNTED if known else None,
        faults=() if len(known) == len(seen) else (Fault.COMMUNICATIONS_FAILURE,),
        simulated=any(one.record.simulated for one in heard),
    )
