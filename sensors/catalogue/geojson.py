"""A GeoJSON FeatureCollection into rows: the same columns as properties, and the geometry as point or outline.

A feature with ``device`` is a device, one with ``zone`` and ``space`` a single space, any other a site or zone.
"""

import math
from collections.abc import Sequence

from parking.catalogue.model import MAX_CORNERS, Outline, Point
from parking.catalogue.rows import PlaceRow, SpaceRow
from sensors.catalogue.cells import Cells

GEOMETRY = "geometry"


def properties_as_cells(properties: dict[str, object]) -> dict[str, str]:
    """Properties as the cells of a row; what is no text, number or list of texts is a cell that columns refuse."""
    return {name.strip().casefold(): _as_cell(value) for name, value in properties.items()}


def _as_cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "|".join(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.17f}" if isinstance(value, float) and "e" in repr(value) else str(value)
    return f"\0{value}"[:80]


def with_geometry(row: PlaceRow, cells: Cells, geometry: object) -> PlaceRow:
    """A place with the point or outline that is drawn; the properties lon and lat go before the outline's middle."""
    kind, coordinates = _parts(geometry)
    if kind == "Point":
        return row._replace(stated={**row.stated, "point": _point(cells, coordinates)})
    if kind == "Polygon":
        outline = _outline(cells, coordinates)
        middle = {"point": _middle(outline)} if outline else {}
        return row._replace(stated={**middle, **row.stated, "outline": outline})
    if geometry is not None:
        cells.refuse(GEOMETRY, f"{str(kind)[:40]!r} is neither Point nor Polygon: draw one of these, or null")
    return row


def with_point(row: SpaceRow, cells: Cells, geometry: object) -> SpaceRow:
    """A space with the point that is drawn."""
    kind, coordinates = _parts(geometry)
    if kind == "Point":
        return row._replace(stated={**row.stated, "point": _point(cells, coordinates)})
    if geometry is not None:
        cells.refuse(GEOMETRY, "a single space is a Point, or null")
    return row


def _parts(geometry: object) -> tuple[object, object]:
    return (geometry.get("type"), geometry.get("coordinates")) if isinstance(geometry, dict) else (None, None)


def _point(cells: Cells, position: object) -> Point | None:
    if isinstance(position, list) and len(position) in (2, 3) and all(map(_is_number, position)):
        return cells.drawn(float(position[0]), float(position[1]), GEOMETRY)
    cells.refuse(GEOMETRY, "a position is [lon, lat] in degrees")
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf and abs(value) < 1e9


def _outline(cells: Cells, rings: object) -> Outline:
    """The corners of one ring, the first not repeated."""
    if not isinstance(rings, list) or len(rings) != 1 or not isinstance(rings[0], list):
        cells.refuse(GEOMETRY, "an outline is one ring, without holes: draw one polygon for each place")
        return ()
    ring: Sequence[object] = rings[0][:-1] if len(rings[0]) > 1 and rings[0][0] == rings[0][-1] else rings[0]
    if not 3 <= len(ring) <= MAX_CORNERS:
        cells.refuse(GEOMETRY, f"an outline has 3..{MAX_CORNERS} corners, got {len(ring)}")
        return ()
    corners: list[Point] = []
    for position in ring:
        corner = _point(cells, position)
        if corner is None:
            return ()
        corners.append(corner)
    return tuple(corners)


def _middle(ring: Outline) -> Point:
    """The centroid of a ring, or the mean of its corners where it encloses nothing."""
    x0, y0 = ring[0].lon, ring[0].lat
    twice_area = x = y = 0.0
    for corner, other in zip(ring, (*ring[1:], ring[0]), strict=True):
        cross = (corner.lon - x0) * (other.lat - y0) - (other.lon - x0) * (corner.lat - y0)
        twice_area += cross
        x += (corner.lon + other.lon - 2 * x0) * cross
        y += (corner.lat + other.lat - 2 * y0) * cross
    if abs(twice_area) > 1e-14:
        lon, lat = x0 + x / (3 * twice_area), y0 + y / (3 * twice_area)
        if abs(lon) <= 180 and abs(lat) <= 90:
            return Point(round(lon, 7), round(lat, 7))
    return Point(sum(c.lon for c in ring) / len(ring), sum(c.lat for c in ring) / len(ring))
