"""What a city says of itself, in a TOML or JSON file: its name, zone, languages, outlines, and where its map begins.

name = "Le Mans"
zone = "Europe/Paris"                      # IANA; every time that people see is told in it
languages = ["fr", "en"]                   # the first where nobody chose another
attribution = "Ville du Mans"
licence = "Licence Ouverte 2.0"
outlines = "communes.geojson"              # polygons with a name each, beside this file

[located]                                  # how one says that something is there
fr = "au Mans"
en = "in Le Mans"

[view]
lon = 0.1996
lat = 48.0061
zoom = 13
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import PurePath

import msgspec

from parking.catalogue.model import Area, MapView, Point, Tenant
from parking.errors import ParkingError
from parking.printable import is_one_line
from parking.words import ClockBasis


class CityFileError(ParkingError):
    """The file cannot be used; the message says which field is wrong and how to write it."""


class CityFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The fields of such a file; every one may be left out."""

    name: str | None = None
    zone: str = "UTC"
    languages: tuple[str, ...] = ()
    located: dict[str, str] = {}
    attribution: str | None = None
    licence: str | None = None
    outlines: str | None = None
    view: MapView | None = None


def read_city(name: str, body: bytes) -> CityFile:
    """A file by its name's ending, .toml or .json. Raises CityFileError."""
    try:
        text = body.decode("utf-8-sig")
        document = json.loads(text) if PurePath(name).suffix == ".json" else tomllib.loads(text)
        return _require_one_line(msgspec.convert(document, CityFile))
    except (UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise CityFileError(f"{name} cannot be read: {error}") from error
    except (msgspec.ValidationError, ParkingError) as error:
        fields = ", ".join(CityFile.__struct_fields__)
        raise CityFileError(f"{name}: {error}; the fields are {fields}") from error


def _require_one_line(city: CityFile) -> CityFile:
    """Its texts are shown in terminals and on pages: no line break, nothing that steers a terminal."""
    for field in ("name", "attribution", "licence"):
        if not is_one_line(getattr(city, field) or ""):
            raise CityFileError(f"{field} {getattr(city, field)!r:.80} must be one line of visible characters")
    for language, text in city.located.items():
        if not is_one_line(text):
            raise CityFileError(f"located.{language} {text!r:.80} must be one line of visible characters")
    return city


def read_outlines(name: str, body: bytes) -> tuple[Area, ...]:
    """The named polygons of a GeoJSON file, each outer ring an area; holes are left out. Raises CityFileError."""
    try:
        features = json.loads(body.decode("utf-8-sig"))["features"]
        return tuple(area for number, feature in enumerate(features, 1) for area in _areas_of(number, feature))
    except ValueError as error:
        raise CityFileError(f"{name} is no GeoJSON of named polygons: {error}") from error
    except (KeyError, TypeError, IndexError) as error:
        shape = "it must have `features`, each with a `name` and a ring of lon, lat"
        raise CityFileError(f"{name} is no GeoJSON of named polygons: {shape}") from error


def _areas_of(number: int, feature: Mapping[str, object]) -> list[Area]:
    match feature:
        case {"properties": {"name": str() as name, **more}, "geometry": {"type": "Polygon", "coordinates": rings}}:
            polygons = [rings]
        case {"properties": {"name": str() as name, **more}, "geometry": {"type": "MultiPolygon", "coordinates": many}}:
            polygons = list(many)
        case _:
            raise ValueError(f"feature {number} is no polygon with a name")
    if not is_one_line(name):
        raise ValueError(f"feature {number}: its name {name!r:.80} must be one line")
    id_ = str(more.get("id") or name)
    return [
        Area(id=id_ if part == 0 else f"{id_}-{part}", name=name, outline=_ring(rings[0]))
        for part, rings in enumerate(polygons)
    ]


def _ring(corners: list[list[float]]) -> tuple[Point, ...]:
    points = tuple(Point(float(corner[0]), float(corner[1])) for corner in corners)
    return points[:-1] if points[0] == points[-1] else points


def as_own_words(tenant: str, city: CityFile, areas: tuple[Area, ...]) -> Tenant:
    """The file as an entry of the catalogue. Raises InvalidPlaceError where a text or a code cannot be."""
    return Tenant(
        id=tenant, clock=ClockBasis.WALL, name=city.name, attribution=city.attribution, areas=areas, zone=city.zone,
        languages=city.languages, located=city.located, licence=city.licence, view=city.view, own=True,
    )  # fmt: skip
