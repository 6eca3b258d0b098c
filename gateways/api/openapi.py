"""The API described for programs (OpenAPI 3.1); /docs shows it to people, and tests hold every answer against it."""

from typing import Any

from gateways.api.operations import HEADERS, RESPONSES, Schema, get, optional, parameter, probe, ref
from geo.nearest import MAX_K, MAX_RADIUS_M
from parking.catalogue.model import PlaceKind
from parking.words import Audience, Basis, ClockBasis, Fault, FillLevel, Opening, SpaceState

_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
_TEXT: Schema = {"type": ["string", "null"]}
_SHARE: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_LON: Schema = {"type": ["number", "null"], "minimum": -180, "maximum": 180}
_LAT: Schema = {"type": ["number", "null"], "minimum": -90, "maximum": 90}


def _words(values: Any, about: str = "") -> Schema:
    return {"type": "string", "enum": [value.value for value in values], "description": about}


def _object(properties: dict[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": sorted(properties), **more}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


_CATEGORIES: Schema = {
    "type": "object",
    "description": "by audience; disabled and other reserved spaces are never among the public ones",
    "propertyNames": _words(Audience),
    "additionalProperties": _object({"vacant": _COUNT, "capacity": _COUNT}),
}

_PLACE: dict[str, Schema] = {
    "id": {"type": "string"},
    "tenant": {"type": "string"},
    "name": {"type": "string"},
    "kind": _words(PlaceKind, "a car park, or the bays of a street segment"),
    "lon": _LON,
    "lat": _LAT,
    "address": _TEXT,
    "commune": _TEXT,
    "height_cm": {"type": ["integer", "null"], "description": "tallest vehicle let in; null is unknown"},
    "opening_hours": {**_TEXT, "description": "as stated, in OpenStreetMap's notation"},
    "vacant": {**_COUNT, "description": "ordinary spaces seen vacant; null is unknown, never zero"},
    "vacant_low": _COUNT,
    "vacant_high": _COUNT,
    "capacity": _COUNT,
    "out_of_service": _COUNT,
    "level": _words(FillLevel),
    "opening": _words(Opening),
    "by_category": _CATEGORIES,
    "reporting_share": _SHARE,
    "observed_at": {**_TIME, "description": "of the newest observation in the number"},
    "valid_until": {**_TIME, "description": "past this time treat the numbers as unknown, whatever you last read"},
    "basis": {"enum": [*(basis.value for basis in Basis), None]},
    "confidence": {**_SHARE, "description": "null until it is measured"},
    "faults": _list(_words(Fault)),
    "simulated": {"type": "boolean", "description": "true: invented, and to be labelled so wherever it shows"},
    "revision": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    "age_s": {"type": ["integer", "null"], "minimum": 0, "description": "seconds since observed_at"},
}

_SPACE: dict[str, Schema] = {
    "id": {"type": "string"},
    "lon": _LON,
    "lat": _LAT,
    "audiences": _list(_words(Audience)),
}

_NOW: Schema = {"type": "string", "format": "date-time", "description": "the time that everything is judged by"}

_SCHEMAS: dict[str, Schema] = {
    "Place": _object(_PLACE),
    "Space": _object({**_SPACE, "state": _words(SpaceState)}),
    "Site": _object(
        {
            **_PLACE,
            "now": _NOW,
            "areas": _list(_object({name: {"type": "string"} for name in ("kind", "id", "name")})),
            "spaces": _list(ref("Space")),
        }
    ),
    "Sites": _object(
        {
            "tenant": {"type": "string"},
            "now": _NOW,
            "clock": _words(ClockBasis),
            "position": {"type": "string", "description": "a Last-Event-ID for /v1/changes"},
            "places": _list(ref("Place")),
        }
    ),
    "Hit": _object(
        {
            **_PLACE,
            "distance_m": {"type": "number", "minimum": 0},
            "distance_kind": {"const": "straight_line", "description": "not by road"},
            "vacant_for_need": {**_COUNT, "description": "at least so many, where several needs were given"},
        }
    ),
    "Nearest": _object(
        {
            "tenant": {"type": "string"},
            "now": _NOW,
            "clock": _words(ClockBasis),
            "query": {"type": "object"},
            "hits": _list(ref("Hit")),
        }
    ),
    "About": _object(
        {
            "tenant": {"type": "string"},
            "name": {"type": "string"},
            "zone": {"type": "string", "description": "IANA name of the zone in which people there read the time"},
            "pace": {"type": "number", "description": "how many times faster than life its days pass; 1 but in a demo"},
            "languages": _list(
                _object(
                    {
                        "code": {"type": "string", "description": "its words are at /static/words/CODE.json"},
                        "name": {"type": "string"},
                        "reviewed": {"type": "boolean", "description": "false: no speaker of it has read the words"},
                    }
                )
            ),
            "center": {"type": ["array", "null"], "items": {"type": "number"}},
            "basemap": _TEXT,
            "clock": _words(ClockBasis),
            "attribution": {"type": "string"},
        }
    ),
    "Status": _object({"status": {"type": "string"}}),
    "Areas": _object({"type": {"const": "FeatureCollection"}, "features": _list({"type": "object"})}),
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "what is wrong and what to do, in one sentence"},
            "field": {"type": "string", "description": "the parameter or header at fault"},
            "allowed": _TEXT,
        },
    },
}
_SCHEMAS["Hit"]["properties"]["space"] = ref("Space")


_LON_LAT = [
    parameter("lon", {"type": "number", "minimum": -180, "maximum": 180}, "degrees, WGS 84, before lat", True),
    parameter("lat", {"type": "number", "minimum": -90, "maximum": 90}, "degrees, WGS 84", True),
]
_NEAREST = [
    *_LON_LAT,
    parameter("k", {"type": "integer", "minimum": 1, "maximum": MAX_K, "default": 5}, "how many at most"),
    parameter(
        "radius_m",
        {"type": "number", "minimum": 0, "maximum": int(MAX_RADIUS_M), "default": 2000},
        "no farther, straight line",
    ),
    {
        **parameter("need", {**_list(_words(Audience)), "default": ["public"]}, "who you are: any of these is enough"),
        "style": "form",
        "explode": False,
    },
    parameter("include_unknown", {"type": "boolean", "default": False}, "also places of which nothing is known"),
    parameter("spaces", {"type": "boolean", "default": False}, "single spaces where they are known, not places"),
]


def describe() -> Schema:
    """The OpenAPI document."""
    site_id = parameter("id", {"type": "string"}, "as in /v1/sites", True, "path")
    again = parameter("last_event_id", {"type": "string"}, "the same, for clients that cannot set a header")
    last_id = parameter("Last-Event-ID", {"type": "string"}, "resume exactly after this id", where="header")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "placelibre",
            "version": "1",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            "description": "Où il reste de la place, en direct et honnêtement. · Where parking is free, live and "
            "honestly. Unknown is null and never zero; every number has its time; past `valid_until` it is unknown. "
            "Answers of a kilobyte or more come as brotli or gzip to who takes it, events as gzip, each at once.",
        },
        "paths": {
            "/v1/nearest": get("the nearest places with something free", "Nearest", _NEAREST),
            "/v1/sites": get("every place of the city", "Sites", tagged=True),
            "/v1/sites/{id}": get("one place, with its single spaces", "Site", [site_id], tagged=True),
            "/v1/areas": get(
                "communes and street zones; those around a point", "Areas", optional(_LON_LAT), tagged=True
            ),
            "/v1/about": get("the city itself", "About", tagged=True),
            "/v1/changes": get(
                "server-sent events: `snapshot` (Sites), `changes` (now, places), `status`, and `reset` (Problem), "
                "before a new snapshot, where a Last-Event-ID cannot be followed without a gap",
                "",
                [last_id, again],
                "text/event-stream",
            ),
            "/healthz": probe("the process is alive"),
            "/readyz": probe("the city is loaded and Redis answers"),
        },
        "components": {"schemas": _SCHEMAS, "headers": HEADERS, "responses": RESPONSES},
    }
