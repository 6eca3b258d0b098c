"""The shapes in which Strasbourg has sent the same record, each split into single records with their own bytes.

    v1      {"nhits": n, "records": [{"fields": {"ident": …, "etat": 1, "libre": …}, "record_timestamp": …}]}
    v2.1    {"total_count": n, "results": […]} of flat records, or the flat list of an export; no time at all
    legacy  {"s": [{"id": "10", "ds": "status_1", "df": "76", "dt": "955"}], "datatime": "mer. 03 avril 2019 à 08:00"}
    one     a single record of v1 or v2.1, or a legacy body of one: what a reject holds

A record of each is brought to the portal's field names (ident, etat, libre, total); nothing else is changed here.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from sensors.bodies import JSON_ERRORS, malformed, read_record, require_size
from sensors.contract import RecordRefusedError

LEGACY_NAMES = {"id": "ident", "ds": "etat", "df": "libre", "dt": "total"}
_RECORD_FIELDS = {"fields", "ident", "etat"}
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_any = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


class StrasbourgRecord(NamedTuple):
    """One record: its own bytes, its fields by the portal's names, and the time that it or its body states, if any."""

    raw: bytes
    fields: Mapping[str, object]
    stamp: object


def split(payload: bytes) -> Iterator[StrasbourgRecord | RecordRefusedError]:
    """The records of a payload, each on its own; a record that is no object comes as the error that refuses it.

    Raises RecordRefusedError where the body as a whole is of no known shape.
    """
    require_size(payload)
    try:
        if payload.lstrip()[:1] == b"[":
            return map(_from_portal, _raw_list.decode(payload))
        body = _raw_object.decode(payload)
        for name in ("results", "records"):
            if name in body:
                return map(_from_portal, _raw_list.decode(body[name]))
        if "s" in body and "datatime" in body:
            return _split_legacy(_raw_list.decode(body["s"]), _any.decode(body["datatime"]))
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    if _RECORD_FIELDS.isdisjoint(body):
        raise malformed("JSON of an unknown shape: no results, records or s in it")
    return iter([_from_portal(msgspec.Raw(payload))])


def _from_portal(raw: msgspec.Raw) -> StrasbourgRecord | RecordRefusedError:
    read = read_record(raw)
    if isinstance(read, RecordRefusedError):
        return read
    inner = read.fields.get("fields")
    return StrasbourgRecord(
        read.raw, inner if isinstance(inner, dict) else read.fields, read.fields.get("record_timestamp")
    )


def _split_legacy(records: list[msgspec.Raw], stamp: object) -> Iterator[StrasbourgRecord | RecordRefusedError]:
    for raw in records:
        alone = _encode({"s": [raw], "datatime": stamp})
        read = read_record(raw)
        if isinstance(read, RecordRefusedError):
            yield RecordRefusedError(read.reason, read.detail, raw=alone)
        else:
            fields = {name: read.fields[old] for old, name in LEGACY_NAMES.items() if old in read.fields}
            yield StrasbourgRecord(alone, fields, stamp)
