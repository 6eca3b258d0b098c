"""placelibre's own index, in the three ways Python can ask it."""

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.rivals import REACH_M, Answer, Doubles, Flags, K
from geo.nearest import NearestIndex, build

PUBLIC = 1


class Ours:
    """One bit of eligibility, answers written into buffers that are used again."""

    name = "placelibre"
    exact = True
    _index: NearestIndex

    def __init__(self) -> None:
        self._ids, self._metres = array("I", [0] * K), array("d", [0.0] * K)

    def build(self, lons: Doubles, lats: Doubles, free: Flags) -> None:
        """See Rival."""
        self._index = build(lons.data, lats.data)
        first = np.flatnonzero(free).astype(np.uint32)
        words, nothing = np.full(first.size, PUBLIC, np.uint16), np.zeros(first.size, np.uint16)
        self._index.set_batch(first.data, words.data, nothing.data)

    @property
    def toggle(self) -> Callable[[int, bool], object]:
        """The index's own method: True is the word 1, the bit of ``PUBLIC``."""
        return self._index.set

    def nearest(self, lon: float, lat: float) -> Answer:
        """See Rival; the two lists are what costs here."""
        count = self._index.nearest(lon, lat, K, REACH_M, PUBLIC, self._ids, self._metres)
        return self._ids[:count].tolist(), self._metres[:count].tolist()

    def ask_all(self, lons: Sequence[float], lats: Sequence[float]) -> None:
        """See Rival; the answer is in the buffers."""
        nearest, ids, metres = self._index.nearest, self._ids, self._metres
        for lon, lat in zip(lons, lats, strict=True):
            nearest(lon, lat, K, REACH_M, PUBLIC, ids, metres)

    def ask_for_lists(self, lons: Sequence[float], lats: Sequence[float]) -> None:
        """Ask one at a time, for lists."""
        nearest = self.nearest
        for lon, lat in zip(lons, lats, strict=True):
            nearest(lon, lat)

    def ask_together(self, lons: Sequence[float], lats: Sequence[float]) -> None:
        """Ask in one call, from lists to new arrays; making those is in the time."""
        n = len(lons)
        ids, metres, counts = np.empty(n * K, np.uint32), np.empty(n * K), np.empty(n, np.uint32)
        x, y = np.array(lons), np.array(lats)
        self._index.nearest_many(x.data, y.data, K, REACH_M, PUBLIC, ids.data, metres.data, counts.data)

    def held_bytes(self) -> int | None:
        """See Rival."""
        return self._index.nbytes

    def close(self) -> None:
        """Nothing outlives the object."""
