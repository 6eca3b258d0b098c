"""The shape of a record. In the older service every value is a text, and "NaN" where there is none.

    [{"ident": "CUBPK49", "nom": …, "libre": "229", "total": "242", "etat": "libre", "connecte": "1",
      "mdate": "2021-02-20 17:18:34", "geometry": {"pos": "44.888824 -0.517676"}, …}, …]

The live portal (Opendatasoft) has numbers, times with their offset, ``libres`` for ``libre``, and the point apart:

    {"ident": "CUBPK49", "nom": …, "libres": 229, "total": 242, "etat": "LIBRE", "connecte": 1,
     "mdate": "2026-05-04T14:00:12+02:00", "geo_point_2d": {"lon": -0.517676, "lat": 44.888824}, …}

Records come in every shape of such portals (``sensors.portals``), or one alone: what a reject holds. "NaN" becomes a
missing field; nothing else is changed here.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sensors.bodies import JsonRecord
from sensors.contract import RecordRefusedError
from sensors.portals import records_with

NOT_THERE = frozenset({"NaN", ""})
_LIVE = {"libres": "libre"}


class BordeauxRecord(NamedTuple):
    """One record: its own bytes, and those of its fields that say something."""

    raw: bytes
    fields: Mapping[str, object]


def split(payload: bytes) -> Iterator[BordeauxRecord | RecordRefusedError]:
    """The records of a payload, each on its own; a record that is no object comes as the error that refuses it.

    Raises RecordRefusedError where the body as a whole is of no known shape.
    """
    return map(_from_json, records_with(payload, "ident", "nom", "etat"))


def _from_json(record: JsonRecord | RecordRefusedError) -> BordeauxRecord | RecordRefusedError:
    if isinstance(record, RecordRefusedError):
        return record
    fields = {_LIVE.get(name, name): value for name, value in record.fields.items() if _is_there(value)}
    return BordeauxRecord(record.raw, fields)


def _is_there(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and value.strip() in NOT_THERE)
