"""A sign of the inventory as bytes, and back."""

import msgspec

from parking.decoding import decode
from parking.errors import MalformedEventError
from parking.signs.model import Sign
from parking.signs.words import InvalidSignError

_json = msgspec.json.Encoder()
_sign = msgspec.json.Decoder(Sign)


def encode_sign(sign: Sign) -> bytes:
    """A sign as one line of UTF-8 JSON."""
    return _json.encode(sign)


def decode_sign(data: bytes) -> Sign:
    """The sign in these bytes; MalformedEventError where they are none."""
    try:
        return decode(_sign, data, "a sign")
    except InvalidSignError as error:
        raise MalformedEventError(str(error)) from error
