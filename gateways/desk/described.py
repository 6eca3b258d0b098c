"""The commands of the desk described for programs (OpenAPI 3.1); tests hold every answer against it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gateways.desk.catalogue_routes import EDIT_ALLOWED, UndoBody
from gateways.desk.command_routes import COMMAND_ALLOWED
from parking.desk.commands import PlaceOverride, PlaceRecount, PlaceRelease
from parking.desk.edits import CatalogueEdit

_BODIES = (PlaceOverride, PlaceRelease, PlaceRecount, CatalogueEdit, UndoBody)
_TEXT = {"type": "string"}
_PERHAPS = {"type": ["boolean", "null"]}
_MAYBE = {"type": ["string", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_PLACE = {"name": "id", "in": "path", "required": True, "schema": _TEXT, "description": "a place's id"}
_MATCH = {"name": "If-Match", "in": "header", "schema": _TEXT, "description": "the ETag of what you have seen"}
_KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200},
        "description": "the same key is the same command, however often it is sent"}  # fmt: skip
_WRONG = {
    400: "a parameter, header or body that cannot be taken; `field` names it and `allowed` says what may be there",
    401: "nobody says who asks",
    403: "who asks may not",
    404: "there is no such place or command, or nothing is set by hand there",
    409: "something holds already, and If-Match does not name it",
    412: "somebody has said something else since; `allowed` is the ETag of that",
    413: "a body that is too large",
    415: "a body of another type",
    422: "a command that cannot be: `field` and `detail` say why",
    428: "If-Match is needed",
    429: "this address has asked more than it may",
    503: "Kafka or Redis does not answer, and nothing was done",
}


class _Previewed:
    """The body of a preview; see ``_schemas``."""


def _ref(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _operation(about: str, schema: str, *wrong: int, ok: int = 200, body: type | None = None, more: Any = None) -> Any:
    always = (400, 401, 403, 429, 503, *((413, 415, 422) if body else ()))
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/DeskProblem"}}}
    answers: dict[str, Any] = {str(ok): {"description": about, "content": _ref(schema)}}
    answers |= {str(code): {"description": _WRONG[code], "content": problem} for code in sorted({*always, *wrong})}
    operation = {"summary": about, "security": [{"token": []}, {"session": []}], "responses": answers, **(more or {})}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _ref(body.__name__.lstrip("_"))}
        operation["parameters"] = [_KEY, *(more or {}).get("parameters", [])]
        later = "recorded, and not done yet: it is tried until it is; ask for it by its Location"
        if schema == "Command":
            answers["202"] = {"description": later, "content": _ref("Command")}
    return operation


def _paths() -> dict[str, Any]:
    place, match = "/v1/desk/places/{id}", {"parameters": [_MATCH]}
    of_place: dict[str, Any] = {
        "/commands": {"get": _operation("what was said last about each thing of a place", "PlaceCommands", 404)},
        "/overrides": {"post": _operation(
            "set an opening, a number, spaces or a device by hand until a time", "Command", 404, 409, 412, ok=201,
            body=PlaceOverride, more=match)},
        "/releases": {"post": _operation(
            "end what holds by hand", "Command", 404, 412, 428, body=PlaceRelease, more=match)},
        "/recounts": {"post": _operation(
            "say what somebody has counted by eye", "Command", 404, ok=201, body=PlaceRecount)},
        "/preview": {"post": _operation(
            "what the driver, the API and the signs would say under a command; nothing is recorded", "Preview", 404,
            body=_Previewed)},
        "/catalogue": {
            "get": _operation("a place's entry in the catalogue; its ETag is the last edit by hand", "Entry", 404),
            "patch": _operation("edit fields or devices", "Command", 404, 412, 428, body=CatalogueEdit, more=match),
        },
        "/catalogue/preview": {"post": _operation("what an edit would change", "Planned", 404, body=CatalogueEdit)},
        "/catalogue/undo": {"post": _operation("take one back", "Command", 404, 412, 428, body=UndoBody, more=match)},
        "/catalogue/history": {"get": _operation("who edited what of a place, the newest first", "Edits", 404)},
    }  # fmt: skip
    decision = {"name": "decision", "in": "path", "required": True, "schema": _TEXT, "description": "a command's id"}
    return {
        **{f"{place}{path}": {"parameters": [_PLACE], **operations} for path, operations in of_place.items()},
        "/v1/desk/commands/{decision}": {
            "parameters": [decision], "get": _operation("what came of a command", "Command", 404)
        },
    }  # fmt: skip


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _schemas() -> dict[str, Any]:
    _, made = msgspec.json.schema_components(_BODIES, ref_template="#/components/schemas/{name}")
    for name, told in (*((kind.__name__, COMMAND_ALLOWED) for kind in _BODIES[:3]),
                       *((kind.__name__, EDIT_ALLOWED) for kind in _BODIES[3:])):  # fmt: skip
        schema = made[name]
        schema.pop("description", None)
        schema["required"] = [field for field in schema.get("required", []) if field != "command"]
        schema["properties"] = {
            field: {**known, "description": told[field]} for field, known in schema["properties"].items()
        }
    anything: dict[str, Any] = {"type": ["object", "null"]}
    command = _object({
        "id": _TEXT, "subject": _TEXT, "place": _MAYBE, "rule": _TEXT, "author": _MAYBE, "reason": _MAYBE,
        "said_at": _TIME, "until": _TIME, "state": {"type": "string", "enum": ["open", "acted", "refused", "failed"]},
        "told": {"type": "object"}, "confirmed_at": _MAYBE, "holds": _PERHAPS, "shows": _PERHAPS,
        "command": anything, "changes": {"type": ["array", "null"]}, "undoes": _MAYBE, "follows": _MAYBE,
    })  # fmt: skip
    commands = {"type": "array", "items": {"$ref": "#/components/schemas/Command"}}
    either = [{"allOf": [{"$ref": f"#/components/schemas/{kind.__name__}"}, {"required": ["command"]}]}
              for kind in (PlaceOverride, PlaceRecount)]  # fmt: skip
    line = _object({"number": {"type": "integer"}, "state": _TEXT, "text": _TEXT, "because": _MAYBE})
    lines = {"type": "array", "items": _object({"is": line, "would": line})}
    signs = {"type": ["array", "null"], "items": _object({"id": _TEXT, "name": _TEXT, "lines": lines})}
    return {
        **made,
        "Previewed": {"oneOf": either},
        "Preview": _object(
            {
                "now": _TIME,
                "is": {"type": "object"},
                "would": anything,
                "untold": _MAYBE,
                "signs": signs,
                "signs_as": _TEXT,
            }
        ),
        "Command": command,
        "PlaceCommands": _object({"place": _TEXT, "now": _TIME, "commands": commands}),
        "Edits": _object({"edits": commands}),
        "Entry": _object({"place": {"type": "object"}, "edit": _TEXT}),
        "Planned": _object({"changes": {"type": "array", "items": {"type": "object"}}}),
        "DeskProblem": {
            "type": "object",
            "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
            "required": ["detail", "status", "title", "type"],
        },
    }


COMMAND_PATHS: Mapping[str, Any] = _paths()
COMMAND_SCHEMAS: Mapping[str, Any] = _schemas()
