"""The tables in which Melbourne has told of its bays, told apart by their columns.

    scrape    bay_id,st_marker_id,status,location,lat,lon                        2018, without any time
    kerbside  Lastupdated,Status_Timestamp,Zone_Number,Status_Description,KerbsideID,Location      since 2023
    visits    DeviceId,ArrivalTime,DepartureTime,…,StreetMarker,Sign,…,VehiclePresent   the history up to 2020

The portal's live interface gives the kerbside table as JSON, its columns in lower case and ``location`` as a point; its
exports as CSV have either names. Columns are so told without regard to case.

A bay's marker of 2018 ("3920N", "C9040") is the StreetMarker of the visits. KerbsideIDs are numbers of another kind: a
marker always has a letter, so the two never meet. ``bay_id`` looks like a KerbsideID and is not one.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from sensors.bodies import CsvRecord, JsonRecord, csv_records, malformed
from sensors.contract import RecordRefusedError
from sensors.portals import is_json, records_with

SEGMENTS = "parking-zones-street-segments.csv"
"""ParkingZone,OnStreet,StreetFrom,StreetTo,Segment_ID: one line a segment; a zone may have several."""


class Shape(StrEnum):
    """Which table a body is."""

    SCRAPE = "scrape"
    KERBSIDE = "kerbside"
    VISITS = "visits"


_COLUMNS = {
    Shape.SCRAPE: {"st_marker_id", "status"},
    Shape.KERBSIDE: {"KerbsideID", "Status_Description", "Status_Timestamp"},
    Shape.VISITS: {"StreetMarker", "ArrivalTime", "DepartureTime", "VehiclePresent"},
}
BAY_COLUMN = {Shape.SCRAPE: "st_marker_id", Shape.KERBSIDE: "KerbsideID", Shape.VISITS: "StreetMarker"}
"""Where a table names its bay; the bay's sensor is called the same."""


_KERBSIDE = {name.lower(): name for name in (*_COLUMNS[Shape.KERBSIDE], "Lastupdated", "Zone_Number", "Location")}


def split(payload: bytes) -> tuple[Shape, Iterator[CsvRecord | RecordRefusedError]]:
    """The kind of a table and its lines. Raises RecordRefusedError where it is none of the known ones."""
    if is_json(payload):
        return Shape.KERBSIDE, map(_line, records_with(payload, BAY_COLUMN[Shape.KERBSIDE]))
    columns, lines = csv_records(payload)
    for shape, needed in _COLUMNS.items():
        if needed <= set(columns):
            return shape, lines
    if _COLUMNS[Shape.KERBSIDE] <= set(map(_name, columns)):
        return Shape.KERBSIDE, map(_line, lines)
    raise malformed(f"a table of an unknown shape: its columns are {', '.join(columns)}")


def _line(record: CsvRecord | JsonRecord | RecordRefusedError) -> CsvRecord | RecordRefusedError:
    if isinstance(record, RecordRefusedError):
        return record
    cells: Iterable[tuple[str, object]] = record.fields.items()
    return CsvRecord(record.raw, {_name(column): _text(value) for column, value in cells})


def _name(column: str) -> str:
    return _KERBSIDE.get(column.strip().lower(), column)


def _text(value: object) -> str:
    """A cell as the table has it: nothing for null, and a point as "lat, lon"."""
    if isinstance(value, Mapping):
        return f"{value.get('lat', '')}, {value.get('lon', '')}"
    return "" if value is None else str(value)
