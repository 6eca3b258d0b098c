"""Nwave NCC405 frames: what each byte is, by port. Source: the maker's codec in The Things Network's device list."""

import msgspec

from sensors.frames import foreign, require_length, unknown_port

COUNTER, HEARTBEAT, STARTUP, DEBUG = 1, 2, 3, 6
RESET_CAUSES = {
    0: "rejoining_lorawan_network",
    1: "watchdog",
    2: "power_on",
    3: "user_request",
    6: "brownout",
    7: "other",
}
TEXTS = (b"C0", b"C1")
"""What Cicicom's ground sensor says on the same port. Such a total left out costs nothing: the next has it in."""

_LENGTHS = {COUNTER: (2,), HEARTBEAT: (3,), STARTUP: (4,)}


class Ncc405Frame(msgspec.Struct, frozen=True):
    """One frame. ``total`` is how many vehicles ever passed; ``debug`` are the bytes of the debug port."""

    total: int | None = None
    hardware_health: int | None = None
    low_bits: int = 0
    battery_mv: int | None = None
    mean_battery_mv: int | None = None
    firmware: str | None = None
    reset_cause: str | None = None
    debug: bytes = b""


def read_frame(port: int, payload: bytes) -> Ncc405Frame:
    """One frame; RecordRefusedError where its port or its length is not the counter's."""
    if port == DEBUG:
        return Ncc405Frame(debug=payload)
    if port not in _LENGTHS:
        raise unknown_port(port, "1, 2, 3 and 6")
    require_length(port, payload, _LENGTHS[port])
    if port == COUNTER:
        if payload in TEXTS:
            raise foreign("these two letters are a Cicicom S-LG-I3's, or a total that the next one has in it")
        return Ncc405Frame(int.from_bytes(payload, "big"))
    if port == HEARTBEAT:
        health, battery, mean = payload
        return Ncc405Frame(None, health >> 3, health & 7, 2500 + 4 * battery, 2500 + 4 * mean)
    cause = payload[3]
    return Ncc405Frame(firmware=".".join(map(str, payload[:3])), reset_cause=RESET_CAUSES.get(cause, f"code {cause}"))
