"""What really happens at the bays: free, taken, free, each change at its moment. The ground truth."""

from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bits, Integers
from sensors.simulator.city import SimulatedCity
from sensors.simulator.demand import Demand


class BayChanges(NamedTuple):
    """Changes of bays in the order of time: which bay, when (microseconds since 1970), and whether it is taken now."""

    bay: Integers
    us: Integers
    taken: Bits


class Stays:
    """The bays of a city, advanced window by window. Keeps 13 bytes a bay."""

    def __init__(self, city: SimulatedCity, demand: Demand) -> None:
        self._city, self._demand = city, demand
        bays = np.arange(city.scenario.bays)
        self.taken, self._next = demand.begin(self._use(bays), bays, city.scenario.start_us)
        self._turn = np.ones(len(bays), np.uint32)

    def advance(self, until_us: int) -> BayChanges:
        """All changes before ``until_us`` that were not yet told."""
        parts: list[BayChanges] = []
        due = np.flatnonzero(self._next < until_us)
        while len(due):
            at, taken, turn = self._next[due], ~self.taken[due], self._turn[due].astype(np.int64)
            parts.append(BayChanges(due, at, taken))
            after = np.empty_like(at)
            came, left = np.flatnonzero(taken), np.flatnonzero(~taken)
            after[came] = self._demand.leave(due[came], turn[came], at[came])
            after[left] = self._demand.arrive(self._use(due[left]), due[left], turn[left], at[left])
            self.taken[due], self._next[due] = taken, after
            self._turn[due] += 1
            due = due[after < until_us]
        if not parts:
            nothing = np.zeros(0, np.int64)
            return BayChanges(nothing, nothing, nothing.astype(np.bool_))
        bay, us, now = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.lexsort((bay, us))
        return BayChanges(bay[order], us[order], now[order])

    def _use(self, bay: Integers) -> Integers:
        return self._city.use_of_street[self._city.street_of[bay]]
