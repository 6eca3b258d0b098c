"""PNI PlacePod's frames as observations. Field table: docs/mapping/placepod.md."""

from collections.abc import Mapping

from parking.observations import Diagnostics
from parking.words import SpaceState
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent, space_state, unreadable
from sensors.sources.placepod import wire
from sensors.uplink import Uplink

INFO = sensor_info(
    id="placepod",
    name="PNI PlacePod, LoRaWAN",
    url="https://www.pnisensor.com/placepod/",
    valid_for_s=25 * 3600,
)
REBOOT_OR_RECALIBRATION = 0x80
_MORE = {
    wire.RECALIBRATED: "recalibrate_response",
    wire.DEACTIVATED: "deactivate_response",
    wire.REBOOTED: "reboot_response",
    wire.STATUS: "status",
    wire.KEEP_ALIVE: "keep_alive_status",
    wire.COUNT: "vehicle_count",
    wire.KEEP_ALIVE_COUNT: "keep_alive_vehicle_count",
}


def _say(uplink: Uplink) -> FrameContent:
    frame = wire.read_frame(uplink.payload)
    values = frame.values
    if not values:
        raise unreadable(f"none of {len(uplink.payload)} bytes is a channel of a PlacePod")
    state, doubt = _state(values)
    unknown = f"{len(frame.unknown)} bytes are no channel of a PlacePod" if frame.unknown else ""
    count = max(values.get(wire.COUNT, 0), values.get(wire.KEEP_ALIVE_COUNT, 0))
    return FrameContent(
        state=state,
        diagnostics=Diagnostics(
            battery_v=values[wire.BATTERY] / 100 if wire.BATTERY in values else None,
            temperature_c=values[wire.TEMPERATURE] / 10 if wire.TEMPERATURE in values else None,
            more={_MORE[channel]: value for channel, value in values.items() if channel in _MORE},
        ),
        started=wire.REBOOTED in values,
        calibrating=wire.RECALIBRATED in values or count > REBOOT_OR_RECALIBRATION,
        faulty=values.get(wire.DEACTIVATED) == 1,  # switched off on purpose: it does not work until told otherwise
        left_over=f"{doubt}, and {unknown}" if doubt and unknown else doubt or unknown,
    )


def _state(values: Mapping[bytes, int]) -> tuple[SpaceState | None, str]:
    """The state, and what is wrong with it: values other than 0 and 1, and two that differ, are no state."""
    status, alive = values.get(wire.STATUS), values.get(wire.KEEP_ALIVE)
    said = alive if status is None else status
    if said is None:
        return None, ""
    if said in (0, 1) and alive in (None, said):
        return space_state(said == 1), ""
    both = sorted({state for state in (status, alive) if state is not None})
    return None, f"its status is {' and '.join(map(str, both))}, neither 0 nor 1"


ADAPTER = FrameSource(INFO, _say)
