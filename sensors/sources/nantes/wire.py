"""The shapes in which Nantes has sent the same record since 2011, each split into single records with their own bytes.

    2011  XML    opendata/answer/data/Groupes_Parking/Groupe_Parking, one element a field
    2015  JSON   the same tree as JSON, every value a string
    v1    JSON   a list, or {"records": […]}, of {"fields": {…}, "record_timestamp": …}
    v2.1  JSON   {"total_count": n, "results": […]} of flat records, or the flat list of an export
    one          a single record of any of these: what a reject holds

Field names are lower-cased (``IdObj`` became ``idobj``), nothing else is changed here.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element

import msgspec

from sensors.bodies import JSON_ERRORS, malformed, read_record, require_size, xml_record, xml_root
from sensors.contract import RecordRefusedError


class NantesRecord(NamedTuple):
    """One record: its own bytes, its fields by lower-case name, and when the portal published it, if it says."""

    raw: bytes
    fields: Mapping[str, object]
    record_timestamp: str | None


_RECORD_FIELDS = {"fields", "idobj", "grp_nom", "IdObj", "Grp_nom"}
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def split(payload: bytes) -> Iterator[NantesRecord | RecordRefusedError]:
    """The records of a payload, each on its own; a record that is no object comes as the error that refuses it.

    Raises RecordRefusedError where the body as a whole is neither of the known shapes.
    """
    if payload.lstrip()[:1] == b"<":
        return _split_xml(payload)
    return (_from_json(raw) for raw in _json_records(payload))


def _split_xml(payload: bytes) -> Iterator[NantesRecord | RecordRefusedError]:
    root = xml_root(payload)
    groups = [root] if root.tag == "Groupe_Parking" else root.findall(".//Groupe_Parking")
    if not groups and root.find(".//Groupes_Parking") is None:
        raise malformed("XML without a Groupes_Parking element")
    return map(_from_element, groups)


def _from_element(group: Element) -> NantesRecord | RecordRefusedError:
    raw = xml_record(group)
    if isinstance(raw, RecordRefusedError):
        return raw
    return NantesRecord(raw, {child.tag.lower(): (child.text or "").strip() for child in group}, None)


def _json_records(payload: bytes) -> list[msgspec.Raw]:
    require_size(payload)
    try:
        if payload.lstrip()[:1] == b"[":
            return _raw_list.decode(payload)
        body = _raw_object.decode(payload)
        for name in ("results", "records"):
            if name in body:
                return _raw_list.decode(body[name])
        if not _RECORD_FIELDS.isdisjoint(body):
            return [msgspec.Raw(payload)]
        for name in ("opendata", "answer", "data", "Groupes_Parking"):
            body = _raw_object.decode(body[name])
        groups = body["Groupe_Parking"]
        return _raw_list.decode(groups) if bytes(groups).lstrip()[:1] == b"[" else [groups]
    except KeyError as error:
        raise malformed(f"JSON of an unknown shape: no {error} in it") from error
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error


def _from_json(raw: msgspec.Raw) -> NantesRecord | RecordRefusedError:
    read = read_record(raw)
    if isinstance(read, RecordRefusedError):
        return read
    record = read.fields
    inner = record.get("fields")
    fields = inner if isinstance(inner, dict) else record
    stamp = record.get("record_timestamp") or record.get("timestamp")
    return NantesRecord(read.raw, {name.lower(): value for name, value in fields.items()}, _text(stamp))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
