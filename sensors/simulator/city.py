"""A made-up city: streets of bays with a ground sensor each, and car parks with lanes, as the catalogue knows them.

Bays are numbered through, street by street; arrays say of each bay which street it is in. The first streets lie around
the real car parks of Nantes, the others on a grid that grows with the city. Beyond the 28 real car parks they are made
up too. Each street has sensors of one make.
"""

import math
import random
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from parking.catalogue.model import MAX_SPACES_PER_ZONE, Device, Place, Point
from sensors.simulator.bays import make_zone
from sensors.simulator.chance import Chance, Integers
from sensors.simulator.scenario import VENDORS, Scenario
from sensors.simulator.vendors import VALID_FOR_S
from sensors.sources.nantes.places import car_park_ids, read_places

COUNTER = "counter"
COUNTER_VALID_FOR_S = 900
UNKNOWN_CAPACITY = 300
_CENTRE = Point(-1.5536, 47.2173)
_BLOCK_DEGREES = (0.0033, 0.00225)
_STREETS_A_CAR_PARK = 2
_SMALLEST_STREET = 40
_TWO_LANES_FROM = 400
_GOLDEN = 0.6180339887498949
EUI_PREFIX = 0x0251AA
"""Locally administered, so no maker's."""


class Lane(NamedTuple):
    """A lane counter: which car park it is at, whether cars enter or leave there, and its name."""

    car_park: int
    is_entry: bool
    device_id: str


class SimulatedCity:
    """What there is. Everything but ``places`` is arrays and car parks, so 6.5 million bays cost 33 MB here."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        chance = Chance(scenario.seed, "streets")
        most = np.arange(scenario.bays // _SMALLEST_STREET + 1)
        ends = np.cumsum(chance.between(most, _SMALLEST_STREET, MAX_SPACES_PER_ZONE + 1))
        streets = int(np.searchsorted(ends, scenario.bays)) + 1 if scenario.bays else 0
        self.first_bay: Integers = np.concatenate(([0], np.minimum(ends[:streets], scenario.bays)))
        sizes = np.diff(self.first_bay)
        self.street_of = np.repeat(np.arange(streets, dtype=np.int32), sizes)
        self.use_of_street = chance.between(np.arange(streets), 0, 4, 1)
        self.vendor_of_street = self._vendors(streets)
        self.car_parks = self._make_car_parks()

    @property
    def streets(self) -> int:
        """How many there are."""
        return len(self.first_bay) - 1

    @cached_property
    def place_ids(self) -> list[str]:
        """Streets, then car parks: the order that truth numbers places by."""
        return [f"street-{number + 1:05}" for number in range(self.streets)] + [park.id for park in self.car_parks]

    @cached_property
    def lanes(self) -> list[Lane]:
        """A lane in and one out of each car park, two of each at large ones."""
        return [
            Lane(number, way == "in", f"{park.id}-{way}-{lane}")
            for number, park in enumerate(self.car_parks)
            for lane in range(1, 2 + ((park.capacity or UNKNOWN_CAPACITY) >= _TWO_LANES_FROM))
            for way in ("in", "out")
        ]

    def slot_of(self, bay: Integers) -> Integers:
        """The slots that bays have in their streets."""
        return bay - self.first_bay[self.street_of[bay]]

    def eui_of(self, bay: int) -> str:
        """The devEUI of a bay's sensor."""
        vendor = int(self.vendor_of_street[self.street_of[bay]])
        return f"{EUI_PREFIX << 40 | vendor << 32 | bay:016x}"

    def places(self, tenant: str) -> Iterator[Place]:
        """All places as the catalogue has them, made one by one."""
        for street in range(self.streets):
            yield self._make_street(tenant, street)
        devices: dict[int, list[Device]] = {}
        for lane in self.lanes:
            device = Device(source=COUNTER, id=lane.device_id, valid_for_s=COUNTER_VALID_FOR_S)
            devices.setdefault(lane.car_park, []).append(device)
        for number, park in enumerate(self.car_parks):
            yield Place(
                tenant=tenant,
                id=park.id,
                name=park.name,
                point=park.point,
                capacity=park.capacity or UNKNOWN_CAPACITY,
                full_at=park.full_at,
                address=park.address,
                devices=tuple(devices.get(number, ())),
            )

    def _make_street(self, tenant: str, street: int) -> Place:
        vendor = VENDORS[self.vendor_of_street[street]]
        bays = range(int(self.first_bay[street]), int(self.first_bay[street + 1]))
        devices = tuple(
            Device(source=vendor, id=self.eui_of(bay), slot=slot, valid_for_s=VALID_FOR_S[vendor])
            for slot, bay in enumerate(bays)
        )
        name = f"Rue simulée {street + 1}"
        draw = random.Random(f"{self.scenario.seed}/street/{street}")
        return make_zone(tenant, self.place_ids[street], name, self._near(street), devices, draw)

    def _near(self, street: int) -> Point:
        real = [park.point for park in self.car_parks[:28] if park.point]
        if street < len(real) * _STREETS_A_CAR_PARK:
            return real[street % len(real)]
        return _on_grid(street, self.streets)

    def _vendors(self, streets: int) -> Integers:
        """Spread evenly rather than drawn, so that a small city has all makes as well."""
        weights = np.array([self.scenario.vendors.get(name, 0.0) for name in VENDORS])
        spread = (np.arange(streets) * _GOLDEN) % 1.0
        return np.searchsorted(np.cumsum(weights) / weights.sum(), spread, side="right")

    def _make_car_parks(self) -> list[Place]:
        known = car_park_ids()
        real = [place for place in read_places("", COUNTER, COUNTER_VALID_FOR_S) if place.id in known]
        wanted = self.scenario.car_parks
        sizes = Chance(self.scenario.seed, "car parks").between(np.arange(wanted), 80, 900)
        made_up = [
            Place(
                tenant="",
                id=f"sim-park-{number + 1:04}",
                name=f"Parking simulé {number + 1} · simulated car park",
                point=_on_grid(number, wanted),
                capacity=int(sizes[number]),
            )
            for number in range(len(real), wanted)
        ]
        return real[:wanted] + made_up


def _on_grid(number: int, count: int) -> Point:
    """The blocks of a square city around the centre of Nantes, in rows."""
    side = math.ceil(math.sqrt(count))
    row, column = divmod(number, side)
    lon = _CENTRE.lon + (column - side / 2) * _BLOCK_DEGREES[0]
    lat = _CENTRE.lat + (row - side / 2) * _BLOCK_DEGREES[1]
    return Point(round(lon, 6), round(lat, 6))
