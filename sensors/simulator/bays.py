"""Made-up street bays around the real car parks of Nantes, because there is no open data on its bays.

3,000 single spaces in zones of at most 128, each with its own position and sensor, so that the path of a single space
is a real one from the observation to the map. Streets, names and numbers are invented, and every observation is
labelled simulated. Deterministic: the same seed gives the same streets, and the same hour the same states.
"""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from parking.catalogue.model import MAX_SPACES_PER_ZONE, Device, Place, PlaceKind, Point, Space
from parking.observations import SpaceObserved, make_event_id
from parking.words import Audience, SpaceState, TimeBasis
from sensors.simulator.nantes_day import occupied_share

SOURCE = "simulated_bays"
SPACES = 3_000
BAY_VALID_FOR_S = 3_600
_SEED = 44109
_BAY_M = 5.5
_HALF_STREET_M = 6.0
_METRES_PER_DEGREE = 111_195.0
_AUDIENCES = ((0.03, Audience.DISABLED), (0.07, Audience.DELIVERY), (0.09, Audience.EV))
_SHORTEST_STAY_MIN, _LONGEST_STAY_MIN = 240, 900
"""Of a day at 60 times its pace: no bay changes more often than every four real minutes, or it would seem to flap."""


class _Street(NamedTuple):
    """A straight street: where its middle is, and which way it runs."""

    middle: Point
    bearing: float

    def at(self, along_m: float, aside_m: float) -> Point:
        """The point so far along the street and so far to its right."""
        east = along_m * math.sin(self.bearing) + aside_m * math.cos(self.bearing)
        north = along_m * math.cos(self.bearing) - aside_m * math.sin(self.bearing)
        lat = self.middle.lat + north / _METRES_PER_DEGREE
        lon = self.middle.lon + east / (_METRES_PER_DEGREE * math.cos(math.radians(lat)))
        return Point(round(lon, 6), round(lat, 6))


def make_zones(tenant: str, car_parks: Sequence[Place], spaces: int = SPACES) -> list[Place]:
    """Street zones near the car parks, ``spaces`` bays in all."""
    draw = random.Random(_SEED)
    points = [place.point for place in car_parks if place.point]
    zones: list[Place] = []
    left = spaces
    while left and points:
        size = min(left, draw.randrange(40, MAX_SPACES_PER_ZONE + 1))
        zones.append(_make_zone(tenant, len(zones) + 1, size, points[len(zones) % len(points)], draw))
        left -= size
    return zones


def _make_zone(tenant: str, number: int, size: int, near: Point, draw: random.Random) -> Place:
    devices = tuple(
        Device(source=SOURCE, id=f"sim-{number:02}-{slot}", slot=slot, valid_for_s=BAY_VALID_FOR_S)
        for slot in range(size)
    )
    return make_zone(tenant, f"sim-{number:02}", f"Rue simulée {number}", near, devices, draw)


def make_zone(
    tenant: str, zone_id: str, name: str, near: Point, devices: tuple[Device, ...], draw: random.Random
) -> Place:
    """One street of bays some hundred metres from ``near``, a device each."""
    size = len(devices)
    bearing, away = draw.uniform(0, math.pi), draw.uniform(120, 420)
    street = _Street(_Street(near, draw.uniform(0, 2 * math.pi)).at(away, 0), bearing)
    half = math.ceil(size / 2) * _BAY_M / 2
    corners = ((-half, -_HALF_STREET_M), (half, -_HALF_STREET_M), (half, _HALF_STREET_M), (-half, _HALF_STREET_M))
    return Place(
        tenant=tenant,
        id=zone_id,
        name=name,
        kind=PlaceKind.ZONE,
        point=street.middle,
        spaces=tuple(_make_space(slot, street, half, draw) for slot in range(size)),
        outline=tuple(street.at(*corner) for corner in corners),
        devices=devices,
    )


def _make_space(slot: int, street: _Street, half: float, draw: random.Random) -> Space:
    """Bays lie on both sides in turn; some are for badge holders, deliveries or electric cars."""
    kind = draw.random()
    audience = next((audience for share, audience in _AUDIENCES if kind < share), Audience.PUBLIC)
    point = street.at((slot // 2 + 0.5) * _BAY_M - half, _HALF_STREET_M - 2 if slot % 2 else 2 - _HALF_STREET_M)
    return Space(id=str(slot + 1), audiences=frozenset({audience}), point=point)


def observe_bays(
    zones: Iterable[Place], before: datetime | None, local: datetime, stamped: datetime
) -> Iterator[SpaceObserved]:
    """What the sensors say between two moments of the simulated day: each bay whose stay ended; all without ``before``.

    ``before`` and ``local`` (aware, Europe/Paris) are hours whose demand is simulated, ``stamped`` is the time that the
    observations bear.
    """
    for zone in zones:
        taste = random.Random(f"{_SEED}/{zone.id}")
        share = min(0.97, 0.35 + 0.65 * occupied_share(local.hour + local.minute / 60, taste))
        for device in zone.devices:
            stay = random.Random(f"{_SEED}/{device.id}").uniform(_SHORTEST_STAY_MIN, _LONGEST_STAY_MIN) * 60
            turn = int(local.timestamp() // stay)
            if before is None or int(before.timestamp() // stay) != turn:
                taken = random.Random(f"{_SEED}/{device.id}/{turn}").random() < share
                yield _observed(zone, device, SpaceState.OCCUPIED if taken else SpaceState.FREE, stamped)


def _observed(zone: Place, device: Device, state: SpaceState, stamped: datetime) -> SpaceObserved:
    return SpaceObserved(
        event_id=make_event_id(SOURCE, device.id, stamped, state),
        tenant=zone.tenant,
        source=SOURCE,
        device_id=device.id,
        observed_at=stamped,
        received_at=stamped,
        time_basis=TimeBasis.DEVICE,
        simulated=True,
        state=state,
    )
