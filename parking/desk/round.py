"""The repair round: which devices to visit, in an order that makes a short walk.

Devices at one point are one stop. Where not all can be visited, the most urgent are (``Finding.urgency``); where time
is short, a less urgent one on the way is taken before one that does not fit any more. The order begins at the start (or
with the most urgent stop), goes to the nearest each time, and is then improved until neither turning a stretch round
(2-opt) nor moving up to three stops elsewhere (Or-opt) makes it shorter. The walk does not come back to its start.

Not promised: the shortest walk there is. Metres are straight lines; for the time a walk is taken to be longer
(``DETOUR``), since streets are not straight.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from parking.catalogue.model import Place, Point
from parking.health.repairs import Finding, ranked

Metres: TypeAlias = Callable[[Point, Point], float]
DETOUR = 1.3
WALK_M_PER_MIN = 75.0
"""4.5 km an hour."""

AT_A_DEVICE = timedelta(minutes=10)
MOST_STOPS = 400
"""More is nobody's day; the order of so many is found within seconds."""

_GAIN_M = 1e-6
_LONGEST_MOVE = 3


class RoundLimits(NamedTuple):
    """At most so many stops, and so long with the walk; None is no limit but ``MOST_STOPS``."""

    stops: int | None = None
    time: timedelta | None = None


class RoundStop(NamedTuple):
    """A point to go to, with what is to be looked at there; ``walk_m`` is from the stop before, or from the start."""

    point: Point
    findings: tuple[Finding, ...]
    walk_m: float = 0.0

    @property
    def urgency(self) -> float:
        """What a visit is worth."""
        return sum(finding.urgency for finding in self.findings)

    @property
    def takes(self) -> timedelta:
        """How long the work there is taken to be."""
        return len(self.findings) * AT_A_DEVICE


class RoundPlan(NamedTuple):
    """Stops in walking order; what was ``left_out`` by the limits, and what has no point to go to."""

    stops: tuple[RoundStop, ...]
    left_out: tuple[Finding, ...] = ()
    without_point: tuple[Finding, ...] = ()

    @property
    def walk_m(self) -> float:
        """The whole walk, in straight lines."""
        return sum(stop.walk_m for stop in self.stops)

    @property
    def takes(self) -> timedelta:
        """Walk and work together."""
        return _walking(self.walk_m) + sum((stop.takes for stop in self.stops), timedelta(0))


def plan_round(
    findings: Iterable[Finding],
    places: Mapping[str, Place],
    metres: Metres,
    start: Point | None = None,
    limits: RoundLimits = RoundLimits(),  # noqa: B008 - a tuple does not change
) -> RoundPlan:
    """The round of these findings (each device once, as ``ranked``), whatever order they come in."""
    here: dict[Point, list[Finding]] = defaultdict(list)
    nowhere: list[Finding] = []
    for finding in ranked(findings):
        point = find_point(finding, places.get(finding.place_id))
        (nowhere if point is None else here[point]).append(finding)
    stops = [RoundStop(point, tuple(found)) for point, found in here.items()]
    stops.sort(key=lambda stop: (-stop.urgency, stop.point.lon, stop.point.lat))
    most = min(limits.stops if limits.stops is not None else MOST_STOPS, MOST_STOPS)
    within, beyond = stops[:most], stops[most:]
    points = [start if start is not None else within[0].point] if within else []
    walk = _Walk([*points, *(stop.point for stop in within)], metres)
    chosen = walk.choose([stop.takes for stop in within], limits.time)
    order = min(map(walk.improve, [walk.by_nearest(chosen), *([chosen] if limits.time else [])]), key=walk.length)
    legs = [
        within[at - 1]._replace(walk_m=walk.metres[before][at]) for before, at in zip([0, *order], order, strict=False)
    ]
    beyond += [stop for at, stop in enumerate(within, start=1) if at not in set(chosen)]
    return RoundPlan(tuple(legs), tuple(one for stop in beyond for one in stop.findings), tuple(nowhere))


def find_point(finding: Finding, place: Place | None) -> Point | None:
    """Where to go: to the space that the device watches where that has a point, else to the place."""
    if place is None:
        return None
    slot = finding.slot
    space = place.spaces[slot] if slot is not None and slot < len(place.spaces) else None
    return (space.point if space is not None else None) or place.point


def _walking(metres: float) -> timedelta:
    return timedelta(minutes=metres * DETOUR / WALK_M_PER_MIN)


class _Walk:
    """Points by number, 0 the start, and the metres between each two of them."""

    def __init__(self, points: Sequence[Point], metres: Metres) -> None:
        self.metres = [[metres(one, other) for other in points] for one in points]

    def choose(self, takes: Sequence[timedelta], limit: timedelta | None) -> list[int]:
        """The stops that fit into the time, the most urgent first; each put where it makes the walk least longer."""
        if limit is None:
            return [*range(1, len(takes) + 1)]
        order, walked, work = [0], 0.0, timedelta(0)
        for at in range(1, len(takes) + 1):
            longer, where = min((self._longer(order, at, where), where) for where in range(1, len(order) + 1))
            if _walking(walked + longer) + work + takes[at - 1] <= limit:
                order.insert(where, at)
                walked, work = walked + longer, work + takes[at - 1]
        return order[1:]

    def length(self, order: Sequence[int]) -> float:
        """Metres of the walk from the start to the last of them."""
        return sum(self.metres[before][at] for before, at in pairwise([0, *order]))

    def _longer(self, order: Sequence[int], at: int, where: int) -> float:
        before = order[where - 1]
        if where == len(order):
            return self.metres[before][at]
        after = order[where]
        return self.metres[before][at] + self.metres[at][after] - self.metres[before][after]

    def by_nearest(self, chosen: Iterable[int]) -> list[int]:
        """Each time to the nearest that is left."""
        left, order, here = set(chosen), list[int](), 0
        while left:
            here = min(left, key=lambda at: (self.metres[here][at], at))
            left.remove(here)
            order.append(here)
        return order

    def improve(self, order: Sequence[int]) -> list[int]:
        """The order after every turn and move that makes it shorter."""
        path = [0, *order]
        while self._turn(path) or self._move(path):
            pass
        return path[1:]

    def _step(self, path: Sequence[int], at: int) -> float:
        """Metres to the stop ``at`` from the one before; none beyond the last."""
        return self.metres[path[at - 1]][path[at]] if at < len(path) else 0.0

    def _turn(self, path: list[int]) -> bool:
        is_shorter = False
        for first in range(1, len(path) - 1):
            row = self.metres[path[first - 1]]
            for last in range(first + 1, len(path)):
                after = self.metres[path[first]][path[last + 1]] if last + 1 < len(path) else 0.0
                gain = row[path[first]] + self._step(path, last + 1) - row[path[last]] - after
                if gain > _GAIN_M:
                    path[first : last + 1] = path[first : last + 1][::-1]
                    is_shorter = True
        return is_shorter

    def _move(self, path: list[int]) -> bool:
        is_shorter = False
        for length in range(1, _LONGEST_MOVE + 1):
            for first in range(1, len(path) - length + 1):
                end = first + length
                joined = self.metres[path[first - 1]][path[end]] if end < len(path) else 0.0
                freed = self._step(path, first) + self._step(path, end) - joined
                if freed > _GAIN_M and (better := self._put(path[:first] + path[end:], path[first:end], freed)):
                    path[:] = better
                    is_shorter = True
        return is_shorter

    def _put(self, rest: Sequence[int], moved: Sequence[int], freed: float) -> list[int]:
        """The path with the moved stops where they cost less than was freed; empty where there is no such place."""
        for where in range(1, len(rest) + 1):
            before, after = rest[where - 1], rest[where] if where < len(rest) else None
            for turned in (moved, moved[::-1]):
                cost = self.metres[before][turned[0]]
                if after is not None:
                    cost += self.metres[turned[-1]][after] - self.metres[before][after]
                if freed - cost > _GAIN_M:
                    return [*rest[:where], *turned, *rest[where:]]
        return []
