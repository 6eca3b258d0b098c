"""The shape of a record, every value a text, and "NaN" where there is none.

    [{"ident": "CUBPK49", "nom": …, "libre": "229", "total": "242", "etat": "libre", "connecte": "1",
      "mdate": "2021-02-20 17:18:34", "geometry": {"pos": "44.888824 -0.517676"}, …}, …]

A list of records, or one alone: what a reject holds. "NaN" becomes a missing field; nothing else is changed here.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from sensors.bodies import JSON_ERRORS, json_list, malformed, read_record, require_size
from sensors.contract import RecordRefusedError

NOT_THERE = frozenset({"NaN", ""})
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class BordeauxRecord(NamedTuple):
    """One record: its own bytes, and those of its fields that say something."""

    raw: bytes
    fields: Mapping[str, object]


def split(payload: bytes) -> Iterator[BordeauxRecord | RecordRefusedError]:
    """The records of a payload, each on its own; a record that is no object comes as the error that refuses it.

    Raises RecordRefusedError where the body as a whole is of no known shape.
    """
    if payload.lstrip()[:1] == b"[":
        return map(_from_json, json_list(payload))
    require_size(payload)
    try:
        body = _raw_object.decode(payload)
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    if {"ident", "nom", "etat"}.isdisjoint(body):
        raise malformed("JSON of an unknown shape: neither a list nor a car park")
    return iter([_from_json(msgspec.Raw(payload))])


def _from_json(raw: msgspec.Raw) -> BordeauxRecord | RecordRefusedError:
    read = read_record(raw)
    if isinstance(read, RecordRefusedError):
        return read
    return BordeauxRecord(read.raw, {name: value for name, value in read.fields.items() if _is_there(value)})


def _is_there(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and value.strip() in NOT_THERE)
