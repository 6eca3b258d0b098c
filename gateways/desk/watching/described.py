"""Its part of the desk's OpenAPI document: alarms, what is said to them, rejects."""

from typing import Any

from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.kinds import TroubleKind, Urgency
from parking.health.alarms.model import AlarmState, Phase
from parking.words import RejectReason

_PROBLEM = {"description": "a problem (RFC 9457) that says why"}
_REFUSED = {"400": _PROBLEM, "401": _PROBLEM, "403": _PROBLEM}
_ANYBODY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNT = {"type": "integer", "minimum": 0}
_INSTANT = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_SPOKEN = {"type": "object", "properties": {"fr": _TEXT, "en": _TEXT}, "required": ["fr", "en"]}
_SHELF = {"until": _INSTANT, "reason": {"enum": list(ShelfReason)}, "note": {**_TEXT, "maxLength": 400}}
_SAID: dict[str, tuple[dict[str, Any], str]] = {
    "acknowledge": ({}, "somebody has seen it"),
    "shelve": (_SHELF, "set it aside until a time, a week away at most"),
    "unshelve": ({}, "it counts again at once"),
    "own": ({"owner": _TEXT}, "who is on it; left out, whoever asks; empty, nobody"),
    "note": ({"text": {**_TEXT, "maxLength": 400}}, "what the next shift should know"),
    "out-of-service": (_SHELF, "no alarm by design, until a time, three months away at most"),
    "in-service": ({}, "an alarm again at once"),
}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _holds(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _get(summary: str, schema: str, *parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    responses = {"200": {"description": summary, "content": _holds(schema)}, **_REFUSED, **more}
    return {"get": {"summary": summary, "security": _ANYBODY, "parameters": list(parameters), "responses": responses}}


def _post(
    summary: str, body: dict[str, Any], schema: str, *parameters: dict[str, Any], codes: tuple[str, ...]
) -> dict[str, Any]:
    """``codes`` are of problems."""
    responses = {"200": {"description": "what came of it", "content": _holds(schema)}, **_REFUSED}
    return {
        "post": {
            "summary": summary,
            "security": _ANYBODY,
            "parameters": list(parameters),
            "requestBody": {"content": {"application/json": {"schema": body}}},
            "responses": responses | dict.fromkeys(codes, _PROBLEM),
        }
    }


_ID = {"name": "id", "in": "path", "required": True, "schema": _TEXT}
_SEEN = {
    "name": "If-Match", "in": "header", "schema": _TEXT,
    "description": "the ETag of the alarm as it was seen; may be left out while nobody has said anything to it",
}  # fmt: skip
_KIND = ({"enum": ["any", *AlarmState]}, {"enum": list(TroubleKind)})
_REASON = {"enum": list(RejectReason)}

WATCHING_PATHS: dict[str, Any] = {
    "/v1/desk/alarms": _get(
        "the alarms that are not normal, the most pressing first, and how the watcher itself goes", "DeskAlarms",
        _query("state", _KIND[0]), _query("kind", _KIND[1]), _query("place", _TEXT), _query("owner", _TEXT),
        **{"304": {"description": "as in If-None-Match"}},
    ),
    "/v1/desk/alarms/{id}": _get("one alarm; its ETag is what If-Match names", "DeskAlarm", _ID, **{"404": _PROBLEM}),
    **{
        f"/v1/desk/alarms/{{id}}/{act}": _post(
            about, {"type": "object", "properties": fields, "required": [name for name in ("until", "reason", "text")
                                                                         if name in fields]},
            "SaidToAlarm", _ID, _SEEN, codes=("404", "409", "412", "422", "428", "503"),
        )
        for act, (fields, about) in _SAID.items()
    },
    "/v1/desk/rejects": _get(
        "what was refused within the last day, by source and reason", "DeskRejects", _query("source", _TEXT),
        _query("reason", _REASON),
    ),
    "/v1/desk/rejects/examples": _get(
        "the latest of a source and a reason, with their bytes", "DeskRejectExamples", _query("source", _TEXT),
        _query("reason", _REASON),
    ),
    "/v1/desk/rejects/redrive": _post(
        "read them again as it would be done today, and send what they say now; each once",
        {"type": "object", "properties": {"source": _TEXT, "reason": _REASON, "ids": _TEXTS,
                                          "dry_run": {"type": "boolean"}, "note": _TEXT}},
        "DeskRedriven", codes=("422", "502", "503"),
    ),
}  # fmt: skip

_ALARM = _object(
    id=_TEXT, tag=_TEXT, kind={"enum": list(TroubleKind)}, cause=_TEXT, name=_TEXT, title=_SPOKEN, answer=_SPOKEN,
    state={"enum": list(AlarmState)}, urgency={"enum": list(Urgency)}, phase={"enum": list(Phase)},
    since=_MAYBE_INSTANT, raised_at=_MAYBE_INSTANT, returned_at=_MAYBE_INSTANT, places=_TEXTS,
    place_count=_COUNT, signs=_TEXTS,
    devices=_TEXTS, device_count=_COUNT, spaces=_COUNT, unsized_places=_COUNT, certainty={"type": "number"},
    stake={"type": "number"}, detail={"type": "object"}, beneath=_TEXTS,
    under={"type": ["string", "null"]}, owner={"type": ["string", "null"]},
    acknowledged={"type": ["object", "null"]}, shelved={"type": ["object", "null"]},
    out_of_service={"type": ["object", "null"]}, notes={"type": "array", "items": {"type": "object"}},
    is_recorded={"type": "boolean"},
)  # fmt: skip
_EXAMPLE = _object(
    id=_TEXT, source=_TEXT, reason=_REASON, detail=_TEXT, times=_COUNT, last_at=_INSTANT, open={"type": "boolean"},
    text=_TEXT, hex=_TEXT, shown_bytes=_COUNT, bytes=_COUNT,
)  # fmt: skip
_GROUP = _object(source=_TEXT, reason=_REASON, count=_COUNT, last_hour=_COUNT, by_hour={"type": "array"})

WATCHING_SCHEMAS: dict[str, Any] = {
    "DeskAlarm": _ALARM,
    "DeskAlarms": _object(
        tenant=_TEXT, watch={"type": "object"}, counts={"type": "object"}, alarms={"type": "array", "items": _ALARM}
    ),
    "SaidToAlarm": _object(decision=_TEXT, alarm=_ALARM),
    "DeskRejects": _object(
        tenant=_TEXT, is_complete={"type": "boolean"}, total=_COUNT, groups={"type": "array", "items": _GROUP}
    ),
    "DeskRejectExamples": _object(tenant=_TEXT, examples={"type": "array", "items": _EXAMPLE}),
    "DeskRedriven": {"type": "object", "properties": {"decision": _TEXT, "result": _TEXT}},
}
