"""Reading bytes that anybody may have written: what comes out is of the type, or a refusal that says what it is not."""

from typing import TypeVar

import msgspec

from parking.errors import MalformedEventError

T = TypeVar("T")


def decode(decoder: msgspec.json.Decoder[T] | msgspec.msgpack.Decoder[T], data: bytes, what: str) -> T:
    """What ``decoder`` reads in these bytes; MalformedEventError, "not ``what``: ...", where it reads nothing."""
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # msgspec lets the last two through: a text that is no UTF-8, and a thousand brackets in a row.
        raise MalformedEventError(f"not {what}: {error}") from error
