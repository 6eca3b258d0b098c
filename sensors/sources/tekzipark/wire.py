"""Tekzitel Tekzipark frames: a head of three bytes, then beacons (fPort 1) or what was measured (fPort 2).

Source: the maker's codec in The Things Network's device list.
"""

from struct import Struct

import msgspec

from sensors.frames import signed, unknown_port, unreadable

STATUS, MEASURED = 1, 2
HEAD_BYTES, MEASURED_BYTES = 3, 12
_MEASURED = Struct(">6b3B")


class TekziparkMeasurement(msgspec.Struct, frozen=True):
    """What the magnetometer and the radar saw, and the sensor's own fault code (0: none)."""

    deflection: tuple[int, int, int]
    baseline: tuple[int, int, int]
    fault_code: int
    obstruction_level: int
    reflection: int


class TekziparkFrame(msgspec.Struct, frozen=True):
    """One frame. ``reserved`` is bit 6 of the first byte; ``tail`` are the bytes beyond the layout."""

    occupied: bool
    reserved: bool
    battery_good: bool
    obstruction: bool
    radar: bool
    no_beacon: bool
    reset: bool
    keep_alive: bool
    temperature_c: int
    parking_id: int
    beacon_rssi_dbm: int | None = None
    beacons: tuple[int, ...] = ()
    measured: TekziparkMeasurement | None = None
    tail: bytes = b""


def read_frame(port: int, payload: bytes) -> TekziparkFrame:
    """One frame; RecordRefusedError where its port is not the sensor's, or its head is torn."""
    if port not in (STATUS, MEASURED):
        raise unknown_port(port, "1 and 2")
    if len(payload) < HEAD_BYTES:
        raise unreadable(f"{len(payload)} bytes; a frame has at least {HEAD_BYTES}")
    frame = _read_head(payload)
    rest = payload[HEAD_BYTES:]
    if port == MEASURED and len(payload) >= MEASURED_BYTES:
        return msgspec.structs.replace(frame, measured=_read_measured(payload), tail=payload[MEASURED_BYTES:])
    if port == MEASURED or not rest:
        return msgspec.structs.replace(frame, tail=rest)
    pairs = rest[1 : 1 + (len(rest) - 1) // 2 * 2]
    beacons = tuple(int.from_bytes(pairs[at : at + 2], "big") for at in range(0, len(pairs), 2))
    return msgspec.structs.replace(frame, beacon_rssi_dbm=signed(rest[0]), beacons=beacons, tail=rest[1 + len(pairs) :])


def _read_head(payload: bytes) -> TekziparkFrame:
    first = payload[0]
    return TekziparkFrame(
        occupied=bool(first & 0x80),
        reserved=bool(first & 0x40),
        battery_good=bool(first & 0x20),
        obstruction=bool(first & 0x10),
        radar=bool(first & 0x08),
        no_beacon=bool(first & 0x04),
        reset=bool(first & 0x02),
        keep_alive=bool(first & 0x01),
        temperature_c=signed(payload[1]),
        parking_id=payload[2],
    )


def _read_measured(payload: bytes) -> TekziparkMeasurement:
    x, y, z, base_x, base_y, base_z, fault, obstruction, reflection = _MEASURED.unpack_from(payload, HEAD_BYTES)
    return TekziparkMeasurement((x, y, z), (base_x, base_y, base_z), fault, obstruction, reflection)
