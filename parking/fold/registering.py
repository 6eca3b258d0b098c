"""Putting an observation into its register: last writer wins, by the total order, whatever order they arrive in."""

from datetime import datetime
from typing import TypeVar

import msgspec

from parking.catalogue.model import Place
from parking.fold import lanes, recounts, spaces
from parking.fold.by_hand import put_order
from parking.fold.contracts import LaneContracts
from parking.fold.state import (
    DAYS_KEPT,
    Counted,
    DayRange,
    Faulted,
    Levelled,
    Opened,
    PlaceState,
    Register,
    newest,
    stamp_of,
)
from parking.instants import to_us
from parking.observations import (
    DeviceCalibrating,
    DeviceDecommissioned,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    DistanceObserved,
    LaneCounted,
    LaneTotalled,
    Observation,
    OpeningChanged,
    OperatorOverride,
    SiteCounted,
    SiteLevelled,
    SiteRecounted,
    SpaceObserved,
)
from parking.words import Audience, Basis, Fault, SpaceState

_FAULT_OF = {
    DeviceStarted: Fault.RESTARTED,
    DeviceCalibrating: Fault.CALIBRATING,
    DeviceDecommissioned: Fault.DECOMMISSIONED,
}
R = TypeVar("R", bound=Register)
_DAY_US = 24 * 3600 * 1_000_000


def register(state: PlaceState, observation: Observation, place: Place, clock: datetime | None) -> PlaceState:
    """The state with this observation in its register; the same object where it says nothing newer.

    A heartbeat confirms nothing about a number; a ground sensor's is kept as a sign that it lives.
    """
    match observation:
        case SiteCounted() as seen:
            count = Counted(*stamp_of(seen), seen.vacant, seen.capacity, seen.full_at, seen.basis)
            return _put_range(_put_count(state, seen.category, count), seen)
        case SiteLevelled() as seen:
            level = Levelled(*stamp_of(seen), seen.level, seen.vacant_low, seen.vacant_high, seen.capacity)
            return _put(_put_last(state, level), "levels", seen.category, level)
        case SiteRecounted() as seen:
            count = Counted(*stamp_of(seen), seen.vacant, None, None, Basis.VERIFIED)
            if not lanes.is_lost(state.lanes, seen.observed_at):
                held = recounts.put(state.recounts, seen.category, to_us(seen.observed_at), seen.vacant)
                if held != state.recounts:
                    state = msgspec.structs.replace(state, recounts=held)
            return _put_count(state, seen.category, count)
        case LaneCounted() | LaneTotalled():
            ledger = lanes.put(state.lanes, _as_installed(observation, place), clock)
            if ledger is state.lanes:
                return state
            checked = recounts.since(state.recounts, ledger.lost_us) if ledger.lost_us else state.recounts
            return msgspec.structs.replace(state, lanes=ledger, recounts=checked)
        case OpeningChanged() as seen:
            opened = Opened(*stamp_of(seen), seen.opening)
            newer = state.opening is None or opened.order > state.opening.order
            return msgspec.structs.replace(state, opening=opened) if newer else state
        case SpaceObserved() as seen:
            return _put_space(state, seen, place, seen.state)
        case DistanceObserved() as seen:
            return _put_space(state, seen, place, _state_at(seen, place))
        case DeviceStarted() | DeviceCalibrating() | DeviceDecommissioned() | DeviceFault() as seen:
            return _put_fault(state, seen, place)
        case OperatorOverride() as seen:
            return put_order(state, seen)
        case DeviceHeartbeat() as seen:
            return _put_space(state, seen, place, SpaceState.UNKNOWN)
        case _:
            return state


def _as_installed(seen: LaneCounted | LaneTotalled, place: Place) -> LaneCounted | LaneTotalled:
    """What a lane says, with its in and out as they are at that place: a counter may look the other way."""
    device = place.find_device(seen.source, seen.device_id, seen.observed_at)
    if device is None or not device.is_reversed:
        return seen
    return msgspec.structs.replace(seen, entries=seen.exits, exits=seen.entries)


def _state_at(seen: DistanceObserved, place: Place) -> SpaceState:
    """Occupied where something is nearer than the catalogue says that a car stands."""
    device = place.find_device(seen.source, seen.device_id, seen.observed_at)
    if device is None or device.occupied_below_mm is None:
        return SpaceState.UNKNOWN
    return SpaceState.OCCUPIED if seen.distance_mm < device.occupied_below_mm else SpaceState.FREE


def _put(state: PlaceState, registers: str, key: str, new: R) -> PlaceState:
    held: dict[str, R] = getattr(state, registers)
    old = held.get(key)
    if old is not None and new.order <= old.order:
        return state
    more: dict[str, R] = {**held, key: new}
    return msgspec.structs.replace(state, **{registers: newest(more, lambda device: more[device].order)})


def _put_last(state: PlaceState, said: Register) -> PlaceState:
    """By device, whatever it said of how full it is: any such word shows that it works again, and that ends a fault."""
    last = state.last_counts.get(said.device)
    if last is not None and said.observed_at <= last:
        return state
    lasts = {**state.last_counts, said.device: said.observed_at}
    return msgspec.structs.replace(state, last_counts=newest(lasts, lambda device: lasts[device]))


def _put_count(state: PlaceState, category: Audience, count: Counted) -> PlaceState:
    state = _put_rival(_put_last(state, count), category, count)
    new = _put(state, "counts", category, count)
    if new is state or new.lanes is None:  # a count that is older than the one held moves no sum
        return new
    return msgspec.structs.replace(new, lanes=lanes.rebase(new.lanes, category))


def _put_rival(state: PlaceState, category: Audience, count: Counted) -> PlaceState:
    """Each device's own last count, from the second device on: while one is ignored another's stands."""
    held, rivals = state.counts.get(category), state.rivals.get(category)
    if held is None:
        return state
    if rivals is None and held.device_id == count.device_id and held.source == count.source:  # this is every count
        return state
    rivals = {held.device: held, **(rivals or {})}
    own = rivals.get(count.device)
    if own is not None and count.order <= own.order:
        return state
    more = {**rivals, count.device: count}
    kept = newest(more, lambda device: more[device].order)
    return msgspec.structs.replace(state, rivals=dict(sorted({**state.rivals, category: kept}.items())))


def _put_range(state: PlaceState, seen: SiteCounted) -> PlaceState:
    """What a counter said on its last days: one that never moves is found by it."""
    if seen.category is not Audience.PUBLIC:  # three bays for badge holders may rightly stand still for days
        return state
    device, day = f"{seen.source}/{seen.device_id}", to_us(seen.observed_at) // _DAY_US
    held = {known.day: known for known in state.ranges.get(device, ())}
    old = held.get(day, DayRange(day, seen.vacant, seen.vacant))
    held[day] = DayRange(day, min(old.least, seen.vacant), max(old.most, seen.vacant))
    kept = tuple(held[number] for number in sorted(held)[-DAYS_KEPT:])
    if kept == state.ranges.get(device):
        return state
    more = {**state.ranges, device: kept}
    return msgspec.structs.replace(state, ranges=newest(more, lambda device: more[device][-1].day))


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
    said = (seen.fault, seen.category) if isinstance(seen, DeviceFault) else (_FAULT_OF[type(seen)],)
    faulted = Faulted(*stamp_of(seen), *said)
    return _put(state, "faults", faulted.key, faulted)


def close_lanes(state: PlaceState, place: Place, clock: datetime) -> PlaceState:
    """The state with pulses older than the lateness bound summed up; the same object where there are none."""
    if state.lanes is None:
        return state
    counts = {audience: held.observed_at for audience, held in state.counts.items()}
    ledger = lanes.close(state.lanes, clock, counts, LaneContracts(place))
    if ledger is state.lanes:
        return state
    checked = recounts.close(state.recounts, lanes.closing(state.lanes, clock))
    return msgspec.structs.replace(state, lanes=ledger, recounts=checked)
