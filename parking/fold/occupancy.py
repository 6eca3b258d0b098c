"""Occupancy: the fold. What devices say becomes what we conclude, whatever the order in which it arrives.

register (state, observation, place)  -> state           last writer wins, by the total order (``registering``)
conclude (state, place, clock)        -> Conclusion      what may be said now, and when that will change by itself
publish  (state, place, clock, ...)   -> state, change   a conclusion that is news; no change, no message

A car park is concluded about from its counts (``site``), a street from its single spaces (``zone``); what people at the
desk have set lies over both (``by_hand``).
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from parking.catalogue.model import Place
from parking.fold import site, zone
from parking.fold.by_hand import SeenUnder, overlay, seen_under, standing
from parking.fold.contracts import valid_until
from parking.fold.kernel import PYTHON, Kernel
from parking.fold.state import PlaceState
from parking.published.availability import NEVER_OBSERVED, Availability, Change, Revision
from parking.published.freshness import is_stale
from parking.words import Opening


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


def conclude(state: PlaceState, place: Place, clock: datetime | None, kernel: Kernel = PYTHON) -> Conclusion:
    """What may be said about ``place`` at ``clock``. Without a clock (before the first tick) nothing has expired."""
    alone = _conclude(state, place, clock, kernel)
    if not state.orders or not (orders := standing(state, clock)):
        return alone
    under = seen_under(state, orders, place, clock)
    believed = _conclude(under.state, place, clock, kernel, under)
    ends = [order.expires_at for order in orders]
    ends += [expiry for expiry in (alone.next_expiry, believed.next_expiry) if expiry is not None]
    return Conclusion(overlay(believed.availability, alone.availability, orders, place), min(ends))


def _conclude(
    state: PlaceState, place: Place, clock: datetime | None, kernel: Kernel, under: SeenUnder | None = None
) -> Conclusion:
    opening, opening_until = _opening(state, place, clock, under and under.opening_until)
    if place.spaces:
        instead = under and under.limits_us
        return Conclusion(
            *zone.conclude(state.spaces, place, clock, state.opening, opening, opening_until, kernel, instead)
        )
    return Conclusion(*site.conclude(state, place, clock, opening, opening_until))


def _opening(
    state: PlaceState, place: Place, clock: datetime | None, set_until: datetime | None
) -> tuple[Opening, datetime | None]:
    # An expired word on the gate is unknown and not open: nobody has looked at the gate since.
    if state.opening is None:
        return Opening.UNKNOWN, None
    until = set_until or valid_until(state.opening, place)
    return (Opening.UNKNOWN if is_stale(until, clock) else state.opening.opening), until
