"""Which commune or street zone is this point in: footprints held by shapely, found by an R-tree.

The R-tree stabs the bounding boxes; shapely decides. A footprint that is no sound polygon is refused with its reason
when the areas are built: a point could otherwise be inside and outside at once.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import shapely
from rtree.index import Index
from shapely.geometry import Polygon

from parking.catalogue.model import Area, Outline, Place
from parking.errors import ParkingError

Kind = Literal["commune", "zone"]


class InvalidFootprintError(ParkingError, ValueError):
    """An outline that encloses nothing, or crosses itself; correct the catalogue."""


class Footprint(NamedTuple):
    """A named part of the ground. Its polygon is in degrees, lon before lat."""

    kind: Kind
    id: str
    name: str
    polygon: Polygon


def footprint(kind: Kind, id_: str, name: str, outline: Outline) -> Footprint:
    """The footprint of an outline. Raises InvalidFootprintError, which says where it is not sound."""
    polygon = Polygon([(corner.lon, corner.lat) for corner in outline])
    if not polygon.is_valid or polygon.area == 0:
        why = shapely.is_valid_reason(polygon) if not polygon.is_valid else "it encloses nothing"
        raise InvalidFootprintError(f"the outline of {kind} {id_} ({name}) is not sound: {why}")
    shapely.prepare(polygon)
    return Footprint(kind, id_, name, polygon)


class Areas:
    """Footprints, and which of them a point is in. ``refused`` says what was left out, and why."""

    def __init__(self, areas: Iterable[Area], places: Iterable[Place] = ()) -> None:
        self.refused: list[str] = []
        self.footprints: list[Footprint] = []
        for area in areas:
            self._add("commune", area.id, area.name, area.outline)
        for place in places:
            if place.outline:
                self._add("zone", place.id, place.name, place.outline)
        boxes = ((row, footprint.polygon.bounds, None) for row, footprint in enumerate(self.footprints))
        self._tree = Index(boxes) if self.footprints else Index()

    def _add(self, kind: Kind, id_: str, name: str, outline: Outline) -> None:
        try:
            self.footprints.append(footprint(kind, id_, name, outline))
        except InvalidFootprintError as error:
            self.refused.append(str(error))

    def list_at(self, lon: float, lat: float) -> list[Footprint]:
        """The footprints that this point is in, edges included: communes first, then zones, each by id."""
        point = shapely.Point(lon, lat)
        rows = self._tree.intersection((lon, lat, lon, lat))
        found = [self.footprints[row] for row in rows]
        return sorted(
            (footprint for footprint in found if footprint.polygon.intersects(point)),
            key=lambda footprint: (footprint.kind, footprint.id),
        )

    def find_commune(self, lon: float, lat: float) -> str | None:
        """The name of the commune around this point, or None where it lies in none."""
        return next((footprint.name for footprint in self.list_at(lon, lat) if footprint.kind == "commune"), None)
