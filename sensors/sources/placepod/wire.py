"""PNI PlacePod frames: a list of channel, type and value. Source: ZENNER's element-parsers."""

from collections.abc import Mapping
from struct import Struct

import msgspec

RECALIBRATED, TEMPERATURE, BATTERY = b"\x01\x01", b"\x02\x67", b"\x03\x02"
STATUS, DEACTIVATED, COUNT = b"\x15\x66", b"\x1c\x01", b"\x21\x00"
KEEP_ALIVE, KEEP_ALIVE_COUNT, REBOOTED = b"\x37\x66", b"\x37\x00", b"\x3f\x01"
_BYTE, _SIGNED = Struct(">B"), Struct(">h")
_VALUES = {
    RECALIBRATED: _BYTE,
    TEMPERATURE: _SIGNED,
    BATTERY: _SIGNED,
    STATUS: _BYTE,
    DEACTIVATED: _BYTE,
    COUNT: _BYTE,
    KEEP_ALIVE: _BYTE,
    KEEP_ALIVE_COUNT: _BYTE,
    REBOOTED: _BYTE,
}
_HEAD = 2


class PlacepodFrame(msgspec.Struct, frozen=True):
    """The values by channel and type, as they are on the wire; and the bytes that are none of these, in their order."""

    values: Mapping[bytes, int]
    unknown: bytes


def read_frame(payload: bytes) -> PlacepodFrame:
    """One frame, whatever its port. What stands before the first sound list and after its end is ``unknown``.

    Unknown bytes before a list are skipped only if the list then goes to the frame's end: otherwise any byte that
    happens to look like a channel would be believed.
    """
    values, end = _read_list(payload, 0)
    if values:
        return PlacepodFrame(values, payload[end:])
    for start in range(1, len(payload) - _HEAD):
        values, end = _read_list(payload, start)
        if values and end == len(payload):
            return PlacepodFrame(values, payload[:start])
    return PlacepodFrame({}, payload)


def _read_list(payload: bytes, at: int) -> tuple[dict[bytes, int], int]:
    """The values from ``at`` on, and where they end: at an unknown channel, a torn value, or one that came before."""
    values: dict[bytes, int] = {}
    while (head := payload[at : at + _HEAD]) in _VALUES and head not in values:
        value = _VALUES[head]
        if len(payload) < at + _HEAD + value.size:
            break
        (values[head],) = value.unpack_from(payload, at + _HEAD)
        at += _HEAD + value.size
    return values, at
