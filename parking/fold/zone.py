"""What may be said about a street zone, from its single spaces.

``vacant`` counts the ordinary spaces *seen* vacant; those that do not report widen ``vacant_low..vacant_high`` and
lower ``reporting_share``, with their reasons in ``faults``: silence, a restart, a sensor that flaps. Disabled, delivery
and other spaces are counted by category and never among the ordinary.
"""

from array import array
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from parking.catalogue.model import DEFAULT_VALID_FOR_S, Device, Place
from parking.fold.by_hand import patched_limits
from parking.fold.kernel import Kernel, Look
from parking.fold.layout import layout_of
from parking.fold.spaces import WHY, slots
from parking.fold.state import Opened
from parking.instants import from_us, to_us
from parking.published.availability import NEVER_OBSERVED, Availability, CategoryCount
from parking.published.eligibility import AUDIENCES
from parking.published.freshness import is_stale
from parking.published.level import fill_level
from parking.published.space_states import state_at
from parking.words import Audience, Basis, Opening, SpaceState

READER_GRACE = timedelta(seconds=60)
"""One silent sensor among many changes the number a little at the next tick; it must not blank the zone before."""


_ORDINARY = AUDIENCES.index(Audience.PUBLIC)
_NOBODY = (0, 0, 0, 0)


def _limits_us(spaces: bytes, place: Place) -> bytes:
    """How long each slot's record holds: by the contract of the device that observed the slot then."""
    if limits_us := layout_of(place).limits_us:
        return limits_us
    limits = array("q")
    for slot, record in enumerate(slots(spaces, len(place.spaces))):
        held = [device for device in place.devices if device.slot == slot]
        if len(held) > 1:
            held = [device for device in held if device.observes_at(from_us(record.observed_us))]
        # Several may have spoken then, and the record does not say which: the strictest of their contracts holds.
        contracts = (_contract_us(device, record.observed_us) for device in held)
        limits.append(min(contracts, default=DEFAULT_VALID_FOR_S * 1_000_000))
    return limits.tobytes()


def _contract_us(device: Device, observed_us: int) -> int:
    """How long what it said then holds: not beyond the day on which it was taken elsewhere."""
    holds = device.valid_for_s * 1_000_000
    return holds if device.valid_to is None else max(0, min(holds, to_us(device.valid_to) - observed_us))


def _look(
    spaces: bytes, place: Place, clock: datetime | None, kernel: Kernel, instead: Mapping[int, int] | None
) -> Look:
    clock_us = -1 if clock is None else to_us(clock)
    limits_us = _limits_us(spaces, place)
    if instead:
        limits_us = patched_limits(limits_us, instead)
    return Look(*kernel.look(spaces, limits_us, layout_of(place).masks, clock_us))


def conclude(
    spaces: bytes,
    place: Place,
    clock: datetime | None,
    opened: Opened | None,
    opening: Opening,
    opening_until: datetime | None,
    kernel: Kernel,
    limits_us: Mapping[int, int] | None = None,
) -> tuple[Availability, datetime | None]:
    """The availability of a zone with single spaces at ``clock``, and when the clock alone will change it (or None).

    ``opening`` is what may be said at ``clock`` of the register ``opened``, which expires at ``opening_until``.
    ``limits_us`` says of single slots how long what is held of them holds, whatever their contract.
    """
    seen = _look(spaces, place, clock, kernel, limits_us)
    if not seen.heard and opened is None:
        return NEVER_OBSERVED, None
    capacity, free, closed, unknown = seen.tallies.get(_ORDINARY, _NOBODY)
    # Seen vacant is promised, silent is only possible; where every space is silent not even "none" is known.
    by_hand = _closed_by_hand(seen, limits_us or {}, place)
    low, high = (free, free + unknown) if _is_told(seen, _ORDINARY, by_hand) else (None, None)
    limits = _limits(seen, opening_until, clock)
    availability = Availability(
        vacant=low,
        vacant_low=low,
        vacant_high=high,
        capacity=capacity,
        out_of_service=closed,
        level=fill_level(low, high, capacity - by_hand[_ORDINARY], opening, place.full_at, place.almost_full_at),
        opening=opening,
        by_category=_by_category(seen, by_hand),
        reporting_share=seen.known / len(place.spaces),
        observed_at=from_us(seen.newest_us) if seen.heard or opened is None else opened.observed_at,
        valid_until=limits.for_readers,
        basis=Basis.COUNTED if seen.known > sum(_is_closed(seen, slot) for slot in limits_us or ()) else None,
        faults=tuple(sorted(fault for bit, fault in enumerate(WHY) if seen.why >> bit & 1)),
        simulated=seen.simulated or (opened is not None and opened.simulated),
        space_states=seen.states,
    )
    return availability, limits.for_us


def _is_closed(seen: Look, slot: int) -> bool:
    return state_at(seen.states, slot) is SpaceState.CLOSED


def _closed_by_hand(seen: Look, limits_us: Mapping[int, int], place: Place) -> Counter[int]:
    """By audience's bit: spaces that are out of service by a person's word, by which no sensor has spoken."""
    shut = (place.spaces[slot] for slot in limits_us if _is_closed(seen, slot))
    return Counter(AUDIENCES.index(who) for space in shut for who in space.audiences)


def _is_told(seen: Look, bit: int, by_hand: Mapping[int, int]) -> bool:
    """Whether any sensor has spoken of these spaces, or all of them are out of service: else not even none is known."""
    total, _, _, silent = seen.tallies.get(bit, _NOBODY)
    return total - silent > by_hand.get(bit, 0) or (total > 0 and not silent)


def _by_category(seen: Look, by_hand: Mapping[int, int]) -> dict[Audience, CategoryCount]:
    rows = sorted((AUDIENCES[bit], bit, row[0], row[1]) for bit, row in seen.tallies.items())
    return {who: CategoryCount(vacant if _is_told(seen, bit, by_hand) else None, n) for who, bit, n, vacant in rows}


class _Horizon(NamedTuple):
    """When readers must call the number unknown by themselves, and when the fold concludes again; None is never."""

    for_readers: datetime | None
    for_us: datetime | None


def _limits(seen: Look, opening_until: datetime | None, clock: datetime | None) -> _Horizon:
    # We conclude the moment a space falls silent; readers wait a little longer, since by then they have heard from us.
    silence = from_us(seen.next_expiry_us) if seen.next_expiry_us else None
    reason = from_us(seen.turns_us) if seen.turns_us else None
    gate = None if is_stale(opening_until, clock) else opening_until
    to_come = [limit for limit in (silence + READER_GRACE if silence else None, gate) if limit]
    past = [limit for limit in (from_us(seen.last_expiry_us) if seen.heard else None, opening_until) if limit]
    # A reason that turns changes the faults and no number: readers need not know of it, the fold must.
    for_us = min((limit for limit in (silence, gate, reason) if limit), default=None)
    return _Horizon(min(to_come) if to_come else max(past), for_us)
