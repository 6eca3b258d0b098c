"""A row of the French national schema of car parks (BNLS) into a place: etalab/schema-stationnement, 0.1 and later.

Its ``nb_places`` counts cars of every status. Version 0.1.0 named some columns otherwise; both names are read. A cell
that cannot be read never costs the row: the place says nothing of it, and a warning names row and column.
"""

import re
from collections.abc import Callable
from functools import partial

from parking.catalogue.model import MAX_TEXT
from parking.catalogue.rows import PlaceRow
from parking.words import DisabledTariff, Structure, Users
from sensors.catalogue.cells import SHOWN_CELL, Cells
from sensors.reading.heights import read_height

BNLS_IDS, BNLS_NAMES = ("id", "id_park"), ("nom", "nom_park")
_ADDRESS, _OTHERS = ("adresse", "ad_park"), ("hauteur_max", "xlong", "ylat")
BNLS_COUNTS = {
    "capacity": ("nb_places",),
    "spaces_park_and_ride": ("nb_pr",),
    "spaces_disabled": ("nb_pmr",),
    "spaces_ev": ("nb_voitures_electriques", "nb_voit_el"),
    "spaces_bike": ("nb_velo",),
    "spaces_electric_two_wheeler": ("nb_2r_el",),
    "spaces_car_share": ("nb_autopartage", "nb_autop"),
    "spaces_motorcycle": ("nb_2_rm", "nb_2rm"),
    "spaces_carpool": ("nb_covoit",),
}
BNLS_PRICES = {
    "price_1h_cents": ("tarif_1h", "t1h"),
    "price_2h_cents": ("tarif_2h", "t2h"),
    "price_3h_cents": ("tarif_3h", "t3h"),
    "price_4h_cents": ("tarif_4h", "t4h"),
    "price_24h_cents": ("tarif_24h", "t24h"),
    "season_resident_cents": ("abo_resident", "ab_r"),
    "season_cents": ("abo_non_resident", "ab_nr"),
}
_WORDS: dict[str, tuple[tuple[str, ...], dict[str, object]]] = {
    "users": (("type_usagers", "type_usag"), {
        "tous": Users.EVERYONE, "tous usagers": Users.EVERYONE, "abonnes": Users.SUBSCRIBERS,
    }),
    "disabled_tariff": (("tarif_pmr",), {
        "gratuit": DisabledTariff.FREE, "normal payant": DisabledTariff.NORMAL, "normal": DisabledTariff.NORMAL,
        "tarif special": DisabledTariff.SPECIAL, "special": DisabledTariff.SPECIAL,
    }),
    "structure": (("type_ouvrage", "type_ouvr"), {
        "ouvrage": Structure.BUILDING, "enclos en surface": Structure.SURFACE,
    }),
    "is_free": (("gratuit",), {
        **dict.fromkeys(("y", "yes", "o", "oui", "true", "vrai", "1", "gratuit"), True),
        **dict.fromkeys(("n", "no", "non", "false", "faux", "0", "payant"), False),
    }),
}  # fmt: skip
_PLAIN = str.maketrans({"é": "e", "è": "e", "_": " ", "-": " "})
_TEXTS = {"insee": ("insee",), "url": ("url",), "operator_siret": ("num_siret",), "info": ("info",)}

BNLS_COLUMNS = (
    *BNLS_IDS, *BNLS_NAMES, *_ADDRESS, *_OTHERS,
    *(name for names in (*BNLS_COUNTS.values(), *BNLS_PRICES.values(), *_TEXTS.values()) for name in names),
    *(name for names, _ in _WORDS.values() for name in names),
)  # fmt: skip
_NOTHING = ("n/a", "na", "nc", "-")
"""Cells that mean that nobody knows."""


def bnls_row(cells: Cells) -> PlaceRow:
    """A row of the schema. A column that is not there says nothing; an empty cell says unknown."""
    id_, stated = (
        cells.place_id(_named(cells, BNLS_IDS)),
        dict[str, object](name=cells.required(_named(cells, BNLS_NAMES), MAX_TEXT)),
    )
    if cells.has("xlong") or cells.has("ylat"):
        cells.tell(stated, "point", partial(cells.point, "xlong", "ylat"))
    for field, names in BNLS_COUNTS.items():
        _tell(cells, stated, field, names, partial(cells.whole, unknown=_NOTHING))
    for field, names in BNLS_PRICES.items():
        _tell(cells, stated, field, names, partial(_cents, cells))
    for field, (names, words) in _WORDS.items():
        _tell(cells, stated, field, names, partial(_word, cells, words))
    _tell(cells, stated, "address", _ADDRESS, cells.text)
    _tell(cells, stated, "insee", _TEXTS["insee"], cells.text)
    _tell(cells, stated, "url", _TEXTS["url"], cells.address_of_page)
    _tell(cells, stated, "operator_siret", _TEXTS["operator_siret"], partial(_siret, cells))
    _tell(cells, stated, "info", _TEXTS["info"], cells.remark)
    if cells.has("hauteur_max"):
        stated["height_cm"] = _height_cm(cells)
    return PlaceRow(cells.where, id_, stated)


def _named(cells: Cells, names: tuple[str, ...]) -> str:
    """Which of a column's names this file has; the newer one where it has none."""
    return next((name for name in names if cells.has(name)), names[0])


def _tell(
    cells: Cells, stated: dict[str, object], field: str, names: tuple[str, ...], read: Callable[[str], object]
) -> None:
    column = _named(cells, names)
    if cells.has(column):
        cells.tell(stated, field, partial(read, column))


def _word(cells: Cells, words: dict[str, object], column: str) -> object:
    text = cells.text(column) or ""
    plain = text.casefold().translate(_PLAIN)
    if not plain or plain in _NOTHING:
        return None
    if plain not in words:
        cells.refuse(column, f"{text[:SHOWN_CELL]!r} is none of {', '.join(words)}: correct it, or leave it empty")
    return words.get(plain)


_EUROS = re.compile(r"([0-9]{1,5})(?:[.,]([0-9]{1,2})0*)?\s*(?:€|eur|euros?)?", re.IGNORECASE)


def _cents(cells: Cells, column: str) -> int | None:
    """A price in euros as cents; "gratuit" is 0."""
    text = cells.text(column) or ""
    if not text or text.casefold() in _NOTHING:
        return None
    if text.casefold() in ("gratuit", "free"):
        return 0
    found = _EUROS.fullmatch(text)
    if found is None:
        cells.refuse(column, f"{text[:SHOWN_CELL]!r} is not one price in euros: write 2.50, or leave it empty")
        return None
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _siret(cells: Cells, column: str) -> str | None:
    text = (cells.text(column) or "").translate(dict.fromkeys(map(ord, " \u00a0\u202f."), None))
    if not text or text.casefold() in _NOTHING:
        return None
    if not re.fullmatch("[0-9]{14}", text):
        cells.refuse(column, f"{text[:SHOWN_CELL]!r} is not a SIRET of 14 digits: correct it, or leave it empty")
        return None
    return text


def _height_cm(cells: Cells) -> int | None:
    """The lowest height that a cell names; None, with a warning, where it names none."""
    text = cells.text("hauteur_max") or ""
    height = read_height(text)
    if not height.is_plain:
        found = height.lowest_cm
        what = f"the lowest height in it, {found} cm, counts" if found else "the height is unknown"
        cells.warn("hauteur_max", f"{text[:SHOWN_CELL]!r} is not one height: {what}; write 190")
    return height.lowest_cm
