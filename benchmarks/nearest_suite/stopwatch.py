"""How long toggles and queries take, and whether everybody answers the same. All times are nanoseconds a call.

Calls slower than 5 µs are read one by one (toggles in twos: one space left, one taken). Quicker ones are read sixteen
at a time and the reading divided by sixteen, so that the timer (about 50 ns) stays out of it: a median of means, which
is not below the median where the slow ones are far slower. Their p99 comes from single readings, timer included. Not
promised: the same figures twice. Only ratios of one run mean anything.
"""

from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any

import numpy as np

from benchmarks.rivals import REACH_M, Answer, Doubles, Rival

QUICK_NS = 5_000
TOGETHER = 16

Asks = Callable[[Sequence[float], Sequence[float]], object]
Askers = tuple[list[float], list[float]]


class Readings:
    """Nanoseconds a call, gathered over the rounds of a run."""

    def __init__(self) -> None:
        self._parts: list[Doubles] = []
        self._singles: list[Doubles] = []

    def add(self, single: Doubles, together: Callable[[], Doubles]) -> None:
        """What single readings gave; ``together`` is called for those of sixteen where calls are quick."""
        self._singles.append(single)
        self._parts.append(together() if float(np.median(single)) < QUICK_NS else single)

    def quantile(self, share: float) -> float:
        """The median from readings of several calls where those are quick; what lies above from single readings."""
        return float(np.quantile(np.concatenate(self._parts if share == 0.5 else self._singles), share))


def time_queries(ask: Asks, askers: Askers, together: int) -> Doubles:
    """Nanoseconds a query, one reading for every ``together`` of them."""
    lons, lats = askers
    chunks = [(lons[i : i + together], lats[i : i + together]) for i in range(0, len(lons), together)]
    taken = []
    for some_lons, some_lats in chunks:
        began = perf_counter_ns()
        ask(some_lons, some_lats)
        taken.append((perf_counter_ns() - began) / len(some_lons))
    return np.array(taken)


def time_toggles(toggle: Callable[[int, bool], object], changes: list[tuple[int, bool]], together: int) -> Doubles:
    """Nanoseconds a toggle, one reading for every ``together`` of them."""
    taken = []
    for start in range(0, len(changes), together):
        some = changes[start : start + together]
        began = perf_counter_ns()
        for i, free in some:
            toggle(i, free)
        taken.append((perf_counter_ns() - began) / len(some))
    return np.array(taken)


def time_there_and_back(toggle: Callable[[int, bool], object], changes: list[tuple[int, bool]]) -> Doubles:
    """The same for quick ones, sixteen at a time; all is as it was afterwards."""
    back = [(i, not free) for i, free in changes]
    return np.concatenate((time_toggles(toggle, changes, TOGETHER), time_toggles(toggle, back, TOGETHER)))


def compare(rival: Rival, answers: Sequence[Answer], askers: Askers, tolerance_m: float) -> dict[str, Any]:
    """How far a rival's distances are from ours, rank by rank; ids may differ where two are equally far.

    An answer may also be longer or shorter where what is missing lies at the very edge of the radius.
    """
    apart, longer = [0.0], 0
    for lon, lat, (_, ours) in zip(*askers, answers, strict=True):
        theirs = rival.nearest(lon, lat)[1]
        apart.extend(abs(a - b) for a, b in zip(ours, theirs, strict=False))
        rest = max(ours, theirs, key=len)[min(len(ours), len(theirs)) :]
        longer += any(metres < REACH_M - tolerance_m for metres in rest)
    worst = max(apart)
    return {
        "queries": len(answers),
        "max_m": round(worst, 4),
        "median_m": round(float(np.median(apart)), 4),
        "other_length": longer,
        "agrees": worst <= tolerance_m and not longer,
    }
