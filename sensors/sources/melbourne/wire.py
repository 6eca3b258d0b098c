"""The tables in which Melbourne has told of its bays, told apart by their header.

    scrape    bay_id,st_marker_id,status,location,lat,lon                        2018, without any time
    kerbside  Lastupdated,Status_Timestamp,Zone_Number,Status_Description,KerbsideID,Location      since 2023
    visits    DeviceId,ArrivalTime,DepartureTime,…,StreetMarker,Sign,…,VehiclePresent   the history up to 2020

A bay's marker of 2018 ("3920N", "C9040") is the StreetMarker of the visits. KerbsideIDs are numbers of another kind: a
marker always has a letter, so the two never meet. ``bay_id`` looks like a KerbsideID and is not one.
"""

from collections.abc import Iterator
from enum import StrEnum

from sensors.bodies import CsvRecord, csv_records, malformed
from sensors.contract import RecordRefusedError

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


def split(payload: bytes) -> tuple[Shape, Iterator[CsvRecord | RecordRefusedError]]:
    """The kind of a table and its lines. Raises RecordRefusedError where it is none of the known ones."""
    columns, lines = csv_records(payload)
    for shape, needed in _COLUMNS.items():
        if needed <= set(columns):
            return shape, lines
    raise malformed(f"a table of an unknown shape: its columns are {', '.join(columns)}")
