"""A JSON body as the struct that an endpoint takes, or a problem that names the field and what it may be."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

import msgspec
from starlette.requests import Request

from serving.problems import ProblemDocument
from serving.request_bodies import read_body, require_type

T = TypeVar("T")
_FIELD = re.compile(r"(?:\$\.|required field `)(\w+)")


async def read_json(
    request: Request, kind: type[T], allowed: Mapping[str, str], limit: int, may_be_empty: bool = False
) -> T:
    """The body, of ``limit`` bytes at most; ``kind`` may be a union of tagged structs.

    ``allowed`` says in words what fields may be. With ``may_be_empty`` no body at all is an empty object.
    """
    if not may_be_empty or "content-type" in request.headers:
        require_type(request, ("application/json",))
    body = await read_body(request, limit)
    if body:
        require_type(request, ("application/json",))
    try:
        return msgspec.json.decode(b"{}" if may_be_empty and not body else body, type=kind)
    except msgspec.ValidationError as error:
        raise _bad(str(error), kind, allowed) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemDocument(400, "Bad request", f"the body is no JSON: {error}"[:300]) from None


def _bad(said: str, kind: Any, allowed: Mapping[str, str]) -> ProblemDocument:
    """Msgspec names a field by its path, or in the sentence where it is missing."""
    kinds = get_args(kind) or (kind,)
    known = list(dict.fromkeys(field.name for one in kinds for field in msgspec.structs.fields(one)))
    found = _FIELD.search(said)
    named = found[1] if found and found[1] in known else None
    wanted = allowed.get(named or "", f"an object of {', '.join(known)}")
    return ProblemDocument(400, "Bad request", said[:300], named or "body", wanted)
