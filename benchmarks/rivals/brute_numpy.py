"""NumPy: the haversine to every free space."""

import math

import numpy as np

from benchmarks.rivals import REACH_M, Answer, Doubles, Flags, K, OneByOne
from geo.reference import RADIUS_M


class BruteNumpy(OneByOne):
    """The free spaces are kept together at the front, so that nobody who is occupied costs anything."""

    name = "NumPy haversine"
    exact = True

    def build(self, lons: Doubles, lats: Doubles, free: Flags) -> None:
        """See Rival."""
        self._order = np.concatenate((np.flatnonzero(free), np.flatnonzero(~free)))
        self._place = np.empty_like(self._order)
        self._place[self._order] = np.arange(lons.size)
        self._east, self._north = np.radians(lons)[self._order], np.radians(lats)[self._order]
        self._flat = np.cos(self._north)
        self._count = int(free.sum())

    def toggle(self, i: int, free: bool) -> None:
        """See Rival; swaps the space with the last of those at the front, or the first of the others."""
        here, there = int(self._place[i]), self._count if free else self._count - 1
        self._count += 1 if free else -1
        for row in (self._order, self._east, self._north, self._flat):
            row[here], row[there] = row[there], row[here]
        self._place[self._order[here]], self._place[i] = here, there

    def nearest(self, lon: float, lat: float) -> Answer:
        """See Rival."""
        n, east, north = self._count, math.radians(lon), math.radians(lat)
        dy, dx = np.sin((self._north[:n] - north) / 2), np.sin((self._east[:n] - east) / 2)
        h = dy * dy + math.cos(north) * self._flat[:n] * dx * dx
        best = np.argpartition(h, K)[:K] if n > K else np.arange(n)
        best = best[np.argsort(h[best])]
        metres = 2 * RADIUS_M * np.arcsin(np.sqrt(np.minimum(h[best], 1)))
        within = int(np.searchsorted(metres, REACH_M, side="right"))
        return self._order[best[:within]].tolist(), metres[:within].tolist()

    def held_bytes(self) -> int | None:
        """See Rival."""
        return sum(part.nbytes for part in (self._order, self._place, self._east, self._north, self._flat))
