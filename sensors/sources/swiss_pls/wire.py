"""The shape of a snapshot: one city, and its car parks by id.

    {"status": "success", "city": "basel", "timestamp": "…",
     "data": {"parkings": {"baselparkhauscity": {"id": …, "name": …, "free": …, "total": …, "status": …,
                                                 "timestamp": …}, …}}}

A record's own bytes are a snapshot of that one car park, so that what was refused can be decoded again by itself.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from sensors.bodies import JSON_ERRORS, malformed, read_record, require_size
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8


class SwissRecord(NamedTuple):
    """One car park: its id, a snapshot of it alone, and its fields."""

    id: str
    raw: bytes
    fields: Mapping[str, object]


class SwissSnapshot(NamedTuple):
    """A city, the stamp of the whole (None where there is none), and its car parks."""

    city: str
    stamp: object
    records: Sequence[SwissRecord | RecordRefusedError]


class _Data(msgspec.Struct):
    parkings: dict[str, msgspec.Raw]


class _Body(msgspec.Struct):
    city: str
    data: _Data
    status: object = "success"
    timestamp: object = None


_body = msgspec.json.Decoder(_Body)
_encode = msgspec.json.Encoder().encode


def split(payload: bytes) -> SwissSnapshot:
    """Open a snapshot. Raises RecordRefusedError where the body as a whole is none."""
    require_size(payload)
    try:
        body = _body.decode(as_utf8(payload))
        if body.status != "success":
            raise malformed(f"the collector says {body.status!r:.60}, not success: it got nothing from the city")
        return SwissSnapshot(body.city, body.timestamp, [_record(body, *item) for item in body.data.parkings.items()])
    except JSON_ERRORS as error:
        raise malformed(f"not a snapshot: {error}") from error


def _record(body: _Body, record_id: str, raw: msgspec.Raw) -> SwissRecord | RecordRefusedError:
    alone = _encode(_Body(body.city, _Data({record_id: raw}), body.status, body.timestamp))
    read = read_record(raw)
    if isinstance(read, RecordRefusedError):
        return RecordRefusedError(read.reason, read.detail, record_id, alone)
    return SwissRecord(record_id, alone, read.fields)
