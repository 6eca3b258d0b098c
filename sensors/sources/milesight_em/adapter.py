"""Milesight EM310-UDL and EM400-MUD's frames as observations. Field table: docs/mapping/milesight_em.md."""

from collections.abc import Mapping

from parking.observations import Diagnostics
from sensors.frame_source import FrameSource, sensor_info
from sensors.frames import FrameContent
from sensors.sources.milesight_em import wire
from sensors.sources.milesight_em.wire import Channel, read_frame
from sensors.uplink import Uplink

INFO = sensor_info(
    id="milesight_em",
    name="Milesight EM310-UDL and EM400-MUD, LoRaWAN",
    url="https://github.com/Milesight-IoT/SensorDecoders",
    valid_for_s=25 * 3600,
)
NO_ECHO = (0, 0xFFFF)
"""Distances that are none: nothing was measured."""

_DISTANCES = (wire.DISTANCE_310, wire.DISTANCE_400, wire.DISTANCE_ALARM)
_POSITIONS = (wire.POSITION_310, wire.POSITION_400)
_TEMPERATURES = (wire.TEMPERATURE, wire.TEMPERATURE_ALARM)


def _say(uplink: Uplink) -> FrameContent:
    frame = read_frame(uplink.payload)
    values = frame.values
    distance_mm, doubt = _distance(values)
    positions = [values[channel][0] for channel in _POSITIONS if channel in values]
    rest = f"{len(frame.rest)} bytes from the first unknown channel on" if frame.rest else ""
    if any(position > 1 for position in positions):
        distance_mm, doubt = None, f"its position is {positions[0]}, neither 0 nor 1"
    return FrameContent(
        distance_mm=distance_mm,
        diagnostics=Diagnostics(
            temperature_c=_temperature(values), firmware=_firmware(values.get(wire.FIRMWARE)), more=_more(values)
        ),
        started=wire.POWER_ON in values or wire.RESET in values,
        faulty=1 in positions,  # tilted, it looks past the space
        left_over=f"{doubt}, and {rest}" if doubt and rest else doubt or rest,
    )


def _distance(values: Mapping[Channel, bytes]) -> tuple[int | None, str]:
    """The distance, and what is wrong with it: two that differ, and none that was measured, are no distance."""
    said = {int.from_bytes(values[channel][:2], "little") for channel in _DISTANCES if channel in values}
    if not said:
        return None, ""
    if len(said) > 1 or said & {*NO_ECHO}:
        return None, f"its distance is {' and '.join(map(str, sorted(said)))} mm, which says nothing of the space"
    return said.pop(), ""


def _temperature(values: Mapping[Channel, bytes]) -> float | None:
    said = [values[channel][:2] for channel in _TEMPERATURES if channel in values]
    return int.from_bytes(said[-1], "little", signed=True) / 10 if said else None


def _firmware(value: bytes | None) -> str | None:
    return None if value is None else f"{value[0]:x}.{value[1]:x}"


def _more(values: Mapping[Channel, bytes]) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {}
    for channel, value in values.items():
        if channel == wire.BATTERY:
            more["battery_pct"] = value[0]
        elif channel in _POSITIONS:
            more["tilted"] = value[0] == 1
        elif channel in _DISTANCES:
            more["distance_mm"] = int.from_bytes(value[:2], "little")
        if channel in (wire.DISTANCE_ALARM, wire.TEMPERATURE_ALARM):
            more["distance_alarm" if channel == wire.DISTANCE_ALARM else "temperature_alarm"] = value[2]
        if channel[0] == 0xFF and channel != wire.FIRMWARE:
            more[f"field_ff{channel[1]:02x}_hex"] = value.hex()
    if wire.TEMPERATURE in values and wire.TEMPERATURE_ALARM in values:
        more["temperature_before_c"] = int.from_bytes(values[wire.TEMPERATURE], "little", signed=True) / 10
    return more


ADAPTER = FrameSource(INFO, _say)
