"""A city of any size and one density: streets of bays and multi-storey car parks, gathered in quarters."""

import math

import numpy as np

from benchmarks.rivals import Doubles, Flags

LON, LAT = -1.5536, 47.2184  # Nantes
METRES_PER_DEGREE = 111_195.0
PER_KM2 = 800
"""Spaces a square kilometre: a larger city covers more ground, and is not fuller."""

BAY_M = 5.5
QUARTER_SPACES, QUARTER_M = 2000, 350.0
IN_CAR_PARKS = 0.25
NEAR_M = 150.0
"""How far from a space people ask, as a standard deviation."""

Positions = tuple[Doubles, Doubles]


def _lengths(
    chance: np.random.Generator, low: int, high: int, total: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Lengths between low and high that add up to total (the last one cut)."""
    drawn = chance.integers(low, high, 2 * total // (low + high) * 2 + 2)
    ends = np.minimum(np.cumsum(drawn), total)
    lengths = np.diff(ends, prepend=0)
    return lengths[lengths > 0]


class City:
    """Where the spaces are, which of them are free, what happens and who asks; all of it follows from the seed."""

    def __init__(self, spaces: int, occupied: float, seed: int) -> None:
        self._chance = np.random.default_rng([seed, spaces])
        self.side_m = math.sqrt(spaces / PER_KM2) * 1000
        centres = self._chance.uniform(-self.side_m / 2, self.side_m / 2, (spaces // QUARTER_SPACES + 1, 2))
        in_car_parks = int(spaces * IN_CAR_PARKS)
        metres = np.concatenate(
            (self._streets(centres, spaces - in_car_parks), self._car_parks(centres, in_car_parks)), axis=0
        )
        self.lons, self.lats = self._degrees(metres)
        self.free: Flags = self._chance.permutation(spaces) >= round(spaces * occupied)

    def _streets(self, centres: Doubles, spaces: int) -> Doubles:
        """Lines of bays along the two directions of a quarter; metres from the middle of the city, shape (n, 2)."""
        bays = _lengths(self._chance, 10, 60, spaces)
        quarter = self._chance.integers(0, len(centres), bays.size)
        grain = self._chance.uniform(0, math.pi, len(centres))[quarter]
        angle = grain + math.pi / 2 * self._chance.integers(0, 2, bays.size) + self._chance.normal(0, 0.1, bays.size)
        start = centres[quarter] + self._chance.normal(0, QUARTER_M, (bays.size, 2))
        step = BAY_M * np.column_stack((np.cos(angle), np.sin(angle)))
        number = np.arange(spaces) - np.repeat(np.cumsum(bays) - bays, bays)
        return np.asarray(np.repeat(start, bays, axis=0) + np.repeat(step, bays, axis=0) * number[:, None])

    def _car_parks(self, centres: Doubles, spaces: int) -> Doubles:
        """All spaces of one car park in one point."""
        sizes = _lengths(self._chance, 100, 700, spaces)
        at = centres[self._chance.integers(0, len(centres), sizes.size)]
        return np.repeat(at + self._chance.normal(0, QUARTER_M, at.shape), sizes, axis=0)

    def _degrees(self, metres: Doubles) -> Positions:
        lats = LAT + metres[:, 1] / METRES_PER_DEGREE
        return LON + metres[:, 0] / (METRES_PER_DEGREE * np.cos(np.radians(lats))), lats

    def askers(self, count: int) -> tuple[list[float], list[float]]:
        """Positions near the streets: longitudes and latitudes."""
        at = self._chance.integers(0, self.lons.size, count)
        near = self._chance.normal(0, NEAR_M / METRES_PER_DEGREE, (2, count))
        lats = self.lats[at] + near[1]
        return (self.lons[at] + near[0] / np.cos(np.radians(lats))).tolist(), lats.tolist()

    def changes(self, count: int, kept: bool = True) -> list[tuple[int, bool]]:
        """Random spaces, by turns one left and one taken, so that the share stays; each space at most once.

        ``kept``: whether they last; who takes what is not kept undoes it.
        """
        taken, left = np.flatnonzero(~self.free), np.flatnonzero(self.free)
        pairs = min(count // 2, taken.size, left.size)
        taken, left = self._chance.choice(taken, pairs, replace=False), self._chance.choice(left, pairs, replace=False)
        if kept:
            self.free[taken], self.free[left] = True, False
        return [
            change for a, b in zip(taken.tolist(), left.tolist(), strict=True) for change in ((a, True), (b, False))
        ]
