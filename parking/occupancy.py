"""Occupancy: the fold. What devices say becomes what we conclude, whatever the order in which it arrives.

register (state, observation, place)  -> state           last writer wins, by the total order
conclude (state, place, clock)        -> Conclusion      what may be said now, and when that will change by itself
publish  (state, place, clock, ...)   -> state, change   a conclusion that is news; no change, no message
"""

from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from parking import spaces, zone
from parking.availability import NEVER_OBSERVED, Availability, CategoryCount, Change, Revision
from parking.catalogue import DEFAULT_VALID_FOR_S, Place
from parking.freshness import is_stale
from parking.level import fill_level
from parking.observations import (
    DeviceCalibrating,
    DeviceDecommissioned,
    DeviceFault,
    DeviceStarted,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
)
from parking.state import Counted, Faulted, Opened, PlaceState, Register, stamp_of
from parking.words import Audience, Basis, Fault, Opening, SpaceState

_FAULT_OF = {
    DeviceStarted: Fault.RESTARTED,
    DeviceCalibrating: Fault.CALIBRATING,
    DeviceDecommissioned: Fault.DECOMMISSIONED,
}
R = TypeVar("R", bound=Register)


class Conclusion(NamedTuple):
    """What may be said, and the instant at which the clock alone will change it (None: never)."""

    availability: Availability
    next_expiry: datetime | None


class Folded(NamedTuple):
    """The new state, and the change to publish if there is one."""

    state: PlaceState
    change: Change | None
    next_expiry: datetime | None


def publish(state: PlaceState, place: Place, clock: datetime | None, revision: Revision) -> Folded:
    """Conclude at ``clock``; a conclusion that differs from the last one is a change under ``revision``."""
    availability, next_expiry = conclude(state, place, clock)
    old = state.published
    if old is not None and msgspec.structs.replace(availability, revision=old.revision) == old:
        return Folded(state, None, next_expiry)
    availability = msgspec.structs.replace(availability, revision=revision)
    state = msgspec.structs.replace(state, published=availability)
    return Folded(state, Change(place.tenant, place.id, availability), next_expiry)


def register(state: PlaceState, observation: Observation, place: Place) -> PlaceState:
    """The state with this observation in its register; the same object where it says nothing newer.

    A heartbeat changes nothing: it confirms nothing about the number.
    """
    match observation:
        case SiteCounted() as seen:
            count = Counted(*stamp_of(seen), seen.vacant, seen.capacity, seen.full_at, seen.basis)
            return _put_count(state, seen.category, count)
        case SiteRecounted() as seen:
            count = Counted(*stamp_of(seen), seen.vacant, None, None, Basis.VERIFIED)
            return _put_count(state, seen.category, count)
        case OpeningChanged() as seen:
            opened = Opened(*stamp_of(seen), seen.opening)
            newer = state.opening is None or opened.order > state.opening.order
            return msgspec.structs.replace(state, opening=opened) if newer else state
        case SpaceObserved() as seen:
            return _put_space(state, seen, place, seen.state)
        case DeviceStarted() | DeviceCalibrating() | DeviceDecommissioned() | DeviceFault() as seen:
            return _put_fault(state, seen, place)
        case _:
            return state


def _put(state: PlaceState, registers: str, key: str, new: R) -> PlaceState:
    held: dict[str, R] = getattr(state, registers)
    old = held.get(key)
    if old is not None and new.order <= old.order:
        return state
    return msgspec.structs.replace(state, **{registers: dict(sorted({**held, key: new}.items()))})


def _put_count(state: PlaceState, category: Audience, count: Counted) -> PlaceState:
    last = state.last_counts.get(count.device)
    if last is None or count.observed_at > last:
        lasts = dict(sorted({**state.last_counts, count.device: count.observed_at}.items()))
        state = msgspec.structs.replace(state, last_counts=lasts)
    return _put(state, "counts", category, count)


def _put_space(state: PlaceState, seen: Observation, place: Place, to: SpaceState) -> PlaceState:
    device = place.find_device(seen.source, seen.device_id, seen.observed_at)
    if device is None or device.slot is None:
        return state
    records = spaces.put(state.spaces, device.slot, seen, to)
    return state if records == state.spaces else msgspec.structs.replace(state, spaces=records)


def _put_fault(state: PlaceState, seen: Observation, place: Place) -> PlaceState:
    device = place.find_device(seen.source, seen.device_id, seen.observed_at)
    if device is not None and device.slot is not None:
        return _put_space(state, seen, place, SpaceState.UNKNOWN)
    fault = seen.fault if isinstance(seen, DeviceFault) else _FAULT_OF[type(seen)]
    faulted = Faulted(*stamp_of(seen), fault)
    return _put(state, "faults", faulted.device, faulted)


def conclude(state: PlaceState, place: Place, clock: datetime | None) -> Conclusion:
    """What may be said about ``place`` at ``clock``. Without a clock (before the first tick) nothing has expired."""
    opening, opening_until = _opening(state, place, clock)
    if place.spaces:
        return Conclusion(*zone.conclude(state.spaces, place, clock, state.opening, opening, opening_until))
    return _conclude_site(state, place, clock, opening, opening_until)


def _conclude_site(
    state: PlaceState, place: Place, clock: datetime | None, opening: Opening, opening_until: datetime | None
) -> Conclusion:
    registers = [*state.counts.values(), *state.faults.values(), *([state.opening] if state.opening else [])]
    if not registers:
        return Conclusion(NEVER_OBSERVED, None)
    count = state.counts.get(Audience.PUBLIC)
    faults = {fault.fault for fault in state.faults.values() if not _superseded(fault, state)}
    limits = {audience: _valid_until(held, place) for audience, held in state.counts.items()}
    valid = {
        audience: held
        for audience, held in state.counts.items()
        if not is_stale(limits[audience], clock) and not _silenced(held, state)
    }
    if count is not None and is_stale(limits[Audience.PUBLIC], clock) and not _silenced(count, state):
        faults.add(Fault.COMMUNICATIONS_FAILURE)
    shown = valid.get(Audience.PUBLIC)
    capacity = count.capacity if count is not None and count.capacity is not None else place.capacity
    vacant = shown.vacant if shown else None
    full_at = count.full_at if count is not None and count.full_at is not None else place.full_at
    expiries = [limits[audience] for audience in valid]
    if (opening_fresh := _fresh(opening_until, clock)) is not None:
        expiries.append(opening_fresh)
    past = [*limits.values(), *([opening_until] if opening_until else [])]
    return Conclusion(
        Availability(
            vacant=vacant,
            vacant_low=vacant,
            vacant_high=vacant,
            capacity=capacity,
            level=fill_level(vacant, vacant, capacity, opening, full_at, place.almost_full_at),
            opening=opening,
            by_category={
                audience: CategoryCount(
                    valid[audience].vacant if audience in valid else None,
                    held.capacity if held.capacity is not None or audience is not Audience.PUBLIC else place.capacity,
                )
                for audience, held in state.counts.items()
            },
            reporting_share=1.0 if shown else 0.0,
            observed_at=max(held.observed_at for held in ([count] if count else registers)),
            valid_until=min(expiries) if expiries else max(past, default=None),
            basis=shown.basis if shown else None,
            faults=tuple(sorted(faults)),
            simulated=any(held.simulated for held in registers),
        ),
        min(expiries, default=None),
    )


def _opening(state: PlaceState, place: Place, clock: datetime | None) -> tuple[Opening, datetime | None]:
    if state.opening is None:
        return Opening.UNKNOWN, None
    until = _valid_until(state.opening, place)
    return (Opening.UNKNOWN if is_stale(until, clock) else state.opening.opening), until


def _valid_until(held: Register, place: Place) -> datetime:
    device = place.find_device(held.source, held.device_id, held.observed_at)
    return held.observed_at + timedelta(seconds=device.valid_for_s if device else DEFAULT_VALID_FOR_S)


def _silenced(count: Counted, state: PlaceState) -> bool:
    """Whether the device that counted has said since, or in the same instant, that it cannot tell."""
    fault = state.faults.get(count.device)
    return fault is not None and fault.observed_at >= count.observed_at


def _superseded(fault: Faulted, state: PlaceState) -> bool:
    last = state.last_counts.get(fault.device)
    return last is not None and last > fault.observed_at


def _fresh(until: datetime | None, clock: datetime | None) -> datetime | None:
    return None if is_stale(until, clock) else until
