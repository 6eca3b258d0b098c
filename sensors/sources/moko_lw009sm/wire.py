"""MOKO LW009-SM frames: 7E, a head of eleven bytes, fields as tag, length and value, two bytes and 7E again.

Source: the maker's decoder for TagoIO. What the two bytes before the end are it does not say.
"""

from collections.abc import Mapping
from struct import Struct
from typing import NamedTuple

from sensors.frames import foreign, unknown_port

PORT = 1
TYPE, DEVICE_TYPE, VERSION, HEARTBEAT, TEMPERATURE = 0x02, 0x03, 0x05, 0x06, 0x0B
SENSITIVITY, RADAR, BATTERY_PCT, MAGNET, BATTERY_MV, STATUS, HUMIDITY = 0x22, 0x23, 0x24, 0x25, 0x29, 0x32, 0x35
_MARK = 0x7E
_HEAD = Struct(">BBIHHBB")
_END_BYTES = 3


class MokoFrame(NamedTuple):
    """One frame: when it was by the sensor's clock (seconds since 1970), and the bytes of its fields by tag."""

    version: int
    device_time_s: int
    counter: int
    instruction: int
    fields: Mapping[int, bytes]
    check: bytes


def read_frame(port: int, payload: bytes) -> MokoFrame:
    """One frame; RecordRefusedError where its port, its marks, its lengths or its encryption are not the sensor's."""
    if port != PORT:
        raise unknown_port(port, str(PORT))
    if len(payload) < _HEAD.size + _END_BYTES or payload[0] != _MARK or payload[-1] != _MARK:
        raise foreign("not a frame that begins and ends with 7E")
    _, version, device_time_s, counter, length, instruction, encrypted = _HEAD.unpack_from(payload)
    if len(payload) != _HEAD.size + length + _END_BYTES:
        raise foreign(f"it says that it has {length} bytes of fields, and has {len(payload) - _HEAD.size - _END_BYTES}")
    if encrypted:
        raise foreign("its fields are encrypted by the sensor itself: switch that off in the maker's app")
    fields = _read_fields(payload[_HEAD.size : _HEAD.size + length])
    return MokoFrame(version, device_time_s, counter, instruction, fields, payload[-_END_BYTES:-1])


def _read_fields(content: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    at = 0
    while at < len(content):
        tag, value = content[at], content[at + 2 : at + 2 + content[at + 1]] if at + 1 < len(content) else b""
        if at + 1 >= len(content) or len(value) != content[at + 1] or not value:
            raise foreign(f"its field {tag:02x} is torn")
        if tag in fields:
            raise foreign(f"its field {tag:02x} stands twice")
        fields[tag] = value
        at += 2 + len(value)
    return fields
