"""The shapes of a snapshot: one city, and its car parks by id; or what Basel's own portal says.

    {"status": "success", "city": "basel", "timestamp": "…",
     "data": {"parkings": {"baselparkhauscity": {"id": …, "name": …, "free": …, "total": …, "status": …,
                                                 "timestamp": …}, …}}}

    [{"id2": "city", "title": "Parkhaus City", "free": 901, "total": 1114, "published": "2026-05-04T12:00:00+00:00",
      "geo_point_2d": {"lon": …, "lat": …}}, …]     data.bs.ch, data set 100088, in every shape of such portals

The collector calls a car park of Basel ``baselparkhaus`` and its ``id2``; so do we. The portal says no status. What was
refused can be decoded again by itself: its own bytes are a snapshot of that one car park, or the portal's record.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from sensors.bodies import JSON_ERRORS, JsonRecord, malformed, read_record, require_size
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8
from sensors.portals import records_with


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
    tells_status: bool = True


class _Data(msgspec.Struct):
    parkings: dict[str, msgspec.Raw]


class _Body(msgspec.Struct):
    city: str
    data: _Data
    status: object = "success"
    timestamp: object = None


BASEL, _BASELS = "basel", "baselparkhaus"
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_body = msgspec.json.Decoder(_Body)
_encode = msgspec.json.Encoder().encode


def split(payload: bytes) -> SwissSnapshot:
    """Open a snapshot. Raises RecordRefusedError where the body as a whole is none."""
    require_size(payload)
    if not is_snapshot(payload):
        return SwissSnapshot(BASEL, None, list(map(_of_basel, records_with(payload, "id2"))), tells_status=False)
    try:
        body = _body.decode(as_utf8(payload))
        if body.status != "success":
            raise malformed(f"the collector says {body.status!r:.60}, not success: it got nothing from the city")
        return SwissSnapshot(body.city, body.timestamp, [_record(body, *item) for item in body.data.parkings.items()])
    except JSON_ERRORS as error:
        raise malformed(f"not a snapshot: {error}") from error


def is_snapshot(payload: bytes) -> bool:
    """Whether a body is the collector's; what is no JSON object at all is refused as one."""
    body = as_utf8(payload).lstrip()
    try:
        return body[:1] != b"[" and not _raw_object.decode(body).keys() & _OF_A_PORTAL
    except JSON_ERRORS:
        return True


_OF_A_PORTAL = {"results", "records", "features", "fields", "properties", "id2"}


def _of_basel(record: JsonRecord | RecordRefusedError) -> SwissRecord | RecordRefusedError:
    """A record of the portal with the collector's names."""
    if isinstance(record, RecordRefusedError):
        return record
    name = record.fields.get("id2")
    known = {"name": record.fields.get("title"), "timestamp": record.fields.get("published")}
    short = f"{_BASELS}{name}" if isinstance(name, str) and name.strip() else ""
    return SwissRecord(short, record.raw, {**record.fields, **known})


def _record(body: _Body, record_id: str, raw: msgspec.Raw) -> SwissRecord | RecordRefusedError:
    alone = _encode(_Body(body.city, _Data({record_id: raw}), body.status, body.timestamp))
    read = read_record(raw)
    if isinstance(read, RecordRefusedError):
        return RecordRefusedError(read.reason, read.detail, record_id, alone)
    return SwissRecord(record_id, alone, read.fields)
