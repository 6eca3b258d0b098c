"""Cells into rows of the catalogue: our own columns, and which columns make which table."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from itertools import product
from typing import Final

from parking.catalogue.description import BAYS_MARK, FIELDS
from parking.catalogue.model import MAX_DISTANCE_MM, MAX_TEXT, MAX_VALID_FOR_S, PlaceKind
from parking.catalogue.rows import DeviceRow, PlaceRow, SpaceRow
from parking.words import DisabledTariff, Structure, Users
from sensors.catalogue import bnls
from sensors.catalogue.cells import CRS, SHOWN_CELL, Cells
from sensors.registry import FRAME_ADAPTERS

KIND_WORDS = {kind.value: kind for kind in PlaceKind}
WHOLE: Final = {"capacity": 0, "full_at": 0, "almost_full_at": 0, "height_cm": 1}
DETAIL_COUNTS = (*bnls.BNLS_COUNTS, *bnls.BNLS_PRICES)[1:]
DETAIL_WORDS: Final[dict[str, type[StrEnum]]] = {
    "users": Users,
    "disabled_tariff": DisabledTariff,
    "structure": Structure,
}
DETAIL_COLUMNS = (*DETAIL_COUNTS, *DETAIL_WORDS, "is_free", "insee", "operator_siret", "url", "info")
"""What an export writes where a place has it."""

YES_NO = {"yes": True, "oui": True, "true": True, "no": False, "non": False, "false": False}
TEXTS = ("name", "address", "opening_hours")
SAID_BY = "said_by"
SITE_COLUMNS = ("id", "name", "kind", "lon", "lat", *WHOLE, *TEXTS[1:], *DETAIL_COLUMNS, SAID_BY)
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
MAX_MARKS = 4_000


def site_row(cells: Cells) -> PlaceRow:
    """A row of our own columns. A column that is not there says nothing; an empty cell says unknown."""
    id_, stated = cells.place_id("id"), dict[str, object]()
    for column in TEXTS:
        if column == "name" and cells.has(column):
            stated[column] = cells.required(column, MAX_TEXT)
        elif cells.has(column):
            cells.tell(stated, column, partial(cells.text, column))
    for column, least in (WHOLE | dict.fromkeys(DETAIL_COUNTS, 0)).items():
        if cells.has(column):
            cells.tell(stated, column, partial(cells.whole, column, least))
    _tell_details(cells, stated)
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


def _tell_details(cells: Cells, stated: dict[str, object]) -> None:
    readers: dict[str, Callable[[str], object]] = {
        "insee": cells.text, "operator_siret": cells.text, "url": cells.address_of_page, "info": cells.remark,
        "is_free": partial(_one_of, cells, YES_NO),
        **{name: partial(_one_of, cells, {word.value: word for word in words}) for name, words in DETAIL_WORDS.items()},
    }  # fmt: skip
    for column, read in readers.items():
        if cells.has(column):
            cells.tell(stated, column, partial(read, column))


def _one_of(cells: Cells, words: Mapping[str, object], column: str) -> object:
    text = (cells.text(column) or "").casefold()
    if text and text not in words:
        cells.refuse(column, f"{text[:SHOWN_CELL]!r} is none of {', '.join(words)}: correct it, or leave it empty")
    return words.get(text)


def _said_by(cells: Cells) -> dict[str, str]:
    """Who said which field, as an export writes it: "capacity=nantes point=nantes height_cm="; nobody is the city."""
    marks = {}
    for word in (cells.text(SAID_BY, MAX_MARKS) or "").split():
        field, is_one, source = word.partition("=")
        if is_one and field in (*FIELDS, BAYS_MARK):
            marks[field] = source
        else:
            cells.warn(SAID_BY, f"{word[:SHOWN_CELL]!r} is not like capacity=nantes: it is left out")
    return marks


def said_by_text(marks: Mapping[str, str]) -> str:
    """The same, to be written."""
    return " ".join(f"{field}={source}" for field, source in marks.items())


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
    *(
        (frozenset({id_, name}), (*bnls.BNLS_COLUMNS, CRS), bnls.bnls_row)
        for id_, name in product(bnls.BNLS_IDS, bnls.BNLS_NAMES)
    ),
    (frozenset({"id", "name"}), (*SITE_COLUMNS, CRS), site_row),
)
"""Columns by which a row is recognised, the columns that are read, and the reader; the first that fits counts."""
