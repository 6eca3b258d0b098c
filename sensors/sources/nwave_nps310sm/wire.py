"""Nwave NPS310SM frames: what each byte is, by port. Source: the maker's codec in The Things Network's device list."""

import msgspec

from sensors.frames import unknown_port, unreadable

STATUS, HEARTBEAT, STARTUP, DEBUG = 1, 2, 3, 6
RESET_CAUSES = {1: "watchdog", 2: "power_on", 3: "user_request", 4: "brownout", 5: "other"}
_STARTUP_BYTES = 5


class Nps310Frame(msgspec.Struct, frozen=True):
    """One frame. ``debug`` are the bytes of the debug port; ``tail`` those beyond the layout."""

    occupied: bool | None = None
    reserved_bits: int = 0
    firmware: str | None = None
    reset_cause: str | None = None
    debug: bytes = b""
    tail: bytes = b""


def read_frame(port: int, payload: bytes) -> Nps310Frame:
    """One frame; RecordRefusedError where its port is not the sensor's, or it is too short."""
    if port == DEBUG:
        return Nps310Frame(debug=payload)
    if port not in (STATUS, HEARTBEAT, STARTUP):
        raise unknown_port(port, "1, 2, 3 and 6")
    if len(payload) < (_STARTUP_BYTES if port == STARTUP else 1):
        raise unreadable(f"{len(payload)} bytes on fPort {port} are too few")
    if port != STARTUP:
        return Nps310Frame(bool(payload[0] & 1), payload[0] >> 1, tail=payload[1:])
    cause, state = payload[3], payload[4]
    return Nps310Frame(
        bool(state & 1),
        state >> 1,
        ".".join(map(str, payload[:3])),
        RESET_CAUSES.get(cause, f"code {cause}"),
        tail=payload[_STARTUP_BYTES:],
    )
