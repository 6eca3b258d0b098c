"""When drivers come and how long they stay, by the local hour and weekday of Nantes.

A free bay is taken at a rate that changes from hour to hour: the next arrival is where the cumulative rate has grown by
an exponential draw. The table's hours are those of UTC, each with its local hour, so a day on which the clocks change
has 23 or 25 of them. Stays are log-normal; some who come in the evening live there and leave in the morning.
"""

import numpy as np

from parking.instants import from_us
from sensors.simulator.chance import Bits, Chance, Floats, Integers
from sensors.simulator.scenario import HOUR_US, PARIS, SECOND_US, Scenario

SHOPS, OFFICES, HOMES, EVENINGS = range(4)
"""What a street is there for."""

SHORTEST_STAY_S, LONGEST_STAY_S = 60.0, 7 * 24 * 3600.0
SHORTEST_GAP_S = 30.0
_BEYOND_HOURS = 8 * 24
_BY_HOUR = (
    np.array(
        [
            [1, 1, 1, 1, 1, 1, 2, 5, 12, 28, 42, 45, 36, 34, 45, 50, 52, 50, 42, 22, 12, 8, 4, 2],
            [1, 1, 1, 1, 1, 2, 6, 25, 50, 50, 35, 28, 22, 38, 36, 30, 22, 16, 10, 6, 4, 3, 2, 1],
            [3, 2, 1, 1, 1, 1, 3, 5, 8, 9, 10, 12, 18, 12, 10, 12, 20, 32, 40, 40, 30, 20, 12, 6],
            [6, 4, 2, 1, 1, 1, 2, 4, 8, 10, 12, 16, 30, 20, 14, 12, 14, 20, 35, 50, 50, 35, 20, 10],
        ]
    )
    / 10
)
"""Arrivals an hour at a bay that is free all the time, by use and local hour, on an ordinary day."""

_BY_WEEKDAY = np.array(
    [
        # Mo   Tu   We   Th   Fr   Sa   Su
        [0.8, 0.9, 1.0, 0.9, 1.1, 1.5, 0.25],
        [1.0, 1.05, 0.95, 1.05, 0.9, 0.2, 0.1],
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.8],
        [0.6, 0.7, 0.8, 1.0, 1.4, 1.6, 0.7],
    ]
)


class LocalHours:
    """Each hour of the span and some beyond: the weekday (0 is Monday) and the hour that clocks show in Nantes."""

    def __init__(self, start_us: int, end_us: int) -> None:
        self.begin_us = start_us // HOUR_US * HOUR_US
        self.count = -(-(end_us - self.begin_us) // HOUR_US) + _BEYOND_HOURS
        shown = [from_us(self.begin_us + hour * HOUR_US).astimezone(PARIS) for hour in range(self.count)]
        self.weekday = np.array([instant.weekday() for instant in shown])
        self.hour = np.array([instant.hour for instant in shown])

    def index(self, us: Integers) -> Integers:
        """Which of the hours a moment lies in; the last for whatever lies beyond."""
        return np.minimum((us - self.begin_us) // HOUR_US, self.count - 1)

    def recounts(self, at: int | None, start_us: int, end_us: int) -> list[int]:
        """The moments after the start at which it becomes that local hour."""
        moments = [self.begin_us + int(n) * HOUR_US for n in np.flatnonzero(self.hour == at)] if at is not None else []
        return [us for us in moments if start_us < us < end_us]


class Demand:
    """Arrivals at bays and lengths of stays."""

    def __init__(self, scenario: Scenario) -> None:
        self.hours = LocalHours(scenario.start_us, scenario.end_us)
        self.rates = _BY_HOUR[:, self.hours.hour] * _BY_WEEKDAY[:, self.hours.weekday]
        self._grid = np.arange(self.hours.count + 1) * 3600.0
        self._grown = np.concatenate((np.zeros((len(self.rates), 1)), np.cumsum(self.rates, axis=1)), axis=1)
        self._gap, self._stay, self._lives = (Chance(scenario.seed, name) for name in ("gap", "stay", "lives"))
        self._median_s, self._sigma = scenario.stay_median_s, scenario.stay_sigma
        self._residents = scenario.residents

    def arrive(self, use: Integers, bay: Integers, turn: Integers, free_since: Integers) -> Integers:
        """When each bay, free since a moment, is taken again; within a week beyond the span at the latest."""
        since = (free_since - self.hours.begin_us) / SECOND_US
        wanted = self._gap.exponential(bay, turn)
        at = np.empty(len(bay))
        for kind, grown in enumerate(self._grown):
            of_kind = use == kind
            reached = np.interp(since[of_kind], self._grid, grown) + wanted[of_kind]
            at[of_kind] = np.interp(reached, grown, self._grid)
        at = np.maximum(at, since + SHORTEST_GAP_S)
        return self.hours.begin_us + (at * SECOND_US).astype(np.int64)

    def leave(self, bay: Integers, turn: Integers, taken_at: Integers) -> Integers:
        """When each bay, taken at a moment, is free again."""
        seconds = np.exp(np.log(self._median_s) + self._sigma * self._stay.normal(bay, turn))
        left = taken_at + (np.clip(seconds, SHORTEST_STAY_S, LONGEST_STAY_S) * SECOND_US).astype(np.int64)
        lives = self._lives.uniform(bay, turn)
        shown = self.hours.hour[self.hours.index(taken_at)]
        stays = (shown >= 18) & (shown < 23) & (lives < self._residents)
        return np.where(stays, self._morning(taken_at, shown, lives), left)

    def begin(self, use: Integers, bay: Integers, start_us: int) -> tuple[Bits, Integers]:
        """Which bays are taken at the start, and when that changes, as if it had gone on like that for ever."""
        mean_h = self._median_s * np.exp(self._sigma**2 / 2) / 3600
        load = self.rates[use, 0] * mean_h
        first = self.hours.hour[0]
        share = load / (1 + load)
        at_home = first < 7 or first >= 22
        share = np.maximum(share, 0.6 * (use == HOMES)) if at_home else share
        taken: Bits = self._gap.uniform(bay, 1 << 40) < share
        since = np.full(len(bay), start_us)
        nothing = np.zeros(len(bay), np.int64)
        lives = self._lives.uniform(bay, 1 << 40)
        soon = start_us + ((self.leave(bay, nothing, since) - start_us) * lives).astype(np.int64)
        shown = self.hours.hour[self.hours.index(since)]
        left = np.where(at_home & (use == HOMES), self._morning(since, shown, lives), soon)
        return taken, np.where(taken, left, self.arrive(use, bay, nothing, since))

    def _morning(self, since: Integers, shown: Integers, draw: Floats) -> Integers:
        """Between 7 and 9 by the clocks that ``since`` was read from."""
        hours = (7 - shown) % 24 + 2 * (draw * 1e4 % 1) - (since - self.hours.begin_us) % HOUR_US / HOUR_US
        return since + (np.maximum(hours, 0.5) * HOUR_US).astype(np.int64)
