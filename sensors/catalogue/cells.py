"""One row's cells as numbers, texts, instants and points; what is wrong with one is kept, with its column.

An empty cell is unknown, and so is None; it is never 0.
"""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from parking.catalogue.description import MAX_REMARK, is_page
from parking.catalogue.model import MAX_ID, MAX_TEXT, Place, Point
from parking.catalogue.rows import RowRefusal, Where
from parking.errors import InvalidPlaceError
from parking.printable import is_one_line
from parking.words import Audience
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import read_whole
from sensors.reading.projections import read_projected

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}([.,][0-9]{1,30})?")
_WORDS = {audience.value for audience in Audience}
CRS = "crs"
_MARKUP = re.compile(r"<[^<>]{0,1000}>")
SHOWN_CELL = 40


class Cells:
    """Reads the cells of one row. ``refusals`` is what was wrong so far; a row with any is not used.

    ``warnings`` is what was wrong with cells that a row can do without. ``system`` is the reference system that a file
    states for its geometries; that of a row's own columns stands in its column ``crs``.
    """

    def __init__(self, where: Where, cells: Mapping[str, str], system: object = None) -> None:
        self.where, self.refusals, self.warnings = where, list[RowRefusal](), list[RowRefusal]()
        self._cells, self._system = cells, system

    def has(self, column: str) -> bool:
        """Whether the file has this column at all."""
        return column in self._cells

    def refuse(self, column: str, detail: str) -> None:
        """Keep what is wrong with a cell."""
        self.refusals.append(RowRefusal(self.where, column, detail))

    def warn(self, column: str, detail: str) -> None:
        """Keep what is odd about a cell that a row can do without."""
        self.warnings.append(RowRefusal(self.where, column, detail))

    def tell(self, stated: dict[str, object], name: str, value: Callable[[], object]) -> None:
        """State what optional cells say; where they cannot be read the row says nothing of it, with a warning."""
        before = len(self.refusals)
        said = value()
        self.warnings += [
            warning._replace(detail=f"{warning.detail} (the rest of the row came in)")
            for warning in self.refusals[before:]
        ]
        if len(self.refusals) == before:
            stated[name] = said
        del self.refusals[before:]

    def text(self, column: str, longest: int = MAX_TEXT) -> str | None:
        """A short text of one line."""
        text = self._cells.get(column, "")
        if len(text) > longest or not is_one_line(text):
            self.refuse(column, f"{text[:SHOWN_CELL]!r} is not one line of at most {longest} characters: shorten it")
            return None
        return text or None

    def remark(self, column: str) -> str | None:
        """A text of however many lines, with markup, as one line of at most 1000 characters."""
        text = html.unescape(_MARKUP.sub(" ", self._cells.get(column, "")))
        line = " ".join(text.split())
        if len(line) > MAX_REMARK or not is_one_line(line):
            self.refuse(column, f"{line[:SHOWN_CELL]!r} is not a text of at most {MAX_REMARK} characters: shorten it")
            return None
        return line or None

    def address_of_page(self, column: str) -> str | None:
        """An address of the web that a reader may follow."""
        text = self.text(column, MAX_REMARK)
        if text is not None and not is_page(text):
            self.refuse(column, f"{text[:SHOWN_CELL]!r} is no address of a page: write it whole, with https://")
            return None
        return text

    def required(self, column: str, longest: int = MAX_ID) -> str:
        """An id or name that nothing can replace; "" where it is refused."""
        before = len(self.refusals)
        text = self.text(column, longest)
        if text is None and len(self.refusals) == before:
            self.refuse(column, "is empty: every row needs one")
        return text or ""

    def place_id(self, column: str) -> str:
        """The id of a place."""
        text = self.required(column)
        try:
            if text:
                Place(tenant="any", id=text, name="any")
        except InvalidPlaceError as error:
            self.refuse(column, str(error))
        return text

    def whole(self, column: str, at_least: int = 0, unknown: tuple[str, ...] = ()) -> int | None:
        """A whole number of at most nine digits; cells in ``unknown`` (lower case) are as good as empty."""
        text = self._cells.get(column, "")
        if not text or text.casefold() in unknown:
            return None
        number = read_whole(text)
        if number is None or not at_least <= number < 10**9:
            self.refuse(
                column, f"{text[:SHOWN_CELL]!r} is not a whole number, {at_least} or more: leave it empty if unknown"
            )
            return None
        return number

    def point(self, lon: str = "lon", lat: str = "lat") -> Point | None:
        """A point from two columns; None where both are empty."""
        texts = {column: self._cells.get(column, "") for column in (lon, lat)}
        if not any(texts.values()):
            return None
        for column, text in texts.items():
            if not _NUMBER.fullmatch(text):
                self.refuse(
                    column, f"{text[:SHOWN_CELL]!r} is not a number of degrees: correct it, or leave lon and lat empty"
                )
                return None
        x, y = (float(text.replace(",", ".")) for text in texts.values())
        return self._located(x, y, lon, lat, self._cells.get(CRS) or None)

    def drawn(self, x: float, y: float, geometry: str) -> Point | None:
        """A point of a geometry, in the system that the file states."""
        return self._located(x, y, geometry, geometry, self._system)

    def _located(self, x: float, y: float, lon: str, lat: str, system: object) -> Point | None:
        if system is not None:
            try:
                return read_projected(x, y, system)
            except RecordRefusedError as error:
                self.refuse(lon, f"{error.detail}; correct the coordinates or the system")
                return None
        try:
            return Point(x, y)
        except InvalidPlaceError as error:
            swapped = abs(y) <= 180 and abs(x) <= 90
            self.refuse(lat if abs(y) > 90 else lon, f"{error}" + ("; are they swapped?" if swapped else ""))
            return None

    def instant(self, column: str) -> datetime | None:
        """A time with its zone, as UTC."""
        text = self._cells.get(column, "")
        if not text:
            return None
        try:
            instant = datetime.fromisoformat(text)
            if instant.tzinfo is None:
                self.refuse(column, f"{text!r} has no zone: write it like 2026-05-04T08:00:00+02:00")
                return None
            return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            self.refuse(column, f"{text[:SHOWN_CELL]!r} is not a time: write it like 2026-05-04T08:00:00+02:00")
            return None

    def audiences(self, column: str = "audiences") -> frozenset[Audience] | None:
        """Whom a space is for: words between spaces, bars, commas or semicolons; None where it is empty."""
        words = set(re.split(r"[\s|,;]+", self._cells.get(column, ""))) - {""}
        if strangers := words - _WORDS:
            self.refuse(
                column, f"{min(strangers)[:SHOWN_CELL]!r} is not an audience: write {', '.join(sorted(_WORDS))}"
            )
            return None
        if {Audience.DISABLED, Audience.PUBLIC} <= words:
            self.refuse(column, "a disabled bay is not public: leave out one of the two")
            return None
        return frozenset(map(Audience, words)) or None
