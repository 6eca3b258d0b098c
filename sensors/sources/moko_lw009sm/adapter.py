"""MOKO LW009-SM's frames as observations. Field table: docs/mapping/moko_lw009sm.md."""

from collections.abc import Mapping
from struct import Struct

from parking.observations import Diagnostics
from parking.words import SpaceState
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, signed, space_state
from sensors.sources.moko_lw009sm import wire
from sensors.sources.moko_lw009sm.wire import MokoFrame, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="moko_lw009sm",
    name="MOKO LW009-SM, LoRaWAN",
    url="https://www.mokosmart.com/",
    valid_for_s=25 * 3600,
)
TYPES = {
    0x00: "heartbeat",
    0x0B: "became free",
    0x0C: "became occupied",
    0x0D: "magnetic interference",
    0x0E: "low battery",
    0x10: "magnetic sensor failed",
    0x11: "temperature and humidity sensor failed",
    0x12: "radar failed",
}
CANNOT_TELL = (0x0D, 0x10, 0x12)
"""What takes away that by which it sees a car."""

_CHANGES = {0x0B: 0, 0x0C: 1}
_AXES = Struct(">3h")
_WIDEST = 4
_OURS = (wire.BATTERY_MV, wire.TEMPERATURE, wire.VERSION)
_NUMBERS = {
    wire.DEVICE_TYPE: "device_type",
    wire.HEARTBEAT: "heartbeat_half_min",
    wire.SENSITIVITY: "sensitivity",
    wire.BATTERY_PCT: "battery_pct",
    wire.STATUS: "status",
    wire.HUMIDITY: "humidity_pct",
}


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    known = {tag: int.from_bytes(value, "big") for tag, value in frame.fields.items() if len(value) <= _WIDEST}
    kind, state, doubt = _state(known)
    return FrameContent(
        state=state,
        diagnostics=Diagnostics(
            battery_v=known[wire.BATTERY_MV] / 1000 if wire.BATTERY_MV in known else None,
            temperature_c=signed(known[wire.TEMPERATURE]) if wire.TEMPERATURE in known else None,
            firmware=str(known[wire.VERSION]) if wire.VERSION in known else None,
            counter=frame.counter,
            more=_more(frame, known),
        ),
        faulty=kind in CANNOT_TELL,
        left_over=doubt,
    )


def _state(known: Mapping[int, int]) -> tuple[int | None, SpaceState | None, str]:
    """What the frame is about, the space's state, and what is wrong with it: a status and a change must agree."""
    kind = known.get(wire.TYPE)
    said = [known[wire.STATUS]] if wire.STATUS in known else []
    said += [_CHANGES[kind]] if kind in _CHANGES else []
    if any(one not in (0, 1) for one in said) or len(set(said)) > 1:
        return kind, None, f"its status is {' and '.join(map(str, said))}, not one of 0 and 1"
    doubt = "" if kind is None or kind in TYPES else f"message type {kind} is unknown"
    return kind, space_state(said[0] == 1) if said else None, doubt


def _more(frame: MokoFrame, known: Mapping[int, int]) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {
        "device_time_s": frame.device_time_s,
        "protocol": frame.version,
        "instruction": frame.instruction,
        "check_hex": frame.check.hex(),
    }
    for tag, value in frame.fields.items():
        if tag == wire.TYPE and tag in known:
            more["message"] = TYPES.get(known[tag], f"type {known[tag]}")
        elif tag == wire.MAGNET and len(value) == _AXES.size:
            more |= dict(zip(("magnet_x", "magnet_y", "magnet_z"), _AXES.unpack(value), strict=True))
        elif tag in _NUMBERS and tag in known:
            more[_NUMBERS[tag]] = known[tag]
        elif tag not in known or tag not in _OURS:
            more[f"field_{tag:02x}_hex"] = value.hex()
    return more


ADAPTER = FrameSource(INFO, _say)
