"""Milesight EM310-UDL and EM400-MUD frames: a list of channel, type and value. Source: the maker's own decoders.

The models have other channels for the same: 03 82 and 04 00 are the EM310's, 04 82 and 05 00 the EM400's.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sensors.frames import foreign

Channel = tuple[int, int]
BATTERY, POSITION_310, POSITION_400 = (0x01, 0x75), (0x04, 0x00), (0x05, 0x00)
DISTANCE_310, DISTANCE_400, DISTANCE_ALARM = (0x03, 0x82), (0x04, 0x82), (0x84, 0x82)
TEMPERATURE, TEMPERATURE_ALARM = (0x03, 0x67), (0x83, 0x67)
POWER_ON, RESET, FIRMWARE = (0xFF, 0x0B), (0xFF, 0xFE), (0xFF, 0x0A)
ALARMS = (DISTANCE_ALARM, TEMPERATURE_ALARM)
ANSWERS = (0xFE, 0xFF)
_SIZES: Mapping[Channel, int] = {
    BATTERY: 1,
    DISTANCE_310: 2,
    POSITION_310: 1,
    TEMPERATURE: 2,
    DISTANCE_400: 2,
    POSITION_400: 1,
    TEMPERATURE_ALARM: 3,
    DISTANCE_ALARM: 3,
    (0xFF, 0x01): 1,  # protocol
    (0xFF, 0x09): 2,  # hardware
    FIRMWARE: 2,
    (0xFF, 0xFF): 2,  # thing specification
    (0xFF, 0x16): 8,  # serial number
    (0xFF, 0x0F): 1,  # class
    RESET: 1,
    POWER_ON: 1,
}
_EM310, _EM400 = {DISTANCE_310, POSITION_310}, {DISTANCE_400, POSITION_400, DISTANCE_ALARM, TEMPERATURE}


class MilesightFrame(NamedTuple):
    """The values by channel, as their bytes; and what of the frame is no channel of these models, at its end."""

    values: Mapping[Channel, bytes]
    rest: bytes


def read_frame(payload: bytes) -> MilesightFrame:
    """One frame, whatever its port; RecordRefusedError where it has another channel than theirs, or mixes both models.

    What stands from an answer to a downlink on is ``rest``: it is not read.
    """
    values: dict[Channel, bytes] = {}
    at = 0
    while at + 2 <= len(payload):
        channel = (payload[at], payload[at + 1])
        size = _SIZES.get(channel)
        if size is None or channel in values or at + 2 + size > len(payload):
            break
        values[channel] = payload[at + 2 : at + 2 + size]
        at += 2 + size
    if not values:
        raise foreign("it begins with no channel of an EM310-UDL or an EM400-MUD")
    if values.keys() & _EM310 and values.keys() & _EM400:
        raise foreign("its channels are those of two models")
    if payload[at:] and payload[at] not in ANSWERS:
        raise foreign(f"what stands at byte {at} is neither a channel of theirs nor an answer to a downlink")
    if any(values[channel][-1] > 1 for channel in ALARMS if channel in values):
        raise foreign("its alarm is neither 0 nor 1")
    return MilesightFrame(values, payload[at:])
