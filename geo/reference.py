"""The nearest-free index by looking at every point: slow, short and right. The native one is judged against it.

Positions lie on the same grid (2^32 steps a turn), and the haversine is computed by the same operations in the same
order, so both put points into the same order to the last bit.
"""

import heapq
import math
from array import array
from collections.abc import Iterator
from typing import Any

from typing_extensions import Buffer

RADIUS_M = 6_371_008.8
"""Mean Earth radius (IUGG R1)."""

_PER_DEGREE = 2**32 / 360
_UNIT = 2 * math.pi / 2**32
_NEAR = 2.0**-14
"""Of half the difference in radians, squared: about 100 km."""

MAX_RADIUS_M = math.pi * RADIUS_M
"""Half the globe: 20015114 m."""

MAX_K = 1000


def to_grid(degrees: float) -> int:
    """Degrees as a grid number of -2^31..2^31 - 1; 180 is -180."""
    return _wrapped(round(degrees * _PER_DEGREE))


def _wrapped(steps: int) -> int:
    return (steps + 2**31) % 2**32 - 2**31


def haversine(x: int, y: int, to_x: int, to_y: int) -> float:
    """Sin² of half the angle between two grid points; it grows with the distance."""
    dy, dx = (to_y - y) * (_UNIT / 2), _wrapped(to_x - x) * (_UNIT / 2)
    yy, xx = dy * dy, dx * dx
    cos_lat = math.cos(y * _UNIT)
    if yy < _NEAR and xx < _NEAR:  # a few terms of the series, which no two libraries can round differently
        dy *= 1 - yy * (1 / 6 - yy * (1 / 120))
        dx *= 1 - xx * (1 / 6 - xx * (1 / 120))
        turn = 2 * dy * (1 - yy * (0.5 - yy * (1 / 24)))
        there = cos_lat * (1 - 2 * dy * dy) - math.sin(y * _UNIT) * turn
        return dy * dy + cos_lat * there * dx * dx
    dy, dx = math.sin(dy), math.sin(dx)
    return min(1.0, dy * dy + cos_lat * math.cos(to_y * _UNIT) * dx * dx)


def metres_of(h: float) -> float:
    """Metres that a ``haversine`` is."""
    if h < _NEAR:
        return 2 * RADIUS_M * math.sqrt(h) * (1 + h * (1 / 6 + h * (3 / 40 + h * (15 / 336))))
    return 2 * RADIUS_M * math.asin(math.sqrt(h))


def _haversine_of(metres: float) -> float:
    half_chord = math.sin(min(metres / RADIUS_M, math.pi) / 2)
    return half_chord * half_chord


class ReferenceIndex:
    """See geo.nearest.NearestIndex."""

    def __init__(self, lons: Buffer, lats: Buffer) -> None:
        degrees = _flat(lons, "d", "lons"), _flat(lats, "d", "lats")
        if len(degrees[0]) != len(degrees[1]):
            raise ValueError(f"lons and lats must be equally long, got {len(degrees[0])} and {len(degrees[1])}")
        for i, (lon, lat) in enumerate(zip(*degrees, strict=True)):
            if not (abs(lon) <= 180 and abs(lat) <= 90):
                raise ValueError(f"point {i}: lon must be -180..180 and lat -90..90, got lon={lon!r} lat={lat!r}")
        self._x = array("i", map(to_grid, degrees[0]))
        self._y = array("i", map(to_grid, degrees[1]))
        self._free = array("H", bytes(2 * len(self._x)))
        self._unknown = array("H", bytes(2 * len(self._x)))

    def __len__(self) -> int:
        return len(self._x)

    @property
    def nbytes(self) -> int:
        """See the Protocol."""
        return sum(part.itemsize * len(part) for part in (self._x, self._y, self._free, self._unknown))

    def set(self, index: int, free: int, unknown: int = 0) -> None:
        """See the Protocol."""
        self._check(index, "index")
        words = array("H", (free, unknown))  # refuses, before anything is set, what is no 16-bit word
        self._free[index], self._unknown[index] = words

    def set_batch(self, indexes: Buffer, free: Buffer, unknown: Buffer) -> None:
        """See the Protocol."""
        ids, words, others = _flat(indexes, "I", "indexes"), _flat(free, "H", "free"), _flat(unknown, "H", "unknown")
        if not len(ids) == len(words) == len(others):
            raise ValueError(
                f"indexes, free and unknown must be equally long, got {len(ids)}, {len(words)}, {len(others)}"
            )
        for i, index in enumerate(ids):
            self._check(index, f"indexes[{i}]")
        for index, word, other in zip(ids, words, others, strict=True):
            self._free[index], self._unknown[index] = word, other

    def _check(self, index: int, name: str) -> None:
        if not 0 <= index < len(self):
            raise IndexError(f"{name} must be 0..{len(self) - 1}, got {index}")

    def nearest(
        self,
        lon: float,
        lat: float,
        k: int,
        radius_m: float,
        need: int,
        out_indexes: Buffer,
        out_distances: Buffer,
        include_unknown: bool = False,
    ) -> int:
        """See the Protocol."""
        _check_query(lon, lat, k, radius_m, need)
        ids, metres = _flat(out_indexes, "I", "out_indexes"), _flat(out_distances, "d", "out_distances")
        if min(len(ids), len(metres)) < k:
            raise ValueError(f"out_indexes and out_distances must hold k = {k}, got {len(ids)} and {len(metres)}")
        best = heapq.nsmallest(k, self._within(lon, lat, radius_m, need, include_unknown))
        for i, (h, index) in enumerate(best):
            ids[i], metres[i] = index, metres_of(h)
        return len(best)

    def nearest_many(
        self,
        lons: Buffer,
        lats: Buffer,
        k: int,
        radius_m: float,
        need: int,
        out_indexes: Buffer,
        out_distances: Buffer,
        out_counts: Buffer,
        include_unknown: bool = False,
    ) -> None:
        """See the Protocol."""
        _check_query(0, 0, k, radius_m, need)
        x, y, counts = _flat(lons, "d", "lons"), _flat(lats, "d", "lats"), _flat(out_counts, "I", "out_counts")
        ids, metres = _flat(out_indexes, "I", "out_indexes"), _flat(out_distances, "d", "out_distances")
        n = len(x)
        if len(y) != n or len(counts) < n or min(len(ids), len(metres)) < n * k:
            raise ValueError(
                f"for {n} lons and k = {k}, lats must be {n} long, out_indexes and out_distances {n * k}, out_counts "
                f"{n}; got {len(y)}, {len(ids)}, {len(metres)}, {len(counts)}"
            )
        for q, (lon, lat) in enumerate(zip(x, y, strict=True)):
            if not (abs(lon) <= 180 and abs(lat) <= 90):
                raise ValueError(f"query {q}: lon must be -180..180 and lat -90..90, got lon={lon!r} lat={lat!r}")
        for q in range(n):
            part = slice(q * k, q * k + k)
            counts[q] = self.nearest(x[q], y[q], k, radius_m, need, ids[part], metres[part], include_unknown)

    def count_radius(self, lon: float, lat: float, radius_m: float, need: int, include_unknown: bool = False) -> int:
        """See the Protocol."""
        _check_query(lon, lat, 1, radius_m, need)
        return sum(1 for _ in self._within(lon, lat, radius_m, need, include_unknown))

    def count_bbox(
        self, west: float, south: float, east: float, north: float, need: int, include_unknown: bool = False
    ) -> int:
        """See the Protocol."""
        for name, value, limit in (
            ("west", west, 180),
            ("east", east, 180),
            ("south", south, 90),
            ("north", north, 90),
        ):
            _check_range(name, value, limit)
        if south > north:
            raise ValueError(f"south must not be above north, got south={south!r} north={north!r}")
        _check_query(west, south, 1, 0, need)
        left, bottom, top = to_grid(west), to_grid(south), to_grid(north)
        width = 2**32 - 1 if east - west >= 360 else (to_grid(east) - left) % 2**32
        return sum(
            (self._x[i] - left) % 2**32 <= width and bottom <= self._y[i] <= top
            for i in self._matching(need, include_unknown)
        )

    def is_consistent(self) -> bool:
        """See the Protocol; there are no inner sums here."""
        return True

    def _matching(self, need: int, include_unknown: bool) -> Iterator[int]:
        also = need if include_unknown else 0
        for i, (free, unknown) in enumerate(zip(self._free, self._unknown, strict=True)):
            if free & need or unknown & also:
                yield i

    def _within(
        self, lon: float, lat: float, radius_m: float, need: int, include_unknown: bool
    ) -> Iterator[tuple[float, int]]:
        x, y, limit = to_grid(lon), to_grid(lat), _haversine_of(radius_m)
        for i in self._matching(need, include_unknown):
            h = haversine(x, y, self._x[i], self._y[i])
            if h <= limit:
                yield h, i


def _flat(buffer: Buffer, letter: str, name: str) -> "memoryview[Any]":
    view = memoryview(buffer)
    if view.ndim != 1 or view.format != letter:
        raise TypeError(
            f"{name} must be a flat buffer of {letter!r} items, got {view.format!r} in {view.ndim} dimensions"
        )
    return view


def _check_range(name: str, value: float, limit: float) -> None:
    if not abs(value) <= limit:
        raise ValueError(f"{name} must be {-limit:g}..{limit:g}, got {value!r}")


def _check_query(lon: float, lat: float, k: int, radius_m: float, need: int) -> None:
    _check_range("lon", lon, 180)
    _check_range("lat", lat, 90)
    if not 1 <= k <= MAX_K:
        raise ValueError(f"k must be 1..{MAX_K}, got {k}")
    if not 0 <= radius_m <= MAX_RADIUS_M:
        raise ValueError(f"radius_m must be 0..{MAX_RADIUS_M:.0f}, got {radius_m!r}")
    if not 1 <= need <= 0xFFFF:
        raise ValueError(f"need must be a mask of 1..65535, got {need}")
