"""The two shapes of Los Angeles: what the meters' sensors say, and where the meters are.

    states    SpaceID,EventTime_UTC,OccupancyState          CSV, one line a meter: the last change of each
    meters    {"features": [{"attributes": {"SENSOR_UNIQUE_ID", "ADDRESS_SPACE", "PMZ", …}, "geometry": {x, y}}]}

``SpaceID`` is the ``SENSOR_UNIQUE_ID``: letters of an area, a number, and for some a letter that was put in between.
"""

from collections.abc import Iterator

from sensors.bodies import CsvRecord, csv_records, json_records, malformed
from sensors.contract import RecordRefusedError

METERS = "meters_2015-06_arcgis.json"
_COLUMNS = {"SpaceID", "EventTime_UTC", "OccupancyState"}


def split_states(payload: bytes) -> Iterator[CsvRecord | RecordRefusedError]:
    """The lines of a table of states. Raises RecordRefusedError where it is none."""
    columns, lines = csv_records(payload)
    if not set(columns) >= _COLUMNS:
        raise malformed(f"the columns are {', '.join(columns)}, not {', '.join(sorted(_COLUMNS))}")
    return lines


def split_meters(payload: bytes) -> Iterator[tuple[bytes, dict[str, object], dict[str, object]] | RecordRefusedError]:
    """Each meter's own bytes, its attributes and its geometry; either is empty where it is no object."""
    for record in json_records(payload, "features"):
        if isinstance(record, RecordRefusedError):
            yield record
        else:
            attributes, geometry = (record.fields.get(name) for name in ("attributes", "geometry"))
            yield record.raw, _object(attributes), _object(geometry)


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
