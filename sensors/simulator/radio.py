"""An uplink's way from the sensor to the broker: heard by a gateway's clock, then lost, twice, late or overtaken."""

from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bits, Chance, Floats, Integers
from sensors.simulator.city import SimulatedCity
from sensors.simulator.faults import Illnesses, SimulatedFault, fault_of_bay
from sensors.simulator.perception import Burst
from sensors.simulator.scenario import SECOND_US
from sensors.simulator.sensing import Spoken, take

_TRAVEL_S = (0.2, 1.5)
_LATE_S = (30.0, 20 * 60.0)
_HELD_BACK_S = (2.0, 30.0)
_SECOND_GATEWAY_S = (0.05, 3.0)


class Delivered(NamedTuple):
    """Uplinks that reach the broker: as ``Spoken``, with the gateway's time, the broker's, and which copy it is."""

    bay: Integers
    us: Integers
    kind: Integers
    taken: Bits
    minutes: Integers
    f_cnt: Integers
    heard_us: Integers
    delivered_us: Integers
    copy: Integers


class Radio:
    """Carries uplinks; keeps those that are still on their way."""

    def __init__(self, city: SimulatedCity, ill: Illnesses) -> None:
        scenario = self._scenario = city.scenario
        self._city, self._ill = city, ill
        self._travel = Chance(scenario.seed, "travel")
        names = ("lost", "duplicated", "delayed", "disorder")
        self._rates = {name: (Chance(scenario.seed, name), getattr(scenario, name)) for name in names}
        self._on_its_way: list[Delivered] = []

    def carry(self, spoken: Spoken, until_us: int | None) -> tuple[Delivered, list[SimulatedFault]]:
        """What is delivered before ``until_us`` (None: all), in the order of delivery, and what happened to whom."""
        arrived, faults = self._send(spoken)
        pool = Delivered(*(np.concatenate(columns) for columns in zip(*self._on_its_way, arrived, strict=True)))
        is_here = np.ones(len(pool.bay), np.bool_) if until_us is None else pool.delivered_us < until_us
        self._on_its_way = [_rows(pool, ~is_here)]
        here = _rows(pool, is_here)
        return _rows(here, np.lexsort((here.copy, here.f_cnt, here.bay, here.delivered_us))), faults

    def _send(self, spoken: Spoken) -> tuple[Delivered, list[SimulatedFault]]:
        bay, count = spoken.bay, spoken.f_cnt
        heard = spoken.us + self._ill.skew_us[self._ill.gateway_of(bay)]
        late = self._travel.uniform(bay, 0, *_TRAVEL_S)  # the same for all of a sensor, so that none overtakes another
        lost = self._hit("lost", bay, count)
        faults = self._list("lost", spoken, lost)
        is_left = np.ones(len(bay), np.bool_)
        is_left[lost] = False
        for name, bounds in (("delayed", _LATE_S), ("disorder", _HELD_BACK_S)):
            hit = self._hit(name, bay, count)
            hit = hit[is_left[hit]]
            by = self._rates[name][0].uniform(bay[hit], count[hit] + (1 << 33), *bounds)
            late[hit] += by
            faults += self._list(name, spoken, hit, by)
        copies = Delivered(*spoken, heard, spoken.us + _us(late), np.zeros(len(bay), np.int64))
        twice = self._hit("duplicated", bay, count)
        twice = twice[is_left[twice]]
        faults += self._list("duplicated", spoken, twice)
        again = _rows(copies, twice)
        later = self._travel.uniform(again.bay, again.f_cnt + (1 << 33), *_SECOND_GATEWAY_S)
        again = again._replace(delivered_us=again.delivered_us + _us(later), copy=again.copy + 1)
        first = _rows(copies, is_left) if len(lost) else copies
        return Delivered(*(np.concatenate(columns) for columns in zip(first, again, strict=True))), faults

    def _hit(self, name: str, bay: Integers, count: Integers) -> Integers:
        chance, rate = self._rates[name]
        return np.flatnonzero(chance.uniform(bay, count) < rate) if rate else np.zeros(0, np.int64)

    def _list(self, name: str, spoken: Spoken, hit: Integers, late: Floats | None = None) -> list[SimulatedFault]:
        values = [None] * len(hit) if late is None else np.round(late, 3).tolist()
        bays, moments = spoken.bay[hit].tolist(), spoken.us[hit].tolist()
        return [
            fault_of_bay(self._city, name, bay, us, us, value)
            for bay, us, value in zip(bays, moments, values, strict=True)
        ]


def list_bursts(city: SimulatedCity, bursts: list[Burst]) -> list[SimulatedFault]:
    """A record for each burst of a flapping sensor."""
    return [
        fault_of_bay(city, "burst", bay, since, until)
        for burst in bursts
        for bay, since, until in zip(*(column.tolist() for column in burst), strict=True)
    ]


def _us(seconds: Floats) -> Integers:
    return (seconds * SECOND_US).astype(np.int64)


def _rows(uplinks: Delivered, rows: Bits | Integers) -> Delivered:
    sent = Spoken(*uplinks[:6])
    return Delivered(*take(sent, rows), *(column[rows] for column in uplinks[6:]))
