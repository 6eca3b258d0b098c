"""Cells into rows of the catalogue: our columns, and those of the French national schema of car parks (BNLS).

BNLS: schema.data.gouv.fr, etalab/schema-stationnement 0.1. Its ``nb_places`` counts cars of every status.
"""

from collections.abc import Callable
from typing import Final

from parking.catalogue.model import MAX_DISTANCE_MM, MAX_TEXT, MAX_VALID_FOR_S, PlaceKind
from parking.catalogue.rows import DeviceRow, PlaceRow, SpaceRow
from sensors.catalogue.cells import SHOWN_CELL, Cells
from sensors.registry import FRAME_ADAPTERS

KIND_WORDS = {kind.value: kind for kind in PlaceKind}
WHOLE: Final = {"capacity": 0, "full_at": 0, "almost_full_at": 0, "height_cm": 1}
YES_NO = {"yes": True, "oui": True, "true": True, "no": False, "non": False, "false": False}
TEXTS = ("name", "address", "opening_hours")
SITE_COLUMNS = ("id", "name", "kind", "lon", "lat", *WHOLE, *TEXTS[1:])
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

NO_HEIGHT = ("n/a", "na", "0", "0.0", "0,0")


def site_row(cells: Cells) -> PlaceRow:
    """A row of our own columns. A column that is not there says nothing; an empty cell says unknown."""
    id_, stated = cells.place_id("id"), dict[str, object]()
    for column in TEXTS:
        if cells.has(column):
            stated[column] = cells.required(column, MAX_TEXT) if column == "name" else cells.text(column)
    for column, least in WHOLE.items():
        if cells.has(column):
            stated[column] = cells.whole(column, least)
    if cells.has("kind"):
        word = cells.text("kind")
        if word is not None and word not in KIND_WORDS:
            cells.refuse("kind", f"{word[:SHOWN_CELL]!r} must be site or zone")
        stated["kind"] = KIND_WORDS.get(word or "", PlaceKind.SITE)
    if cells.has("lon") or cells.has("lat"):
        stated["point"] = cells.point()
    return PlaceRow(cells.where, id_, stated)


def bnls_row(cells: Cells) -> PlaceRow:
    """A row of the French schema: 'N/A', and 0, are an unknown height."""
    id_, stated = cells.place_id("id"), dict[str, object](name=cells.required("nom", MAX_TEXT))
    if cells.has("xlong") or cells.has("ylat"):
        stated["point"] = cells.point("xlong", "ylat")
    for column, name in (("nb_places", "capacity"), ("hauteur_max", "height_cm")):
        if cells.has(column):
            stated[name] = cells.whole(column, unknown=NO_HEIGHT if name == "height_cm" else ())
    if cells.has("adresse"):
        stated["address"] = cells.text("adresse")
    return PlaceRow(cells.where, id_, stated)


def space_row(cells: Cells) -> SpaceRow:
    """A single space of a zone; without audiences a new one is public."""
    stated: dict[str, object] = {}
    if cells.has("lon") or cells.has("lat"):
        stated["point"] = cells.point()
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
    (frozenset(SPACE_COLUMNS[:2]), SPACE_COLUMNS, space_row),
    (frozenset({"id", "nom"}), BNLS_COLUMNS, bnls_row),
    (frozenset({"id", "name"}), SITE_COLUMNS, site_row),
)
"""Columns by which a row is recognised, the columns that are read, and the reader; the first that fits counts."""
