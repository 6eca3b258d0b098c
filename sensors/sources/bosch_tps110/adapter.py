"""Bosch TPS110's frames as observations. Field table: docs/mapping/bosch_tps110.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.bosch_tps110.wire import OPAQUE, STARTUP, BoschFrame, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="bosch_tps110",
    name="Bosch TPS110, LoRaWAN",
    url="https://www.thethingsnetwork.org/device-repository/devices/bosch/tps110/",
    valid_for_s=25 * 3600,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    return FrameContent(
        state=None if frame.occupied is None else space_state(frame.occupied),
        diagnostics=Diagnostics(
            temperature_c=frame.temperature_c,
            firmware=frame.firmware,
            reset_cause=frame.reset_cause,
            more=_more(frame, uplink.f_port),
        ),
        started=uplink.f_port == STARTUP,
    )


def _more(frame: BoschFrame, port: int) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {}
    if frame.reserved_bits:
        more["reserved_bits"] = frame.reserved_bits
    if frame.debug:
        more["debug_hex"] = frame.debug.hex()
        more["debug_codes"] = " ".join(map(str, frame.debug_codes))
    if port in OPAQUE:
        more[f"{OPAQUE[port]}_hex"] = frame.opaque.hex()
    return more


ADAPTER = FrameSource(INFO, _say)
