"""Two numbers out of one field: a GeoJSON geometry, a WKT point, a list, an object, "lat,lon" or "lon lat" as text."""

import re
from collections.abc import Mapping

from parking.words import RejectReason
from sensors.contract import RecordRefusedError

Pair = tuple[object, object]
MAX_POINT_TEXT = 200
_WKT = re.compile(r"(?:SRID=[0-9]+;)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*(\S+)\s+(\S+)[^()]*\)", re.IGNORECASE)
_LON, _LAT = ("lon", "lng", "longitude", "x"), ("lat", "latitude", "y")


def read_pair(value: object, order: str | None, device_id: str | None = None) -> Pair:
    """Longitude and latitude, or x and y, as they are written. Raises RecordRefusedError (bad_coordinates).

    ``order`` is how a text or a list goes; a geometry, a WKT point and an object with names say it themselves. A text
    or list without a stated order is lon before lat, as everywhere here.
    """
    pair = _named(value) if isinstance(value, Mapping) else _listed(value, order)
    if pair is None:
        detail = f"{value!r:.80} is no point: known are GeoJSON and WKT points, and two numbers; see place.point"
        raise RecordRefusedError(RejectReason.BAD_COORDINATES, detail, device_id)
    return pair


def _named(value: Mapping[object, object]) -> Pair | None:
    if isinstance(value.get("coordinates"), list):
        if value.get("type", "Point") != "Point":
            return None
        return _listed(value["coordinates"], None)
    lower = {str(name).lower(): one for name, one in value.items()}
    lon, lat = (next((lower[name] for name in names if name in lower), None) for names in (_LON, _LAT))
    return None if lon is None or lat is None else (lon, lat)


def _listed(value: object, order: str | None) -> Pair | None:
    if isinstance(value, str):
        text = value.strip()[:MAX_POINT_TEXT]
        if found := _WKT.fullmatch(text):
            return found[1], found[2]
        value = _parts(text)
    if not isinstance(value, list) or len(value) not in (2, 3):
        return None
    first, second = value[:2]
    return (second, first) if order == "lat,lon" else (first, second)


def _parts(text: str) -> list[object]:
    """The numbers of a text: split at a semicolon, at space, or at commas where those are not decimal."""
    text = text.strip("()[] ")
    for mark in (";", ", ", " ", ","):
        parts = [part.strip() for part in text.split(mark) if part.strip()]
        if len(parts) in (2, 3):
            return list(parts)
    return []
