"""One run: the same city, the same changes and the same askers for everybody, by turns."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from time import perf_counter
from typing import Any

from benchmarks.nearest_suite.city import City
from benchmarks.nearest_suite.stopwatch import (
    TOGETHER,
    Askers,
    Asks,
    Readings,
    compare,
    time_queries,
    time_there_and_back,
    time_toggles,
)
from benchmarks.rivals import Rival
from benchmarks.rivals.ours import Ours

ROUNDS = 5
TOGGLES, TOGGLES_QUICK = 1_600, 16_000  # a round, half of them to and half of them from free
QUERIES, QUERIES_OURS = 400, 8_000  # a round
BATCH = 1_000
COMPARED = 300
TOLERANCE_M = 0.02

Row = dict[str, Any]
Changes = list[tuple[int, bool]]
Say = Callable[[str], None]


def _build(rival: Rival, city: City, times: int) -> float:
    """Seconds for positions and first state: the median of several, since small cities are built in no time."""
    seconds = []
    for _ in range(times):
        began = perf_counter()
        rival.build(city.lons, city.lats, city.free)
        seconds.append(perf_counter() - began)
    return statistics.median(seconds)


class _Lane:
    """One rival and its readings."""

    def __init__(self, rival: Rival, city: City) -> None:
        self.rival, self._spaces = rival, city.lons.size
        self.build_s = _build(rival, city, 3 if isinstance(rival, Ours) else 1)
        self.toggles, self.queries, self.lists, self.batch = Readings(), Readings(), Readings(), Readings()

    def turn(self, changes: Changes, fleeting: Changes, askers: Askers) -> None:
        """One round; ``fleeting`` are changes more, and undone, for those who are quick."""
        toggle, ours = self.rival.toggle, self.rival if isinstance(self.rival, Ours) else None
        self.toggles.add(time_toggles(toggle, changes, 2), lambda: time_there_and_back(toggle, fleeting))
        if ours is None:
            askers = askers[0][:QUERIES], askers[1][:QUERIES]
        self._ask(self.queries, self.rival.ask_all, askers)
        if ours is not None:
            self._ask(self.lists, ours.ask_for_lists, askers)
            batch = time_queries(ours.ask_together, askers, BATCH)
            self.batch.add(batch, lambda: batch)

    def _ask(self, readings: Readings, ask: Asks, askers: Askers) -> None:
        readings.add(time_queries(ask, askers, 1), lambda: time_queries(ask, askers, TOGETHER))

    def row(self) -> Row:
        """What was measured; times in the unit of their name."""
        held = self.rival.held_bytes()
        row: Row = {
            "name": self.rival.name,
            "exact": self.rival.exact,
            "spaces": self._spaces,
            "build_s": round(self.build_s, 4),
            "build_us_per_space": round(self.build_s / self._spaces * 1e6, 4),
            "toggle_p50_us": round(self.toggles.quantile(0.5) / 1e3, 4),
            "query_p50_us": round(self.queries.quantile(0.5) / 1e3, 3),
            "query_p99_us": round(self.queries.quantile(0.99) / 1e3, 3),
            "bytes_per_space": None if held is None else round(held / self._spaces, 2),
        }
        if isinstance(self.rival, Ours):
            row["query_as_lists_p50_us"] = round(self.lists.quantile(0.5) / 1e3, 3)
            row["query_in_batch_us"] = round(self.batch.quantile(0.5) / 1e3, 3)
        return row


def run(spaces: int, occupied: float, seed: int, kinds: Sequence[Callable[[], Rival]], say: Say) -> list[Row]:
    """Measure every kind (ours first) in a city of so many spaces; rows with ratios and agreement against the first."""
    say(f"a city of {spaces:,} spaces")
    city = City(spaces, occupied, seed)
    with ExitStack() as stack:
        lanes = []
        for kind in kinds:
            rival = stack.enter_context(closing(kind()))
            say(f"{spaces:,} spaces: building {rival.name}")
            lanes.append(_Lane(rival, city))
        for number in range(ROUNDS):
            changes, askers = city.changes(TOGGLES), city.askers(QUERIES_OURS)
            fleeting = city.changes(TOGGLES_QUICK, kept=False)
            for lane in lanes:
                say(f"{spaces:,} spaces, round {number + 1} of {ROUNDS}: {lane.rival.name}")
                lane.turn(changes, fleeting, askers)
        rows = [lane.row() for lane in lanes]
        askers = city.askers(COMPARED)
        answers = [lanes[0].rival.nearest(lon, lat) for lon, lat in zip(*askers, strict=True)]
        for lane, row in zip(lanes[1:], rows[1:], strict=True):
            say(f"{spaces:,} spaces: comparing {lane.rival.name}")
            row["against_ours"] = compare(lane.rival, answers, askers, TOLERANCE_M)
            row["query_ratio"] = round(row["query_p50_us"] / rows[0]["query_p50_us"], 1)
            row["query_ratio_as_lists"] = round(row["query_p50_us"] / rows[0]["query_as_lists_p50_us"], 1)
            row["toggle_ratio"] = round(row["toggle_p50_us"] / rows[0]["toggle_p50_us"], 1)
    return rows


def steps(kinds: int) -> int:
    """How often ``run`` says something."""
    return 1 + kinds * (2 + ROUNDS) - 1
