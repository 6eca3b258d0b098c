"""Points whose lon and lat were exchanged: found by where the city is, turned and said; left out where nobody can tell.

(47.2, -1.5) is a sound point in the Indian Ocean. That it was meant to be in Nantes shows only beside the city's own
outlines, the places that are known, or most of the others that are stated with it.
"""

from collections.abc import Iterable, Sequence
from statistics import median_low
from typing import NamedTuple, TypeVar

import msgspec

from parking.catalogue.description import Outline, Point
from parking.catalogue.model import Place, Tenant
from parking.catalogue.rows import Imported, PlaceRow, RowRefusal, SpaceRow

FAR_DEG = 5.0
"""No city is as wide as this; two cities of one import may be."""

MIN_WITNESSES = 3
TURNED = "it was turned"
UNSURE = (
    "as many points lie one way round as the other, and nothing tells which is right: the place comes in without its "
    "point; give the city outlines (placelibre city set), or write lon first everywhere"
)
_Row = TypeVar("_Row", PlaceRow, SpaceRow)


class Axes(NamedTuple):
    """``turned`` are points to be turned; ``unsure`` those of which one half must be, and nothing tells which."""

    turned: frozenset[Point] = frozenset()
    unsure: frozenset[Point] = frozenset()

    def straight(self, point: Point) -> Point | None:
        """Where it is; None where nobody can tell."""
        if point in self.unsure:
            return None
        return Point(point.lat, point.lon) if point in self.turned else point


def find_axes(stated: Iterable[Point], known: Iterable[Point] = (), city: Tenant | None = None) -> Axes:
    """Which of ``stated`` have their axes exchanged: by the outlines of the city, else known points, else most of them.

    Whoever lies within 5 degrees of the middle witness, or of its mirror image, is in the city; fewer than 3 witnesses
    that are no outline convict nobody. Not promised: a city where lon and lat are alike, or one that is stated wrong
    throughout and of which nothing else is known.
    """
    points, outline, others = set(stated), _around(city), set(known)
    witnesses = outline or (others if len(others) >= MIN_WITNESSES else points | others)
    if not witnesses:
        return Axes()
    low, high = (median_low(sorted(side(p.lon, p.lat) for p in witnesses)) for side in (min, max))
    if high - low <= 2 * FAR_DEG:
        return Axes()

    def is_here(point: Point) -> bool:
        first, second = sorted((point.lon, point.lat))
        return abs(first - low) <= FAR_DEG and abs(second - high) <= FAR_DEG

    here = frozenset(p for p in points if is_here(p) and abs(p.lon) <= 90)
    eastern = sum(p.lon > p.lat for p in witnesses if is_here(p))
    western = sum(p.lon < p.lat for p in witnesses if is_here(p))
    if eastern == western or max(eastern, western) < (1 if outline else MIN_WITNESSES):
        return Axes(unsure=here if eastern and western else frozenset())
    return Axes(turned=frozenset(p for p in here if (p.lon > p.lat) != (eastern > western)))


def _around(city: Tenant | None) -> set[Point]:
    if city is None:
        return set()
    drawn = {corner for area in city.areas for corner in area.outline}
    return drawn or ({Point(city.view.lon, city.view.lat)} if city.view else set())


def straightened(imported: Imported, places: Iterable[Place], city: Tenant | None = None) -> Imported:
    """An import with its points the right way round, and a note for each row that was touched.

    The old position of a place that a row puts elsewhere is no witness: it may be the very one that is corrected.
    """
    named = {row.id for row in imported.places if "point" in row.stated}
    known = [place.point for place in places if place.point is not None and place.id not in named]
    rows: list[PlaceRow | SpaceRow] = [*imported.places, *imported.spaces]
    axes = find_axes((point for row in rows for point in _drawn(row)), known, city)
    if not any(axes):
        return imported
    touched = [_told(row, axes) for row in imported.places]
    spaces = [_told(row, axes) for row in imported.spaces]
    notes = [str(note) for note in (*(note for _, note in touched), *(note for _, note in spaces)) if note is not None]
    return imported._replace(
        places=tuple(row for row, _ in touched),
        spaces=tuple(row for row, _ in spaces),
        notes=(*imported.notes, *notes),
    )


def _drawn(row: PlaceRow | SpaceRow) -> tuple[Point, ...]:
    point, outline = row.stated.get("point"), row.stated.get("outline") or ()
    return (*outline, point) if point is not None else tuple(outline)


def _told(row: _Row, axes: Axes) -> tuple[_Row, RowRefusal | None]:
    points = _drawn(row)
    if axes.unsure.intersection(points):
        stated = {name: said for name, said in row.stated.items() if name not in ("point", "outline")}
        return row._replace(stated=stated), RowRefusal(row.where, "lon", UNSURE)
    if not axes.turned.intersection(points):
        return row, None
    stated = dict(row.stated)
    if (point := stated.get("point")) is not None:
        stated["point"] = axes.straight(point)
    if outline := stated.get("outline"):
        stated["outline"] = _turned_outline(outline, axes)
    wrong = next(point for point in points if point in axes.turned)
    detail = f"lon {wrong.lon} lat {wrong.lat} is far away, and its mirror image in the city: {TURNED}; write lon first"
    return row._replace(stated=stated), RowRefusal(row.where, "lon", detail)


def _turned_outline(outline: Outline, axes: Axes) -> Outline:
    return tuple(axes.straight(corner) or corner for corner in outline)


def straightened_places(
    places: Sequence[Place], known: Iterable[Point], city: Tenant | None
) -> tuple[list[Place], list[str]]:
    """A feed's places with their points the right way round, and a sentence for each that was touched."""
    axes = find_axes((point for place in places for point in _points(place)), known, city)
    if not any(axes):
        return list(places), []
    straight, notes = [], []
    for place in places:
        touched = _straight(place, axes)
        if touched != place:
            what = UNSURE if touched.point is None else f"lon and lat were exchanged: {TURNED}"
            notes.append(f"place {place.id}: {what}")
        straight.append(touched)
    return straight, notes


def _points(place: Place) -> tuple[Point, ...]:
    points = (place.point, *(space.point for space in place.spaces))
    return (*place.outline, *(point for point in points if point is not None))


def _straight(place: Place, axes: Axes) -> Place:
    def at(point: Point | None) -> Point | None:
        return None if point is None else axes.straight(point)

    spaces = tuple(msgspec.structs.replace(space, point=at(space.point)) for space in place.spaces)
    outline = () if axes.unsure.intersection(place.outline) else _turned_outline(place.outline, axes)
    return msgspec.structs.replace(place, point=at(place.point), spaces=spaces, outline=outline)
