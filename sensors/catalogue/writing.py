"""A catalogue as files that ``read_file`` reads back: one GeoJSON file, or three tables.

Imported into the catalogue that they came from, they change nothing.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping

from parking.catalogue.model import Device, Place, Point, Space
from parking.formulas import as_text
from parking.instants import in_text
from sensors.catalogue.rows import DETAIL_COLUMNS, DEVICE_COLUMNS, SAID_BY, SITE_COLUMNS, SPACE_COLUMNS, said_by_text

Row = dict[str, object]


def write_tables(places: Iterable[Place]) -> dict[str, str]:
    """sites.csv, spaces.csv and devices.csv by name: UTF-8, commas. Outlines have no column, and are left out."""
    ordered = sorted(places, key=lambda place: place.id)
    rows = [_place_row(place) for place in ordered]
    unused = {name for name in DETAIL_COLUMNS if not any(name in row for row in rows)}
    return {
        "sites.csv": _table([name for name in SITE_COLUMNS if name not in unused], rows),
        "spaces.csv": _table(SPACE_COLUMNS, (_space_row(place, space) for place in ordered for space in place.spaces)),
        "devices.csv": _table(
            DEVICE_COLUMNS, (_device_row(place, device) for place in ordered for device in place.devices)
        ),
    }


def write_geojson(places: Iterable[Place]) -> str:
    """A FeatureCollection: places with their point or outline, single spaces, and devices without a geometry."""
    features: list[Row] = []
    for place in sorted(places, key=lambda place: place.id):
        features.append(_feature(_place_row(place), _drawn(place)))
        for space in place.spaces:
            row = {name: cell for name, cell in _space_row(place, space).items() if name not in ("lon", "lat")}
            features.append(_feature(row, _point(space.point)))
        features += [_feature(_device_row(place, device), None) for device in place.devices]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def _feature(properties: Row, geometry: Row | None) -> Row:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _point(point: Point | None) -> Row | None:
    return None if point is None else {"type": "Point", "coordinates": [point.lon, point.lat]}


def _drawn(place: Place) -> Row | None:
    if not place.outline:
        return _point(place.point)
    ring = [[corner.lon, corner.lat] for corner in (*place.outline, place.outline[0])]
    return {"type": "Polygon", "coordinates": [ring]}


def _place_row(place: Place) -> Row:
    always = (name for name in SITE_COLUMNS if name not in ("kind", "lon", "lat", *DETAIL_COLUMNS))
    row: Row = {name: getattr(place, name) for name in always}
    row |= {name: _detail(getattr(place, name)) for name in DETAIL_COLUMNS if place.who_said(name) is not None}
    return row | {"kind": place.kind.value, SAID_BY: said_by_text(place.said_by)} | _degrees(place.point)


def _detail(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _space_row(place: Place, space: Space) -> Row:
    audiences = "|".join(sorted(audience.value for audience in space.audiences))
    return {"zone": place.id, "space": space.id, **_degrees(space.point), "audiences": audiences}


def _device_row(place: Place, device: Device) -> Row:
    return {
        "source": device.source,
        "device": device.id,
        "place": place.id,
        "space": None if device.slot is None else place.spaces[device.slot].id,
        "valid_from": device.valid_from and in_text(device.valid_from),
        "valid_to": device.valid_to and in_text(device.valid_to),
        "valid_for_s": device.valid_for_s,
        "occupied_below_mm": device.occupied_below_mm,
        "reversed": "yes" if device.is_reversed else None,
    }


def _degrees(point: Point | None) -> Row:
    return {"lon": point.lon if point else None, "lat": point.lat if point else None}


def _table(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(cell) for name, cell in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A float in digits: no exponent, which people's programs read as they like; a text that none of them runs."""
    if isinstance(value, str):
        return as_text(value)
    return f"{value:.17f}".rstrip("0") + "0" if isinstance(value, float) and "e" in repr(value) else value
