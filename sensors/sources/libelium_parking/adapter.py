"""Libelium Smart Parking's frames as observations. Field table: docs/mapping/libelium_parking.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.libelium_parking.wire import ERROR, START_1, START_2, TYPES, LibeliumFrame, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="libelium_parking",
    name="Libelium Smart Parking v3, LoRaWAN",
    url="https://www.libelium.com/",
    valid_for_s=25 * 3600,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.payload)
    known = frame.kind < len(TYPES)
    return FrameContent(
        state=space_state(frame.occupied),  # the head is the same in every frame, also in one of an unknown type
        diagnostics=Diagnostics(
            temperature_c=frame.temperature_c,
            firmware=None if frame.firmware is None else str(frame.firmware),
            counter=frame.counter,
            more=_more(frame),
        ),
        started=frame.kind in (START_1, START_2),
        calibrating=frame.recalibration,
        faulty=frame.kind == ERROR or bool(frame.sensor_error),
        left_over="" if known else f"frame type {frame.kind} is unknown",
    )


def _more(frame: LibeliumFrame) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {
        "frame": TYPES[frame.kind] if frame.kind < len(TYPES) else f"type {frame.kind}",
        "occupied": frame.occupied,
        "low_battery": frame.low_battery,
        "config_refused": frame.config_refused,
        "recalibration": frame.recalibration,
        "body_hex": frame.body.hex(),
    }
    if frame.sensor_error is not None:
        more["sensor_error"] = frame.sensor_error
    return more


ADAPTER = FrameSource(INFO, _say)
