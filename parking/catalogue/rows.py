"""What files say about places, spaces and devices, row by row, each with where it was said."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Where(NamedTuple):
    """A row of a file: lines of a table are counted from 1, the header's; features of a GeoJSON file from 1."""

    file: str
    row: int
    unit: str = "row"

    def __str__(self) -> str:
        return f"{self.file} {self.unit} {self.row}" if self.row else self.file


class RowRefusal(NamedTuple):
    """What was not imported, and what to do about it. ``column`` is "" where the file or row as a whole is meant."""

    where: Where
    column: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}{', column ' if self.column else ''}{self.column}: {self.detail}"


class PlaceRow(NamedTuple):
    """What a row says of a place: fields of ``Place`` by name. A field that is not there is left as it was.

    ``said_by`` among them is not the place's own: see ``provenance.city_says``.
    """

    where: Where
    id: str
    stated: Mapping[str, Any]


class SpaceRow(NamedTuple):
    """What a row says of a single space: fields of ``Space`` by name, as for places."""

    where: Where
    zone: str
    id: str
    stated: Mapping[str, Any]


class DeviceRow(NamedTuple):
    """A device observes ``place`` (or its single ``space``) from ``valid_from`` (None: always) to ``valid_to``.

    Without ``valid_to`` it ends where the next assignment of the device, or of the space, begins. Without
    ``valid_for_s`` the device's contract stays as it was, and without ``occupied_below_mm`` or ``is_reversed`` that of
    the same assignment.
    """

    where: Where
    source: str
    id: str
    place: str
    space: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    valid_for_s: int | None = None
    occupied_below_mm: int | None = None
    is_reversed: bool | None = None


class Imported(NamedTuple):
    """All that some files say. ``notes`` name what was left out without being wrong, such as columns nobody reads."""

    places: tuple[PlaceRow, ...] = ()
    spaces: tuple[SpaceRow, ...] = ()
    devices: tuple[DeviceRow, ...] = ()
    refusals: tuple[RowRefusal, ...] = ()
    notes: tuple[str, ...] = ()


def join(parts: Iterable[Imported]) -> Imported:
    """Several files as one import."""
    every = list(parts)
    return Imported(
        tuple(row for part in every for row in part.places),
        tuple(row for part in every for row in part.spaces),
        tuple(row for part in every for row in part.devices),
        tuple(refusal for part in every for refusal in part.refusals),
        tuple(note for part in every for note in part.notes),
    )
