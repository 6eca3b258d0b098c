"""When each sensor speaks, what it says, and the count of its uplinks.

A change is told some seconds after it happened; a heartbeat repeats the state; a sensor that was just switched on
introduces itself, and tells nobody of what it perceived before. A stuck sensor tells no change any more, a dead one
nothing.
"""

from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bits, Chance, Integers
from sensors.simulator.city import SimulatedCity
from sensors.simulator.faults import COUPLED, DEAD, STUCK, Illnesses
from sensors.simulator.perception import Burst, Coupled, Flapping, last_known, starts
from sensors.simulator.scenario import HOUR_US, MINUTE_US, SECOND_US, VENDORS
from sensors.simulator.stays import BayChanges
from sensors.simulator.told import BEAT, CHANGE, START
from sensors.simulator.vendors import BEAT_EVERY_S

FLAP = START + 1
"""A change that nobody made; its ``taken`` says whether it is wrong, and its frame is that of a change."""

_STARTS_WITHIN_US = 10 * MINUTE_US


class Spoken(NamedTuple):
    """Uplinks as sensors send them: whose, when, why (``told``), the state, minutes in the one before, the count."""

    bay: Integers
    us: Integers
    kind: Integers
    taken: Bits
    minutes: Integers
    f_cnt: Integers


class Sensors:
    """The sensors of a city, advanced window by window. Keeps 30 bytes a bay."""

    def __init__(self, city: SimulatedCity, ill: Illnesses, taken: Bits) -> None:
        scenario, bays = city.scenario, np.arange(city.scenario.bays)
        self._ill, self._coupled, self._flapping = ill, Coupled(ill, taken), Flapping(ill, scenario)
        self._said = taken.copy()
        coupled, says = self._coupled.says
        self._said[coupled] = says
        chance, self._delay = Chance(scenario.seed, "sensors"), Chance(scenario.seed, "detection")
        start = scenario.start_us
        self._last_us = start - chance.between(bays, MINUTE_US, 3 * HOUR_US, 1)
        is_new = chance.uniform(bays, 2) < scenario.start_share
        self._f_cnt = np.where(is_new, 0, chance.between(bays, 1, 20_000, 3)).astype(np.uint32)
        every = np.array([BEAT_EVERY_S[name] * SECOND_US for name in VENDORS])
        self._every = every[city.vendor_of_street]
        self._street_of = city.street_of
        phase = (chance.uniform(bays, 4) * self._every[city.street_of]).astype(np.int64)
        self._next_beat = start + _STARTS_WITHIN_US + phase
        new = np.flatnonzero(is_new)
        self._pending = _uplinks(new, start + chance.between(new, 0, _STARTS_WITHIN_US, 5), START, is_new[new])
        self._switched_on = np.zeros(len(bays), np.int64)
        self._switched_on[new] = self._pending.us

    def advance(self, changes: BayChanges, until_us: int) -> tuple[Spoken, list[Burst]]:
        """What sensors say before ``until_us``, sorted by sensor and time; ``changes`` are the bays' until then."""
        flaps, bursts = self._flapping.advance(until_us)
        seen = self._coupled.perceive(changes)
        pool = _join([
            self._pending,
            _uplinks(seen.bay, seen.us + self._delays(seen), CHANGE, seen.taken),
            _uplinks(flaps.bay, flaps.us, FLAP, flaps.taken),
            *self._beats(until_us),
        ])  # fmt: skip
        is_due = pool.us < until_us
        self._pending = take(pool, ~is_due)
        due = take(pool, is_due)
        is_quiet = self._ill.holds(DEAD, due.bay, due.us)
        is_quiet |= (due.kind == CHANGE) & self._ill.holds(STUCK, due.bay, due.us)
        due = take(due, ~is_quiet)
        return self._speak(take(due, np.lexsort((due.kind, due.us, due.bay)))), bursts

    def _speak(self, due: Spoken) -> Spoken:
        """Fill in the state of those who only repeat it, the minutes, the count; remember the last of each sensor."""
        if not len(due.bay):
            return due
        here = np.arange(len(due.bay))
        first = starts(due.bay)
        begun = np.maximum.accumulate(np.where(first, here, 0))
        said = last_known(due.bay, due.kind == CHANGE, due.taken, self._said[due.bay])
        toggles = (due.kind == CHANGE) | (due.kind == FLAP)
        latest = np.maximum.accumulate(np.where(toggles, here, -1))
        before = np.roll(latest, 1)
        before[0] = -1
        since = np.where(before >= begun, due.us[before], self._last_us[due.bay])
        is_sent = due.us >= self._switched_on[due.bay]
        sent = np.cumsum(is_sent)
        f_cnt = self._f_cnt[due.bay].astype(np.int64) + sent - (sent - is_sent)[begun] - is_sent
        last = np.roll(first, -1)
        ends = due.bay[last]
        self._said[ends], self._f_cnt[ends] = said[last], (f_cnt + is_sent)[last]
        self._last_us[ends] = np.where(latest >= begun, due.us[latest], self._last_us[due.bay])[last]
        told = due._replace(
            kind=np.where(due.kind == FLAP, CHANGE, due.kind),
            taken=said ^ ((due.kind == FLAP) & due.taken),
            minutes=(due.us - since) // MINUTE_US,
            f_cnt=f_cnt,
        )
        return take(told, is_sent)

    def _beats(self, until_us: int) -> list[Spoken]:
        beats = []
        due = np.flatnonzero(self._next_beat < until_us)
        while len(due):
            beats.append(_uplinks(due, self._next_beat[due], BEAT, np.zeros(len(due), np.bool_)))
            self._next_beat[due] += self._every[self._street_of[due]]
            due = due[self._next_beat[due] < until_us]
        return beats

    def _delays(self, seen: BayChanges) -> Integers:
        """2 to 12 s; always the same for a coupled sensor, whose changes may follow each other closely."""
        turn = np.where(self._ill.of_bay[seen.bay] == COUPLED, 0, seen.us)
        return self._delay.between(seen.bay, 2 * SECOND_US, 12 * SECOND_US, turn)


def _uplinks(bay: Integers, us: Integers, kind: int, taken: Bits) -> Spoken:
    nothing = np.zeros(len(bay), np.int64)
    return Spoken(bay, us, np.full(len(bay), kind), taken, nothing, nothing)


def take(uplinks: Spoken, rows: Bits | Integers) -> Spoken:
    """Some of the uplinks."""
    bay, us, kind, taken, minutes, f_cnt = uplinks
    return Spoken(bay[rows], us[rows], kind[rows], taken[rows], minutes[rows], f_cnt[rows])


def _join(parts: list[Spoken]) -> Spoken:
    return Spoken(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
