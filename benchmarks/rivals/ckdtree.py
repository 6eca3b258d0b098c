"""scipy's cKDTree over all spaces: ask for more than is needed, keep what is free, ask for more if that is too few."""

import math
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.rivals import REACH_M, Answer, Doubles, Flags, K, OneByOne, on_sphere
from geo.reference import RADIUS_M

REACH_CHORD_M = 2 * RADIUS_M * math.sin(REACH_M / (2 * RADIUS_M))
NODE_BYTES = 72
"""ckdtreenode: four integers, a float and four pointers on a 64-bit machine."""


class CKDTree(OneByOne):
    """A toggle is one byte; a query pays for everybody who is in the way."""

    name = "cKDTree + filter"
    exact = True

    def build(self, lons: Doubles, lats: Doubles, free: Flags) -> None:
        """See Rival."""
        self._size = lons.size
        self._tree = cKDTree(on_sphere(lons, lats))
        self._free = np.append(free, False)
        self._first = min(self._size, math.ceil(1.5 * K * self._size / max(1, int(free.sum()))))

    def toggle(self, i: int, free: bool) -> None:
        """See Rival."""
        self._free[i] = free

    def nearest(self, lon: float, lat: float) -> Answer:
        """See Rival."""
        east, north = math.radians(lon), math.radians(lat)
        flat = RADIUS_M * math.cos(north)
        point = (flat * math.cos(east), flat * math.sin(east), RADIUS_M * math.sin(north))
        asked = self._first
        chords: Any
        ids: Any
        while True:
            chords, ids = self._tree.query(point, k=asked, distance_upper_bound=REACH_CHORD_M)
            hits = np.flatnonzero(self._free[ids])[:K]
            if hits.size == K or asked == self._size or ids[-1] == self._size:
                metres = 2 * RADIUS_M * np.arcsin(chords[hits] / (2 * RADIUS_M))
                return ids[hits].tolist(), metres.tolist()
            asked = min(self._size, 4 * asked)

    def held_bytes(self) -> int | None:
        """See Rival; the nodes by their number."""
        return int(
            self._tree.data.nbytes + self._tree.indices.nbytes + self._tree.size * NODE_BYTES + self._free.nbytes
        )
