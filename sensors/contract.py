"""The contract of every source: who it is, what it decodes, and what it says about its own places.

An adapter is a module with ``INFO``, ``decode`` and ``places``, or an object of that module called ``ADAPTER``. The
``registry`` finds them all, and one contract test runs over what it finds. What adapters share: ``ledger`` collects,
``bodies`` splits, ``reading`` reads values.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from parking.catalogue.model import DEFAULT_VALID_FOR_S, Area, Place, Tenant
from parking.errors import ParkingError
from parking.observations import Observation, is_unusable
from parking.rejects import Reject
from parking.words import Audience, ClockBasis, RejectReason, TimeBasis


class Paging(StrEnum):
    """How a source's feeds are cut into pages; ``sensors.intake.paging`` knows each."""

    WHOLE_BODY = "whole_body"
    NEXT_LINK = "next_link"
    PAGE_NUMBER = "page_number"
    OPENDATASOFT = "opendatasoft"
    NEXT_ID = "next_id"
    COUNTED = "counted"


class SourceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Who a source is. ``zone`` is an IANA name and is required: times without one are read in it.

    ``tenant`` is the city that it tells of; None where it tells of any city, as a maker's sensors do: whoever hears
    them says which.

    ``valid_for_s`` is how long one of its numbers holds. ``sidecars`` are files that lie beside its recordings and say
    more about its places. ``feeds`` are addresses to poll, cut into pages as ``paging`` says. ``licence`` is None where
    nobody states one: whoever uses the data must then ask ``licence_by``.

    How good it is: whose clock it goes by (``time_basis``), which ``audiences`` it tells apart, whether it states its
    own thresholds (``has_thresholds``), and whether it tells of ``single_spaces``. One that is not ``is_public`` comes
    over no wire: only a part of this system itself says what it says.
    """

    id: str
    name: str
    tenant: str | None = None
    zone: str
    licence: str | None
    licence_by: str | None = None
    url: str
    time_basis: TimeBasis
    audiences: tuple[Audience, ...] = (Audience.PUBLIC,)
    has_thresholds: bool = False
    single_spaces: bool = False
    valid_for_s: int = DEFAULT_VALID_FOR_S
    poll_every_s: int | None = None
    feeds: tuple[str, ...] = ()
    paging: Paging = Paging.NEXT_LINK
    sidecars: tuple[str, ...] = ()
    is_public: bool = True

    @property
    def quality(self) -> int:
        """0..4, one for each: times of its own, more than one audience, thresholds, a stated licence."""
        marks = (self.time_basis is not TimeBasis.ARRIVAL, len(self.audiences) > 1, self.has_thresholds, self.licence)
        return sum(map(bool, marks))


class Decoded(NamedTuple):
    """What a payload said, and what of it was refused. Every record of the payload is in one of the two, or in both.

    In both is a record of a known device that cannot be used: what could be read of it, and that the number which the
    device gave before holds no longer.

    ``ends_at`` is the last time that a recording bears witness to, though it may have nothing to say then.
    """

    observations: Sequence[Observation]
    rejects: Sequence[Reject]
    ends_at: datetime | None = None

    @property
    def usable(self) -> list[Observation]:
        """What was said and can be used."""
        return [seen for seen in self.observations if not is_unusable(seen)]


class Declared(NamedTuple):
    """The places a source says it has, what of its description was refused, and what it knows of the city itself."""

    places: Sequence[Place]
    rejects: Sequence[Reject]
    city: str | None = None
    attribution: str | None = None
    areas: tuple[Area, ...] = ()

    def as_tenant(self, tenant: str, clock: ClockBasis, by: SourceInfo, pace: float = 1.0) -> Tenant:
        """The city that these places belong to, as the source ``by`` knows it; ``pace`` see Tenant."""
        return Tenant(
            id=tenant, clock=clock, name=self.city, zone=by.zone, pace=pace, attribution=self.attribution,
            areas=self.areas, licence=by.licence,
        )  # fmt: skip


class Adapter(Protocol):
    """A source. Both functions are pure and total: whatever the bytes, they return."""

    INFO: SourceInfo

    def decode(self, payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
        """Decode one payload that arrived at ``received_at`` (aware UTC).

        With ``recorded`` the payload is an old one: the arrival is taken from the payload itself where it tells
        (``received_at`` is only the fallback), so that a recording is judged by its own time.
        """

    def places(
        self, recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime
    ) -> Declared:
        """The places of this source: its own list, or what a recording and the files beside it say."""


class RecordRefusedError(ParkingError):
    """This one record cannot be used; the adapter's loop turns it into a reject.

    It also ends the number that its device gave before, of ``category`` alone where that is known. ``names`` are those
    of the application and the profile that an unreadable uplink names.
    """

    names: tuple[str, ...] = ()

    def __init__(
        self,
        reason: RejectReason,
        detail: str,
        device_id: str | None = None,
        raw: bytes | None = None,
        category: Audience | None = None,
    ) -> None:
        self.reason, self.detail, self.device_id, self.raw, self.category = reason, detail, device_id, raw, category
        super().__init__(detail)
