"""Tekzipark's frames as observations. Field table: docs/mapping/tekzipark.md."""

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state
from sensors.sources.tekzipark.wire import TekziparkFrame, TekziparkMeasurement, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="tekzipark",
    name="Tekzitel Tekzipark, LoRaWAN",
    url="https://www.thethingsnetwork.org/device-repository/devices/tekzitel/tekzipark/",
    valid_for_s=25 * 3600,
)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.f_port, uplink.payload)
    return FrameContent(
        state=space_state(frame.occupied),
        diagnostics=Diagnostics(temperature_c=frame.temperature_c, more=_more(frame)),
        started=frame.reset,
        faulty=frame.measured is not None and frame.measured.fault_code != 0,
    )


def _more(frame: TekziparkFrame) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {
        "occupied": frame.occupied,
        "battery_good": frame.battery_good,
        "obstruction": frame.obstruction,
        "radar": frame.radar,
        "no_beacon": frame.no_beacon,
        "reset": frame.reset,
        "keep_alive": frame.keep_alive,
        "parking_id": frame.parking_id,
    }
    if frame.beacon_rssi_dbm is not None:
        more["beacon_rssi_dbm"] = frame.beacon_rssi_dbm
        more["beacons"] = " ".join(f"{beacon:04x}" for beacon in frame.beacons)
    return more | (_of_measured(frame.measured) if frame.measured is not None else {})


def _of_measured(measured: TekziparkMeasurement) -> dict[str, int | float | str | bool]:
    return {
        "deflection_x": measured.deflection[0],
        "deflection_y": measured.deflection[1],
        "deflection_z": measured.deflection[2],
        "baseline_x": measured.baseline[0],
        "baseline_y": measured.baseline[1],
        "baseline_z": measured.baseline[2],
        "fault_code": measured.fault_code,
        "obstruction_level": measured.obstruction_level,
        "reflection": measured.reflection,
    }


ADAPTER = FrameSource(INFO, _say)
