"""What sensors make of what happens: some seconds late, and some of them wrong.

A coupled sensor takes its neighbour's car (in the slot before its own) for one of its own. A flapping one has bursts of
ten to forty changes that nobody made, some seconds apart, several times a day.
"""

from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bits, Chance, Integers
from sensors.simulator.faults import COUPLED, FLAPPING, Illnesses
from sensors.simulator.scenario import HOUR_US, SECOND_US, Scenario
from sensors.simulator.stays import BayChanges

_MOST_FLAPS = 40


class Coupled:
    """The coupled sensors: whether their own bay and their neighbour's are taken."""

    def __init__(self, ill: Illnesses, taken: Bits) -> None:
        self._is_coupled = np.append(ill.of_bay == COUPLED, False)
        self._bays = np.flatnonzero(self._is_coupled)
        self._own, self._beside = taken[self._bays].copy(), taken[self._bays - 1].copy()

    @property
    def says(self) -> tuple[Integers, Bits]:
        """Their bays, and what they take them to be."""
        return self._bays, self._own | self._beside

    def perceive(self, changes: BayChanges) -> BayChanges:
        """The same changes, with those of coupled bays replaced by what their sensors perceive."""
        own, beside = self._is_coupled[changes.bay], self._is_coupled[changes.bay + 1]
        if not (own.any() or beside.any()):
            return changes
        bay = np.concatenate((changes.bay[own], changes.bay[beside] + 1))
        us = np.concatenate((changes.us[own], changes.us[beside]))
        taken = np.concatenate((changes.taken[own], changes.taken[beside]))
        is_own = np.arange(len(bay)) < np.count_nonzero(own)
        order = np.lexsort((is_own, us, bay))
        bay, us, taken, is_own = bay[order], us[order], taken[order], is_own[order]
        row = np.searchsorted(self._bays, bay)
        now_own = last_known(bay, is_own, taken, self._own[row])
        now_beside = last_known(bay, ~is_own, taken, self._beside[row])
        said = now_own | now_beside
        before = np.roll(said, 1)
        first = starts(bay)
        before[first] = (self._own | self._beside)[row[first]]
        last = np.roll(first, -1)
        self._own[row[last]], self._beside[row[last]] = now_own[last], now_beside[last]
        news = said != before
        return BayChanges(
            np.concatenate((changes.bay[~own], bay[news])),
            np.concatenate((changes.us[~own], us[news])),
            np.concatenate((changes.taken[~own], said[news])),
        )


class Burst(NamedTuple):
    """A row a burst: whose it is, from and until when."""

    bay: Integers
    from_us: Integers
    until_us: Integers


class Flapping:
    """The flapping sensors: when the next burst of each begins."""

    def __init__(self, ill: Illnesses, scenario: Scenario) -> None:
        self._bays = np.flatnonzero(ill.of_bay == FLAPPING)
        self._pause, self._length, self._beat = (
            Chance(scenario.seed, f"flapping {name}") for name in ("pause", "length", "beat")
        )
        self._turn = np.zeros(len(self._bays), np.int64)
        self._next = scenario.start_us + self._draw_pause(self._bays, self._turn)

    def advance(self, until_us: int) -> tuple[BayChanges, list[Burst]]:
        """The flaps of bursts that begin before ``until_us``: odd ones are wrong, even ones right again."""
        flaps, bursts = [], []
        due = np.flatnonzero(self._next < until_us)
        while len(due):
            bay, turn, begin = self._bays[due], self._turn[due], self._next[due]
            count = 2 * self._length.between(bay, 5, _MOST_FLAPS // 2 + 1, turn)
            steps = np.stack([
                self._beat.uniform(bay, turn * _MOST_FLAPS + step, 5, 40) for step in range(_MOST_FLAPS)
            ])  # fmt: skip
            at = begin + np.cumsum(steps * SECOND_US, axis=0).astype(np.int64)
            step, column = np.nonzero(np.arange(_MOST_FLAPS)[:, None] < count)
            flaps.append(BayChanges(bay[column], at[step, column], step % 2 == 0))
            end = at[count - 1, np.arange(len(due))]
            bursts.append(Burst(bay, at[0], end))
            self._turn[due] += 1
            self._next[due] = end + self._draw_pause(bay, self._turn[due])
            due = due[self._next[due] < until_us]
        if not flaps:
            nothing = np.zeros(0, np.int64)
            return BayChanges(nothing, nothing, nothing.astype(np.bool_)), []
        return BayChanges(*(np.concatenate(columns) for columns in zip(*flaps, strict=True))), bursts

    def _draw_pause(self, bay: Integers, turn: Integers) -> Integers:
        return (self._pause.uniform(bay, turn, 0.5, 5) * HOUR_US).astype(np.int64)


def starts(owner: Integers) -> Bits:
    """Where another owner's rows begin, in rows that are sorted by owner."""
    first = np.ones(len(owner), np.bool_)
    np.not_equal(owner[1:], owner[:-1], out=first[1:])
    return first


def last_known(owner: Integers, is_known: Bits, value: Bits, before: Bits) -> Bits:
    """The last known value of each row's owner, itself included; ``before`` where there is none yet."""
    here = np.arange(len(owner))
    known = np.maximum.accumulate(np.where(is_known, here, -1))
    begun = np.maximum.accumulate(np.where(starts(owner), here, 0))
    return np.where(known >= begun, value[known], before)
