"""The API described for programs (OpenAPI 3.1); /docs shows it to people, and tests hold every answer against it."""

from typing import Any

from gateways.api.operations import HEADERS, RESPONSES, Schema, events, get, named, optional, parameter, probe, ref
from geo.nearest import MAX_K, MAX_RADIUS_M
from parking.catalogue.model import PlaceKind
from parking.words import (
    Audience,
    Basis,
    ClockBasis,
    DisabledTariff,
    Fault,
    FillLevel,
    Opening,
    OverrideAspect,
    OverrideReason,
    SpaceState,
    Structure,
    Users,
)
from store.changes import POSITION_PATTERN

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


def _said(schema: Schema, about: str) -> Schema:
    return {**schema, "description": about}


def _text(about: str) -> Schema:
    return {"type": "string", "description": about}


def _shape(kind: str, coordinates: Schema) -> Schema:
    return _object({"type": {"const": kind}, "coordinates": coordinates})


_RING: Schema = _list({"type": "array", "items": {"type": "number"}, "minItems": 2})
_TENANT = _text("the city; several gateways may serve several cities")
_CLOCK = _words(ClockBasis, "wall: real time; event: the time of a recording that is being replayed")

_CATEGORIES: Schema = {
    "type": "object",
    "description": "free spaces and capacity for each audience; reserved spaces are never among the public ones",
    "propertyNames": _words(Audience, "whom the spaces are for"),
    "additionalProperties": _object(
        {
            "vacant": _said(_COUNT, "spaces seen vacant; null is unknown, never zero"),
            "capacity": _said(_COUNT, "spaces there are; null is unknown"),
        }
    ),
}

_PLACE: dict[str, Schema] = {
    "id": _text("unique in its city, and lasting"),
    "tenant": _TENANT,
    "name": _text("as the city calls it"),
    "kind": _words(PlaceKind, "site: a car park; zone: the bays of a street segment"),
    "lon": _said(_LON, "degrees, WGS 84; null where nobody has said where it is"),
    "lat": _said(_LAT, "degrees, WGS 84; null where nobody has said where it is"),
    "address": _said(_TEXT, "as stated by the city; null is unknown"),
    "commune": _said(_TEXT, "the town that the point lies in; null where the city's outlines do not say"),
    "height_cm": _said({"type": ["integer", "null"]}, "height of the tallest vehicle let in; null is unknown"),
    "opening_hours": _said(_TEXT, "as stated, in OpenStreetMap's notation; null is unknown"),
    "vacant": _said(_COUNT, "ordinary spaces seen vacant; null is unknown, never zero, whatever `level` says"),
    "vacant_low": _said(
        _COUNT, "at least so many are vacant; equal to `vacant` where it is exact; may be stated where that is null"
    ),
    "vacant_high": _said(_COUNT, "at most so many: silent bays may be vacant too, and a sum of passages has an error"),
    "capacity": _said(_COUNT, "ordinary spaces there are; null is unknown"),
    "out_of_service": _said(_COUNT, "spaces that cannot be used at present; null is unknown"),
    "level": _words(
        FillLevel,
        "how full it is for ordinary drivers; some car parks are full before `vacant` is zero, and some say this alone",
    ),
    "opening": _words(Opening, "who may drive in now; independent of the number"),
    "by_category": _CATEGORIES,
    "reporting_share": _said(
        _SHARE, "share of the spaces whose state is known now: 1 for a counter's word, 0 where there is none"
    ),
    "observed_at": _said(_TIME, "time of the newest observation in the number; null before there is one"),
    "valid_until": _said(_TIME, "past this time treat numbers, level and opening as unknown, whatever you last read"),
    "basis": {
        "enum": [*(basis.value for basis in Basis), None],
        "description": "how the number came about: counted by sensors, derived from entries and exits, expected by a "
        "forecast, verified by eye, set by hand by an operator; null where there is no number",
    },
    "confidence": _said(_SHARE, "null: it is not measured yet"),
    "faults": _list(_words(Fault, "why a number is missing or doubtful")),
    "by_hand": {**_list(ref("ByHand")), "description": "what people at the operators' desk have set, and until when"},
    "beneath": {
        "anyOf": [ref("Beneath"), {"type": "null"}],
        "description": "where something is set by hand: what devices say; it holds again at once when that is over",
    },
    "simulated": {"type": "boolean", "description": "true: invented, and to be labelled so wherever it is shown"},
    "revision": {
        "type": "array",
        "items": {"type": "integer"},
        "minItems": 2,
        "maxItems": 2,
        "description": "grows with each change of the place; compare from the left, and ignore what is older",
    },
    "age_s": {"type": ["integer", "null"], "minimum": 0, "description": "seconds since observed_at; null without it"},
}

_BY_HAND: dict[str, Schema] = {
    "aspect": _words(OverrideAspect, "what a person at the operators' desk has set"),
    "reason": _words(OverrideReason, "why"),
    "since": {"type": "string", "format": "date-time", "description": "when it was said"},
    "until": {"type": "string", "format": "date-time", "description": "when it ends by itself"},
    "decision": _text("its id in the record of decisions"),
    "category": {"enum": [*(audience.value for audience in Audience), None], "description": "of a number: for whom"},
    "opening": {"enum": [*(opening.value for opening in Opening), None], "description": "of an opening: which"},
    "vacant": _said(_COUNT, "of a number: how many; null: it is not to be used"),
    "space": _said(_TEXT, "of a space out of service: its id, * for all of a zone"),
    "device": _said(_TEXT, "of a device that is not believed: source/id"),
}

_BENEATH: dict[str, Schema] = {
    name: _PLACE[name]
    for name in (
        "vacant", "vacant_low", "vacant_high", "level", "opening", "basis", "observed_at", "valid_until", "faults"
    )
}  # fmt: skip

_SPACE: dict[str, Schema] = {
    "id": _text("unique in its place"),
    "lon": _said(_LON, "degrees, WGS 84; null is unknown"),
    "lat": _said(_LAT, "degrees, WGS 84; null is unknown"),
    "audiences": _list(_words(Audience, "whom the space is for")),
}

_NOW: Schema = {"type": "string", "format": "date-time", "description": "the city's time, by which all else is judged"}
_AREA = {"kind": _text("commune or zone"), "id": _text("unique among its kind"), "name": _text("as people call it")}
_LANGUAGE = {
    "code": _text("its words are at /static/words/CODE.json"),
    "name": _text("of the language, in itself"),
    "reviewed": {"type": "boolean", "description": "false: a machine wrote its words, and no speaker has read them"},
}

_CENTS: Schema = {"type": "integer", "minimum": 0}
_RESERVED = ("disabled", "ev", "park_and_ride", "car_share", "carpool", "motorcycle", "bike", "electric_two_wheeler")
_DETAILS: Schema = {
    "type": "object",
    "description": "what a city states for drivers besides, once and by hand; a field that is not there is unknown",
    "properties": {
        "users": _words(Users, "who may drive in at all"),
        "is_free": {"type": "boolean", "description": "whether parking costs nothing"},
        **{f"price_{hours}h_cents": _said(_CENTS, f"euro cents for {hours} h") for hours in (1, 2, 3, 4, 24)},
        "season_resident_cents": _said(_CENTS, "euro cents a month for who lives there"),
        "season_cents": _said(_CENTS, "euro cents a month for others"),
        "disabled_tariff": _words(DisabledTariff, "what disabled people pay"),
        **{
            f"spaces_{use}": _said(_CENTS, "spaces for this use alone, as stated; not counted live")
            for use in _RESERVED
        },
        "structure": _words(Structure, "how it is built"),
        "url": {"type": "string", "format": "uri", "description": "a page with more about it"},
        "info": _text("what else the city says, in its own words"),
        "insee": _text("the French code of the town"),
        "operator_siret": _text("the French number of who runs it, 14 digits"),
    },
    "additionalProperties": False,
}

_QUESTION: dict[str, Schema] = {
    "lon": {"type": "number", "description": "degrees, WGS 84"},
    "lat": {"type": "number", "description": "degrees, WGS 84"},
    "k": {"type": "integer", "description": "at most so many places"},
    "radius_m": {"type": "number", "description": "no farther than this, metres"},
    "needs": _list(_words(Audience, "whom the space must be for")),
    "include_unknown": {"type": "boolean", "description": "also places of which nothing is known now"},
    "spaces": {"type": "boolean", "description": "single spaces where these are known"},
}

_SCHEMAS: dict[str, Schema] = {
    "Place": _object(_PLACE),
    "ByHand": _object(_BY_HAND),
    "Beneath": _object(_BENEATH),
    "Space": _object({**_SPACE, "state": _words(SpaceState, "of that single space now")}),
    "Site": _object(
        {**_PLACE, "now": _NOW, "areas": _list(_object(_AREA)), "details": _DETAILS, "spaces": _list(ref("Space"))}
    ),
    "Sites": _object(
        {
            "tenant": _TENANT,
            "now": _NOW,
            "clock": _CLOCK,
            "position": _text("where this snapshot stands: a Last-Event-ID for /v1/changes"),
            "places": _list(ref("Place")),
        }
    ),
    "Hit": _object(
        {
            **_PLACE,
            "distance_m": {"type": "number", "minimum": 0, "description": "metres from the point that was asked about"},
            "distance_kind": {"const": "straight_line", "description": "not by road"},
            "vacant_for_need": _said(
                _COUNT, "vacant for the need asked about; at least so many, where there were several needs"
            ),
        }
    ),
    "Nearest": _object(
        {
            "tenant": _TENANT,
            "now": _NOW,
            "clock": _CLOCK,
            "query": _object(_QUESTION, description="the question as it was understood"),
            "hits": _list(ref("Hit")),
        }
    ),
    "About": _object(
        {
            "tenant": _TENANT,
            "name": _text("what people call the city"),
            "located": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "by language, how one says that something is there, such as 'au Mans'",
            },
            "zone": _text("IANA name of the time zone that applies there; UTC where nobody has said"),
            "pace": {
                "type": "number",
                "description": "how many times faster than life its days pass; 1 except in demos",
            },
            "languages": _list(_object(_LANGUAGE)),
            "licence": _said(_TEXT, "licence of the city's data; null: nobody has said"),
            "view": {
                "type": ["object", "null"],
                "description": "where a map of the city begins; null: around its places",
                "properties": {name: {"type": "number"} for name in ("lon", "lat", "zoom")},
                "required": ["lon", "lat", "zoom"],
            },
            "center": {
                "type": ["array", "null"],
                "items": {"type": "number"},
                "minItems": 2,
                "maxItems": 2,
                "description": "lon and lat in the middle of its places; null where no place has a point",
            },
            "basemap": _said(_TEXT, "tiles or style that this gateway's page draws under the map; null: none"),
            "clock": _CLOCK,
            "attribution": _text("what its data's licence asks to be shown wherever the numbers are"),
        }
    ),
    "Status": _object({"status": _text("ok, or ready")}),
    "Changes": _object({"now": _NOW, "places": _list(ref("Place"))}),
    "Connection": _object(
        {
            "redis": {"enum": ["ok", "gone"], "description": "gone: numbers age, and nothing new is heard"},
            "since": {"type": "string", "format": "date-time", "description": "when it went, or came back"},
            "now": _NOW,
            "clock": _CLOCK,
        }
    ),
    "Areas": _object({"type": {"const": "FeatureCollection"}, "features": _list(ref("Area"))}),
    "Area": _object(
        {
            "type": {"const": "Feature"},
            "properties": _object(_AREA, description="what it is"),
            "geometry": {
                "description": "lon before lat, as in GeoJSON",
                "oneOf": [_shape("Polygon", _list(_RING)), _shape("MultiPolygon", _list(_list(_RING)))],
            },
        }
    ),
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": _text("about:blank: the status says what kind of problem it is"),
            "title": _text("the kind of problem in a few words"),
            "status": {"type": "integer", "description": "the HTTP status"},
            "detail": _text("what is wrong and what to do, in one sentence"),
            "field": _text("the parameter or header at fault"),
            "allowed": _said(_TEXT, "what may stand there"),
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
    parameter("k", {"type": "integer", "minimum": 1, "maximum": MAX_K, "default": 5}, "at most so many places"),
    parameter(
        "radius_m",
        {"type": "number", "minimum": 0, "maximum": MAX_RADIUS_M, "default": 2000},
        "no farther than this in a straight line, metres",
    ),
    {
        **parameter(
            "need",
            {**_list(_words(Audience)), "minItems": 1, "default": ["public"]},
            "whom the space must be for; with several, any of them will do",
        ),
        "style": "form",
        "explode": False,
    },
    parameter("include_unknown", {"type": "boolean", "default": False}, "also places of which nothing is known now"),
    parameter(
        "spaces",
        {"type": "boolean", "default": False},
        "answer with single spaces, where these are known, instead of places",
    ),
]


_EVENTS_ABOUT = (
    "server-sent events, each with JSON in `data`. `status` (Connection) comes first. Then `snapshot` (Sites), which "
    "replaces all that you hold, and comes again where places were added; `changes` (Changes) has the places that say "
    "something else, each of them whole. Both bear an `id`; with it as Last-Event-ID you get what followed it, or a "
    "snapshot where that is shorter. `reset` (Problem) says that it cannot be followed without a gap: forget what you "
    "hold, a snapshot comes. `status` comes again when our own data is lost or found, and in every 15 s of silence: "
    "nothing at all for longer means that you have lost us. Ignore events of other names"
)
_EVENTS = {"status": "Connection", "snapshot": "Sites", "changes": "Changes", "reset": "Problem"}


def describe() -> Schema:
    """The OpenAPI document."""
    site_id = parameter("id", {"type": "string"}, "as in /v1/sites", True, "path")
    event_id = {"type": "string", "pattern": f"^({POSITION_PATTERN})?$"}
    again = parameter("last_event_id", event_id, "the same, for clients that cannot set a header")
    last_id = parameter("Last-Event-ID", event_id, "resume exactly after this id", where="header")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "placelibre",
            "version": "1",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            "description": "Où il reste de la place, en direct et honnêtement. · Where there is a space to park, "
            "live and honestly. Unknown is null and never zero; every number has its time; past `valid_until` it is "
            "unknown. "
            "Answers of a kilobyte or more are compressed (brotli or gzip) for clients that accept it; events "
            "are compressed one by one (gzip), so that none waits for the next. All times are in UTC and end with Z. "
            "HEAD is answered as GET is, without the body. New fields, words and kinds of events may be added: ignore "
            "what you do not know.",
        },
        "servers": [{"url": "/", "description": "this gateway"}],
        "security": [],
        "paths": named(
            {
                "/v1/nearest": get("the nearest places with a free space", "Nearest", _NEAREST),
                "/v1/sites": get("every place of the city", "Sites", tagged=True),
                "/v1/sites/{id}": get("one place, with its single spaces", "Site", [site_id], tagged=True),
                "/v1/areas": get(
                    "outlines of communes and street zones; with lon and lat, both of them, of those around that point",
                    "Areas",
                    optional(_LON_LAT),
                    tagged=True,
                ),
                "/v1/about": get("the city: its name, time zone, languages and middle", "About", tagged=True),
                "/v1/changes": events(_EVENTS_ABOUT, _EVENTS, [last_id, again]),
                "/healthz": probe("the process is alive"),
                "/readyz": probe("the city is loaded and Redis answers"),
            }
        ),
        "components": {"schemas": _SCHEMAS, "headers": HEADERS, "responses": RESPONSES},
    }
