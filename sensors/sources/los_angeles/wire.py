"""The two shapes of Los Angeles: what the meters' sensors say, and where the meters are.

    states    SpaceID,EventTime_UTC,OccupancyState          CSV, one line a meter: the last change of each
    live      [{"spaceid": "CB9", "eventtime_utc": "2025-11-24T16:48:04.000", "occupancystate": "VACANT"}, …]
    meters    {"features": [{"attributes": {"SENSOR_UNIQUE_ID", "ADDRESS_SPACE", "PMZ", …}, "geometry": {x, y}}]}

``SpaceID`` is the ``SENSOR_UNIQUE_ID``: letters of an area, a number, and for some a letter that was put in between.
"""

from collections.abc import Iterable, Iterator

from sensors.bodies import CsvRecord, JsonRecord, csv_records, json_records, malformed
from sensors.contract import RecordRefusedError
from sensors.portals import is_json, records_with

METERS = "meters_2015-06_arcgis.json"
_COLUMNS = {"SpaceID", "EventTime_UTC", "OccupancyState"}


def split_states(payload: bytes) -> Iterator[CsvRecord | RecordRefusedError]:
    """The lines of a table of states, or the records of the portal's JSON. Raises RecordRefusedError for neither."""
    if is_json(payload):
        return map(_line, records_with(payload, "spaceid"))
    columns, lines = csv_records(payload)
    if not {_name(column) for column in columns} >= _COLUMNS:
        raise malformed(f"the columns are {', '.join(columns)}, not {', '.join(sorted(_COLUMNS))}")
    return map(_line, lines)


_NAMES = {name.lower(): name for name in _COLUMNS} | {"eventtime": "EventTime_UTC"}


def _name(column: str) -> str:
    return _NAMES.get(column.strip().lower(), column)


def _line(record: CsvRecord | JsonRecord | RecordRefusedError) -> CsvRecord | RecordRefusedError:
    """With the columns' own names, which the portal's interface writes in lower case."""
    if isinstance(record, RecordRefusedError):
        return record
    cells: Iterable[tuple[str, object]] = record.fields.items()
    return CsvRecord(record.raw, {_name(column): "" if value is None else str(value) for column, value in cells})


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
