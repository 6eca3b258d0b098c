"""What people at the desk have set, and what may be said under it.

Each thing that can be set has a register, last writer wins like every other; that it is released is a word like any. So
the state is the same in any order, and whether an order holds is asked anew at each conclusion: it ends by the clock.
Beneath it devices go on being folded, so their word holds again at once.

``seen_under`` is the state as it is believed while devices are ignored and spaces are out of service; ``overlay`` puts
an opening and numbers over what was concluded of it. Neither keeps anything.
"""

from array import array
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from parking.catalogue.model import Device, Place
from parking.fold.spaces import SLOT_BYTES, observed_in, stated
from parking.fold.state import Counted, Faulted, Opened, Ordered, PlaceState, newest, stamp_of
from parking.instants import from_us, to_us
from parking.observations import ALL_SPACES, OperatorOverride
from parking.published.availability import Availability, Beneath, ByHand, CategoryCount
from parking.published.freshness import is_stale
from parking.published.level import fill_level
from parking.words import Audience, Basis, Fault, FillLevel, Opening, OverrideAspect, SpaceState


def put_order(state: PlaceState, seen: OperatorOverride) -> PlaceState:
    """The state with this order in its register; the same object where it says nothing newer."""
    order = Ordered(
        *stamp_of(seen), seen.aspect, seen.reason, seen.expires_at, seen.decision, seen.released, seen.opening,
        seen.vacant, seen.category, seen.space, f"{seen.of_source}/{seen.of_device}" if seen.of_device else None,
    )  # fmt: skip
    held = state.orders.get(seen.key)
    if held is not None and order.order <= held.order:
        return state
    orders = {**state.orders, seen.key: order}
    return msgspec.structs.replace(state, orders=newest(orders, lambda key: orders[key].order))


def standing(state: PlaceState, clock: datetime | None) -> list[Ordered]:
    """The orders that hold at ``clock``, by what they set."""
    return [order for order in state.orders.values() if not order.released and not is_stale(order.expires_at, clock)]


class SeenUnder(NamedTuple):
    """A state as it is believed, how long records of single slots hold in it, and who is asked about the gate.

    ``limits_us`` are by slot, microseconds from the record's own time, where an order says so. ``opening_until`` is
    None where the opening is the devices' own.
    """

    state: PlaceState
    limits_us: Mapping[int, int] = MappingProxyType({})
    opening_until: datetime | None = None


def seen_under(state: PlaceState, orders: Iterable[Ordered], place: Place, clock: datetime | None) -> SeenUnder:
    """The state without what is not to be believed, with spaces out of service, and behind the gate that was set."""
    limits_us: dict[int, int] = {}
    opening_until = None
    for order in orders:
        match order.aspect:
            case OverrideAspect.OPENING if order.opening is not None:
                state = msgspec.structs.replace(state, opening=Opened(*order.stamp, order.opening))
                opening_until = order.expires_at
            case OverrideAspect.SPACE:
                state, closed = _out_of_service(state, order, place)
                limits_us |= closed
            case OverrideAspect.DEVICE:
                state, unheard = _unbelieved(state, order, place, clock)
                limits_us |= unheard
    return SeenUnder(state, limits_us, opening_until)


def _out_of_service(state: PlaceState, order: Ordered, place: Place) -> tuple[PlaceState, dict[int, int]]:
    """Those slots closed until the order ends. A sensor that has spoken is no newer by it."""
    slots = [n for n, space in enumerate(place.spaces) if order.space in (ALL_SPACES, space.id)]
    return _rewritten(state, slots, SpaceState.CLOSED, order, is_heard_needed=False)


def _unbelieved(
    state: PlaceState, order: Ordered, place: Place, clock: datetime | None
) -> tuple[PlaceState, dict[int, int]]:
    """The state in which a device says what is of no use, now and until the order ends; others' words stand instead."""
    source, _, device_id = (order.of or "").partition("/")
    meant = [device for device in place.devices if (device.source, device.id) == (source, device_id)]
    held = [device.slot for device in meant if device.slot is not None]
    heard = [device.slot for device in meant if device.slot is not None and _spoke(device, state)]
    state, limits_us = _rewritten(state, heard, SpaceState.UNKNOWN, order, is_heard_needed=True)
    counts = {audience: _of_another(state, audience, count, order) for audience, count in state.counts.items()}
    opening = state.opening if state.opening is None or state.opening.device != order.of else None
    if held:
        return msgspec.structs.replace(state, opening=opening), limits_us
    last = max([order.observed_at, clock or order.observed_at, *_heard(state, order.of or "")])
    word = Faulted(last, 2**32 - 1, order.event_id, source, device_id, order.simulated, Fault.UNUSABLE, None)
    faults = dict(sorted({**state.faults, word.key: word}.items()))
    return msgspec.structs.replace(state, counts=counts, opening=opening, faults=faults), limits_us


def _spoke(device: Device, state: PlaceState) -> bool:
    """Whether what its slot holds was said while it was there: another may have taken its place since."""
    if device.slot is None:
        return False
    record = state.spaces[device.slot * SLOT_BYTES : (device.slot + 1) * SLOT_BYTES]
    heard_us = observed_in(record) if len(record) == SLOT_BYTES else 0
    return heard_us > 0 and device.observes_at(from_us(heard_us))


def _of_another(state: PlaceState, audience: Audience, count: Counted, order: Ordered) -> Counted:
    """The last count of a device that is believed; a sum goes on from none but the last of all."""
    if count.device != order.of or state.lanes is not None:
        return count
    others = [held for device, held in state.rivals.get(audience, {}).items() if device != order.of]
    return max(others, key=lambda held: held.order, default=count)


def _heard(state: PlaceState, device: str) -> list[datetime]:
    words = [*state.counts.values(), *state.levels.values(), *state.faults.values()]
    by_lane = [heard[device] for heard in (state.lanes.heard.values() if state.lanes else ()) if device in heard]
    return [word.observed_at for word in words if word.device == device] + by_lane


def _rewritten(
    state: PlaceState, slots: list[int], to: SpaceState, order: Ordered, *, is_heard_needed: bool
) -> tuple[PlaceState, dict[int, int]]:
    records, limits_us, until_us = state.spaces, {}, to_us(order.expires_at)
    for slot in slots:
        at = slot * SLOT_BYTES
        padded = records.ljust(at + SLOT_BYTES, b"\0")
        old = padded[at : at + SLOT_BYTES]
        heard_us = observed_in(old)
        if not heard_us and is_heard_needed:
            continue
        since_us = heard_us or to_us(order.observed_at)
        records = padded[:at] + stated(old, to, since_us, order.simulated) + padded[at + SLOT_BYTES :]
        limits_us[slot] = max(1, until_us - since_us)
    return (state if records == state.spaces else msgspec.structs.replace(state, spaces=records)), limits_us


def patched_limits(limits_us: bytes, instead: Mapping[int, int]) -> bytes:
    """How long each slot's record holds, where an order says otherwise."""
    limits = array("q", limits_us)
    for slot, limit in instead.items():
        limits[slot] = limit
    return limits.tobytes()


# -- what is said -----------------------------------------------------------------------------------------------------


def overlay(believed: Availability, alone: Availability, orders: list[Ordered], place: Place) -> Availability:
    """What may be said under orders, one at least. ``believed`` is concluded of ``seen_under``, ``alone`` without."""
    said = believed
    for order in orders:
        if order.aspect is OverrideAspect.NUMBER:
            said = _number(said, order, place)
    said = msgspec.structs.replace(said, valid_until=_until(believed, orders))
    shown = tuple(_as_shown(order) for order in orders)
    return msgspec.structs.replace(said, by_hand=shown, beneath=_beneath(alone))


def _number(said: Availability, order: Ordered, place: Place) -> Availability:
    old = said.by_category.get(order.category)
    capacity = old.capacity if old is not None else None
    if capacity is None and order.category is Audience.PUBLIC:
        capacity = said.capacity if said.capacity is not None else place.capacity
    vacant = order.vacant
    if vacant is not None and capacity is not None and vacant > capacity:
        vacant = None  # there are fewer by now than when it was said
    counts = dict(sorted({**said.by_category, order.category: CategoryCount(vacant, capacity)}.items()))
    faults = said.faults if vacant is not None else tuple(sorted({*said.faults, Fault.WITHDRAWN}))
    heard = [at for at in (said.observed_at, order.observed_at) if at is not None]
    said = msgspec.structs.replace(
        said, by_category=counts, faults=faults, observed_at=said.observed_at or max(heard),
        simulated=said.simulated or order.simulated,
    )  # fmt: skip
    if order.category is not Audience.PUBLIC:
        return said
    level = fill_level(vacant, vacant, capacity, said.opening, place.full_at, place.almost_full_at)
    return msgspec.structs.replace(
        said, vacant=vacant, vacant_low=vacant, vacant_high=vacant, capacity=capacity, observed_at=order.observed_at,
        level=level,
        reporting_share=0.0 if vacant is None else 1.0, space_states=b"",
        basis=None if vacant is None else Basis.SET_BY_HAND,
    )  # fmt: skip


def _until(believed: Availability, orders: list[Ordered]) -> datetime:
    """Readers blank all at the first limit: that of an order, and of what devices say beside it, if they say anything.

    Where a person has said how many are vacant and devices say nothing else, their silence takes nothing away.
    """
    ends = [order.expires_at for order in orders]
    numbers = {order.category for order in orders if order.aspect is OverrideAspect.NUMBER}
    others = any(count.vacant is not None for whom, count in believed.by_category.items() if whom not in numbers)
    bounds = (believed.vacant_low, believed.vacant_high)
    is_told = believed.level is not FillLevel.UNKNOWN or any(bound is not None for bound in bounds)
    says_more = others or believed.opening is not Opening.UNKNOWN or (is_told and Audience.PUBLIC not in numbers)
    if says_more and believed.valid_until is not None:
        ends.append(believed.valid_until)
    return min(ends)


def _as_shown(order: Ordered) -> ByHand:
    is_number = order.aspect is OverrideAspect.NUMBER
    return ByHand(
        aspect=order.aspect, reason=order.reason, since=order.observed_at, until=order.expires_at,
        decision=order.decision, category=order.category if is_number else None, opening=order.opening,
        vacant=order.vacant if is_number else None, space=order.space, device=order.of,
    )  # fmt: skip


def _beneath(alone: Availability) -> Beneath:
    return Beneath(
        vacant=alone.vacant, vacant_low=alone.vacant_low, vacant_high=alone.vacant_high, level=alone.level,
        opening=alone.opening, basis=alone.basis, observed_at=alone.observed_at, valid_until=alone.valid_until,
        faults=alone.faults,
    )  # fmt: skip
