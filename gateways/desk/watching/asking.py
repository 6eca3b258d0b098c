"""What is asked of the desk and how it answers: queries and bodies read strictly, JSON that no other origin reads."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from parking.desk.operators import Operator, Role
from parking.printable import visible_json
from serving.entity_tags import find_held, list_tags, strong_tag
from serving.problems import ProblemDocument
from serving.request_bodies import read_body, require_type

_MAX_BYTES = 64 * 1024
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-cache, private", "Vary": "Authorization, Cookie"}
Require: TypeAlias = Callable[[Request, Role, str], Awaitable[Operator]]
"""Who asks, if that one has the role in that city (``DeskAccess.require``)."""

_FIELD = re.compile(r"(?:\$\.|required field `|unknown field `)(\w+)")
T = TypeVar("T")


def read_query(request: Request, known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The query's fields, each once and one of its choices; () is anything."""
    fields: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            allowed = ", ".join(known) or "nothing"
            raise ProblemDocument(400, "Bad request", f"{name!r:.80} is no parameter here", name[:80], allowed)
        if name in fields or (known[name] and value not in known[name]):
            allowed = f"once, one of {', '.join(known[name])}" if known[name] else "once"
            raise ProblemDocument(400, "Bad request", f"{name} is {value!r:.80}; it must be {allowed}", name, allowed)
        fields[name] = value
    return fields


async def read_json(request: Request, kind: type[T]) -> T:
    """The body, or a problem that names the field and what it may be. No body at all is an empty object."""
    if "content-type" in request.headers:
        require_type(request, ("application/json",))
    body = await read_body(request, _MAX_BYTES)
    if body:
        require_type(request, ("application/json",))
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _unfit(str(error), kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemDocument(400, "Bad request", f"the body is no JSON: {error}"[:300]) from None


def _unfit(said: str, kind: type) -> ProblemDocument:
    known = [field.name for field in msgspec.structs.fields(kind)]
    found = _FIELD.search(said)
    named = found[1] if found and found[1] in known else "body"
    return ProblemDocument(400, "Bad request", said[:300], named, f"an object of {', '.join(known)}")


def read_seen(request: Request) -> str | None:
    """The one ETag that If-Match names, in whatever coding it was given; None where there is no If-Match."""
    given = request.headers.get("if-match")
    if given is None:
        return None
    tags = list_tags(given)
    if len(tags) != 1 or not tags[0].strip('"'):
        raise ProblemDocument(400, "Bad request", "If-Match names one thing by its ETag", "If-Match", "one ETag")
    return tags[0]


def answer(request: Request, document: Any) -> Response:
    """JSON for whoever may ask; 304 for who holds it."""
    body = visible_json(msgspec.json.encode(document).decode()).encode()
    tag = strong_tag(body)
    if (held := find_held(request.headers.get("if-none-match"), tag)) is not None:
        return Response(status_code=304, headers={**PRIVATE, "ETag": tag if held == "*" else held})
    return Response(body, headers={**PRIVATE, "ETag": tag}, media_type="application/json")


def done(document: Any, status: int = 200, **headers: str) -> Response:
    """What came of an act."""
    body = visible_json(msgspec.json.encode(document).decode())
    return Response(body, status, {**PRIVATE, **headers}, "application/json")
