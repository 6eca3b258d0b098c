"""The shapes of NGSI, of both versions and in each of their forms; every attribute becomes a value and its time.

    bodies       [entity, …], an entity alone, {"@graph": […]}, a notification {"subscriptionId", "data": [entity, …]}
    key values   {"id", "type", "availableSpotNumber": 3}
    concise      {"availableSpotNumber": {"value": 3, "observedAt": "…"}}
    NGSI-LD      {"availableSpotNumber": {"type": "Property", "value": 3, "observedAt": "…"}, "@context": […]}
    NGSI-v2      {"availableSpotNumber": {"type": "Number", "value": 3, "metadata": {"timestamp": {"value": "…"}}}}
    GeoJSON      {"features": [{"id", "type": "Feature", "geometry", "properties": {"type", attributes …}}, …]}

A name may be a whole IRI, as a broker writes those that its context does not know; its last part counts. Of several
instances of an attribute the one without a datasetId is meant.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from parking.words import RejectReason
from sensors.bodies import JSON_ERRORS, JsonRecord, json_list, malformed, read_record, require_size
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8
from sensors.reading.texts import find_texts, required_id

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LOCAL = re.compile(r".*[/#:](?=.)", re.DOTALL)
_VALUES = ("value", "object", "languageMap", "vocab", "json", "hasValue", "hasObject", "@value")
_TIMES = ("observedAt", "timestamp", "TimeInstant")
_CHANGED = ("modifiedAt", "dateModified")
_NULL = "urn:ngsi-ld:null"


class Attribute(NamedTuple):
    """A value (None where it is null), when it was observed, and when it was last changed, as both are written."""

    value: object = None
    observed: object = None
    changed: object = None


NOTHING = Attribute()


class Entity(NamedTuple):
    """One entity: its bytes, its id and type, and its attributes by the last part of their names."""

    raw: bytes
    id: str
    type: str
    attributes: Mapping[str, Attribute]

    def value(self, name: str) -> object:
        """The value of an attribute; None where it is missing, null, or a text of nothing."""
        value = self.attributes.get(name, NOTHING).value
        return None if isinstance(value, str) and not value.strip() else value

    def words(self, name: str) -> list[str]:
        """The words of an attribute; of one that is a whole IRI the last part."""
        return [_local(word) if "://" in word else word for word in find_texts(self.value(name))]


def split(payload: bytes) -> Iterator[JsonRecord | RecordRefusedError]:
    """The entities of a body. Raises RecordRefusedError where the body as a whole has none."""
    require_size(payload)
    if payload.lstrip()[:1] == b"[":
        return map(read_record, json_list(payload))
    try:
        body = _object.decode(as_utf8(payload))
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    for name in ("data", "@graph", "features"):
        if name in body and bytes(body[name]).lstrip()[:1] == b"[":
            return map(read_record, json_list(payload, name))
    if {"id", "@id"} & body.keys():
        return iter([read_record(msgspec.Raw(as_utf8(payload)))])
    raise malformed("JSON without an id, data or @graph: no entity of NGSI, and no notification; a broker's error?")


def read_entity(record: JsonRecord) -> Entity:
    """What a record says, whatever form it has. Raises RecordRefusedError without an id or a type."""
    fields = _unpacked(record.fields)
    entity_id = required_id(fields.get("id", fields.get("@id")), "id")
    kind = fields.get("type", fields.get("@type"))
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if not isinstance(kind, str) or not kind.strip():
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"type is {kind!r:.60}, no type of an entity", entity_id)
    attributes = {_local(name): _read(value) for name, value in fields.items() if name not in ("id", "type")}
    return Entity(record.raw, entity_id, _local(kind), attributes)


def _unpacked(fields: dict[str, object]) -> dict[str, object]:
    """The entity in a feature of GeoJSON; any other as it is."""
    inner = fields.get("properties")
    if fields.get("type") != "Feature" or not isinstance(inner, dict):
        return fields
    return {"location": fields.get("geometry"), **inner, "id": fields.get("id", inner.get("id"))}


def _local(name: str) -> str:
    return _LOCAL.sub("", name.strip())


def _read(written: object) -> Attribute:
    """An attribute in any form."""
    if isinstance(written, list) and written and all(_is_attribute(one) for one in written):
        written = next((one for one in written if "datasetId" not in one), written[0])
    if not isinstance(written, dict) or not _is_attribute(written):
        return Attribute(_plain(written))
    parts = {_local(name) if name != "@value" else name: value for name, value in written.items()}
    metadata = parts.get("metadata")
    beside = {**parts, **(metadata if isinstance(metadata, dict) else {})}
    return Attribute(
        _plain(next(parts[name] for name in _VALUES if name in parts)),
        next((_time(beside[name]) for name in _TIMES if beside.get(name) is not None), None),
        next((_time(beside[name]) for name in _CHANGED if beside.get(name) is not None), None),
    )


def _time(written: object) -> object:
    """A time as it is written, or in an attribute or metadatum of its own."""
    return _plain(written["value"] if isinstance(written, dict) and "value" in written else written)


def _is_attribute(written: object) -> bool:
    return isinstance(written, dict) and any(_local(name) in _VALUES or name in _VALUES for name in written)


def _plain(value: object) -> object:
    """A value without what JSON-LD wraps around it: {"@value": …} and lists of one such."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and "@value" in value[0]:
        value = value[0]
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if isinstance(value, dict) and set(value) & {"@id"}:
        value = value["@id"]
    return None if value == _NULL else value
