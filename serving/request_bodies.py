"""The body of a request: of a type that is read, no longer than the limit, and within some seconds."""

import asyncio
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request

from serving.problems import ProblemDocument, too_large

BODY_WITHIN_S = 10.0
_DIGITS = 18


def require_type(request: Request, allowed: Sequence[str]) -> None:
    """Refuse a body of another media type than those allowed, of which the first is what we would rather have."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        detail = f"the body must be {' or '.join(allowed)}"
        raise ProblemDocument(415, "Unsupported media type", detail, headers={"Accept": allowed[0]})


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of which no more than the limit is ever held."""
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and (len(stated) > _DIGITS or int(stated) > limit):
        raise too_large(limit)
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise too_large(limit)
                parts.append(part)
    except TimeoutError as slow:
        detail = f"send the body within {BODY_WITHIN_S:.0f} s"
        raise ProblemDocument(408, "Request timeout", detail, headers={"Connection": "close"}) from slow
    except ClientDisconnect as gone:
        raise ProblemDocument(400, "Bad request", "the body ended early") from gone
    return b"".join(parts)
