"""Occupancy: the fold. What devices say becomes what we conclude, whatever the order in which it arrives.

register (state, observation, place)  -> state           last writer wins, by the total order
conclude (state, place, clock)        -> Conclusion      what may be said now, and when that will change by itself
publish  (state, place, clock, ...)   -> state, change   a conclusion that is news; no change, no message
"""

from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from parking.catalogue.model import DEFAULT_VALID_FOR_S, Place
from parking.fold import lanes, spaces, zone
from parking.fold.kernel import PYTHON, Kernel
from parking.fold.state import DAYS_KEPT, Counted, DayRange, Faulted, Opened, PlaceState, Register, stamp_of
from parking.instants import from_us, to_us
from parking.observations import (
    DeviceCalibrating,
    DeviceDecommissioned,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    LaneCounted,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
)
from parking.published.availability import NEVER_OBSERVED, Availability, CategoryCount, Change, Revision
from parking.published.freshness import is_stale
from parking.published.level import fill_level
from parking.words import Audience, Basis, Fault, Opening, SpaceState

_FAULT_OF = {
    DeviceStarted: Fault.RESTARTED,
    DeviceCalibrating: Fault.CALIBRATING,
    DeviceDecommissioned: Fault.DECOMMISSIONED,
}
R = TypeVar("R", bound=Register)
_DAY_US = 24 * 3600 * 1_000_000


class Conclusion(NamedTuple):
    """What may be said, and the instant at which the clock alone will change it (None: never)."""

    availability: Availability
    next_expiry: datetime | None


class Folded(NamedTuple):
    """The new state, and the change to publish if there is one."""

    state: PlaceState
    change: Change | None
    next_expiry: datetime | None


def publish(
    state: PlaceState,
    place: Place,
    clock: datetime | None,
    revision: Revision,
    kernel: Kernel = PYTHON,
    insist: bool = False,
) -> Folded:
    """Conclude at ``clock``; a conclusion that differs from the last one is a change under ``revision``.

    With ``insist`` one that does not differ is a change too: something else may have been published in between by a
    worker that died before the Table had it.
    """
    availability, next_expiry = conclude(state, place, clock, kernel)
    old = state.published
    if old is None and availability is NEVER_OBSERVED:
        return Folded(state, None, next_expiry)
    if old is not None and not insist and msgspec.structs.replace(availability, revision=old.revision) == old:
        return Folded(state, None, next_expiry)
    availability = msgspec.structs.replace(availability, revision=revision)
    state = msgspec.structs.replace(state, published=availability)
    return Folded(state, Change(place.tenant, place.id, availability, clock), next_expiry)


def register(state: PlaceState, observation: Observation, place: Place, clock: datetime | None) -> PlaceState:
    """The state with this observation in its register; the same object where it says nothing newer.

    A heartbeat confirms nothing about a number; a ground sensor's is kept as a sign that it lives.
    """
    match observation:
        case SiteCounted() as seen:
            count = Counted(*stamp_of(seen), seen.vacant, seen.capacity, seen.full_at, seen.basis)
            return _put_range(_put_count(state, seen.category, count), seen)
        case SiteRecounted() as seen:
            count = Counted(*stamp_of(seen), seen.vacant, None, None, Basis.VERIFIED)
            return _put_count(state, seen.category, count)
        case LaneCounted() as seen:
            ledger = lanes.put(state.lanes, seen, clock)
            return state if ledger is state.lanes else msgspec.structs.replace(state, lanes=ledger)
        case OpeningChanged() as seen:
            opened = Opened(*stamp_of(seen), seen.opening)
            newer = state.opening is None or opened.order > state.opening.order
            return msgspec.structs.replace(state, opening=opened) if newer else state
        case SpaceObserved() as seen:
            return _put_space(state, seen, place, seen.state)
        case DeviceStarted() | DeviceCalibrating() | DeviceDecommissioned() | DeviceFault() as seen:
            return _put_fault(state, seen, place)
        case DeviceHeartbeat() as seen:
            return _put_space(state, seen, place, SpaceState.UNKNOWN)
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
    new = _put(state, "counts", category, count)
    if new is state or new.lanes is None:
        return new
    return msgspec.structs.replace(new, lanes=lanes.rebase(new.lanes, category))


def _put_range(state: PlaceState, seen: SiteCounted) -> PlaceState:
    """What a counter said on its last days: one that never moves is found by it."""
    if seen.category is not Audience.PUBLIC:
        return state
    device, day = f"{seen.source}/{seen.device_id}", to_us(seen.observed_at) // _DAY_US
    held = {one.day: one for one in state.ranges.get(device, ())}
    old = held.get(day, DayRange(day, seen.vacant, seen.vacant))
    held[day] = DayRange(day, min(old.least, seen.vacant), max(old.most, seen.vacant))
    kept = tuple(held[one] for one in sorted(held)[-DAYS_KEPT:])
    if kept == state.ranges.get(device):
        return state
    return msgspec.structs.replace(state, ranges=dict(sorted({**state.ranges, device: kept}.items())))


def close_lanes(state: PlaceState, place: Place, clock: datetime) -> PlaceState:
    """The state with pulses older than the lateness bound summed up; the same object where there are none."""
    if state.lanes is None:
        return state
    counts = {audience: held.observed_at for audience, held in state.counts.items()}
    ledger = lanes.close(state.lanes, clock, counts, _Contract(place))
    return state if ledger is state.lanes else msgspec.structs.replace(state, lanes=ledger)


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


def conclude(state: PlaceState, place: Place, clock: datetime | None, kernel: Kernel = PYTHON) -> Conclusion:
    """What may be said about ``place`` at ``clock``. Without a clock (before the first tick) nothing has expired."""
    opening, opening_until = _opening(state, place, clock)
    if place.spaces:
        return Conclusion(*zone.conclude(state.spaces, place, clock, state.opening, opening, opening_until, kernel))
    return _conclude_site(state, place, clock, opening, opening_until)


def _conclude_site(
    state: PlaceState, place: Place, clock: datetime | None, opening: Opening, opening_until: datetime | None
) -> Conclusion:
    registers = [*state.counts.values(), *state.faults.values(), *([state.opening] if state.opening else [])]
    if not registers and state.lanes is None:
        return Conclusion(NEVER_OBSERVED, None)
    count = state.counts.get(Audience.PUBLIC)
    faults = {fault.fault for fault in state.faults.values() if not _superseded(fault, state)}
    tallies = {audience: _tally(audience, held, state, place, clock) for audience, held in state.counts.items()}
    shown = tallies.get(Audience.PUBLIC, _NOTHING)
    if count is not None and is_stale(shown.until, clock) and not _silenced(count, state):
        faults.add(Fault.COMMUNICATIONS_FAILURE)
    if any(tally.drifted for tally in tallies.values()):
        faults.add(Fault.COUNTER_DRIFT)
    capacity = count.capacity if count is not None and count.capacity is not None else place.capacity
    full_at = count.full_at if count is not None and count.full_at is not None else place.full_at
    expiries = [until for one in tallies.values() if (until := _fresh(one.until, clock)) is not None]
    if (opening_fresh := _fresh(opening_until, clock)) is not None:
        expiries.append(opening_fresh)
    past = [*(tally.until for tally in tallies.values() if tally.until), *([opening_until] if opening_until else [])]
    times = [held.observed_at for held in ([count] if count else registers)]
    audiences = [Audience.PUBLIC] if count else list(Audience)
    times += [last for audience in audiences for last in _heard(state, audience).values()]
    return Conclusion(
        Availability(
            vacant=shown.vacant,
            vacant_low=shown.low,
            vacant_high=shown.high,
            capacity=capacity,
            level=fill_level(shown.low, shown.high, capacity, opening, full_at, place.almost_full_at),
            opening=opening,
            by_category={
                audience: CategoryCount(
                    tallies[audience].vacant,
                    held.capacity if held.capacity is not None or audience is not Audience.PUBLIC else place.capacity,
                )
                for audience, held in state.counts.items()
            },
            reporting_share=1.0 if shown.vacant is not None else 0.0,
            observed_at=max(times),
            valid_until=min(expiries) if expiries else max(past, default=None),
            basis=shown.basis,
            faults=tuple(sorted(faults)),
            simulated=any(held.simulated for held in registers) or (state.lanes is not None and state.lanes.simulated),
        ),
        min(expiries, default=None),
    )


class _Tally(NamedTuple):
    """What may be said of one audience: None where nothing, and until when it could be (or could have been).

    ``drifted``: what was added up is less than none or more than all; ``vacant`` is then a bound, or None.
    """

    vacant: int | None = None
    low: int | None = None
    high: int | None = None
    basis: Basis | None = None
    until: datetime | None = None
    drifted: bool = False


_NOTHING = _Tally()


def _tally(audience: Audience, count: Counted, state: PlaceState, place: Place, clock: datetime | None) -> _Tally:
    """A count, or what lanes have made of it since: a sum within an interval that widens with all that passed.

    A sum outside 0..capacity cannot be true, and says that the counter drifted. Where its interval reaches into what
    can be, that part of it holds, and the nearest bound stands for the number; else nothing does.
    """
    until = _valid_until(count, place)
    vacant, basis, error = count.vacant, count.basis, 0
    heard = _heard(state, audience)
    working = {lane: last for lane, last in heard.items() if not _is_retired(lane, last, state, place, clock)}
    if working:  # as good as the lane that has been silent longest; a count begins everybody's time anew
        until = min(_lane_until(lane, max(last, count.observed_at), place) for lane, last in working.items())
    if state.lanes is not None and any(last > count.observed_at for last in heard.values()):
        net, gross = lanes.passed_since(state.lanes, audience, count.observed_at)
        vacant, basis, error = vacant - net, Basis.DERIVED, lanes.error_of(gross)
        if any(lane in state.faults and state.faults[lane].observed_at >= last for lane, last in working.items()):
            return _Tally(until=until)
        if lanes.was_silent(state.lanes, audience, count.observed_at, _Contract(place)):
            return _Tally(until=until)
    if is_stale(until, clock) or _silenced(count, state) or _went_uncounted(count, state):
        return _Tally(until=until)
    capacity = count.capacity if count.capacity is not None or audience is not Audience.PUBLIC else place.capacity
    if basis is not Basis.DERIVED:
        return _Tally(vacant, vacant, vacant, basis, until)
    least, most = max(0, vacant - error), vacant + error
    if capacity is not None:
        most = min(most, capacity)
    if least > most:
        return _Tally(until=until, drifted=True)
    nearest = min(max(vacant, least), most)
    return _Tally(nearest, least, most, basis, until, drifted=nearest != vacant)


def _heard(state: PlaceState, audience: Audience) -> dict[str, datetime]:
    return state.lanes.heard.get(audience, {}) if state.lanes is not None else {}


def _is_retired(lane: str, last: datetime, state: PlaceState, place: Place, clock: datetime | None) -> bool:
    """Whether a lane was taken out since it last spoke, by its own word or in the catalogue."""
    fault = state.faults.get(lane)
    if fault is not None and fault.fault is Fault.DECOMMISSIONED and fault.observed_at >= last:
        return True
    source, _, device_id = lane.partition("/")
    return clock is not None and place.find_device(source, device_id, clock) is None


class _Contract(NamedTuple):
    """See lanes.Contract."""

    place: Place

    def holds_until(self, lane: str, at_us: int) -> int:
        return to_us(_lane_until(lane, from_us(at_us), self.place))

    def began(self, lane: str, at_us: int) -> int:
        source, _, device_id = lane.partition("/")
        device = self.place.find_device(source, device_id, from_us(at_us))
        return to_us(device.valid_from) if device is not None and device.valid_from is not None else 0


def _lane_until(lane: str, last: datetime, place: Place) -> datetime:
    source, _, device_id = lane.partition("/")
    device = place.find_device(source, device_id, last)
    return last + timedelta(seconds=device.valid_for_s if device else DEFAULT_VALID_FOR_S)


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


def _went_uncounted(count: Counted, state: PlaceState) -> bool:
    """Whether a device has said since the count that cars pass uncounted: what it counts later heals nothing."""
    return any(
        fault.fault is Fault.COUNTING_OUT_OF_SERVICE and fault.observed_at >= count.observed_at
        for fault in state.faults.values()
    )


def _superseded(fault: Faulted, state: PlaceState) -> bool:
    """Whether a fault is over: the device has counted since, and where cars passed uncounted, somebody counted anew."""
    lanes_heard = state.lanes.heard.values() if state.lanes is not None else ()
    spoke = [heard.get(fault.device) for heard in (*lanes_heard, state.last_counts)]
    last = max(filter(None, spoke), default=None)
    if last is None or last <= fault.observed_at:
        return False
    uncounted = fault.fault is Fault.COUNTING_OUT_OF_SERVICE and state.lanes is not None
    return not uncounted or any(held.observed_at > fault.observed_at for held in state.counts.values())


def _fresh(until: datetime | None, clock: datetime | None) -> datetime | None:
    return None if is_stale(until, clock) else until
