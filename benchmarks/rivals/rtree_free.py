"""rtree (libspatialindex): an R*-tree of the free spaces alone, in three dimensions so that its order is exact."""

import math

import numpy as np
from rtree.index import Index, Property

from benchmarks.rivals import REACH_M, Answer, Doubles, Flags, K, OneByOne, on_sphere
from geo.reference import RADIUS_M

REACH_CHORD_M = 2 * RADIUS_M * math.sin(REACH_M / (2 * RADIUS_M))


class RtreeFree(OneByOne):
    """Loaded in bulk at the start; from then on a space that is taken is deleted, and one that is left inserted."""

    name = "rtree"
    exact = True
    _tree: Index

    def build(self, lons: Doubles, lats: Doubles, free: Flags) -> None:
        """See Rival."""
        points = on_sphere(lons, lats)
        self._points = [tuple(point) for point in points.tolist()]
        first = np.flatnonzero(free)
        self._tree = Index((first, points[first], points[first]), properties=Property(dimension=3))

    def toggle(self, i: int, free: bool) -> None:
        """See Rival."""
        change = self._tree.insert if free else self._tree.delete
        change(i, self._points[i] * 2)

    def nearest(self, lon: float, lat: float) -> Answer:
        """See Rival; rtree knows no radius and answers with every tie, so both are cut here."""
        east, north = math.radians(lon), math.radians(lat)
        flat = RADIUS_M * math.cos(north)
        point = (flat * math.cos(east), flat * math.sin(east), RADIUS_M * math.sin(north))
        points = self._points
        hits = [(math.dist(point, points[i]), i) for i in self._tree.nearest(point * 2, K)]
        hits = [hit for hit in sorted(hits)[:K] if hit[0] <= REACH_CHORD_M]
        return [i for _, i in hits], [2 * RADIUS_M * math.asin(chord / (2 * RADIUS_M)) for chord, _ in hits]

    def held_bytes(self) -> int | None:
        """Unknown: libspatialindex does not count."""
        return None
