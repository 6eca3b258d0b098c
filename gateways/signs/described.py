"""The signs' API described for programs (OpenAPI 3.1); tests hold every answer against it."""

from typing import Any

import msgspec

from gateways.signs.documents import NOT_KNOWN
from gateways.signs.ordering import ALLOWED, ExtendBody, OverrideBody, TaskBody
from gateways.signs.preview import LINES_ALLOWED
from gateways.signs.reading import OF
from parking.signs.model import Sign
from parking.signs.status import SignState, SignStatus

_BODIES = (OverrideBody, ExtendBody, TaskBody)
_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_ID = {"name": "id", "in": "path", "required": True, "schema": _TEXT, "description": "a sign's id"}
_HELD = {"name": "If-None-Match", "in": "header", "schema": _TEXT, "description": "an ETag that you hold"}
_MATCH = {"name": "If-Match", "in": "header", "schema": _TEXT, "description": "the ETag of the override that is meant"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _problem(about: str) -> dict[str, Any]:
    return {
        "description": about,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


_WRONG = {
    400: "a parameter, header or body that cannot be taken; `field` names it and `allowed` says what may be there",
    401: "no token",
    403: "a token that is nobody's, no orders are taken here at all, or the same person twice where it takes two",
    404: "there is no such sign, or nothing was said to it",
    409: "another override holds, and If-Match does not name it",
    412: "somebody has said something else since",
    413: "a body that is too large",
    415: "a body of another type",
    422: "an order that cannot be: `field` and `allowed` say why",
    428: "If-Match is needed",
    429: "this address has asked more than it may",
    503: "Redis or Kafka does not answer, and nothing was done",
}


def _responses(ok: int, about: str, content: dict[str, Any], *wrong: int) -> dict[str, Any]:
    problems = {str(status): _problem(_WRONG[status]) for status in sorted({*wrong, 429, 503})}
    return {str(ok): {"description": about, "content": content}, **problems}


def _read(about: str, content: dict[str, Any], parameters: list[Any] | None = None, *wrong: int) -> dict[str, Any]:
    answers = _responses(200, about, content, 400, *wrong)
    answers["304"] = {"description": "what you hold still holds"}
    return {"summary": about, "parameters": [*(parameters or []), _HELD], "responses": answers}


def _order(about: str, ok: int, schema: str, body: type | None = None, *wrong: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    wrongs = (400, 401, 403, 404, *wrong, *((413, 415, 422) if body else ()))
    operation = {"summary": about, "security": [{"token": []}], "responses": _responses(ok, about, content, *wrongs)}
    if body is not None:
        said = {"application/json": {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}}
        operation["requestBody"] = {"required": True, "content": said}
    return operation


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _or_proposed(operation: dict[str, Any]) -> dict[str, Any]:
    """Where the setting signs_two_persons is on, the same answer says that it waits."""
    proposed = {"description": "proposed: it waits for a second person", "content": _json("Outcome")}
    return operation | {"parameters": [_MATCH], "responses": {**operation["responses"], "202": proposed}}


def describe_signs() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "placelibre: signs", "version": "1", "description": __doc__.partition(";")[0]},
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    pictures = {"svg": {"image/svg+xml": {"schema": _TEXT}}, "png": {"image/png": {"schema": {"type": "string"}}}}
    of = {"name": "of", "in": "query", "schema": {"type": "string", "enum": [*OF]}, "description": "default: shown"}
    paths: dict[str, Any] = {
        "/v1/signs": {"get": _read("all signs and what is known of them", _json("Signs"))},
        "/v1/signs/{id}": {"parameters": [_ID], "get": _read("one sign", _json("Sign"), None, 404)},
    }
    for form, content in pictures.items():
        about = "what a driver sees, or what was commanded; a question mark where nobody knows"
        paths[f"/v1/signs/{{id}}/face.{form}"] = {"parameters": [_ID], "get": _read(about, content, [of], 404)}
        asked = [
            {
                "name": "line",
                "in": "query",
                "schema": {"type": "array", "items": {"type": "string"}},
                "description": LINES_ALLOWED,
            },
            {"name": "test_pattern", "in": "query", "schema": {"type": "boolean"}, "description": "every pixel"},
        ]
        paths[f"/v1/signs/{{id}}/preview.{form}"] = {
            "parameters": [_ID],
            "get": _read("what an override would look like", content, asked, 404, 422),
        }
    paths["/v1/signs/{id}/override"] = {
        "parameters": [_ID],
        "get": _order("the override that holds; its id is the ETag", 200, "Held"),
        "post": _or_proposed(_order("take a sign over until a time", 201, "Outcome", OverrideBody, 409, 412)),
        "patch": _or_proposed(_order("let the override end at another time", 200, "Outcome", ExtendBody, 412, 428)),
        "delete": _order("end the override", 200, "Outcome", None, 412, 428) | {"parameters": [_MATCH]},
    }
    paths["/v1/signs/{id}/proposal"] = {
        "parameters": [_ID],
        "get": _order("the override that waits for a second person; its id is the ETag", 200, "Held"),
        "post": _order("confirm it, as somebody else than who proposed it", 201, "Outcome", None, 412, 422, 428)
        | {"parameters": [_MATCH]},
        "delete": _order("let it wait no longer", 200, "Outcome", None, 412, 428) | {"parameters": [_MATCH]},
    }
    paths["/v1/signs/{id}/tasks"] = {
        "parameters": [_ID],
        "get": _order("what was asked of a sign last, and what came of it", 200, "Outcome"),
        "post": _order("have a sign read, its pixels tested, drilled, secured", 202, "Outcome", TaskBody),
    }
    country = {"name": "country", "in": "query", "schema": {"type": "string", "pattern": "^[a-z]{2}$"}}
    document = {"application/xml": {"schema": {"type": "string"}}}
    for name, about in (("table", "what stands where"), ("status", "what each sign says that it shows")):
        paths[f"/v1/datex/{name}.xml"] = {"get": _read(f"{about}, in DATEX II v3.7", document, [country], 404)}
    return paths


def _schemas() -> dict[str, Any]:
    _, made = msgspec.json.schema_components((*_BODIES, SignStatus, Sign), ref_template="#/components/schemas/{name}")
    bodies = {kind.__name__: made[kind.__name__] for kind in _BODIES}
    for body in bodies.values():
        for name, schema in body["properties"].items():
            body["properties"][name] = {**schema, "description": ALLOWED[name]}
    words = {name: made[name] for name in ("OrderReason", "SignMessage", "TaskKind", "SignMode", "SignProtocol")}
    states = [NOT_KNOWN, *(state.value for state in SignState)]
    sign = _object(
        {
            "id": _TEXT,
            "name": _TEXT,
            "state": {"type": "string", "enum": states},
            "mode": {"$ref": "#/components/schemas/SignMode"},
            "protocol": {"$ref": "#/components/schemas/SignProtocol"},
            "lines": {"type": "array", "items": {"type": "object"}},
            "status": {"type": ["object", "null"], "description": "null: nothing was written within a minute"},
            "seen": {"type": ["object", "null"], "description": "the face in words, by language; null: not known"},
        }
    )
    outcome = {"decision": _TEXT, "subject": _TEXT, "author": _MAYBE, "reason": _MAYBE, "asks": _MAYBE}
    outcome |= {"decided_at": _TIME, "valid_until": _TIME, "said": {"type": ["object", "null"]}}
    outcome |= {"state": {"type": "string", "enum": ["open", "acted", "refused", "failed"]}}
    problem = {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT}
    return {
        **bodies,
        **words,
        "Sign": sign,
        "Signs": _object({"tenant": _TEXT, "city": _TEXT, "signs": {"type": "array", "items": sign}}),
        "Outcome": _object(outcome),
        "Held": _object({**outcome, "override": {"type": "object"}}),
        "Problem": _object(problem),
    }
