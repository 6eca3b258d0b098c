"""The shapes of ParkAPI, each record with the times of the body around it.

    version 3   {"items": [{"id", "source_id", "original_uid", "capacity", "has_realtime_data", …}, …], "next_id", …}
                of parking-sites and of parking-spots; one of them alone; pushed, the same with "uid" for its id
    version 1   {"lots": [{"id", "name", "free", "total", "state", "coords"}, …], "last_updated", "last_downloaded"}

A refused lot keeps the times of its body around it, so that its bytes can be read again alone.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from sensors.bodies import JSON_ERRORS, json_list, malformed, read_record, require_size
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TIMES = ("last_updated", "last_downloaded")


class ParkRecord(NamedTuple):
    """One site, spot or lot: a body of its own, its fields, and of a lot when its whole body was last updated."""

    raw: bytes
    fields: dict[str, object]
    is_lot: bool = False
    last_updated: object = None

    @property
    def is_spot(self) -> bool:
        """Whether it is one single space: only sites have capacities. Fields that are null are left out."""
        if self.is_lot or "parking_spot_uid" in self.fields or "realtime_status" in self.fields:
            return not self.is_lot
        return not any("capacity" in name for name in self.fields)


def split(payload: bytes) -> Iterator[ParkRecord | RecordRefusedError]:
    """The records of a body. Raises RecordRefusedError where the body as a whole is none of these shapes."""
    require_size(payload)
    if payload.lstrip()[:1] == b"[":
        yield from map(_of_item, json_list(payload))
        return
    try:
        body = _object.decode(as_utf8(payload))
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    if "lots" in body:
        times = {name: body[name] for name in _TIMES if name in body}
        yield from (_of_lot(lot, times) for lot in json_list(payload, "lots"))
    elif "items" in body:
        yield from map(_of_item, json_list(payload, "items"))
    elif {"original_uid", "uid"} & body.keys():
        yield _of_item(msgspec.Raw(as_utf8(payload)))
    else:
        raise malformed("JSON without items, lots, original_uid or uid: no answer of ParkAPI that is read here")


def _of_item(raw: msgspec.Raw) -> ParkRecord | RecordRefusedError:
    read = read_record(raw)
    return read if isinstance(read, RecordRefusedError) else ParkRecord(read.raw, read.fields)


def _of_lot(raw: msgspec.Raw, times: dict[str, msgspec.Raw]) -> ParkRecord | RecordRefusedError:
    own = msgspec.json.encode({**times, "lots": [raw]})
    read = read_record(raw)
    if isinstance(read, RecordRefusedError):
        return RecordRefusedError(read.reason, read.detail, raw=own)
    stated = times.get("last_updated")
    try:
        updated = None if stated is None else msgspec.json.decode(stated)
    except JSON_ERRORS:
        updated = bytes(stated or b"").decode("utf-8", "replace")
    return ParkRecord(own, read.fields, is_lot=True, last_updated=updated)
