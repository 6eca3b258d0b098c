"""How long what a device says holds: by its contract in the catalogue, on the day on which it said it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from parking.catalogue.model import DEFAULT_VALID_FOR_S, Place
from parking.fold.state import PlaceState, Register
from parking.instants import from_us, to_us
from parking.words import Fault


def valid_until(held: Register, place: Place) -> datetime:
    """Until when this word holds; by the default contract where the catalogue no longer knows who said it."""
    return _holds_until(held.source, held.device_id, held.observed_at, place)


def lane_until(lane: str, last: datetime, place: Place) -> datetime:
    """Until when a sum holds in which this lane (``source/device``) spoke last at ``last``."""
    source, _, device_id = lane.partition("/")
    return _holds_until(source, device_id, last, place)


def _holds_until(source: str, device_id: str, at: datetime, place: Place) -> datetime:
    device = place.find_device(source, device_id, at)
    return at + timedelta(seconds=device.valid_for_s if device else DEFAULT_VALID_FOR_S)


def is_retired(lane: str, last: datetime, state: PlaceState, place: Place, clock: datetime | None) -> bool:
    """Whether a lane was taken out since it last spoke, by its own word or in the catalogue."""
    fault = state.faults.get(lane)
    if fault is not None and fault.fault is Fault.DECOMMISSIONED and fault.observed_at >= last:
        return True
    source, _, device_id = lane.partition("/")
    return clock is not None and place.find_device(source, device_id, clock) is None


class LaneContracts(NamedTuple):
    """What the catalogue entry of a place says of its lanes; see ``lanes.Contract``."""

    place: Place

    @property
    def shortest_us(self) -> int:
        """So long at least a word of any of its lanes holds."""
        return self.place.shortest_contract_s * 1_000_000

    def holds_until(self, lane: str, at_us: int) -> int:
        """Until when a word of that moment holds."""
        return to_us(lane_until(lane, from_us(at_us), self.place))

    def began(self, lane: str, at_us: int) -> int:
        """Since when the lane that spoke then is there; 0 where that is not known."""
        source, _, device_id = lane.partition("/")
        device = self.place.find_device(source, device_id, from_us(at_us))
        return to_us(device.valid_from) if device is not None and device.valid_from is not None else 0
