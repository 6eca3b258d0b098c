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


def _header(about: str, kind: str = "string") -> Schema:
    return {"description": about, "schema": {"type": kind}}


def _told(*names: str) -> Schema:
    """Headers of this document by their names; every answer may tell what the client has left of its limit."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy", *names)}


def _problem(about: str, *headers: str) -> Schema:
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {"description": about, "content": content, "headers": _told(*headers)}


HEADERS: Schema = {
    "RateLimit": _header(
        'what this address has left and in how many seconds it has all again, like `"per-minute";r=2990;t=42` '
        "(draft-ietf-httpapi-ratelimit-headers); from half the limit on"
    ),
    "RateLimit-Policy": _header(
        'requests of an address in a window of so many seconds, like `"per-minute";q=6000;w=60`'
    ),
    "Retry-After": _header("seconds to wait before asking again", "integer"),
    "ETag": _header(
        "send it as If-None-Match. Weak (`W/`) where the answer carries ages: it then holds for ten seconds as long as "
        "nothing is said anew"
    ),
}

RESPONSES: Schema = {
    "NotModified": {"description": "what you hold still holds", "headers": _told("ETag")},
    "TooManyRequests": _problem("this address has asked more than it may", "Retry-After"),
    "NotReady": _problem("nothing can be said yet; ask again", "Retry-After"),
    "BadRequest": _problem("a parameter or header that cannot be taken; `field` names it"),
    "NotFound": _problem("there is no such place"),
    "Problem": _problem("a problem that names the field at fault, if one is"),
    "Preflight": {"description": "GET, HEAD and OPTIONS, from any origin, with Last-Event-ID and If-None-Match"},
}


def _answer(name: str) -> Schema:
    return {"$ref": f"#/components/responses/{name}"}


def get(
    about: str,
    schema: str,
    parameters: list[Schema] | None = None,
    media: str = "application/json",
    tagged: bool = False,
) -> Schema:
    """A path that is read. ``tagged``: its answers have an ETag, and are 304 for who holds them."""
    content: Schema = {media: {"schema": ref(schema) if schema else {"type": "string"}}}
    told = _told("ETag") if tagged else _told()
    responses: Schema = {"200": {"description": about, "content": content, "headers": told}}
    if tagged:
        responses["304"] = _answer("NotModified")
    responses |= {"429": _answer("TooManyRequests"), "503": _answer("NotReady"), "default": _answer("Problem")}
    in_query = [parameter for parameter in parameters or [] if parameter["in"] != "path"]
    in_path = [parameter for parameter in parameters or [] if parameter["in"] == "path"]
    responses["400"] = _answer("BadRequest")
    if in_path:
        responses["404"] = _answer("NotFound")
    asked = {"summary": about, "parameters": [*in_query, *([_HELD] if tagged else [])], "responses": responses}
    preflight = {"summary": "CORS: may a script of another origin ask?", "responses": {"204": _answer("Preflight")}}
    return {"get": asked, "options": preflight, "parameters": in_path}


def events(about: str, schemas: dict[str, str], parameters: list[Schema]) -> Schema:
    """A path of server-sent events. ``schemas``: the name of each event's schema, which OpenAPI has no place for."""
    path = get(about, "", parameters, "text/event-stream")
    path["get"]["x-events"] = {event: ref(schema) for event, schema in schemas.items()}
    return path


def named(paths: Schema) -> Schema:
    """The same paths, each operation with an id that programs can be generated with: getSites, getSitesId."""
    for path, methods in paths.items():
        subject = "".join(part.strip("{}").capitalize() for part in path.split("/") if part != "v1")
        for method in methods.keys() & {"get", "options"}:
            methods[method]["operationId"] = method + subject
    return paths


def probe(about: str) -> Schema:
    """What a load balancer asks; no script of another origin needs it."""
    asked = get(about, "Status")["get"]
    del asked["responses"]["400"]
    return {"get": asked}


def optional(parameters: list[Schema]) -> list[Schema]:
    """The same parameters, none of them required."""
    return [{**parameter, "required": False} for parameter in parameters]
