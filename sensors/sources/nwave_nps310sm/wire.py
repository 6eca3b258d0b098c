"""Nwave NPS310SM frames: what each byte is, by port. Source: the maker's codec in The Things Network's device list."""

import msgspec

from sensors.frames import foreign, require_length, unknown_port

STATUS, HEARTBEAT, STARTUP, DEBUG = 1, 2, 3, 6
RESET_CAUSES = {1: "watchdog", 2: "power_on", 3: "user_request", 4: "brownout", 5: "other"}
NEXT_MODEL = 2
"""The major number of the NPS405's firmware. Its starts are laid out alike; this sensor's firmware is 1.13."""

_LENGTHS = {STATUS: (1,), HEARTBEAT: (1,), STARTUP: (5,)}


class Nps310Frame(msgspec.Struct, frozen=True):
    """One frame. ``debug`` are the bytes of the debug port; ``other_model`` a start that is not this sensor's."""

    occupied: bool | None = None
    reserved_bits: int = 0
    firmware: str | None = None
    reset_cause: str | None = None
    debug: bytes = b""
    other_model: bool = False


def read_frame(port: int, payload: bytes) -> Nps310Frame:
    """One frame; RecordRefusedError where its port, its length or a start's unused bits are not the sensor's."""
    if port == DEBUG:
        return Nps310Frame(debug=payload)
    if port not in _LENGTHS:
        raise unknown_port(port, "1, 2, 3 and 6")
    require_length(port, payload, _LENGTHS[port])
    if port != STARTUP:
        return Nps310Frame(bool(payload[0] & 1), payload[0] >> 1)
    major, cause, state = payload[0], payload[3], payload[4]
    if state > 1:
        raise foreign(f"the state of a start is {state}, neither 0 nor 1")
    return Nps310Frame(
        bool(state),
        firmware=".".join(map(str, payload[:3])),
        reset_cause=RESET_CAUSES.get(cause, f"code {cause}"),
        other_model=major >= NEXT_MODEL,
    )
