"""Nwave NPS405's frames as observations. Field table: docs/mapping/nwave_nps405.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.nwave_nps405.wire import DEBUG, STARTUP, STATUS, Nps405Frame, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="nwave_nps405",
    name="Nwave NPS405, LoRaWAN",
    url="https://www.thethingsnetwork.org/device-repository/devices/nwave/nps405sm/",
    valid_for_s=6 * 3600 + 15 * 60,
)
EXACT_ENOUGH_MIN = 4
"""Minutes of error up to which a lost uplink is repaired: the steps of 5 minutes yes, those of an hour no."""


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    return FrameContent(
        state=None if frame.occupied is None or frame.other_model else space_state(frame.occupied),
        diagnostics=Diagnostics(
            battery_v=None if frame.battery_mv is None else frame.battery_mv / 1000,
            temperature_c=frame.temperature_c,
            firmware=frame.firmware,
            reset_cause=frame.reset_cause,
            previous_state_min=frame.previous.minutes if frame.previous else None,
            more=_more(frame, uplink.f_port),
        ),
        started=uplink.f_port == STARTUP,
        lasted_min=_lasted_min(frame) if uplink.f_port == STATUS else None,
        left_over=f"firmware {frame.firmware} is an NPS310SM's, so its state was left out" if frame.other_model else "",
    )


def _lasted_min(frame: Nps405Frame) -> int | None:
    """A tag is registered some time after the change: only a status frame is sent at it."""
    previous = frame.previous
    if previous is None or previous.error_min is None or previous.error_min > EXACT_ENOUGH_MIN:
        return None
    return previous.minutes


def _more(frame: Nps405Frame, port: int) -> dict[str, int | float | str | bool]:
    found: dict[str, int | float | str | bool | None] = {
        "reserved_bits": frame.upper_bits or None,
        "hardware_health": frame.hardware_health,
        "battery_health": frame.battery_health,
        "tag_id": frame.tag_id,
        "tag_battery_v": frame.tag_battery_v,
    }
    if frame.previous is not None:
        found["previous_state_overflow"] = frame.previous.error_min is None
        found["previous_state_error_min"] = frame.previous.error_min
    if frame.undocumented or port == DEBUG:
        found["debug_hex" if port == DEBUG else "undocumented_hex"] = frame.undocumented.hex()
    return {name: value for name, value in found.items() if value is not None}


ADAPTER = FrameSource(INFO, _say)
