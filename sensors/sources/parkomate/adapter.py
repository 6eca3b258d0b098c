"""ParkOMate's frames as observations. Field table: docs/mapping/parkomate.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.parkomate.wire import EVENT, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="parkomate",
    name="ParkOMate of Macnman, LoRaWAN",
    url="https://github.com/MacnMan/LoRADecoders",
    valid_for_s=25 * 3600,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.payload)
    names = [f"{what}_{axis}" for what in ("offset", "magnet") for axis in "xyz"]
    more: dict[str, int | float | str | bool] = {
        "device_number": frame.device_number,
        "message": "event" if frame.kind == EVENT else f"heartbeat {frame.kind}",
        "device_time_s": frame.device_time_s,
        **dict(zip(names, (*frame.offset, *frame.magnet), strict=True)),
    }
    return FrameContent(state=space_state(frame.occupied), diagnostics=Diagnostics(more=more))


ADAPTER = FrameSource(INFO, _say)
