"""Great-circle distance: the native batch where it was built, its Python twin where it was not."""

import math
from array import array
from collections.abc import Callable

RADIUS_M = 6_371_008.8
"""Mean Earth radius (IUGG R1)."""


def distance_m(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Straight-line (great-circle) metres between two points in degrees; not a distance by road."""
    half_dlat = math.sin(math.radians(to_lat - lat) / 2)
    half_dlon = math.sin(math.radians(to_lon - lon) / 2)
    h = half_dlat**2 + math.cos(math.radians(lat)) * math.cos(math.radians(to_lat)) * half_dlon**2
    return 2 * RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def distances_m_python(lon: float, lat: float, lons: "array[float]", lats: "array[float]", out: "array[float]") -> None:
    """The twin of ``_accel.distance.distances_m``: same arguments, same answers, same errors."""
    if not len(lons) == len(lats) == len(out):
        raise ValueError(f"lons, lats and out must be equally long, got {len(lons)}, {len(lats)}, {len(out)}")
    for i, (to_lon, to_lat) in enumerate(zip(lons, lats, strict=True)):
        out[i] = distance_m(lon, lat, to_lon, to_lat)


Distances = Callable[[float, float, "array[float]", "array[float]", "array[float]"], None]

distances_m: Distances = distances_m_python
NATIVE = False
try:
    from _accel.distance import distances_m as _native
except ImportError:  # no compiler when this was installed: slower, not wrong
    pass
else:
    distances_m = _native
    NATIVE = True
