"""Dingtek DO200, DO201 and DO202's frames as observations. Field table: docs/mapping/dingtek_do200.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.dingtek_do200.wire import ALARM, Parameters, Telemetry, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="dingtek_do200",
    name="Dingtek DO200, DO201 and DO202, LoRaWAN",
    url="https://www.thethingsnetwork.org/device-repository/devices/dingtek/do200/",
    valid_for_s=25 * 3600,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    return _of_parameters(frame) if isinstance(frame, Parameters) else _of_telemetry(frame)


def _of_parameters(frame: Parameters) -> FrameContent:
    more: dict[str, int | float | str | bool] = {"device": frame.device, "reserved_hex": frame.reserved.hex()}
    return FrameContent(diagnostics=Diagnostics(firmware=frame.firmware, more=more | frame.settings))


def _of_telemetry(frame: Telemetry) -> FrameContent:
    more: dict[str, int | float | str | bool] = {
        "device": frame.device,
        "report": "alarm" if frame.report == ALARM else "periodic",
        "level": frame.level,
        "alarm_park": frame.alarm_park,
        "alarm_level": frame.alarm_level,
        "alarm_magnet": frame.alarm_magnet,
        "alarm_battery": frame.alarm_battery,
        "magnet_x": frame.magnet[0],
        "magnet_y": frame.magnet[1],
        "magnet_z": frame.magnet[2],
    }
    if frame.humidity_pct is not None:
        more["humidity_pct"] = frame.humidity_pct
    if frame.reserved:
        more["reserved"] = frame.reserved
    return FrameContent(
        state=space_state(bool(frame.alarm_park)),
        diagnostics=Diagnostics(
            battery_v=frame.battery_cv / 100, temperature_c=frame.temperature_c, counter=frame.counter, more=more
        ),
    )


ADAPTER = FrameSource(INFO, _say)
