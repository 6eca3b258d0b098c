"""Admission: which observations are refused before they touch any state, and the sentence that says why."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from parking.catalogue.model import TENANT_ID, Device, Place
from parking.fold.lanes import LATENESS, MAX_A_MINUTE, LaneLedger, is_late, is_lost
from parking.instants import AHEAD_TOLERANCE, from_us, in_text, is_ahead
from parking.observations import (
    ALL_SPACES,
    OPERATOR,
    ClockTicked,
    DeviceFault,
    DistanceObserved,
    Envelope,
    LaneCounted,
    LaneTotalled,
    Observation,
    OperatorOverride,
    SiteCounted,
    SiteLevelled,
    SiteRecounted,
    SpaceObserved,
)
from parking.words import Audience, ClockBasis, Fault, OverrideAspect, RejectReason


class Refusal(NamedTuple):
    """Why an observation is kept out: a code to count by, and a sentence for a person."""

    reason: RejectReason
    detail: str


_NUMBERS = (SiteCounted, SiteLevelled, SiteRecounted)
LONGEST_ORDER = timedelta(days=366)
"""An order that nobody remembers is worse than none."""

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
"""A clock that was never set says the day before."""


def find_refusal(observation: Observation, place: Place | None, logged_at: datetime) -> Refusal | None:
    """The reason to refuse this observation of ``place``, or None to admit it.

    ``logged_at`` is when the log took it: nothing can have arrived later than that.
    """
    # Times first: devices are looked up by the day, and a day that cannot be would put the blame on the catalogue.
    if (refusal := find_time_refusal(observation, logged_at)) is not None:
        return refusal
    if place is None or place.tenant != observation.tenant:
        return Refusal(
            RejectReason.UNKNOWN_SITE,
            f"{observation.source}/{observation.device_id} belongs to no place of city {observation.tenant}: "
            f"add it to the catalogue",
        )
    if isinstance(observation, OperatorOverride) or observation.source == OPERATOR:
        return _refusal_by_hand(observation, place)
    device = place.find_device(observation.source, observation.device_id, observation.observed_at)
    if device is None:
        return Refusal(
            RejectReason.UNKNOWN_DEVICE,
            f"{observation.source}/{observation.device_id} did not observe {place.key} at "
            f"{in_text(observation.observed_at)}: check the dates of the device in the catalogue",
        )
    return _refusal_of_kind(observation, device, place) or _refusal_of_count(observation, place)


def as_unusable(seen: Observation, refusal: Refusal) -> DeviceFault | None:
    """What a refused count still says: that its device is not to be believed from then on; None where it says nothing.

    Only a count that cannot be: one that is too late, or of nobody's device, tells nothing of the number.
    """
    if refusal.reason is not RejectReason.FREE_ABOVE_CAPACITY or not isinstance(seen, _NUMBERS):
        return None
    if seen.source == OPERATOR:  # a slip of the desk's says nothing about a counter
        return None
    return DeviceFault(
        event_id=seen.event_id, tenant=seen.tenant, source=seen.source, device_id=seen.device_id,
        observed_at=seen.observed_at, received_at=seen.received_at, time_basis=seen.time_basis, seq=seen.seq,
        time_shift_s=seen.time_shift_s, simulated=seen.simulated, fault=Fault.UNUSABLE, category=seen.category,
    )  # fmt: skip


def find_time_refusal(observation: Envelope, logged_at: datetime) -> Refusal | None:
    """The reason to refuse an observation, or a tick, for its times alone."""
    if observation.observed_at <= EARLIEST:
        return Refusal(
            RejectReason.BAD_TIME,
            f"observed at {in_text(observation.observed_at)}, before there were sensors: check the clock",
        )
    if is_ahead(observation.received_at, logged_at):
        return Refusal(
            RejectReason.FUTURE_TIME,
            f"claims to have arrived at {in_text(observation.received_at)}, but Kafka took it at "
            f"{in_text(logged_at)}: check the clock of the machine that sent it",
        )
    if is_ahead(observation.observed_at, observation.received_at):
        ahead_s = (observation.observed_at - observation.received_at).total_seconds()
        return Refusal(
            RejectReason.FUTURE_TIME,
            f"observed {ahead_s:.0f} s after it arrived; at most {AHEAD_TOLERANCE.total_seconds():.0f} s are allowed: "
            f"check the clock and the zone of {observation.source}/{observation.device_id}",
        )
    return None


def find_tick_refusal(tick: ClockTicked, logged_at: datetime) -> Refusal | None:
    """The reason to refuse a tick: its times; of one that takes a clock back also that it comes late, or twice."""
    if not TENANT_ID.fullmatch(tick.tenant):
        return Refusal(RejectReason.MALFORMED_RECORD, f"a tick of {tick.tenant!r:.80}, which can be the id of no city")
    if (refusal := find_time_refusal(tick, logged_at)) is not None:
        return refusal
    if not tick.takes_back:
        return None
    if tick.basis is not ClockBasis.WALL:
        return Refusal(RejectReason.BAD_TIME, "the clock of a recording is not taken back: replay it as another city")
    if is_ahead(logged_at, tick.observed_at):
        return Refusal(
            RejectReason.LATE,
            f"takes the city's clock back to {in_text(tick.observed_at)}, but Kafka took it at {in_text(logged_at)}: "
            f"look at both clocks, then say it again",
        )
    return None


def find_ahead_of_city(observation: Envelope, clock: datetime | None) -> Refusal | None:
    """The reason to refuse what lies ahead of the city's own time while a wall clock is known to have leapt."""
    if clock is None or not is_ahead(observation.observed_at, clock):
        return None
    ahead_s = (observation.observed_at - clock).total_seconds()
    return Refusal(
        RejectReason.FUTURE_TIME,
        f"observed {ahead_s:.0f} s after the city's time ({in_text(clock)}), while a machine's clock has leapt: its "
        f"stamp cannot be believed; set that clock right",
    )


def _refusal_of_kind(observation: Observation, device: Device, place: Place) -> Refusal | None:
    kind = type(observation).__name__
    of_space = isinstance(observation, SpaceObserved | DistanceObserved)
    if of_space and device.slot is None:
        return Refusal(
            RejectReason.NOT_FOLDED, f"{kind} tells of a single space, but in the catalogue {device.id} observes none"
        )
    if isinstance(observation, DistanceObserved) and device.occupied_below_mm is None:
        return Refusal(
            RejectReason.NOT_FOLDED,
            f"{device.id} says a distance, and the catalogue does not say at which a car stands there: state its "
            f"occupied_below_mm",
        )
    return _refusal_of_whole(observation, place, is_single=device.slot is not None)


def _refusal_of_whole(observation: Observation, place: Place, *, is_single: bool = False) -> Refusal | None:
    if not is_single and not place.spaces:
        return None
    if isinstance(observation, SiteCounted | SiteLevelled | SiteRecounted | LaneCounted | LaneTotalled):
        return Refusal(
            RejectReason.NOT_FOLDED,
            f"{type(observation).__name__} counts a whole place, but the catalogue knows {place.key} by its single "
            f"spaces",
        )
    return None


def _refusal_by_hand(said: Observation, place: Place) -> Refusal | None:
    """The reason to refuse what a person at the desk says of a place."""
    if said.source != OPERATOR or not isinstance(said, OperatorOverride | SiteRecounted):
        kind = type(said).__name__
        return Refusal(
            RejectReason.NOT_ALLOWED,
            f"{kind} of {said.source}/{said.device_id}: people at the desk, and nobody else, override and recount as "
            f"source {OPERATOR}",
        )
    if isinstance(said, SiteRecounted):
        return _refusal_of_whole(said, place) or _refusal_of_count(said, place)
    if not said.observed_at < said.expires_at <= said.observed_at + LONGEST_ORDER and not said.released:
        return Refusal(
            RejectReason.BAD_TIME,
            f"set by hand at {in_text(said.observed_at)} until {in_text(said.expires_at)}: an order ends after it "
            f"began, within {LONGEST_ORDER.days} days; a longer one can be said again",
        )
    return _refusal_of_thing(said, place)


def _refusal_of_thing(said: OperatorOverride, place: Place) -> Refusal | None:
    """Whether the place has what is set, and so much of it."""
    capacity, vacant = _capacity_of(said.category, place), said.vacant
    if said.aspect is OverrideAspect.NUMBER and vacant is not None and capacity is not None and vacant > capacity:
        return Refusal(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"{vacant} free of {capacity} by hand: more than {place.key} has for {said.category}",
        )
    if said.aspect is OverrideAspect.SPACE and said.space != ALL_SPACES:
        known = said.space in {space.id for space in place.spaces}
        return None if known else Refusal(RejectReason.UNKNOWN_SITE, f"{place.key} has no space {said.space!r:.80}")
    if said.aspect is OverrideAspect.SPACE and not place.spaces:
        return Refusal(RejectReason.UNKNOWN_SITE, f"{place.key} is not known by its single spaces: close it instead")
    if said.aspect is OverrideAspect.DEVICE:
        known = (said.of_source, said.of_device) in {(device.source, device.id) for device in place.devices}
        of = f"{said.of_source}/{said.of_device}"
        return None if known else Refusal(RejectReason.UNKNOWN_DEVICE, f"{place.key} has no device {of!r:.80}")
    return None


def _capacity_of(category: Audience, place: Place) -> int | None:
    if place.spaces:
        return sum(category in space.audiences for space in place.spaces)
    return place.capacity if category is Audience.PUBLIC else None


def find_lateness(observation: Observation, has_lanes: bool, clock: datetime | None) -> Refusal | None:
    """The reason to refuse a part of a sum that comes too late to be put where it belongs.

    Snapshots are never too late: the newest wins, however late it comes. But a count that lanes go on from is one.
    """
    summed = isinstance(observation, LaneCounted | LaneTotalled) or (
        has_lanes and isinstance(observation, SiteCounted | SiteRecounted)
    )
    if not summed or clock is None or not is_late(observation.observed_at, clock):
        return None
    return Refusal(
        RejectReason.LATE,
        f"observed at {in_text(observation.observed_at)}, more than {LATENESS.total_seconds() / 60:.0f} minutes "
        f"before the tenant's clock ({in_text(clock)}): counts of that time are closed; recount the place",
    )


def find_flood(observation: Observation, lanes: LaneLedger | None) -> Refusal | None:
    """The reason to refuse a word of a lane, once it was put in, because lanes have said more than is kept."""
    if (
        lanes is None
        or not isinstance(observation, LaneCounted | LaneTotalled)
        or not is_lost(lanes, observation.observed_at)
    ):
        return None
    return Refusal(
        RejectReason.FLOODED,
        f"the lanes of this place said more than {MAX_A_MINUTE} things in one minute before "
        f"{in_text(from_us(lanes.lost_us))}: what they counted until then is in no sum, and the number is unknown "
        f"until somebody counts; find the device that repeats itself, then recount the place",
    )


def _refusal_of_count(observation: Observation, place: Place) -> Refusal | None:
    if not isinstance(observation, _NUMBERS):
        return None
    # What a count says of its own capacity goes before the catalogue: it knows of the level that is closed for works.
    capacity = None if isinstance(observation, SiteRecounted) else observation.capacity
    if capacity is None and observation.category is Audience.PUBLIC:
        capacity = place.capacity
    vacant = observation.vacant_low if isinstance(observation, SiteLevelled) else observation.vacant
    if capacity is not None and vacant is not None and vacant > capacity:
        return Refusal(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"{vacant} free of {capacity}: more than there are; check the counter of {place.key}",
        )
    return None
