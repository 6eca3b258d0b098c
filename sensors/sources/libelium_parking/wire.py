"""Libelium Smart Parking v3 frames: a head of two bytes, and nine by type. Source: ZENNER's element-parsers.

Only what is the same in all firmwares is named; the rest of a frame is kept as its bytes.
"""

import msgspec

from sensors.frames import foreign, signed, unreadable

FRAME_BYTES = 11
INFO, KEEP_ALIVE, DAILY, ERROR, START_1, START_2, SERVICE, DOWNLINK, RSSI = range(9)
LAST_SEEN = 9
"""The highest type in any frame of it that was seen; what it is about nobody knows."""

COLDEST_C, HOTTEST_C = -40, 85
TYPES = ("info", "keep_alive", "daily", "error", "start1", "start2", "service", "downlink", "rssi")


class LibeliumFrame(msgspec.Struct, frozen=True):
    """One frame. ``body`` are the bytes after those that are named."""

    occupied: bool
    low_battery: bool
    config_refused: bool
    recalibration: bool
    kind: int
    counter: int
    sensor_error: int | None = None
    temperature_c: int | None = None
    firmware: int | None = None
    body: bytes = b""


def read_frame(payload: bytes) -> LibeliumFrame:
    """One frame, whatever its port; RecordRefusedError where it is text or not 11 bytes (v1 had other ones)."""
    if len(payload) != FRAME_BYTES:
        raise unreadable(f"{len(payload)} bytes; a frame of v3 has {FRAME_BYTES}")
    if all(0x20 <= byte < 0x7F for byte in payload):
        raise foreign("it is text, and this sensor sends none")
    first, kind = payload[0], payload[0] & 0x0F
    if kind > LAST_SEEN:
        raise foreign(f"frame type {kind}, where those of the sensor go to {LAST_SEEN}")
    if kind in (INFO, KEEP_ALIVE) and not COLDEST_C <= signed(payload[3]) <= HOTTEST_C:
        raise foreign(f"{signed(payload[3])} °C, not {COLDEST_C}..{HOTTEST_C}")
    head = (bool(first & 0x80), bool(first & 0x40), bool(first & 0x20), bool(first & 0x10), kind, payload[1])
    if kind in (INFO, KEEP_ALIVE):
        return LibeliumFrame(*head, sensor_error=payload[2], temperature_c=signed(payload[3]), body=payload[4:])
    if kind == START_1:
        return LibeliumFrame(*head, firmware=payload[2], body=payload[3:])
    return LibeliumFrame(*head, body=payload[2:])
