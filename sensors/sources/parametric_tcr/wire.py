"""Parametric TCR frames: BE 02, version, supply, temperature, and counts by speed and way. Source: the maker's pages.

version 1   battery in %, panel in mW;  version 2   battery in mV, panel in mW
then four times: from the left how many (2 bytes) and how fast (km/h), from the right how many and how fast
"""

from struct import Struct
from typing import NamedTuple

from sensors.frames import foreign, require_length, unknown_port

COUNTS, CONFIGURATION = 15, 190
CLASSES = 4
_HEAD = b"\xbe\x02"
_V1, _V2, _CLASS = Struct(">3xBHh"), Struct(">3xHHh"), Struct(">HBHB")
_LENGTHS = {1: _V1.size + CLASSES * _CLASS.size, 2: _V2.size + CLASSES * _CLASS.size}
_CONFIGURATION = Struct(">3xB3s3B3H3B8B")
_LONGER = Struct(">3xB3s3B3H2B2H8B")
"""Of version 3: with tuning, and distances of two bytes."""


class SpeedClass(NamedTuple):
    """What passed within one class of speed since the message before."""

    left: int
    left_kmh: int
    right: int
    right_kmh: int


class Counts(NamedTuple):
    """What passed since the message before. ``battery`` is in % in version 1, in mV in version 2."""

    version: int
    battery: int
    panel_mw: int
    temperature_c: float
    classes: tuple[SpeedClass, ...]


class Configuration(NamedTuple):
    """How the radar is set, said once after it has joined."""

    version: int
    firmware: str
    rest: bytes


def read_frame(port: int, payload: bytes) -> Counts | Configuration:
    """One frame; RecordRefusedError where its port, its first bytes or its length is not the radar's."""
    if port not in (COUNTS, CONFIGURATION):
        raise unknown_port(port, "15 and 190")
    if payload[:2] != _HEAD or len(payload) < 3:
        raise foreign("it does not begin with BE 02")
    version = payload[2]
    if port == CONFIGURATION:
        require_length(port, payload, (_CONFIGURATION.size, _LONGER.size))
        return Configuration(version, ".".join(map(str, payload[4:7])), payload[3:4] + payload[7:])
    if version not in _LENGTHS:
        raise foreign(f"version {version} of its counts is unknown")
    require_length(port, payload, (_LENGTHS[version],))
    layout = _V1 if version == 1 else _V2
    battery, panel_mw, tenths = layout.unpack_from(payload)
    classes = tuple(SpeedClass(*row) for row in _CLASS.iter_unpack(payload[layout.size :]))
    return Counts(version, battery, panel_mw, tenths / 10, classes)
