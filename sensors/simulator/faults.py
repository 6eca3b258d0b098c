"""Which faults are put in, and a record of each: which sensors are ill for the whole span, whose clock is wrong."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bits, Bytes, Chance, Floats, Integers
from sensors.simulator.city import COUNTER, SimulatedCity
from sensors.simulator.scenario import SECOND_US, VENDORS

STUCK, DEAD, FLAPPING, COUPLED = range(1, 5)
KINDS = ("", "stuck", "dead", "flapping", "coupled")
STREETS_A_GATEWAY = 8
GATEWAY_SOURCE = "gateway"
_MAX_SKEW_S = 120


class SimulatedFault(NamedTuple):
    """One fault that was put in, from and until when (microseconds since 1970).

    ``kind``: stuck, dead, flapping, burst, coupled; skew (``value`` is seconds ahead), miss (``value`` is the share of
    cars that the lane does not see); lost, duplicated, delayed, disorder (``value`` is seconds late). A place and a
    slot are named where there is one.
    """

    kind: str
    source: str
    device_id: str
    place_id: str | None
    slot: int | None
    from_us: int
    until_us: int
    value: float | None = None


class Illnesses:
    """Which sensor has which fault, since when; how wrong each gateway's clock is; what each lane misses."""

    def __init__(self, city: SimulatedCity) -> None:
        scenario = self._scenario = city.scenario
        self._city = city
        bays = np.arange(scenario.bays)
        limits = np.cumsum([scenario.stuck, scenario.dead, scenario.flapping, scenario.coupled])
        drawn = np.searchsorted(limits, Chance(scenario.seed, "ill").uniform(bays), side="right") + 1
        self.of_bay: Bytes = np.where(drawn <= COUPLED, drawn, 0).astype(np.uint8)
        first = city.first_bay[:-1]
        self.of_bay[first[self.of_bay[first] == COUPLED]] = 0  # the first bay of a street has no neighbour
        self.ill = np.flatnonzero(self.of_bay)
        third = (scenario.end_us - scenario.start_us) / 3
        broken = np.isin(self.of_bay[self.ill], (STUCK, DEAD))
        late = (Chance(scenario.seed, "since").uniform(self.ill) * third).astype(np.int64)
        self._since = scenario.start_us + np.where(broken, late, 0)
        self.skew_us = self._skews()
        self.lane_miss = self._misses()

    def holds(self, kind: int, bay: Integers, us: Integers) -> Bits:
        """Whether each bay's sensor has that fault at that moment."""
        has: Bits = self.of_bay[bay] == kind
        rows = np.flatnonzero(has)
        has[rows] = self._since[np.searchsorted(self.ill, bay[rows])] <= us[rows]
        return has

    def gateway_of(self, bay: Integers) -> Integers:
        """The gateway that hears a bay."""
        return self._city.street_of[bay].astype(np.int64) // STREETS_A_GATEWAY

    def records(self) -> Iterator[SimulatedFault]:
        """All faults that are known beforehand; those of single uplinks come with their windows."""
        start, end = self._scenario.start_us, self._scenario.end_us
        for bay, since in zip(self.ill.tolist(), self._since.tolist(), strict=True):
            yield fault_of_bay(self._city, KINDS[self.of_bay[bay]], bay, since, end)
        for gateway in np.flatnonzero(self.skew_us).tolist():
            ahead = int(self.skew_us[gateway]) / SECOND_US
            yield SimulatedFault("skew", GATEWAY_SOURCE, gateway_id(gateway), None, None, start, end, ahead)
        for number in np.flatnonzero(self.lane_miss).tolist():
            lane = self._city.lanes[number]
            park = self._city.car_parks[lane.car_park].id
            yield SimulatedFault("miss", COUNTER, lane.device_id, park, None, start, end, float(self.lane_miss[number]))

    def _skews(self) -> Integers:
        gateways = np.arange(-(-self._city.streets // STREETS_A_GATEWAY))
        chance = Chance(self._scenario.seed, "skew")
        ahead = chance.between(gateways, 1, _MAX_SKEW_S + 1, 1) * np.where(chance.between(gateways, 0, 2, 2), 1, -1)
        return np.where(chance.uniform(gateways) < self._scenario.skew, ahead * SECOND_US, 0)

    def _misses(self) -> Floats:
        scenario, lanes = self._scenario, np.arange(len(self._city.lanes))
        draws = Chance(scenario.seed, "bad lanes").uniform(lanes)
        bad = draws < scenario.bad_lanes
        if scenario.bad_lanes and len(lanes):
            bad[np.argmin(draws)] = True
        return np.where(bad, scenario.bad_lane_miss, scenario.miss)


def gateway_id(gateway: int) -> str:
    """16 hexadecimal digits."""
    return f"{0x0251BB << 40 | gateway:016x}"


def fault_of_bay(
    city: SimulatedCity, kind: str, bay: int, since: int, until: int, value: float | None = None
) -> SimulatedFault:
    """The record of a fault of one bay's sensor."""
    street = int(city.street_of[bay])
    slot = bay - int(city.first_bay[street])
    vendor = VENDORS[city.vendor_of_street[street]]
    return SimulatedFault(kind, vendor, city.eui_of(bay), city.place_ids[street], slot, since, until, value)
