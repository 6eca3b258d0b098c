"""Availability: what is published about a place, every number with its time."""

from datetime import datetime
from typing import TypeAlias

import msgspec

from parking.words import Audience, Basis, Fault, FillLevel, Opening, OverrideAspect, OverrideReason

Revision: TypeAlias = tuple[int, int]
"""(stream_epoch, source offset of the last observation folded in); greater is newer."""

NO_REVISION: Revision = (0, -1)


class CategoryCount(msgspec.Struct, frozen=True, omit_defaults=True):
    """Vacant spaces and capacity for one audience; None is unknown."""

    vacant: int | None = None
    capacity: int | None = None


class Beneath(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What devices say where something is set by hand: it stands beside, and holds again at once when that is over."""

    vacant: int | None = None
    vacant_low: int | None = None
    vacant_high: int | None = None
    level: FillLevel = FillLevel.UNKNOWN
    opening: Opening = Opening.UNKNOWN
    basis: Basis | None = None
    observed_at: datetime | None = None
    valid_until: datetime | None = None
    faults: tuple[Fault, ...] = ()


class ByHand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a person at the desk has set, until when and why; whose word it was is not published.

    ``opening`` of an opening, ``vacant`` of a number (None: not to be used), ``space`` of one that is out of service,
    ``device`` (source/id) of one that is not believed. ``decision`` is the id under which it is in the record.
    """

    aspect: OverrideAspect
    reason: OverrideReason
    since: datetime
    until: datetime
    decision: str
    category: Audience | None = None
    opening: Opening | None = None
    vacant: int | None = None
    space: str | None = None
    device: str | None = None


class Availability(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be said about one place.

    ``vacant`` counts ordinary (public) spaces seen vacant, and lies in ``vacant_low..vacant_high``; None is unknown. A
    source may state bounds, or a ``level``, and no number: then those stand without one.
    Silent spaces of a zone widen that upwards; what lanes may have miscounted widens it both ways.
    ``observed_at`` is the time of the newest observation in the number; past ``valid_until`` a reader must treat the
    numbers as unknown by itself (``freshness.as_of`` does it). ``confidence`` stays None until it is measured.
    ``simulated`` numbers are labelled so wherever they show. ``space_states`` is what is known of a zone's single
    spaces, two bits a slot (``parking.published.space_states``); empty where there are none or nothing may be said.
    ``by_hand`` is what people have set; ``beneath`` what it would say without that, where it would say something else.
    """

    vacant: int | None = None
    vacant_low: int | None = None
    vacant_high: int | None = None
    capacity: int | None = None
    out_of_service: int | None = None
    level: FillLevel = FillLevel.UNKNOWN
    opening: Opening = Opening.UNKNOWN
    by_category: dict[Audience, CategoryCount] = {}
    reporting_share: float | None = None
    observed_at: datetime | None = None
    valid_until: datetime | None = None
    basis: Basis | None = None
    confidence: float | None = None
    faults: tuple[Fault, ...] = ()
    simulated: bool = False
    space_states: bytes = b""
    by_hand: tuple[ByHand, ...] = ()
    beneath: Beneath | None = None
    revision: Revision = NO_REVISION


NEVER_OBSERVED = Availability(faults=(Fault.NEVER_OBSERVED,))
"""What is known about a place from which nothing was ever heard."""


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One new published availability of one place; harmless when it arrives twice.

    ``concluded_at`` is the time on the tenant's own clock when it was concluded: in a replay of 2011 a time of 2011. It
    is None before the first tick. Two changes of one place with one revision are the same change.
    """

    tenant: str
    place_id: str
    availability: Availability
    concluded_at: datetime | None = None
