"""The two GeoJSON shapes of Freiburg, which differ in the properties of a feature.

    bay          {"name": "P03 - Rotteckring 3 (L)", "adresse", "status": 0 or 1}
    car park     the same as texts, in metres of a stated "crs", {"obs_parkid", "obs_state": "0", "1" or "2", …}
    park + ride  {"park_id": "PR165", "park_name", "obs_free", "belegt", "obs_max", "obs_ts", "obs_state", …}

Each with a point. A single feature is read too: that is what a reject holds.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from sensors.bodies import JsonRecord, geojson_system, json_records
from sensors.contract import RecordRefusedError

BAYS, PARK_AND_RIDE = "freiburg_disabled_sensors.geojson", "freiburg_p_r_sensors.json"


class Feature(NamedTuple):
    """One feature: its own bytes, its properties, and its coordinates as they come, in the collection's ``crs``."""

    raw: bytes
    properties: Mapping[str, object]
    coordinates: object
    system: object = None

    @property
    def is_count(self) -> bool:
        """Whether it counts a park-and-ride site; else it is a bay."""
        return "park_id" in self.properties or "obs_free" in self.properties


def split(payload: bytes) -> Iterator[Feature | RecordRefusedError]:
    """The features of a collection. Raises RecordRefusedError where the body is none."""
    lone = re.match(rb'\s*\{\s*"type"\s*:\s*"Feature"', payload)
    records = json_records(b"[" + payload + b"]") if lone else json_records(payload, "features")
    return map(partial(_feature, system=None if lone else geojson_system(payload)), records)


def _feature(record: JsonRecord | RecordRefusedError, system: object) -> Feature | RecordRefusedError:
    if isinstance(record, RecordRefusedError):
        return record
    properties, geometry = record.fields.get("properties"), record.fields.get("geometry")
    return Feature(
        record.raw,
        properties if isinstance(properties, dict) else {},
        geometry.get("coordinates") if isinstance(geometry, dict) else None,
        system,
    )
