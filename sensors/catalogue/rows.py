"""Cells into rows of the catalogue: our columns, and those of the French national schema of car parks (BNLS).

BNLS: schema.data.gouv.fr, etalab/schema-stationnement 0.1. Its ``nb_places`` counts cars of every status.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from parking.catalogue.description import FIELDS
from parking.catalogue.model import MAX_DISTANCE_MM, MAX_TEXT, MAX_VALID_FOR_S, PlaceKind
from parking.catalogue.rows import DeviceRow, PlaceRow, SpaceRow
from sensors.catalogue.cells import CRS, SHOWN_CELL, Cells
from sensors.registry import FRAME_ADAPTERS

KIND_WORDS = {kind.value: kind for kind in PlaceKind}
WHOLE: Final = {"capacity": 0, "full_at": 0, "almost_full_at": 0, "height_cm": 1}
YES_NO = {"yes": True, "oui": True, "true": True, "no": False, "non": False, "false": False}
TEXTS = ("name", "address", "opening_hours")
SAID_BY = "said_by"
SITE_COLUMNS = ("id", "name", "kind", "lon", "lat", *WHOLE, *TEXTS[1:], SAID_BY)
SPACE_COLUMNS = ("zone", "space", "lon", "lat", "audiences")
DEVICE_COLUMNS = (
    "source",
    "device",
    "place",
    "space",
    "valid_from",
    "valid_to",
    "valid_for_s",
    "occupied_below_mm",
    "reversed",
)
BNLS_COLUMNS = ("id", "nom", "adresse", "nb_places", "hauteur_max", "xlong", "ylat")
"""What is read of the schema, in lower case; the rest has no field in a place, and is named in the notes."""

MAX_MARKS = 4_000
NO_HEIGHT = ("n/a", "na", "0", "0.0", "0,0")


def site_row(cells: Cells) -> PlaceRow:
    """A row of our own columns. A column that is not there says nothing; an empty cell says unknown."""
    id_, stated = cells.place_id("id"), dict[str, object]()
    for column in TEXTS:
        if column == "name" and cells.has(column):
            stated[column] = cells.required(column, MAX_TEXT)
        elif cells.has(column):
            cells.tell(stated, column, partial(cells.text, column))
    for column, least in WHOLE.items():
        if cells.has(column):
            cells.tell(stated, column, partial(cells.whole, column, least))
    if cells.has("kind"):
        word = cells.text("kind")
        if word is not None and word not in KIND_WORDS:
            cells.refuse("kind", f"{word[:SHOWN_CELL]!r} must be site or zone")
        stated["kind"] = KIND_WORDS.get(word or "", PlaceKind.SITE)
    if cells.has("lon") or cells.has("lat"):
        cells.tell(stated, "point", cells.point)
    if cells.has(SAID_BY):
        stated[SAID_BY] = _said_by(cells)
    return PlaceRow(cells.where, id_, stated)


def _said_by(cells: Cells) -> dict[str, str]:
    """Who said which field, as an export writes it: "capacity=nantes point=nantes height_cm="; nobody is the city."""
    marks = {}
    for word in (cells.text(SAID_BY, MAX_MARKS) or "").split():
        field, is_one, source = word.partition("=")
        if is_one and field in FIELDS:
            marks[field] = source
        else:
            cells.warn(SAID_BY, f"{word[:SHOWN_CELL]!r} is not like capacity=nantes: it is left out")
    return marks


def said_by_text(marks: Mapping[str, str]) -> str:
    """The same, to be written."""
    return " ".join(f"{field}={source}" for field, source in marks.items())


def bnls_row(cells: Cells) -> PlaceRow:
    """A row of the French schema: 'N/A', and 0, are an unknown height."""
    id_, stated = cells.place_id("id"), dict[str, object](name=cells.required("nom", MAX_TEXT))
    if cells.has("xlong") or cells.has("ylat"):
        cells.tell(stated, "point", partial(cells.point, "xlong", "ylat"))
    if cells.has("nb_places"):
        cells.tell(stated, "capacity", partial(cells.whole, "nb_places"))
    if cells.has("hauteur_max"):
        stated["height_cm"] = _height_cm(cells)
    if cells.has("adresse"):
        cells.tell(stated, "address", partial(cells.text, "adresse"))
    return PlaceRow(cells.where, id_, stated)


_HEIGHT = re.compile(r"(?<![\w.,-])([0-9]{1,3})(?:[.,]([0-9]{1,2}))?\s*(cm|m|mètres?)?(?![\w.,]*[0-9])", re.IGNORECASE)


def _height_cm(cells: Cells) -> int | None:
    """The lowest height that a cell names, in whatever unit; None, with a warning, where it names none.

    Without a unit 1 to 9 are metres and 100 to 999 centimetres; anything between is neither.
    """
    text = cells.text("hauteur_max") or ""
    if text.casefold() in ("", *NO_HEIGHT):
        return None
    found = [height for match in _HEIGHT.finditer(text) if (height := _as_cm(match)) is not None]
    if not found or _HEIGHT.fullmatch(text) is None:
        what = f"the lowest height in it, {min(found)} cm, counts" if found else "the height is unknown"
        cells.warn("hauteur_max", f"{text[:SHOWN_CELL]!r} is not one height: {what}; write 190")
    return min(found, default=None)


def _as_cm(match: re.Match[str]) -> int | None:
    whole, part, unit = int(match[1]), (match[2] or "").ljust(2, "0"), (match[3] or "").casefold()
    in_metres = unit.startswith("m") or (not unit and whole < 10)
    height = whole * 100 + int(part) if in_metres else whole
    stated = unit or part.strip("0") or in_metres or whole >= 100
    return height if stated and 100 <= height < 1000 else None


def space_row(cells: Cells) -> SpaceRow:
    """A single space of a zone; without audiences a new one is public."""
    stated: dict[str, object] = {}
    if cells.has("lon") or cells.has("lat"):
        cells.tell(stated, "point", cells.point)
    if (audiences := cells.audiences()) is not None:
        stated["audiences"] = audiences
    return SpaceRow(cells.where, cells.place_id("zone"), cells.required("space"), stated)


def _device_id(cells: Cells, source: str) -> str:
    """A device's name; a LoRaWAN sensor's is its devEUI, however it is printed on it."""
    device = cells.required("device")
    if source not in FRAME_ADAPTERS or not device:
        return device
    eui = device.replace("-", "").replace(":", "").lower()
    if len(eui) != 16 or eui.strip("0123456789abcdef"):
        cells.refuse("device", f"{device!r:.40} is not a devEUI: write its 16 hex digits, as they stand on the sensor")
    return eui


def device_row(cells: Cells) -> DeviceRow:
    """What a device observes between which dates."""
    start, end = cells.instant("valid_from"), cells.instant("valid_to")
    if start is not None and end is not None and end <= start:
        cells.refuse("valid_to", "is not after valid_from: correct one of them")
    seconds = cells.whole("valid_for_s", 1)
    if seconds is not None and seconds > MAX_VALID_FOR_S:
        cells.refuse("valid_for_s", f"{seconds} is more than a year: the unit is seconds")
    below_mm = cells.whole("occupied_below_mm", 1)
    if below_mm is not None and below_mm > MAX_DISTANCE_MM:
        cells.refuse("occupied_below_mm", f"{below_mm} is more than {MAX_DISTANCE_MM}: the unit is millimetres")
    word = cells.text("reversed")
    if word is not None and word.lower() not in YES_NO:
        cells.refuse("reversed", f"{word[:SHOWN_CELL]!r} must be yes or no")
    source = cells.required("source")
    return DeviceRow(
        cells.where, source, _device_id(cells, source), cells.place_id("place"), cells.text("space"),
        start, end, seconds, below_mm, YES_NO.get(word.lower()) if word else None,
    )  # fmt: skip


Shape = tuple[frozenset[str], tuple[str, ...], Callable[[Cells], PlaceRow | SpaceRow | DeviceRow]]
SHAPES: tuple[Shape, ...] = (
    (frozenset(DEVICE_COLUMNS[:3]), DEVICE_COLUMNS, device_row),
    (frozenset(SPACE_COLUMNS[:2]), (*SPACE_COLUMNS, CRS), space_row),
    (frozenset({"id", "nom"}), (*BNLS_COLUMNS, CRS), bnls_row),
    (frozenset({"id", "name"}), (*SITE_COLUMNS, CRS), site_row),
)
"""Columns by which a row is recognised, the columns that are read, and the reader; the first that fits counts."""
