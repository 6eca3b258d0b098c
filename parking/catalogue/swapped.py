"""Points whose lon and lat were swapped, found by where the rest of the city is.

(47.2, -1.5) is a sound point in the Indian Ocean. That it was meant to be in Nantes shows only beside the others.
"""

from collections.abc import Collection
from statistics import median_low

from parking.catalogue.model import Point

FAR_DEG = 5.0
"""No city is as wide as this; two cities of one import may be."""

MIN_WITNESSES = 3
_ROOM_DEG = 0.5


def find_swapped(points: Collection[Point]) -> set[Point]:
    """Those of ``points`` that lie more than 5 degrees outside the bounds of the rest, and whose mirror image does not.

    The rest is what lies within 5 degrees of the middle one in both directions, so that several swapped points do not
    vouch for each other. Fewer than 3 such witnesses accuse nobody. Not promised: a city where lon and lat are alike,
    or an import that is swapped throughout.
    """
    distinct = set(points)
    if not distinct:
        return set()
    # A middle one and no mean: a mean would lie between the city and its mirror image, where nothing is.
    lon, lat = median_low(sorted(p.lon for p in distinct)), median_low(sorted(p.lat for p in distinct))
    rest = [p for p in distinct if abs(p.lon - lon) <= FAR_DEG and abs(p.lat - lat) <= FAR_DEG]
    if len(rest) < MIN_WITNESSES:
        return set()
    west, east = min(p.lon for p in rest), max(p.lon for p in rest)
    south, north = min(p.lat for p in rest), max(p.lat for p in rest)

    def outside_by(x: float, y: float) -> float:
        return max(west - x, x - east, south - y, y - north)

    return {p for p in distinct if outside_by(p.lon, p.lat) > FAR_DEG and outside_by(p.lat, p.lon) <= _ROOM_DEG}
