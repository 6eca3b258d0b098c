"""Coordinates in a stated reference system as a point: degrees in either order, UTM of the north, and Lambert 93.

The two grids that cities of our sources state are a formula each (see decision 30), so no library of projections is
carried along. A system that is not known here is refused by name: metres are never taken for degrees.
"""

import re
from math import asin, atan, cos, degrees, exp, hypot, log, pi, radians, sin, sqrt, tan, tanh

from parking.catalogue.model import Point
from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.points import read_point
from sensors.reading.utm import is_in_zone, to_degrees

LON_LAT = "CRS84"
_CODE = re.compile(r"(?:EPSG(?:\.xml)?[:/#]+(?:[0-9.]*[:/]+)?)?([0-9]{4,5})|(?:.*[:/])?(CRS84)", re.IGNORECASE)
_URI = re.compile(r".*?(?=EPSG)", re.IGNORECASE)
_DEGREES = frozenset({"4326", "4258", "4171", "4979", "4937", LON_LAT})
_NAMES = {
    "crs84": LON_LAT, "ogccrs84": LON_LAT, "wgs84": "4326", "wgs1984": "4326", "etrs89": "4258", "rgf93": "4171",
    "lambert93": "2154", "rgf93lambert93": "2154", "rgf93v1lambert93": "2154", "lamb93": "2154", "ignflamb93": "2154",
}  # fmt: skip
_ZONE = re.compile(r"(etrs89|wgs84)utm(?:zone)?([0-9]{1,2})n")
_UTM = {**{str(25800 + zone): zone for zone in range(28, 39)}, **{str(32600 + zone): zone for zone in range(1, 61)}}
_LAMBERT_93 = frozenset({"2154", "9793", "9794"})
"""RGF93 and its later versions, which differ by centimetres."""

_ECCENTRICITY = sqrt(2 / 298.257222101 - 1 / 298.257222101**2)
_AXIS_M = 6_378_137.0


def code_of(name: object) -> str | None:
    """The code in a system's name, such as "urn:ogc:def:crs:EPSG::25832" or "EPSG:2154"; None where there is none."""
    if isinstance(name, bool) or not isinstance(name, str | int):
        return None
    text = str(name).strip()[:200]
    if found := _CODE.fullmatch(_URI.sub("", text, count=1)):
        return found[1] or LON_LAT
    plain = re.sub(r"[^a-z0-9]+", "", text.casefold())
    if zone := _ZONE.fullmatch(plain):
        return f"{'258' if zone[1] == 'etrs89' else '326'}{int(zone[2]):02}"
    return _NAMES.get(plain)


def stated_system(crs: object) -> object:
    """The system that a GeoJSON ``crs`` member states; None where there is none, which is degrees.

    {"type": "name", "properties": {"name": …}}, the older {"type": "EPSG", "properties": {"code": …}}, or a name alone.
    """
    if not isinstance(crs, dict):
        return crs
    properties = crs.get("properties")
    found = properties if isinstance(properties, dict) else crs
    return next((found[key] for key in ("name", "code", "href") if found.get(key) is not None), None)


def is_known_system(name: object) -> bool:
    """Whether points of that system can be read."""
    code = code_of(name)
    return code in _DEGREES or code in _UTM or code in _LAMBERT_93


def read_projected(x: object, y: object, system: object, device_id: str | None = None) -> Point:
    """The point at ``x`` (east) and ``y`` (north) of a stated system; None is degrees, as GeoJSON has them.

    Degrees are taken as lon and lat: some write EPSG:4326 lat first, which only who knows the city can tell
    (``turned``). Raises RecordRefusedError.
    """
    code = LON_LAT if system is None else code_of(system)
    if code in _DEGREES:
        return read_point(x, y, device_id)
    at = _as_metres(x, y)
    if at is not None and code in _UTM and is_in_zone(*at):
        return to_degrees(*at, _UTM[code])
    if at is not None and code in _LAMBERT_93 and _is_in_france(*at):
        return _from_lambert_93(*at)
    detail = f"{x!r:.30} {y!r:.30} is no point of {system!r:.60}: known are degrees, UTM of the north and EPSG:2154"
    if at is not None and (is_in_zone(*at[::-1]) if code in _UTM else code in _LAMBERT_93 and _is_in_france(*at[::-1])):
        detail = f"{x!r:.30} {y!r:.30} is no point of {system!r:.60}, and turned it is one: east goes first"
    raise RecordRefusedError(RejectReason.BAD_COORDINATES, detail, device_id)


def _is_in_france(east: float, north: float) -> bool:
    return 0 <= east <= 1_300_000 and 6_000_000 <= north <= 7_200_000


def turned(point: Point, west: float, south: float, east: float, north: float) -> Point:
    """The point, or its mirror image where that alone lies in the city's box of degrees: then the axes were turned."""

    def is_inside(lon: float, lat: float) -> bool:
        return west <= lon <= east and south <= lat <= north

    swapped = not is_inside(point.lon, point.lat) and is_inside(point.lat, point.lon)
    return Point(point.lat, point.lon) if swapped else point


def _as_metres(x: object, y: object) -> tuple[float, float] | None:
    if any(isinstance(value, bool) or not isinstance(value, int | float | str) for value in (x, y)):
        return None
    try:
        return float(str(x).replace(",", ".")), float(str(y).replace(",", "."))
    except ValueError:
        return None


def _isometric(latitude: float) -> float:
    along = _ECCENTRICITY * sin(latitude)
    return log(tan(pi / 4 + latitude / 2) * ((1 - along) / (1 + along)) ** (_ECCENTRICITY / 2))


def _radius(latitude: float) -> float:
    """Of a parallel, over the cosine."""
    return cos(latitude) / sqrt(1 - (_ECCENTRICITY * sin(latitude)) ** 2)


_SOUTH, _NORTH, _ORIGIN = radians(44), radians(49), radians(46.5)
_CONE = log(_radius(_SOUTH) / _radius(_NORTH)) / (_isometric(_NORTH) - _isometric(_SOUTH))
_SCALE_M = _AXIS_M * _radius(_SOUTH) / _CONE * exp(_CONE * _isometric(_SOUTH))
_APEX_M = 6_600_000 + _SCALE_M * exp(-_CONE * _isometric(_ORIGIN))


def _from_lambert_93(x: float, y: float) -> Point:
    """Lambert's conformal cone on 44 and 49 degrees north (EPSG:2154, RGF93): see EPSG guidance note 7-2, 3.1.1.1."""
    east, south = x - 700_000, _APEX_M - y
    target = log(_SCALE_M / hypot(east, south)) / _CONE
    latitude = asin(tanh(target))
    for _ in range(6):
        along = _ECCENTRICITY * sin(latitude)
        latitude = 2 * atan(((1 + along) / (1 - along)) ** (_ECCENTRICITY / 2) * exp(target)) - pi / 2
    return Point(3 + degrees(atan(east / south)) / _CONE, degrees(latitude))
