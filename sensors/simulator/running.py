"""A simulation from its start to its end, window by window: the messages, and the truth beside them.

Nothing depends on how time is cut: draws belong to devices and moments (``chance``), and what is still on its way at
the end of a window comes with a later one. So windows are as long as memory likes.
"""

from collections.abc import Iterator
from itertools import starmap
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from sensors.simulator.car_parks import CarParks, ParkTruth
from sensors.simulator.chance import Integers
from sensors.simulator.chirpstack import ChirpStack
from sensors.simulator.city import SimulatedCity
from sensors.simulator.counters import Counters
from sensors.simulator.demand import Demand
from sensors.simulator.faults import Illnesses, SimulatedFault
from sensors.simulator.radio import Radio, list_bursts
from sensors.simulator.scenario import MINUTE_US, Scenario
from sensors.simulator.sensing import Sensors
from sensors.simulator.stays import BayChanges, Stays

NO_SLOT = -1
_MESSAGES_A_WINDOW = 60_000
_MESSAGES_A_BAY_AND_MINUTE = 1 / 60
_MESSAGES_A_CAR_PARK_AND_MINUTE = 2
_LONGEST_MIN = 12 * 60


class SimulatedMessage(NamedTuple):
    """What the broker gets: when (microseconds since 1970), on which topic, and its bytes."""

    delivered_us: int
    topic: str
    payload: bytes


class Truth(NamedTuple):
    """What became true, in the order of time: when (microseconds since 1970), where, and what.

    ``place`` counts in ``City.place_ids``. For a bay ``value`` is 1 taken or 0 free; for a car park, whose ``slot`` is
    ``NO_SLOT``, it is the number of vacant spaces. The first rows, at the start, are of everything there is.
    """

    us: Integers
    place: Integers
    slot: Integers
    value: Integers


class Window(NamedTuple):
    """A part of the simulation: messages by delivery, truth by time, and the faults put in meanwhile.

    The last one also has what is delivered after the end.
    """

    from_us: int
    until_us: int
    messages: list[SimulatedMessage]
    truth: Truth
    faults: list[SimulatedFault]
    uplinks: int
    lane_messages: int


class Simulation:
    """A city and its day. ``faults`` are those known beforehand; the others come with the windows."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.city = SimulatedCity(scenario)
        self._ill = Illnesses(self.city)
        demand = Demand(scenario)
        self._stays = Stays(self.city, demand)
        self._begun = self._stays.taken.copy()
        self._sensors = Sensors(self.city, self._ill, self._begun)
        self._radio = Radio(self.city, self._ill)
        self._chirpstack = ChirpStack(self.city, demand.hours)
        self._car_parks = CarParks(self.city, demand.hours, self._ill.lane_miss)
        self._counters = Counters(self.city)

    @property
    def faults(self) -> Iterator[SimulatedFault]:
        """The faults of sensors, gateways and lanes."""
        return self._ill.records()

    def windows(self, window_min: int | None = None) -> Iterator[Window]:
        """The whole simulation, once. Without ``window_min`` windows of some 60,000 messages."""
        step = (window_min or self._window_min()) * MINUTE_US
        start, end = self.scenario.start_us, self.scenario.end_us
        for begin in range(start, end, step):
            yield self._advance(begin, min(begin + step, end))

    def _window_min(self) -> int:
        each_minute = self.scenario.bays * _MESSAGES_A_BAY_AND_MINUTE
        each_minute += self.scenario.car_parks * _MESSAGES_A_CAR_PARK_AND_MINUTE
        return max(1, min(_LONGEST_MIN, round(_MESSAGES_A_WINDOW / max(each_minute, 1))))

    def _advance(self, begin_us: int, until_us: int) -> Window:
        is_last = until_us == self.scenario.end_us
        changes = self._stays.advance(until_us)
        spoken, bursts = self._sensors.advance(changes, until_us)
        uplinks, faults = self._radio.carry(spoken, None if is_last else until_us)
        topics, bodies = self._chirpstack.write(uplinks)
        reports, parks = self._car_parks.advance(until_us)
        lanes = list(starmap(SimulatedMessage, self._counters.carry(reports, None if is_last else until_us)))
        messages = list(map(SimulatedMessage, uplinks.delivered_us.tolist(), topics, bodies))
        count = len(messages)
        messages += lanes
        messages.sort(key=itemgetter(0))
        truth = self._truth(changes, parks, begin_us == self.scenario.start_us)
        faults += list_bursts(self.city, bursts)
        faults.sort(key=itemgetter(5, 0, 2))
        return Window(begin_us, until_us, messages, truth, faults, count, len(lanes))

    def _truth(self, changes: BayChanges, parks: ParkTruth, is_first: bool) -> Truth:
        bay, us, taken = changes
        if is_first:
            bays = np.arange(self.scenario.bays)
            bay = np.concatenate((bays, bay))
            us = np.concatenate((np.full(len(bays), self.scenario.start_us), us))
            taken = np.concatenate((self._begun, taken))
        at = np.concatenate((us, parks.us))
        place = np.concatenate((self.city.street_of[bay].astype(np.int64), self.city.streets + parks.park))
        slot = np.concatenate((self.city.slot_of(bay), np.full(len(parks.park), NO_SLOT)))
        value = np.concatenate((taken.astype(np.int64), parks.vacant))
        order = np.lexsort((slot, place, at))
        return Truth(at[order], place[order], slot[order], value[order])


def simulate(scenario: Scenario, window_min: int | None = None) -> Iterator[Window]:
    """The windows of a scenario; the same scenario gives the same messages, byte for byte."""
    return Simulation(scenario).windows(window_min)
