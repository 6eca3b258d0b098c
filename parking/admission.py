"""Admission: which observations are refused before they touch any state, and the sentence that says why."""

from typing import NamedTuple

from parking.catalogue import Device, Place
from parking.instants import AHEAD_TOLERANCE, is_ahead
from parking.observations import (
    DeviceCalibrating,
    DeviceDecommissioned,
    DeviceFault,
    DeviceStarted,
    LaneCounted,
    Observation,
    OperatorOverride,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
)
from parking.words import Audience, RejectReason


class Refusal(NamedTuple):
    """Why an observation is kept out: a code to count by, and a sentence for a person."""

    reason: RejectReason
    detail: str


_ABOUT_A_DEVICE = (DeviceStarted, DeviceCalibrating, DeviceFault, DeviceDecommissioned)


def find_refusal(observation: Observation, place: Place | None) -> Refusal | None:
    """The reason to refuse this observation of ``place``, or None to admit it."""
    if is_ahead(observation.observed_at, observation.received_at):
        ahead_s = (observation.observed_at - observation.received_at).total_seconds()
        return Refusal(
            RejectReason.FUTURE_TIME,
            f"observed {ahead_s:.0f} s after it arrived; at most {AHEAD_TOLERANCE.total_seconds():.0f} s are allowed: "
            f"check the clock and the zone of {observation.source}/{observation.device_id}",
        )
    if place is None:
        return Refusal(
            RejectReason.UNKNOWN_SITE,
            f"{observation.source}/{observation.device_id} belongs to no place of tenant {observation.tenant}: "
            f"add it to the catalogue",
        )
    device = place.find_device(observation.source, observation.device_id, observation.observed_at)
    if device is None:
        return Refusal(
            RejectReason.UNKNOWN_DEVICE,
            f"{observation.source}/{observation.device_id} did not observe {place.key} at "
            f"{observation.observed_at.isoformat()}: check the dates of the device in the catalogue",
        )
    return _refusal_of_kind(observation, device) or _refusal_of_count(observation, place)


def _refusal_of_kind(observation: Observation, device: Device) -> Refusal | None:
    kind = type(observation).__name__
    if isinstance(observation, LaneCounted | OperatorOverride):
        return Refusal(RejectReason.NOT_FOLDED, f"{kind} is not folded by this version; redrive it after an upgrade")
    of_space = isinstance(observation, SpaceObserved)
    of_site = isinstance(observation, SiteCounted | SiteRecounted)
    if (of_space and device.slot is None) or (of_site and device.slot is not None):
        target = "a single space" if of_space else "a whole place"
        return Refusal(RejectReason.NOT_FOLDED, f"{kind} is about {target}, which {device.id} does not observe")
    return None


def _refusal_of_count(observation: Observation, place: Place) -> Refusal | None:
    if not isinstance(observation, SiteCounted | SiteRecounted):
        return None
    capacity = observation.capacity if isinstance(observation, SiteCounted) else None
    if capacity is None and observation.category is Audience.PUBLIC:
        capacity = place.capacity
    if capacity is not None and observation.vacant > capacity:
        return Refusal(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"{observation.vacant} free of {capacity}: more than there are; check the counter of {place.key}",
        )
    return None
