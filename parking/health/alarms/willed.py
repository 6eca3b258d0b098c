"""What people at the desk have set is no alarm: who took a number out of use, or has a device ignored, knows of it."""

from datetime import datetime

from parking.catalogue.model import Place
from parking.published.availability import Availability, ByHand
from parking.published.freshness import is_stale
from parking.words import Audience, OverrideAspect


def ignored_devices(availability: Availability | None, now: datetime) -> frozenset[str]:
    """The devices (source/id) of a place that are not believed by order."""
    orders = _standing(availability, now, OverrideAspect.DEVICE)
    return frozenset(order.device for order in orders if order.device is not None)


def is_without_number_by_will(availability: Availability, place: Place, now: datetime) -> bool:
    """Whether somebody has taken its number out of use, or has every device ignored that observes it now."""
    if any(order.category in (None, Audience.PUBLIC) for order in _standing(availability, now, OverrideAspect.NUMBER)):
        return True
    observing = {f"{device.source}/{device.id}" for device in place.devices if device.observes_at(now)}
    return bool(observing) and observing <= ignored_devices(availability, now)


def _standing(availability: Availability | None, now: datetime, aspect: OverrideAspect) -> list[ByHand]:
    orders = availability.by_hand if availability is not None else ()
    return [order for order in orders if order.aspect is aspect and not is_stale(order.until, now)]
