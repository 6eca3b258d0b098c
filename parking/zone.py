"""What may be said about a street zone, from its single spaces.

``vacant`` counts the ordinary spaces *seen* vacant; those that do not report widen ``vacant_low..vacant_high`` and
lower ``reporting_share``. Disabled, delivery and other spaces are counted by category and never among the ordinary.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from parking.availability import NEVER_OBSERVED, Availability, CategoryCount
from parking.catalogue import DEFAULT_VALID_FOR_S, Device, Place
from parking.freshness import is_stale
from parking.instants import from_us, to_us
from parking.level import fill_level
from parking.spaces import slots
from parking.state import Opened
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


def _contracts(place: Place) -> list[list[Device]]:
    """For each slot the devices that ever observed it."""
    contracts: list[list[Device]] = [[] for _ in place.spaces]
    for device in place.devices:
        if device.slot is not None:
            contracts[device.slot].append(device)
    return contracts


def _limit_us(devices: list[Device], observed_us: int) -> int:
    """How long a record holds: by the contract of the device that observed the slot then."""
    if len(devices) != 1:
        devices = [device for device in devices if device.observes_at(from_us(observed_us))]
    return (min((device.valid_for_s for device in devices), default=DEFAULT_VALID_FOR_S)) * 1_000_000


def _look(spaces: bytes, place: Place, clock: datetime | None) -> _Seen:
    clock_us = None if clock is None else to_us(clock)
    contracts = _contracts(place)
    tallies: dict[Audience, _Tally] = {}
    known = heard = newest = soonest = last = 0
    simulated = False
    for record, space, devices in zip(slots(spaces, len(place.spaces)), place.spaces, contracts, strict=True):
        state = SpaceState.UNKNOWN
        if record.observed_us:
            until = record.observed_us + _limit_us(devices, record.observed_us)
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
    spaces: bytes,
    place: Place,
    clock: datetime | None,
    opened: Opened | None,
    opening: Opening,
    opening_until: datetime | None,
) -> tuple[Availability, datetime | None]:
    """The availability of a zone with single spaces at ``clock``, and when the clock alone will change it (or None).

    ``opening`` is what may be said at ``clock`` of the register ``opened``, which expires at ``opening_until``.
    """
    seen = _look(spaces, place, clock)
    if not seen.heard and opened is None:
        return NEVER_OBSERVED, None
    public = seen.tallies.get(Audience.PUBLIC, _Tally())
    low = public.free if public.reports else None
    high = public.free + public.unknown if public.reports else None
    silence = from_us(seen.next_expiry_us) if seen.next_expiry_us else None
    gate = None if is_stale(opening_until, clock) else opening_until
    for_readers = [limit for limit in (silence + READER_GRACE if silence else None, gate) if limit]
    past = [limit for limit in (from_us(seen.last_expiry_us) if seen.heard else None, opening_until) if limit]
    times = [from_us(seen.newest_us)] if seen.heard else [opened.observed_at] if opened else []
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
        observed_at=max(times),
        valid_until=min(for_readers) if for_readers else max(past),
        basis=Basis.COUNTED if seen.known else None,
        faults=() if seen.known == len(place.spaces) else (Fault.COMMUNICATIONS_FAILURE,),
        simulated=seen.simulated or (opened is not None and opened.simulated),
    )
    return availability, min((limit for limit in (silence, gate) if limit), default=None)
