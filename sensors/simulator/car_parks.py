"""Car parks and their lane counters: cars come and go by the minute, lanes count most of them, people recount at night.

Cars of a minute pass within its first 50 seconds, and each lane reports them in its last ten, so what it says is the
truth of that moment. A recount is made at the beginning of a minute. Arrivals are of Poisson; departures are a share
of the cars inside, so a car park never holds fewer than none, and cars that find it full drive on.
"""

from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bits, Chance, Floats, Integers, binomial, poisson
from sensors.simulator.city import UNKNOWN_CAPACITY, SimulatedCity
from sensors.simulator.demand import LocalHours
from sensors.simulator.scenario import HOUR_US, MINUTE_US, SECOND_US

_SILENT_MINUTES = 5
_LEAVING_A_MINUTE = 1 / (60 * 2.0)
"""Of the cars inside: they stay for two hours in the mean."""

_PASSED_BY_US = 50 * SECOND_US
_OPENING_EVERY_US = 10 * MINUTE_US
_SHARE = (
    np.array(
        [
            [10, 8, 7, 7, 7, 8, 12, 20, 35, 52, 68, 76, 72, 72, 80, 86, 88, 84, 70, 50, 36, 28, 20, 14],
            [12, 12, 12, 12, 12, 14, 22, 48, 78, 90, 93, 92, 84, 86, 90, 88, 78, 58, 38, 26, 20, 17, 15, 13],
            [30, 22, 18, 16, 16, 16, 18, 22, 30, 38, 45, 50, 55, 52, 48, 46, 48, 56, 70, 86, 93, 90, 70, 45],
        ]
    )
    / 100
)
"""The share of spaces taken at the beginning of each local hour: shops, offices, theatres and restaurants."""
_WEEKEND = np.array([[1.08, 0.45], [0.35, 0.22], [1.04, 0.75]])


class Reports(NamedTuple):
    """Messages of lane counters: which lane, when, and its text without device, time and number."""

    lane: Integers
    us: Integers
    what: list[bytes]


class ParkTruth(NamedTuple):
    """Vacancies as they really are: which car park, since when, how many."""

    park: Integers
    us: Integers
    vacant: Integers


class CarParks:
    """The car parks of a city, advanced minute by minute."""

    def __init__(self, city: SimulatedCity, hours: LocalHours, lane_miss: Floats) -> None:
        scenario = city.scenario
        self._hours, self._miss = hours, lane_miss
        self.capacity = np.array([park.capacity or UNKNOWN_CAPACITY for park in city.car_parks], np.int64)
        parks = np.arange(len(self.capacity))
        self._parks = parks
        chance = Chance(scenario.seed, "car park")
        self._use = chance.between(parks, 0, 3)
        self._favour = chance.uniform(parks, 1, 0.75, 1.08)
        self._arrive, self._depart, self._split, self._see = (
            Chance(scenario.seed, name) for name in ("arrive", "depart", "split", "see")
        )
        self._now_us = scenario.start_us
        self._recounts = {scenario.start_us, *hours.recounts(scenario.recount_at, scenario.start_us, scenario.end_us)}
        self._at_start = scenario.start_us
        at = np.array([self._now_us])
        self.inside = np.minimum((self._wanted(at)[0] * self.capacity).astype(np.int64), self.capacity)
        self._lane_park = np.array([lane.car_park for lane in city.lanes], np.int64)
        self._is_entry = np.array([lane.is_entry for lane in city.lanes], np.bool_)
        self._lanes_a_way = np.bincount(self._lane_park[self._is_entry], minlength=len(parks))
        self._number_in_way = np.array([int(lane.device_id.rsplit("-", 1)[1]) - 1 for lane in city.lanes], np.int64)
        self._first_lane = np.searchsorted(self._lane_park, parks)
        self._offset = Chance(scenario.seed, "lane").between(np.arange(len(city.lanes)), 0, 9 * SECOND_US)
        self._silent = Chance(scenario.seed, "silent").between(np.arange(len(city.lanes)), 0, _SILENT_MINUTES)

    def advance(self, until_us: int) -> tuple[Reports, ParkTruth]:
        """The reports and the truth of all whole minutes before ``until_us``."""
        minutes = np.arange(self._now_us, until_us, MINUTE_US)
        self._now_us += len(minutes) * MINUTE_US
        if len(self._parks) == 0 or len(minutes) == 0:
            nothing = np.zeros(0, np.int64)
            return Reports(nothing, nothing, []), ParkTruth(nothing, nothing, nothing)
        arrivals, draws = self._draw(minutes)
        came, left, told, by_eye = [], [], [], []
        for row, minute in enumerate(minutes.tolist()):
            if minute in self._recounts:
                by_eye.append((minute, self.capacity - self.inside))
            gone = np.minimum(np.floor(self.inside * _LEAVING_A_MINUTE + draws[row]).astype(np.int64), self.inside)
            entered = np.minimum(arrivals[row], self.capacity - self.inside + gone)
            self.inside = self.inside + entered - gone
            came.append(entered)
            left.append(gone)
            told.append(self.inside)
        passed_in, passed_out, vacant = np.stack(came), np.stack(left), self.capacity - np.stack(told)
        opened = minutes[(minutes % _OPENING_EVERY_US == 0) | (minutes == self._at_start)]
        reports = [
            self._open(opened),
            *(self._by_eye(*seen) for seen in by_eye),
            self._count(minutes, passed_in, passed_out),
        ]
        moved, park = np.nonzero(passed_in != passed_out)
        truths = [ParkTruth(self._parks, np.full(len(seen), minute), seen) for minute, seen in by_eye]
        truths.append(ParkTruth(park, minutes[moved] + _PASSED_BY_US, vacant[moved, park]))
        return (
            Reports(
                np.concatenate([report.lane for report in reports]),
                np.concatenate([report.us for report in reports]),
                [what for report in reports for what in report.what],
            ),
            ParkTruth(*(np.concatenate(columns) for columns in zip(*truths, strict=True))),
        )

    def _draw(self, minutes: Integers) -> tuple[Integers, Floats]:
        """Would-be arrivals, and a draw for rounding departures: a row a minute."""
        wanted, soon = self._wanted(minutes), self._wanted(minutes + MINUTE_US)
        mean: Floats = np.maximum(0.0, soon - wanted + wanted * _LEAVING_A_MINUTE) * self.capacity
        who, turn = self._grid(minutes, len(self._parks))
        arrivals = poisson(mean.ravel(), self._arrive.uniform(who, turn)).reshape(wanted.shape)
        return arrivals, self._depart.uniform(who, turn).reshape(wanted.shape)

    def _wanted(self, minutes: Integers) -> Floats:
        """The share of spaces that the hour and the weekday want taken, between one hour and the next."""
        at = self._hours.index(minutes)
        part = ((minutes - self._hours.begin_us) % HOUR_US / HOUR_US)[:, None]
        here, there = (self._share_of(np.minimum(hour, self._hours.count - 1)) for hour in (at, at + 1))
        return here * (1 - part) + there * part

    def _share_of(self, hour: Integers) -> Floats:
        weekday = self._hours.weekday[hour]
        shares = _SHARE[self._use[None, :], self._hours.hour[hour][:, None]] * self._favour
        rest = _WEEKEND[self._use[None, :], np.maximum(weekday - 5, 0)[:, None]]
        shares = np.where(weekday[:, None] >= 5, shares * rest, shares)
        wanted: Floats = np.minimum(shares, 1.02)
        return wanted

    def _count(self, minutes: Integers, passed_in: Integers, passed_out: Integers) -> Reports:
        """What each lane saw of each minute, where it saw somebody or has been silent for long."""
        lanes = len(self._lane_park)
        who, turn = self._grid(minutes, lanes)
        passed = np.where(self._is_entry, passed_in[:, self._lane_park], passed_out[:, self._lane_park])
        ways = self._lanes_a_way[self._lane_park]
        first = self._split.words(self._lane_park[None, :].repeat(len(minutes), 0).ravel(), turn) & np.uint64(1)
        number = (self._number_in_way + first.reshape(passed.shape).astype(np.int64)) % ways
        mine = passed // ways + (number < passed % ways)
        missed = binomial(mine.ravel(), np.tile(self._miss, len(minutes)), self._see.uniform(who, turn))
        seen = mine - missed.reshape(mine.shape)
        speaks = self._speaking(seen)
        row, lane = np.nonzero(speaks)
        counts, entry = seen[row, lane].tolist(), self._is_entry[lane].tolist()
        what = [
            b'"type":"lane","entries":%d,"exits":%d' % ((n, 0) if enters else (0, n))
            for n, enters in zip(counts, entry, strict=True)
        ]
        return Reports(lane, minutes[row] + _PASSED_BY_US + self._offset[lane], what)

    def _speaking(self, seen: Integers) -> Bits:
        """Whether each lane speaks in each minute: somebody passed, or it has been silent for five."""
        speaks = seen > 0
        for row in range(len(seen)):
            speaks[row] |= self._silent >= _SILENT_MINUTES - 1
            self._silent = np.where(speaks[row], 0, self._silent + 1)
        return speaks

    def _open(self, minutes: Integers) -> Reports:
        """The first lane of each car park says that it is open, again and again: a word holds for a while only."""
        count = len(self._first_lane) * len(minutes)
        at = np.repeat(minutes, len(self._first_lane))
        return Reports(np.resize(self._first_lane, count), at, [b'"type":"opening","opening":"open"'] * count)

    def _by_eye(self, minute: int, vacant: Integers) -> Reports:
        """A recount of all car parks, told by the first lane of each."""
        counted = [b'"type":"recount","vacant":%d' % n for n in vacant.tolist()]
        return Reports(self._first_lane, np.full(len(counted), minute), counted)

    def _grid(self, minutes: Integers, count: int) -> tuple[Integers, Integers]:
        """Who draws and for which minute, row by row."""
        return np.tile(np.arange(count), len(minutes)), np.repeat(minutes // MINUTE_US, count)
