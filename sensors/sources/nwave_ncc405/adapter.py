"""Nwave NCC405's frames as observations. Field table: docs/mapping/nwave_ncc405.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent
from sensors.sources.nwave_ncc405.wire import DEBUG, STARTUP, Ncc405Frame, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="nwave_ncc405",
    name="Nwave NCC405 car counter, LoRaWAN",
    url="https://www.thethingsnetwork.org/device-repository/devices/nwave/ncc405sm/",
    valid_for_s=6 * 3600 + 15 * 60,
    single_spaces=False,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    return FrameContent(
        totals=None if frame.total is None else (frame.total, None),
        diagnostics=Diagnostics(
            battery_v=None if frame.battery_mv is None else frame.battery_mv / 1000,
            firmware=frame.firmware,
            reset_cause=frame.reset_cause,
            more=_more(frame, uplink.f_port),
        ),
        started=uplink.f_port == STARTUP,
    )


def _more(frame: Ncc405Frame, port: int) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {}
    if frame.hardware_health is not None:
        more["hardware_health"] = frame.hardware_health
    if frame.mean_battery_mv is not None:
        more["battery_mean_24h_v"] = frame.mean_battery_mv / 1000
    if frame.low_bits:
        more["reserved_bits"] = frame.low_bits
    if port == DEBUG:
        more["debug_hex"] = frame.debug.hex()
    return more


ADAPTER = FrameSource(INFO, _say)
