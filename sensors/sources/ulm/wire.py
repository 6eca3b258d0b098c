"""The two shapes of Ulm's bays: what their sensors said last, and the list of them.

    spots    [{"id", "timestamp", "occupied", "packettype", "parkingtype", "resetreason", "location"}]
    static   {"features": [{"properties": {"uid", "name", "lat", "lon", "restrictions": [{"type", "hours"}]}, …}]}

The same interface sends car parks as counts, in a list of the first form with other fields; they are refused by name.
"""

from collections.abc import Iterator

from sensors.bodies import JsonRecord, json_records
from sensors.contract import RecordRefusedError

SPOTS = "ulm_sensors_spots_static.geojson"
COUNT_FIELD = "currentcarparkfulltotal"


def split_spots(payload: bytes) -> Iterator[JsonRecord | RecordRefusedError]:
    """The records of a body: a list, or a single record, which is what a reject holds."""
    lone = payload.lstrip()[:1] == b"{"
    return json_records(b"[" + payload + b"]" if lone else payload)


def split_list(payload: bytes) -> Iterator[tuple[bytes, dict[str, object]] | RecordRefusedError]:
    """Each listed bay's own bytes and properties; they are empty where they are no object."""
    for record in json_records(payload, "features"):
        if isinstance(record, RecordRefusedError):
            yield record
        else:
            properties = record.fields.get("properties")
            yield record.raw, properties if isinstance(properties, dict) else {}
