"""Parametric TCR's frames as observations. Field table: docs/mapping/parametric_tcr.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent
from sensors.sources.parametric_tcr.wire import Configuration, Counts, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="parametric_tcr",
    name="Parametric TCR traffic counter, LoRaWAN",
    url="https://www.parametric-analytics.com/docs/tcr/tcr_app_payload_v2",
    valid_for_s=15 * 60,
    single_spaces=False,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    if isinstance(frame, Configuration):
        more: dict[str, int | float | str | bool] = {"version": frame.version, "settings_hex": frame.rest.hex()}
        return FrameContent(diagnostics=Diagnostics(firmware=frame.firmware, more=more), started=True)
    return FrameContent(
        passed=(sum(one.left for one in frame.classes), sum(one.right for one in frame.classes)),
        diagnostics=Diagnostics(
            battery_v=frame.battery / 1000 if frame.version > 1 else None,
            temperature_c=frame.temperature_c,
            more=_more(frame),
        ),
    )


def _more(frame: Counts) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {"version": frame.version, "panel_mw": frame.panel_mw}
    if frame.version == 1:
        more["battery_pct"] = frame.battery
    for number, one in enumerate(frame.classes):
        if any(one):
            more[f"class_{number}"] = (
                f"left {one.left} at {one.left_kmh} km/h, right {one.right} at {one.right_kmh} km/h"
            )
    return more


ADAPTER = FrameSource(INFO, _say)
