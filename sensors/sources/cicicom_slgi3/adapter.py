"""Cicicom S-LG-I3's frames as observations. Field table: docs/mapping/cicicom_slgi3.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.cicicom_slgi3.wire import CicicomFrame, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="cicicom_slgi3",
    name="Cicicom S-LG-I3, LoRaWAN",
    url="https://www.thethingsnetwork.org/device-repository/devices/cicicom/s-lg-i3/",
    valid_for_s=25 * 3600,
)
STARTED = ("Q", "R")
OUT_OF_ORDER = "E"


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.payload)
    return FrameContent(
        state=None if frame.occupied is None else space_state(frame.occupied),
        diagnostics=Diagnostics(
            battery_v=frame.battery_v, temperature_c=frame.temperature_c, firmware=frame.firmware, more=_more(frame)
        ),
        started=frame.letter in STARTED,
        faulty=frame.letter == OUT_OF_ORDER,
    )


def _more(frame: CicicomFrame) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {"letter": frame.letter}
    if frame.tag:
        more["tag_id"] = frame.tag
    if frame.minus_zero:
        more["minus_zero"] = True
    if frame.letter == OUT_OF_ORDER:
        more["why_hex"] = frame.why.hex()
    return more


ADAPTER = FrameSource(INFO, _say)
