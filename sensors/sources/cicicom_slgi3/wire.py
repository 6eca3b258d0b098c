"""Cicicom S-LG-I3 frames: text that begins with what it is about. Source: the maker's decoder at Actility's.

C 1 [tag]                         the space changed: 1 occupied, 0 free; a tag is a driver's
K 1 3.55 +22.0 [tag]              still alive: the space, volts, degrees
Q 1 3.66 +30.0 V1.4.0             started: the space, volts, degrees, firmware; R in the maker's decoder
E 3.55 …                          out of order: volts, and up to three bytes that say why
"""

import re
from typing import NamedTuple

from sensors.frames import foreign

_VOLTS, _CELSIUS = rb"(?P<volts>\d\.\d\d)", rb"(?P<celsius>[+-]\d\d\.\d)"
_LAYOUTS = (
    re.compile(rb"C(?P<state>[01])(?P<tag>[!-~]{0,14})"),
    re.compile(rb"K(?P<state>[01])" + _VOLTS + _CELSIUS + rb"(?P<tag>[!-~]{0,12})"),
    re.compile(rb"[QR](?P<state>[01])" + _VOLTS + _CELSIUS + rb"(?P<firmware>[!-~]{1,6})"),
    re.compile(rb"E" + _VOLTS + rb"(?P<why>.{0,3})", re.DOTALL),
)


class CicicomFrame(NamedTuple):
    """One frame: its first letter and what follows. ``occupied`` is None where it is out of order."""

    letter: str
    occupied: bool | None
    battery_v: float | None
    temperature_c: float | None
    minus_zero: bool
    firmware: str | None
    tag: str
    why: bytes


def read_frame(payload: bytes) -> CicicomFrame:
    """One frame, whatever its port; RecordRefusedError where it is none of the sensor's texts."""
    found = next((match for layout in _LAYOUTS if (match := layout.fullmatch(payload))), None)
    if found is None:
        raise foreign("it is none of the sensor's texts, which begin with C, K, Q, R or E")
    said = {name: value for name, value in found.groupdict().items() if value is not None}
    state = said.get("state")
    return CicicomFrame(
        letter=payload[:1].decode(),
        occupied=None if state is None else state == b"1",
        battery_v=float(said["volts"]) if "volts" in said else None,
        temperature_c=float(said["celsius"]) if "celsius" in said else None,
        minus_zero=said.get("celsius") == b"-00.0",
        firmware=said["firmware"].decode() if "firmware" in said else None,
        tag=said.get("tag", b"").decode(),
        why=said.get("why", b""),
    )
