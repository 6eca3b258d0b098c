"""What is asked of the desk and how it answers: queries and bodies read strictly, JSON that no other origin reads."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from parking.desk.operators import Operator, Role
from parking.printable import visible_json
from serving.entity_tags import find_held, strong_tag
from serving.json_bodies import read_json
from serving.problems import ProblemDocument

_MAX_BYTES = 64 * 1024
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-cache, private", "Vary": "Authorization, Cookie"}
Require: TypeAlias = Callable[[Request, Role, str], Awaitable[Operator]]
"""Who asks, if that one has the role in that city (``DeskAccess.require``)."""

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


async def read_act(request: Request, kind: type[T]) -> T:
    """What somebody says, of whatever fields; no body at all is an empty object."""
    return await read_json(request, kind, {}, _MAX_BYTES, may_be_empty=True)


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
