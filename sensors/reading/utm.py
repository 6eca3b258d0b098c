"""Metres of a map grid into degrees, where a source states UTM instead of degrees (Stuttgart, Freiburg).

Krüger's series for the transverse Mercator projection, to the third power of the ellipsoid's third flattening: within
centimetres inside a zone. ETRS 89 (GRS 80), which is WGS 84 to less than a metre.
"""

from math import asin, atan2, atanh, cos, cosh, degrees, sin, sinh, sqrt, tanh

from parking.catalogue.model import Point

_AXIS_M, _FLATTENING = 6_378_137.0, 1 / 298.257222101
_N = _FLATTENING / (2 - _FLATTENING)
_RADIUS_M = _AXIS_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_SCALE, _FALSE_EASTING_M = 0.9996, 500_000.0
_BETA = (_N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96, _N**2 / 48 + _N**3 / 15, 17 * _N**3 / 480)
_ECCENTRICITY = sqrt(_FLATTENING * (2 - _FLATTENING))


def is_in_zone(easting_m: float, northing_m: float) -> bool:
    """Whether these can be metres of a zone, in the northern half of the Earth."""
    return 100_000 <= easting_m <= 900_000 and 0 <= northing_m <= 9_400_000


def to_degrees(easting_m: float, northing_m: float, zone: int) -> Point:
    """The point at these metres of the UTM zone 1..60, north of the equator."""
    xi, eta = northing_m / (_SCALE * _RADIUS_M), (easting_m - _FALSE_EASTING_M) / (_SCALE * _RADIUS_M)
    north = xi - sum(beta * sin(2 * j * xi) * cosh(2 * j * eta) for j, beta in enumerate(_BETA, 1))
    east = eta - sum(beta * cos(2 * j * xi) * sinh(2 * j * eta) for j, beta in enumerate(_BETA, 1))
    lon = zone * 6 - 183 + degrees(atan2(sinh(east), cos(north)))
    return Point(lon, degrees(_latitude(asin(sin(north) / cosh(east)))))


def _latitude(conformal: float) -> float:
    """The latitude whose image on the conformal sphere this is, in radians; five rounds are exact to 1e-12."""
    target, latitude = atanh(sin(conformal)), conformal
    for _ in range(5):
        latitude = asin(tanh(target + _ECCENTRICITY * atanh(_ECCENTRICITY * sin(latitude))))
    return latitude
