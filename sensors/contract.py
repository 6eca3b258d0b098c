"""The contract of every source: who it is, what it decodes, and what it says about its own places.

An adapter is a module with ``INFO``, ``decode`` and ``places``; ``registry`` lists them all, and one contract test runs
over the list.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_high
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from parking.catalogue.model import (
    DEFAULT_VALID_FOR_S,
    Area,
    Place,
    Point,
    Tenant,
)
from parking.errors import ParkingError
from parking.observations import Observation
from parking.rejects import Reject, make_reject
from parking.words import Audience, ClockBasis, RejectReason, TimeBasis

_MAX_FIELD = 64


class SourceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Who a source is. ``zone`` is an IANA name and is required: times without one are read in it.

    ``valid_for_s`` is how long one of its numbers holds. ``sidecars`` are files that lie beside its recordings and say
    more about its places. ``feeds`` are addresses to poll. ``licence`` is None where nobody states one.

    How good it is: whose clock it goes by (``time_basis``), which ``audiences`` it tells apart, whether it states its
    own thresholds (``has_thresholds``), and whether it tells of ``single_spaces``.
    """

    id: str
    name: str
    tenant: str
    zone: str
    licence: str | None
    url: str
    time_basis: TimeBasis
    audiences: tuple[Audience, ...] = (Audience.PUBLIC,)
    has_thresholds: bool = False
    single_spaces: bool = False
    valid_for_s: int = DEFAULT_VALID_FOR_S
    poll_every_s: int | None = None
    feeds: tuple[str, ...] = ()
    sidecars: tuple[str, ...] = ()

    @property
    def quality(self) -> int:
        """0..4, one for each: times of its own, more than one audience, thresholds, a stated licence."""
        marks = (self.time_basis is not TimeBasis.ARRIVAL, len(self.audiences) > 1, self.has_thresholds, self.licence)
        return sum(map(bool, marks))


class Decoded(NamedTuple):
    """What a payload said, and what of it was refused. Every record of the payload is in one of the two.

    ``ends_at`` is the last time that a recording bears witness to, though it may have nothing to say then.
    """

    observations: Sequence[Observation]
    rejects: Sequence[Reject]
    ends_at: datetime | None = None


class Declared(NamedTuple):
    """The places a source says it has, what of its description was refused, and what it knows of the city itself."""

    places: Sequence[Place]
    rejects: Sequence[Reject]
    city: str | None = None
    attribution: str | None = None
    areas: tuple[Area, ...] = ()

    def as_tenant(self, tenant: str, clock: ClockBasis) -> Tenant:
        """The city that these places belong to."""
        return Tenant(id=tenant, clock=clock, name=self.city, attribution=self.attribution, areas=self.areas)


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
    """This one record cannot be used; the adapter's loop turns it into a reject."""

    def __init__(
        self, reason: RejectReason, detail: str, device_id: str | None = None, raw: bytes | None = None
    ) -> None:
        self.reason, self.detail, self.device_id, self.raw = reason, detail, device_id, raw
        super().__init__(detail)


class HasBytes(Protocol):
    """A record that knows its own bytes."""

    @property
    def raw(self) -> bytes: ...  # noqa: D102


R = TypeVar("R", bound=HasBytes)


@dataclass
class Ledger:
    """Collects what an adapter decodes and refuses."""

    tenant: str
    source: str
    rejected_at: datetime
    observations: list[Observation] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def refuse(self, error: RecordRefusedError, raw: bytes) -> None:
        """Keep a record that cannot be used: its own bytes where the error has them, else ``raw``."""
        raw = raw if error.raw is None else error.raw
        self.rejects.append(
            make_reject(self.tenant, self.source, error.reason, error.detail, raw, self.rejected_at, error.device_id)
        )

    def read_each(
        self, records: Iterable[R | RecordRefusedError], payload: bytes, read: Callable[[R], Iterable[Observation]]
    ) -> None:
        """Collect what ``read`` says of each record of ``payload``: all of it or, by its error, a reject."""
        for record in records:
            if isinstance(record, RecordRefusedError):
                self.refuse(record, payload)
                continue
            try:
                self.observations.extend(list(read(record)))
            except RecordRefusedError as error:
                self.refuse(error, record.raw)

    def decoded(self, ends_at: datetime | None = None) -> Decoded:
        """Everything collected."""
        return Decoded(self.observations, self.rejects, ends_at)


def whole_number(value: object, name: str, device_id: str | None = None) -> int:
    """A count from a number or its text; refuses fractions, negatives, booleans and what is no number."""
    refused = RecordRefusedError(RejectReason.WRONG_TYPE, f"{name} is {value!r:.80}, not a whole number", device_id)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and "_" in text:  # Python would read 1_000
        raise refused
    try:
        number = int(text)
        exact = isinstance(text, str) or number == text
    except (ValueError, OverflowError):
        number, exact = 0, False
        try:  # "147.0", as some exports write it
            number, exact = int(float(text)), float(text).is_integer()
        except (ValueError, OverflowError):
            raise refused from None
    if not exact:
        raise refused
    if number < 0:
        raise RecordRefusedError(
            RejectReason.NEGATIVE_COUNT, f"{name} is {number}: a count cannot be negative; recalibrate", device_id
        )
    if number >= 2**31:
        raise refused
    return number


def required_text(fields: Mapping[str, Any], name: str, device_id: str | None = None) -> str:
    """A field that nothing can replace: its text, or its whole number as text; at most 64 characters."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"record has no {name}: ask the source", device_id)
    if not isinstance(value, str) or len(value) > _MAX_FIELD or not value.isprintable():
        raise RecordRefusedError(RejectReason.WRONG_TYPE, f"{name} is {value!r:.80}, not a short text", device_id)
    return value.strip()


def read_point(lon: object, lat: object, device_id: str | None = None) -> Point:
    """A point from numbers or their texts; refuses what is no number and what is nowhere."""
    try:
        if any(isinstance(one, bool) or not isinstance(one, int | float | str) for one in (lon, lat)):
            raise ValueError("not two numbers")
        return Point(float(lon), float(lat))  # type: ignore[arg-type]
    except (ValueError, OverflowError) as error:  # InvalidPlaceError, for what is nowhere, is a ValueError
        detail = f"lon {lon!r:.40} lat {lat!r:.40} is no point: {error}; correct the source"
        raise RecordRefusedError(RejectReason.BAD_COORDINATES, detail, device_id) from error


def typical_arrival(times: Iterable[datetime], within: timedelta) -> datetime | None:
    """When a recording arrived, by the times in it: the newest at most ``within`` after the middle one.

    So one record from the future moves nobody's clock. None where there are no times.
    """
    known = sorted(times)
    return max(at for at in known if at - median_high(known) <= within) if known else None
