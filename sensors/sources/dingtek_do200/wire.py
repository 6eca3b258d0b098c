"""Dingtek DO200, DO201 and DO202 frames: 80 00, device, report, length, fields, 81.

Source: the maker's codecs in The Things Network's device list.
"""

from struct import Struct

import msgspec

from sensors.frames import unknown_port, unreadable

PORT = 3
PERIODIC, ALARM, PARAMETERS = 1, 2, 3
DO200_BYTES, DO202_BYTES = 21, 23
DO200_PARAMETERS, DO202_PARAMETERS = 17, 16
_HEAD = 5
_TELEMETRY = {DO200_BYTES: Struct(">2xBBxHBBH3hHBx"), DO202_BYTES: Struct(">2xBBxHBBH3hbBHBx")}


class Telemetry(msgspec.Struct, frozen=True):
    """What was measured. Alarms are four bits each, 0 where there is none; ``alarm_park`` is the occupancy.

    ``temperature_c`` and ``humidity_pct`` are the DO201's and DO202's alone. ``reserved`` is 0 in all known frames.
    """

    device: int
    report: int
    level: int
    alarm_park: int
    alarm_level: int
    alarm_magnet: int
    alarm_battery: int
    battery_cv: int
    magnet: tuple[int, int, int]
    temperature_c: int | None
    humidity_pct: int | None
    counter: int
    reserved: int


class Parameters(msgspec.Struct, frozen=True):
    """How the device is set: its firmware, each setting by its name with the unit, and the bytes without a meaning."""

    device: int
    firmware: str
    settings: dict[str, int]
    reserved: bytes


def read_frame(port: int, payload: bytes) -> Telemetry | Parameters:
    """One frame; RecordRefusedError where its port, its frame, its length or its report is not the sensor's."""
    if port != PORT:
        raise unknown_port(port, str(PORT))
    if len(payload) <= _HEAD or payload[:2] != b"\x80\x00" or payload[-1] != 0x81:
        raise unreadable("not a frame that begins with 80 00 and ends with 81")
    if payload[4] != len(payload):
        raise unreadable(f"it says that it has {payload[4]} bytes, and has {len(payload)}")
    report, size = payload[3], len(payload)
    if report == PARAMETERS and size in (DO200_PARAMETERS, DO202_PARAMETERS):
        return _read_parameters(payload)
    if report in (PERIODIC, ALARM) and size in (DO200_BYTES, DO202_BYTES):
        return _read_telemetry(payload)
    raise unreadable(f"report {report} with {size} bytes is unknown")


def _read_telemetry(payload: bytes) -> Telemetry:
    fields = _TELEMETRY[len(payload)].unpack(payload)
    device, report, level, park_level, magnet_battery, battery_cv, x, y, z, *climate, counter, reserved = fields
    temperature_c, humidity_pct = climate or (None, None)
    return Telemetry(
        device,
        report,
        level,
        park_level >> 4,
        park_level & 0x0F,
        magnet_battery >> 4,
        magnet_battery & 0x0F,
        battery_cv,
        (x, y, z),
        temperature_c,
        humidity_pct,
        counter,
        reserved,
    )


def _read_parameters(payload: bytes) -> Parameters:
    settings = {"upload_interval_h": payload[7]}
    if len(payload) == DO200_PARAMETERS:
        settings["ultrasound_interval"] = payload[8]
        settings["magnet_interval_s"] = payload[9]
        settings["magnet_threshold"] = int.from_bytes(payload[12:14], "big")
        reserved = payload[10:12] + payload[14:16]
    else:
        settings["detect_interval_min"] = payload[8]
        settings["level_threshold"] = payload[9]
        settings["magnet_threshold"] = int.from_bytes(payload[10:12], "big")
        settings["battery_threshold_pct"] = payload[12]
        reserved = payload[13:15]
    return Parameters(payload[2], f"{payload[5]}.{payload[6]}", settings, reserved)
