"""Bosch TPS110 frames: what each byte is, by port. Source: the maker's codec in The Things Network's device list."""

import msgspec

from sensors.frames import foreign, require_length, signed, unknown_port

STATUS, HEARTBEAT, STARTUP = 1, 2, 3
OPAQUE = {4: "device_information", 5: "device_usage", 6: "debug"}
RESET_CAUSES = {1: "watchdog", 2: "power on", 3: "system request", 4: "other"}
_LENGTHS = {STATUS: (1,), HEARTBEAT: (1, 2), STARTUP: (17,)}


class BoschFrame(msgspec.Struct, frozen=True):
    """One frame. ``opaque`` are the bytes of a port that is not read further."""

    occupied: bool | None = None
    reserved_bits: int = 0
    temperature_c: int | None = None
    debug: bytes = b""
    firmware: str | None = None
    reset_cause: str | None = None
    opaque: bytes = b""

    @property
    def debug_codes(self) -> tuple[int, ...]:
        """The three codes of a start-up, 12 bits each, without those that are 0."""
        codes = (int.from_bytes(self.debug[at : at + 2], "little") & 0xFFF for at in (0, 4, 8))
        return tuple(code for code in codes if code)


def read_frame(port: int, payload: bytes) -> BoschFrame:
    """One frame; RecordRefusedError where its port, its length or bits that are not used are not the sensor's."""
    if port in OPAQUE:
        return BoschFrame(opaque=payload)
    if port not in _LENGTHS:
        raise unknown_port(port, "1..6")
    require_length(port, payload, _LENGTHS[port])
    if port == STARTUP:
        return _read_startup(payload)
    temperature = signed(payload[1]) if len(payload) > 1 else None
    if temperature is not None and payload[0] > 1:
        raise foreign(f"the state of a heartbeat is {payload[0]}, neither 0 nor 1")
    return BoschFrame(bool(payload[0] & 1), payload[0] >> 1, temperature)


def _read_startup(payload: bytes) -> BoschFrame:
    state, cause = payload[16], payload[15]
    if state > 1:
        raise foreign(f"the state of a start is {state}, neither 0 nor 1")
    return BoschFrame(
        bool(state),
        debug=payload[:12],
        firmware=".".join(map(str, payload[12:15])),
        reset_cause=RESET_CAUSES.get(cause, f"code {cause}"),
    )
