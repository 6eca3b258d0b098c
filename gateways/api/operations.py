"""How an operation is described: its answers, the headers they come with, and what can go wrong."""

from typing import Any

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A schema of this document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(name: str, schema: Schema, about: str, required: bool = False, where: str = "query") -> Schema:
    """A parameter of a query, or of where it says."""
    return {"name": name, "in": where, "schema": schema, "description": about, "required": required}


_HELD = parameter(
    "If-None-Match", {"type": "string"}, "an ETag that you hold: 304 where it still holds", where="header"
)
_RATES: Schema = {
    "RateLimit": {
        "description": "what this address has left and in how many seconds it has all again, like "
        '`"per-minute";r=2990;t=42` (draft-ietf-httpapi-ratelimit-headers); from half the limit on',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'what an address may ask in a window of so many seconds, like `"per-minute";q=6000;w=60`',
        "schema": {"type": "string"},
    },
}
_RETRY_AFTER: Schema = {"description": "seconds to wait before asking again", "schema": {"type": "integer"}}
_ETAG: Schema = {
    "description": "send it as If-None-Match. Weak (`W/`) where the answer carries ages: it then holds for ten seconds "
    "as long as nothing is said anew",
    "schema": {"type": "string"},
}


def _problem(about: str, headers: Schema | None = None) -> Schema:
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {"description": about, "content": content, "headers": {**_RATES, **(headers or {})}}


def get(
    about: str,
    schema: str,
    parameters: list[Schema] | None = None,
    media: str = "application/json",
    tagged: bool = False,
) -> Schema:
    """A path that is read. ``tagged``: its answers have an ETag, and are 304 for who holds them."""
    content: Schema = {media: {"schema": ref(schema) if schema else {"type": "string"}}}
    tag = {"ETag": _ETAG} if tagged else {}
    responses: Schema = {"200": {"description": about, "content": content, "headers": {**_RATES, **tag}}}
    if tagged:
        responses["304"] = {"description": "what you hold still holds", "headers": {**_RATES, **tag}}
    responses["429"] = _problem("this address has asked more than it may", {"Retry-After": _RETRY_AFTER})
    responses["503"] = _problem("nothing can be said yet; ask again", {"Retry-After": _RETRY_AFTER})
    responses["default"] = _problem("problem")
    asked = {
        "summary": about,
        "parameters": [*(one for one in parameters or [] if one["in"] != "path"), *([_HELD] if tagged else [])],
        "responses": responses,
    }
    preflight = {
        "summary": "CORS: what a script of another origin may send",
        "responses": {
            "204": {"description": "GET, HEAD and OPTIONS, from any origin, with Last-Event-ID and If-None-Match"}
        },
    }
    in_path = [one for one in parameters or [] if one["in"] == "path"]
    return {"get": asked, "options": preflight, "parameters": in_path}


def probe(about: str) -> Schema:
    """What a load balancer asks; no script of another origin needs it."""
    return {"get": get(about, "Status")["get"]}


def optional(parameters: list[Schema]) -> list[Schema]:
    """The same parameters, none of them required."""
    return [{**parameter, "required": False} for parameter in parameters]
