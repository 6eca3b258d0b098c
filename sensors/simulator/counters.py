"""Lane counters' messages: one JSON object each, on a topic of their own."""

import numpy as np

from sensors.simulator.car_parks import Reports
from sensors.simulator.chance import Bits, Chance, Integers
from sensors.simulator.city import SimulatedCity
from sensors.simulator.scenario import SECOND_US
from sensors.simulator.text import as_list, instants

_TOPIC = "counters/%s/events"
_BODY = b'{"device":"%b","at":"%b","seq":%d,%b,"simulated":true}'


class Counters:
    """Numbers the reports of each lane, writes them, and keeps those that are still on their way."""

    def __init__(self, city: SimulatedCity) -> None:
        lanes = np.arange(len(city.lanes))
        self._ids = [lane.device_id.encode() for lane in city.lanes]
        self._topics = [_TOPIC % lane.device_id for lane in city.lanes]
        self._seq = np.zeros(len(lanes), np.int64)
        travel = Chance(city.scenario.seed, "counters' travel").uniform(lanes, low=0.1, high=1.0)
        self._travel_us = (travel * SECOND_US).astype(np.int64)
        self._on_their_way = Reports(*(np.zeros(0, np.int64),) * 2, [])
        self._seq_on_their_way: Integers = np.zeros(0, np.int64)

    def carry(self, reports: Reports, until_us: int | None) -> list[tuple[int, str, bytes]]:
        """When, where and what is delivered before ``until_us`` (None: all), in the order of delivery."""
        waiting, numbers = self._on_their_way, self._number(reports)
        lane = np.concatenate((waiting.lane, reports.lane))
        us = np.concatenate((waiting.us, reports.us))
        seq = np.concatenate((self._seq_on_their_way, numbers))
        what = waiting.what + reports.what
        delivered = us + self._travel_us[lane]
        is_here = np.ones(len(us), np.bool_) if until_us is None else delivered < until_us
        self._keep(lane, us, seq, what, ~is_here)
        order = np.lexsort((seq, lane, delivered))
        order = order[is_here[order]]
        lanes = lane[order].tolist()
        fields = (
            [self._ids[number] for number in lanes],
            as_list(instants(us[order], "Z")),
            seq[order].tolist(),
            [what[row] for row in order.tolist()],
        )
        bodies = map(_BODY.__mod__, zip(*fields, strict=True))
        return list(zip(delivered[order].tolist(), [self._topics[number] for number in lanes], bodies, strict=True))

    def _number(self, reports: Reports) -> Integers:
        """The sequence number of each report: each lane counts its own, from 1."""
        order = np.lexsort((reports.us, reports.lane))
        lane = reports.lane[order]
        begun = np.searchsorted(lane, lane)
        numbers = np.empty(len(lane), np.int64)
        numbers[order] = self._seq[lane] + np.arange(len(lane)) - begun + 1
        self._seq += np.bincount(lane, minlength=len(self._seq))
        return numbers

    def _keep(self, lane: Integers, us: Integers, seq: Integers, what: list[bytes], rows: Bits) -> None:
        self._on_their_way = Reports(lane[rows], us[rows], [what[row] for row in np.flatnonzero(rows).tolist()])
        self._seq_on_their_way = seq[rows]
