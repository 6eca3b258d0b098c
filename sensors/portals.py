"""How open-data portals write the records of a table in JSON: one reader for all of them.

    list          [{…}, …]                                           Socrata, and the exports of Opendatasoft
    results       {"total_count": n, "results": [{…}, …]}            Opendatasoft, Explore API v2
    records       {"records": [{"fields": {…}, "geometry": {…}}, …]}   Opendatasoft, search API v1
    GeoJSON       {"type": "FeatureCollection", "features": [{"properties": {…}, "geometry": {…}}, …]}
    one           a single record of any of these: what a reject holds

Where a record lies in a geometry beside its fields, its point stands among them as ``geo_point_2d``, as in v2.
"""

from collections.abc import Iterator, Mapping

import msgspec

from sensors.bodies import JSON_ERRORS, JsonRecord, json_list, malformed, read_record, require_size
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8

_LISTS = ("results", "records", "features")
_INNER = ("fields", "properties")
POINT = "geo_point_2d"
"""Where a point stands: ``{"lon": …, "lat": …}``."""

_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def is_json(payload: bytes) -> bool:
    """Whether a body begins as JSON does, and is no table."""
    return as_utf8(payload[:4096]).lstrip()[:1] in (b"[", b"{")


def portal_records(payload: bytes) -> Iterator[JsonRecord | RecordRefusedError]:
    """The records of a portal's answer; what is no object comes as its own refusal.

    Raises RecordRefusedError where the body as a whole is of none of these shapes.
    """
    require_size(payload)
    body = as_utf8(payload).strip()
    if body[:1] == b"[":
        return map(_flat, map(read_record, json_list(body)))
    try:
        keys = _raw_object.decode(body)
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    for name in _LISTS:
        if name in keys:
            return map(_flat, map(read_record, json_list(body, name)))
    return iter([_flat(read_record(msgspec.Raw(body)))])


def records_with(payload: bytes, *names: str) -> list[JsonRecord | RecordRefusedError]:
    """The records of a body of which one at least has any of these fields, in whatever case.

    Raises RecordRefusedError too where none has: it is the answer to another question.
    """
    records = list(portal_records(payload))
    wanted = {name.lower() for name in names}
    if not any(isinstance(one, JsonRecord) and not wanted.isdisjoint(map(str.lower, one.fields)) for one in records):
        raise malformed(f"JSON of an unknown shape: no record in it has {' or '.join(sorted(names))}")
    return records


def _flat(record: JsonRecord | RecordRefusedError) -> JsonRecord | RecordRefusedError:
    """The fields of a record without what a portal puts around them."""
    if isinstance(record, RecordRefusedError):
        return record
    for name in _INNER:
        inner = record.fields.get(name)
        if isinstance(inner, dict):
            point = _point_of(record.fields.get("geometry"))
            return JsonRecord(record.raw, {**point, **inner})
    return record


def _point_of(geometry: object) -> Mapping[str, object]:
    pair = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    return {POINT: {"lon": pair[0], "lat": pair[1]}} if isinstance(pair, list) and len(pair) >= 2 else {}
