"""What would be said of a place under a command that nobody has given yet. Pure; nothing is recorded or sent.

It is made of what is published of the place, not of what each of its devices said: a number and an opening can be told
from that. Which spaces would still be vacant without one of them, or what would be believed without a device, cannot:
then there is no availability, and ``untold`` says why.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from parking.catalogue.model import Place
from parking.desk.checking import capacity_of
from parking.desk.commands import PlaceOverride, PlaceRecount
from parking.fold.by_hand import overlay
from parking.fold.occupancy import conclude
from parking.fold.state import EMPTY, Ordered
from parking.observations import OPERATOR
from parking.published.availability import NEVER_OBSERVED, Availability, ByHand, CategoryCount
from parking.published.freshness import as_of, is_stale
from parking.published.level import fill_level
from parking.words import Audience, Basis, Fault, OverrideAspect

_DRAFT = "0" * 32
"""The decision of a command that is none yet."""


class Previewed(NamedTuple):
    """What would be said (None: it cannot be told before, and ``untold`` is a sentence on why)."""

    availability: Availability | None
    untold: str | None = None


def preview(
    command: PlaceOverride | PlaceRecount, place: Place, known: Availability | None, now: datetime
) -> Previewed:
    """What would be said at ``now`` of a place of which ``known`` is published. The command must be possible."""
    if isinstance(command, PlaceRecount):
        return _recounted(command, place, known or NEVER_OBSERVED, now)
    if command.aspect is OverrideAspect.SPACE:
        return Previewed(None, "what is vacant without these spaces is known only once the spaces are counted anew")
    if command.aspect is OverrideAspect.DEVICE:
        return Previewed(None, "what the others say without this device is known only once they are heard without it")
    draft = _draft(command, now)
    if known is None or known == NEVER_OBSERVED:
        state = msgspec.structs.replace(EMPTY, orders={"draft": draft})
        return Previewed(conclude(state, place, now).availability)
    return Previewed(_overlaid(draft, place, known, now))


def _overlaid(draft: Ordered, place: Place, known: Availability, now: datetime) -> Availability:
    """As the fold does it; what holds by hand already goes on, but for what this draft takes the place of."""
    kept = [_as_order(one) for one in known.by_hand if _thing(_as_order(one)) != _thing(draft)]
    believed, alone = known, known
    if (beneath := known.beneath) is not None:
        alone = msgspec.structs.replace(
            known, **{name: getattr(beneath, name) for name in beneath.__struct_fields__}, by_hand=(), beneath=None
        )
        faults = tuple(fault for fault in known.faults if fault is not Fault.WITHDRAWN or fault in beneath.faults)
        believed = msgspec.structs.replace(known, faults=faults, valid_until=beneath.valid_until)
    if is_stale(believed.valid_until, now):  # what is over limits nothing that is set now
        believed = msgspec.structs.replace(believed, valid_until=None)
    if draft.opening is not None:
        believed = _behind(draft, place, believed)
    return overlay(believed, as_of(alone, now), [*kept, draft], place)


def _behind(draft: Ordered, place: Place, believed: Availability) -> Availability:
    """The same numbers behind the gate that is set, until then at most; nobody finds a closed place full."""
    opening = draft.opening or believed.opening
    level = fill_level(
        believed.vacant_low, believed.vacant_high, believed.capacity, opening, place.full_at, place.almost_full_at
    )
    return msgspec.structs.replace(
        believed, opening=opening, level=level, observed_at=believed.observed_at or draft.observed_at
    )


def _recounted(command: PlaceRecount, place: Place, known: Availability, now: datetime) -> Previewed:
    """A recount is a word of the fold: a number by hand lies over it, and single spaces are counted by themselves."""
    if place.spaces:
        return Previewed(None, "a recount is held against what the single spaces say; it sets no number")
    if any(one.aspect is OverrideAspect.NUMBER and one.category is command.category for one in known.by_hand):
        return Previewed(known, "a number that is set by hand lies over the recount: release it first")
    capacity = capacity_of(command.category, place, known)
    counts = {**known.by_category, command.category: CategoryCount(command.vacant, capacity)}
    faults = tuple(fault for fault in known.faults if fault is not Fault.NEVER_OBSERVED)
    said = msgspec.structs.replace(known, by_category=dict(sorted(counts.items())), faults=faults)
    if command.category is not Audience.PUBLIC:
        return Previewed(msgspec.structs.replace(said, observed_at=said.observed_at or command.counted_at or now))
    vacant = command.vacant
    level = fill_level(vacant, vacant, capacity, known.opening, place.full_at, place.almost_full_at)
    return Previewed(msgspec.structs.replace(
        said, vacant=vacant, vacant_low=vacant, vacant_high=vacant, capacity=capacity, level=level,
        observed_at=command.counted_at or now, reporting_share=1.0, basis=Basis.VERIFIED,
    ))  # fmt: skip


def _thing(order: Ordered) -> tuple[object, ...]:
    return order.aspect, order.category, order.space, order.of


def _draft(command: PlaceOverride, now: datetime) -> Ordered:
    return Ordered(
        now, 0, _DRAFT[:16], OPERATOR, "preview", False, command.aspect, command.reason, command.expires_at, _DRAFT,
        False, command.opening, command.vacant, command.category or Audience.PUBLIC, None, None,
    )  # fmt: skip


def _as_order(shown: ByHand) -> Ordered:
    return Ordered(
        shown.since, 0, _DRAFT[:16], OPERATOR, "desk", False, shown.aspect, shown.reason, shown.until, shown.decision,
        False, shown.opening, shown.vacant, shown.category or Audience.PUBLIC, shown.space, shown.device,
    )  # fmt: skip
