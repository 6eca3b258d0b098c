"""Tekzitel Tekzipark frames: a head of three bytes, then beacons (fPort 1) or what was measured (fPort 2).

Source: the maker's codec in The Things Network's device list.
"""

from struct import Struct

import msgspec

from sensors.frames import foreign, require_length, signed, unknown_port

STATUS, MEASURED = 1, 2
HEAD_BYTES, MEASURED_BYTES = 3, 12
COLDEST_C, HOTTEST_C = -40, 85
"""What electronics in a street endure; a frame that says more is none of this sensor's."""

MAX_BEACONS = 7
"""The setting for how many to look for has three bits."""

_MEASURED = Struct(">6b3B")


class TekziparkMeasurement(msgspec.Struct, frozen=True):
    """What the magnetometer and the radar saw, and the sensor's own fault code (0: none)."""

    deflection: tuple[int, int, int]
    baseline: tuple[int, int, int]
    fault_code: int
    obstruction_level: int
    reflection: int


class TekziparkFrame(msgspec.Struct, frozen=True):
    """One frame."""

    occupied: bool
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


def read_frame(port: int, payload: bytes) -> TekziparkFrame:
    """One frame; RecordRefusedError where its port, its length or its head is not the sensor's."""
    if port not in (STATUS, MEASURED):
        raise unknown_port(port, "1 and 2")
    if port == MEASURED:
        require_length(port, payload, (MEASURED_BYTES,))
        return msgspec.structs.replace(_read_head(payload), measured=_read_measured(payload))
    if len(payload) < HEAD_BYTES or (len(payload) > HEAD_BYTES and len(payload) % 2):
        raise foreign(f"{len(payload)} bytes on fPort {port}, where this sensor sends 3, or an even number above")
    frame, rest = _read_head(payload), payload[HEAD_BYTES:]
    if not rest:
        return frame
    rssi_dbm = signed(rest[0])
    if rssi_dbm > 0 or (rssi_dbm == 0 and not frame.no_beacon):
        raise foreign(f"a beacon of {rssi_dbm} dBm, which no radio hears")
    beacons = tuple(int.from_bytes(rest[at : at + 2], "big") for at in range(1, len(rest), 2))
    if len(beacons) > MAX_BEACONS or (beacons and frame.no_beacon):
        raise foreign(f"{len(beacons)} beacons, where it says that there is none, or looks for {MAX_BEACONS} at most")
    return msgspec.structs.replace(frame, beacon_rssi_dbm=rssi_dbm, beacons=beacons)


def _read_head(payload: bytes) -> TekziparkFrame:
    first, temperature_c = payload[0], signed(payload[1])
    if first & 0x40:
        raise foreign("bit 6 of its first byte is set, which this sensor does not use")
    if not COLDEST_C <= temperature_c <= HOTTEST_C:
        raise foreign(f"{temperature_c} °C, not {COLDEST_C}..{HOTTEST_C}")
    return TekziparkFrame(
        occupied=bool(first & 0x80),
        battery_good=bool(first & 0x20),
        obstruction=bool(first & 0x10),
        radar=bool(first & 0x08),
        no_beacon=bool(first & 0x04),
        reset=bool(first & 0x02),
        keep_alive=bool(first & 0x01),
        temperature_c=temperature_c,
        parking_id=payload[2],
    )


def _read_measured(payload: bytes) -> TekziparkMeasurement:
    x, y, z, base_x, base_y, base_z, fault, obstruction, reflection = _MEASURED.unpack_from(payload, HEAD_BYTES)
    return TekziparkMeasurement((x, y, z), (base_x, base_y, base_z), fault, obstruction, reflection)
