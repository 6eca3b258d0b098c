"""Its part of the desk's OpenAPI document: who I am, and my sessions."""

from typing import Any

_PROBLEM = {"description": "a problem (RFC 9457) that says why"}
_DENIED = {"401": _PROBLEM, "403": _PROBLEM, "503": _PROBLEM}


def _json(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


_ANYBODY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
_TIME = {"type": "string", "format": "date-time"}

ACCESS_PATHS: dict[str, Any] = {
    "/v1/desk/me": {
        "get": {
            "summary": "who asks, what that one may do in which city, and the CSRF token that a page sends back",
            "security": _ANYBODY,
            "responses": {"200": {"description": "who asks", **_json("Me")}, **_DENIED},
        }
    },
    "/v1/desk/me/sessions": {
        "get": {
            "summary": "where else this person is signed in; a system has no sessions",
            "security": _ANYBODY,
            "responses": {"200": {"description": "the sessions", **_json("MySessions")}, **_DENIED},
        }
    },
    "/v1/desk/me/sessions/{id}": {
        "delete": {
            "summary": "end one of one's own sessions; its streams end within seconds",
            "security": _ANYBODY,
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"204": {"description": "it has ended"}, "404": _PROBLEM, **_DENIED},
        }
    },
}

ACCESS_SCHEMAS: dict[str, Any] = {
    "Me": {
        "type": "object",
        "required": ["name", "roles", "csrf", "ends_at"],
        "properties": {
            "name": {"type": "string", "description": "the author in the record of what this one does"},
            "roles": {
                "type": "object",
                "description": "by city; * stands for all",
                "additionalProperties": {
                    "type": "array",
                    "items": {"enum": ["view", "operate", "signs", "catalogue", "admin"]},
                },
            },
            "csrf": {"type": ["string", "null"], "description": "of a session; goes into X-Placelibre-Csrf"},
            "ends_at": {**_TIME, "type": ["string", "null"], "description": "of a session, at the latest"},
        },
    },
    "MySessions": {
        "type": "object",
        "required": ["sessions"],
        "properties": {
            "sessions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "this", "began_at", "ends_at"],
                    "properties": {
                        "id": {"type": "string"},
                        "this": {"type": "boolean"},
                        "began_at": _TIME,
                        "ends_at": _TIME,
                    },
                },
            }
        },
    },
}
