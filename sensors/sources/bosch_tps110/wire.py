"""Bosch TPS110 frames: what each byte is, by port. Source: the maker's codec in The Things Network's device list."""

import msgspec

from sensors.frames import signed, unknown_port, unreadable

STATUS, HEARTBEAT, STARTUP = 1, 2, 3
OPAQUE = {4: "device_information", 5: "device_usage", 6: "debug"}
RESET_CAUSES = {1: "watchdog", 2: "power on", 3: "system request", 4: "other"}
_STARTUP_BYTES = 17


class BoschFrame(msgspec.Struct, frozen=True):
    """One frame. ``opaque`` are the bytes of a port that is not read further; ``tail`` those beyond the layout."""

    occupied: bool | None = None
    reserved_bits: int = 0
    temperature_c: int | None = None
    debug: bytes = b""
    firmware: str | None = None
    reset_cause: str | None = None
    opaque: bytes = b""
    tail: bytes = b""

    @property
    def debug_codes(self) -> tuple[int, ...]:
        """The three codes of a start-up, 12 bits each, without those that are 0."""
        codes = (int.from_bytes(self.debug[at : at + 2], "little") & 0xFFF for at in (0, 4, 8))
        return tuple(code for code in codes if code)


def read_frame(port: int, payload: bytes) -> BoschFrame:
    """One frame; RecordRefusedError where its port is not the sensor's, or it is too short."""
    if port in OPAQUE:
        return BoschFrame(opaque=payload)
    if port not in (STATUS, HEARTBEAT, STARTUP):
        raise unknown_port(port, "1..6")
    if len(payload) < (_STARTUP_BYTES if port == STARTUP else 1):
        raise unreadable(f"{len(payload)} bytes on fPort {port} are too few")
    if port == STARTUP:
        return _read_startup(payload)
    size = min(len(payload), 2) if port == HEARTBEAT else 1
    temperature = signed(payload[1]) if size == 2 else None
    return BoschFrame(bool(payload[0] & 1), payload[0] >> 1, temperature, tail=payload[size:])


def _read_startup(payload: bytes) -> BoschFrame:
    state, cause = payload[16], payload[15]
    return BoschFrame(
        bool(state & 1),
        state >> 1,
        debug=payload[:12],
        firmware=".".join(map(str, payload[12:15])),
        reset_cause=RESET_CAUSES.get(cause, f"code {cause}"),
        tail=payload[_STARTUP_BYTES:],
    )
