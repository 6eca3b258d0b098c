"""The body of a request: of a type that is read, no longer than the limit, and within some seconds."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from sensors.contract import Adapter
from sensors.intake import problems
from sensors.intake.problems import Refused
from sensors.intake.routing import is_frame_adapter

BODY_WITHIN_S = 10.0
_DIGITS = 18
_OTHER_TYPES = ("application/x-ndjson", "application/xml", "text/xml", "text/csv", "application/octet-stream")


def require_type(request: Request, adapter: Adapter) -> None:
    """Refuse a body of a type that this source does not send."""
    allowed = ("application/json",) if is_frame_adapter(adapter) else ("application/json", *_OTHER_TYPES)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        raise Refused(415, "Unsupported media type", f"the body must be {' or '.join(allowed)}", Accept=allowed[0])


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of which no more than the limit is ever held."""
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and (len(stated) > _DIGITS or int(stated) > limit):
        raise problems.too_large(limit)
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise problems.too_large(limit)
                parts.append(part)
    except TimeoutError as slow:
        detail = f"send the body within {BODY_WITHIN_S:.0f} s"
        raise Refused(408, "Request timeout", detail, Connection="close") from slow
    except ClientDisconnect as gone:
        raise Refused(400, "Bad request", "the body ended early") from gone
    return b"".join(parts)
