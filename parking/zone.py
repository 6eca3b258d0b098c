"""What may be said about a street zone, from its single spaces.

``vacant`` counts the ordinary spaces *seen* vacant; those that do not report widen ``vacant_low..vacant_high`` and
lower ``reporting_share``. Disabled, delivery and other spaces are counted by category and never among the ordinary.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from parking.availability import NEVER_OBSERVED, Availability, CategoryCount
from parking.catalogue import DEFAULT_VALID_FOR_S, Place
from parking.instants import from_us, to_us
from parking.level import fill_level
from parking.spaces import slots
from parking.words import Audience, Basis, Fault, Opening, SpaceState

READER_GRACE = timedelta(seconds=60)
"""One silent sensor among many changes the number a little at the next tick; it must not blank the zone before."""


@dataclass
class _Tally:
    """Spaces of one audience, by what is known of them."""

    total: int = 0
    free: int = 0
    closed: int = 0
    unknown: int = 0

    @property
    def reports(self) -> bool:
        return self.total > self.unknown

    def add(self, state: SpaceState) -> None:
        self.total += 1
        self.free += state is SpaceState.FREE
        self.closed += state is SpaceState.CLOSED
        self.unknown += state is SpaceState.UNKNOWN


class _Seen(NamedTuple):
    """One look over all slots; times in microseconds, 0 where there is none."""

    tallies: dict[Audience, _Tally]
    known: int
    heard: int
    newest_us: int
    next_expiry_us: int
    last_expiry_us: int
    simulated: bool


def _look(spaces: bytes, place: Place, clock: datetime | None) -> _Seen:
    clock_us = None if clock is None else to_us(clock)
    limits_us = [DEFAULT_VALID_FOR_S * 1_000_000] * len(place.spaces)
    for device in place.devices:
        if device.slot is not None:
            limits_us[device.slot] = device.valid_for_s * 1_000_000
    tallies: dict[Audience, _Tally] = {}
    known = heard = newest = soonest = last = 0
    simulated = False
    for record, space, limit_us in zip(slots(spaces, len(place.spaces)), place.spaces, limits_us, strict=True):
        state = SpaceState.UNKNOWN
        if record.observed_us:
            until = record.observed_us + limit_us
            heard, newest, last = heard + 1, max(newest, record.observed_us), max(last, until)
            simulated = simulated or record.simulated
            if record.state is not SpaceState.UNKNOWN and (clock_us is None or clock_us < until):
                state, known = record.state, known + 1
                soonest = min(soonest, until) if soonest else until
        for audience in space.audiences:
            tally = tallies.get(audience)
            if tally is None:
                tally = tallies[audience] = _Tally()
            tally.add(state)
    return _Seen(tallies, known, heard, newest, soonest, last, simulated)


def conclude(
    spaces: bytes, place: Place, clock: datetime | None, opening: Opening
) -> tuple[Availability, datetime | None]:
    """The availability of a zone with single spaces at ``clock``, and when the next of them falls silent (or None)."""
    seen = _look(spaces, place, clock)
    if not seen.heard:
        return NEVER_OBSERVED, None
    public = seen.tallies.get(Audience.PUBLIC, _Tally())
    low = public.free if public.reports else None
    high = public.free + public.unknown if public.reports else None
    expiry = from_us(seen.next_expiry_us) if seen.next_expiry_us else None
    availability = Availability(
        vacant=low,
        vacant_low=low,
        vacant_high=high,
        capacity=public.total,
        out_of_service=public.closed,
        level=fill_level(low, high, public.total, opening, place.full_at, place.almost_full_at),
        opening=opening,
        by_category={
            audience: CategoryCount(tally.free if tally.reports else None, tally.total)
            for audience, tally in sorted(seen.tallies.items())
        },
        reporting_share=seen.known / len(place.spaces),
        observed_at=from_us(seen.newest_us),
        valid_until=expiry + READER_GRACE if expiry else from_us(seen.last_expiry_us),
        basis=Basis.COUNTED if seen.known else None,
        faults=() if seen.known == len(place.spaces) else (Fault.COMMUNICATIONS_FAILURE,),
        simulated=seen.simulated,
    )
    return availability, expiry
