"""ParkOMate frames: 19 bytes. Source: the maker's decoder, as of its version that has the space's state."""

from struct import Struct
from typing import NamedTuple

from sensors.frames import foreign

_FRAME = Struct(">BBB6hI")
EVENT = 1


class ParkomateFrame(NamedTuple):
    """One frame. ``kind`` is 1 for a change; the magnet's offsets are those of the empty space."""

    device_number: int
    kind: int
    occupied: bool
    offset: tuple[int, int, int]
    magnet: tuple[int, int, int]
    device_time_s: int


def read_frame(payload: bytes) -> ParkomateFrame:
    """One frame, whatever its port; RecordRefusedError where its length or its state is not the sensor's."""
    if len(payload) != _FRAME.size:
        raise foreign(f"{len(payload)} bytes, where this sensor sends {_FRAME.size}")
    number, kind, status, ox, oy, oz, x, y, z, device_time_s = _FRAME.unpack(payload)
    if status > 1:
        raise foreign(f"its state is {status}, neither 0 nor 1")
    return ParkomateFrame(number, kind, status == 1, (ox, oy, oz), (x, y, z), device_time_s)
