"""Nwave NPS310SM's frames as observations. Field table: docs/mapping/nwave_nps310sm.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.nwave_nps310sm.wire import DEBUG, STARTUP, Nps310Frame, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="nwave_nps310sm",
    name="Nwave NPS310SM, LoRaWAN",
    url="https://www.thethingsnetwork.org/device-repository/devices/nwave/nps310sm/",
    valid_for_s=6 * 3600 + 15 * 60,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    return FrameContent(
        state=None if frame.occupied is None or frame.other_model else space_state(frame.occupied),
        diagnostics=Diagnostics(
            firmware=frame.firmware, reset_cause=frame.reset_cause, more=_more(frame, uplink.f_port)
        ),
        started=uplink.f_port == STARTUP,
        left_over=f"firmware {frame.firmware} is an NPS405's, so its state was left out" if frame.other_model else "",
    )


def _more(frame: Nps310Frame, port: int) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {}
    if frame.reserved_bits:
        more["reserved_bits"] = frame.reserved_bits
    if port == DEBUG:
        more["debug_hex"] = frame.debug.hex()
    return more


ADAPTER = FrameSource(INFO, _say)
