"""Observations: what a device says, in one envelope. What we conclude from them is in ``occupancy``."""

import hashlib
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from parking.errors import InvalidObservationError
from parking.instants import require_utc
from parking.words import (
    Audience,
    Basis,
    ClockBasis,
    Fault,
    FillLevel,
    Opening,
    OverrideAspect,
    OverrideReason,
    SpaceState,
    TimeBasis,
)

OBSERVATION_VERSION = 1
MAX_NAMED = 512
OPERATOR = "operator"
"""The source that people at the desk are; it has no devices in the catalogue."""

ALL_SPACES = "*"
"""In the place of a space's id: every space of a zone."""

Order: TypeAlias = tuple[datetime, int, str]
"""The total order of snapshots: observed_at, then the device's sequence, then the event's id."""


def make_event_id(source: str, device_id: str, observed_at: datetime, *content: object) -> str:
    """16 hexadecimal digits that the same fact always gets, so that sending it twice changes nothing."""
    return digest_fact("\x1f".join(map(str, (source, device_id, observed_at.isoformat(), *content))))


def digest_fact(text: str) -> str:
    """The same of a fact whose words are joined already, each two by the control character 1F."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Diagnostics(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a device says of itself beside what it observes. ``more``: its maker's other fields, units in names.

    ``counter`` is the device's own, ``previous_state_min`` how long the state before lasted.
    """

    battery_v: float | None = None
    temperature_c: float | None = None
    firmware: str | None = None
    counter: int | None = None
    reset_cause: str | None = None
    previous_state_min: int | None = None
    rssi_dbm: int | None = None
    more: dict[str, int | float | str | bool] = {}


class Envelope(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every observation carries.

    ``observed_at`` is when it was true, by ``time_basis``; ``received_at`` is when it reached us; both are aware UTC.
    ``seq`` is the device's own sequence number, 0 where it has none. ``time_shift_s`` is what was taken off the
    source's stamp because its zone label lied. ``simulated`` numbers stay labelled wherever they go.
    """

    event_id: str
    tenant: str
    source: str
    device_id: str
    observed_at: datetime
    received_at: datetime
    time_basis: TimeBasis
    seq: int = 0
    time_shift_s: int = 0
    simulated: bool = False
    diagnostics: Diagnostics | None = None
    schema_version: int = OBSERVATION_VERSION

    def __post_init__(self) -> None:
        if self.observed_at.tzinfo is not UTC or self.received_at.tzinfo is not UTC:
            require_utc(self.observed_at, "observed_at")
            require_utc(self.received_at, "received_at")
        if len(self.event_id) != 16 or self.event_id.strip("0123456789abcdef"):
            raise InvalidObservationError(f"event_id must be 16 lower-case hex digits, got {self.event_id!r}")
        if len(self.tenant) > MAX_NAMED or len(self.source) > MAX_NAMED or len(self.device_id) > MAX_NAMED:
            raise InvalidObservationError(f"tenant, source and device_id must be at most {MAX_NAMED} characters")
        if not 0 <= self.seq < 2**32:
            raise InvalidObservationError(f"seq must be 0..2^32-1, got {self.seq}")

    @property
    def order(self) -> Order:
        """Where this observation stands among all others of its kind about the same thing."""
        return (self.observed_at, self.seq, self.event_id)


def _require_author(author: str, note: str | None) -> None:
    if not author.strip() or len(author) > MAX_NAMED or len(note or "") > MAX_NAMED:
        raise InvalidObservationError(f"author must be said, and author and note at most {MAX_NAMED} characters")


def _require_count(value: int | None, name: str) -> None:
    if value is not None and not 0 <= value < 2**31:
        raise InvalidObservationError(f"{name} must be 0..2^31-1, got {value}")


class SpaceObserved(Envelope, frozen=True, kw_only=True, tag="space_observed"):
    """A ground sensor says what its space is; ``derived`` where it was concluded from what it said later."""

    state: SpaceState
    basis: Basis = Basis.COUNTED


class SiteCounted(Envelope, frozen=True, kw_only=True, tag="site_counted"):
    """A snapshot count of vacant spaces for one audience.

    ``capacity`` is the number of spaces in operation for that same audience, if the source says; ``full_at`` is the
    vacancy at or below which the operator's sign reads full, if the source says.
    """

    vacant: int
    capacity: int | None = None
    full_at: int | None = None
    category: Audience = Audience.PUBLIC
    basis: Basis = Basis.COUNTED

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("vacant", "capacity", "full_at"):
            _require_count(getattr(self, name), name)


class SiteLevelled(Envelope, frozen=True, kw_only=True, tag="site_levelled"):
    """A source says how full a place is for one audience, and no number: a word, or between what the number lies.

    ``level`` is the source's own word, unknown where it says none. ``vacant_low`` and ``vacant_high`` are bounds that
    it states, both included; None where it states none. One of the three is said.
    """

    level: FillLevel = FillLevel.UNKNOWN
    vacant_low: int | None = None
    vacant_high: int | None = None
    capacity: int | None = None
    category: Audience = Audience.PUBLIC

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("vacant_low", "vacant_high", "capacity"):
            _require_count(getattr(self, name), name)
        low, high = self.vacant_low, self.vacant_high
        if low is None and high is None and self.level is FillLevel.UNKNOWN:
            raise InvalidObservationError("a level, or a bound of what is vacant, must be said")
        if low is not None and high is not None and low > high:
            raise InvalidObservationError(f"vacant_low must be vacant_high at most, got {low} and {high}")


class SiteRecounted(Envelope, frozen=True, kw_only=True, tag="site_recounted"):
    """Somebody went and counted the vacant spaces by eye; ``author`` and ``note`` where that was said at the desk."""

    vacant: int
    category: Audience = Audience.PUBLIC
    author: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_count(self.vacant, "vacant")
        _require_author(self.author or "-", self.note)


class LaneCounted(Envelope, frozen=True, kw_only=True, tag="lane_counted"):
    """Vehicles that passed a lane since the device's last message; 0 and 0 says that nobody did, and that it lives."""

    entries: int = 0
    exits: int = 0
    category: Audience = Audience.PUBLIC

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("entries", "exits"):
            _require_count(getattr(self, name), name)


class LaneTotalled(Envelope, frozen=True, kw_only=True, tag="lane_totalled"):
    """Vehicles that passed a lane since it was put in: totals that only grow, until they roll over or are reset.

    None where the lane does not count that way; one of both is stated.
    """

    entries: int | None = None
    exits: int | None = None
    category: Audience = Audience.PUBLIC

    def __post_init__(self) -> None:
        super().__post_init__()
        stated = [total for total in (self.entries, self.exits) if total is not None]
        if not stated or not all(0 <= total < 2**53 for total in stated):
            raise InvalidObservationError(
                f"a total of entries, of exits or both must be 0..2^53-1, got {self.entries}, {self.exits}"
            )


class DistanceObserved(Envelope, frozen=True, kw_only=True, tag="distance_observed"):
    """A sensor above or beside a space says how far away what it sees is; the catalogue says how near a car stands."""

    distance_mm: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_count(self.distance_mm, "distance_mm")


class OpeningChanged(Envelope, frozen=True, kw_only=True, tag="opening_changed"):
    """The place says who may drive in, as of ``observed_at``."""

    opening: Opening


class DeviceHeartbeat(Envelope, frozen=True, kw_only=True, tag="device_heartbeat"):
    """The device or feed is alive. This confirms nothing about the number it last gave."""


class DeviceStarted(Envelope, frozen=True, kw_only=True, tag="device_started"):
    """The device rebooted; what it said before no longer holds."""


class DeviceCalibrating(Envelope, frozen=True, kw_only=True, tag="device_calibrating"):
    """The device is learning its surroundings and cannot tell yet."""


class DeviceFault(Envelope, frozen=True, kw_only=True, tag="device_fault"):
    """The device or its operator says that it does not work, or what it says of ``category`` (None: at all) is no use.

    ``Fault.UNUSABLE`` is our own word for it: what the source said last is impossible, unreadable, or no number.
    """

    fault: Fault = Fault.DEVICE_FAULT
    category: Audience | None = None


class DeviceDecommissioned(Envelope, frozen=True, kw_only=True, tag="device_decommissioned"):
    """The device was taken out for good."""


class OperatorOverride(Envelope, frozen=True, kw_only=True, tag="operator_override"):
    """A person at the desk sets one thing of a place by hand, whatever devices say, until ``expires_at``.

    ``aspect`` says which: the opening; the number of a ``category``, ``vacant`` or None where nobody is to use it; a
    ``space`` by its id (``ALL_SPACES``: every one), which is out of service; a device (``of_source``, ``of_device``),
    which is not believed. ``released``: none of it holds any more. ``decision`` is the id of the decision that says so.
    """

    aspect: OverrideAspect
    author: str
    reason: OverrideReason
    expires_at: datetime
    decision: str
    note: str | None = None
    released: bool = False
    opening: Opening | None = None
    vacant: int | None = None
    category: Audience = Audience.PUBLIC
    space: str | None = None
    of_source: str | None = None
    of_device: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_utc(self.expires_at, "expires_at")
        _require_count(self.vacant, "vacant")
        _require_author(self.author, self.note)
        missing = {
            OverrideAspect.OPENING: self.opening is None and not self.released and "opening",
            OverrideAspect.NUMBER: False,
            OverrideAspect.SPACE: self.space is None and "space",
            OverrideAspect.DEVICE: None in (self.of_source, self.of_device) and "of_source and of_device",
        }[self.aspect]
        if missing:
            raise InvalidObservationError(f"an override of {self.aspect} needs {missing}")

    @property
    def key(self) -> str:
        """The name of the thing that it sets, among those of its place."""
        if self.aspect is OverrideAspect.NUMBER:
            return f"number.{self.category}"
        if self.aspect is OverrideAspect.SPACE:
            return f"space.{self.space}"
        return f"device.{self.of_source}/{self.of_device}" if self.aspect is OverrideAspect.DEVICE else "opening"


class ClockTicked(Envelope, frozen=True, kw_only=True, tag="clock_ticked"):
    """It is ``observed_at`` now, for this tenant, in this partition: staleness is decided when the fold meets one.

    ``leapt_s``: by so much the wall clock of whoever tells it has leapt, and is not told (``parking.wall``).
    ``takes_back``: a person says that the tenant's clock is ahead, and that it is ``observed_at`` in truth.
    """

    basis: ClockBasis
    leapt_s: int = 0
    takes_back: bool = False


Observation: TypeAlias = (
    SpaceObserved
    | SiteCounted
    | SiteLevelled
    | SiteRecounted
    | LaneCounted
    | LaneTotalled
    | DistanceObserved
    | OpeningChanged
    | DeviceHeartbeat
    | DeviceStarted
    | DeviceCalibrating
    | DeviceFault
    | DeviceDecommissioned
    | OperatorOverride
    | ClockTicked
)


def is_unusable(seen: Observation) -> bool:
    """Whether it tells of a word that could not be used."""
    return isinstance(seen, DeviceFault) and seen.fault is Fault.UNUSABLE


def says_nothing(seen: Observation) -> bool:
    """Whether nothing is lost with it where its device is at no place: a sign of life, or a word of no use.

    What could not be used is among the rejects already, with its own bytes.
    """
    return isinstance(seen, DeviceHeartbeat) or is_unusable(seen)
