"""Nwave NPS405 frames: what each byte is, by port. Source: the maker's codec in The Things Network's device list."""

import msgspec

from sensors.frames import foreign, require_length, signed, unknown_port

STATUS, HEARTBEAT, STARTUP, DEBUG, USER_TAG = 1, 2, 3, 6, 10
RESET_CAUSES = {
    0: "rejoining_lorawan_network",
    1: "watchdog",
    2: "power_on",
    3: "user_request",
    6: "brownout",
    7: "other",
}
OVERFLOW = 127
FIRST_FIRMWARE = 2
"""The major number of this sensor's firmware. The NPS310SM has 1.13, and its starts are laid out alike."""

_LENGTHS = {STATUS: (1,), HEARTBEAT: (6,), STARTUP: (5,), USER_TAG: (5, 6)}
_TAG_WITH_BATTERY = 6


class PreviousState(msgspec.Struct, frozen=True):
    """How long the state before lasted: at least ``minutes``, at most ``error_min`` more (None: no limit is known)."""

    minutes: int
    error_min: int | None


class Nps405Frame(msgspec.Struct, frozen=True):
    """One frame. ``upper_bits`` are bits 7..1 beside the occupancy, where the port gives them no meaning of their own.

    ``undocumented`` are bytes that the heartbeat has and nobody explains; ``other_model`` is a start that is not this
    sensor's.
    """

    occupied: bool | None = None
    upper_bits: int = 0
    previous: PreviousState | None = None
    hardware_health: int | None = None
    battery_mv: int | None = None
    temperature_c: float | None = None
    firmware: str | None = None
    reset_cause: str | None = None
    tag_id: str | None = None
    tag_battery_v: float | None = None
    undocumented: bytes = b""
    other_model: bool = False

    @property
    def battery_health(self) -> str | None:
        """The maker's word for the voltage, of which less is asked in the cold."""
        if self.battery_mv is None or self.temperature_c is None:
            return None
        low = 3000 if self.temperature_c >= -5 else 2900
        return "normal" if self.battery_mv >= low else "low" if self.battery_mv >= low - 100 else "critical"


def read_frame(port: int, payload: bytes) -> Nps405Frame:
    """One frame; RecordRefusedError where its port, its length or a start's unused bits are not the sensor's."""
    if port == DEBUG:
        return Nps405Frame(undocumented=payload)
    if port not in _LENGTHS:
        raise unknown_port(port, "1, 2, 3, 6 and 10")
    require_length(port, payload, _LENGTHS[port])
    if port == HEARTBEAT:
        return _read_heartbeat(payload)
    if port == STARTUP:
        return _read_startup(payload)
    if port == USER_TAG:
        return _read_user_tag(payload)
    return Nps405Frame(bool(payload[0] & 1), previous=read_minutes(payload[0] >> 1))


def read_minutes(code: int) -> PreviousState:
    """Seven bits of minutes: exact below 90, then in steps of 5, then of 60, and no more than "at least 660"."""
    if code < 90:
        return PreviousState(code, 0)
    if code < 120:
        return PreviousState(90 + 5 * (code - 90), 4)
    return PreviousState(240 + 60 * (code - 120), None if code == OVERFLOW else 59)


def _read_heartbeat(payload: bytes) -> Nps405Frame:
    return Nps405Frame(
        bool(payload[0] & 1),
        hardware_health=payload[0] >> 1,
        battery_mv=2500 + 4 * payload[1],
        temperature_c=signed(payload[2]) / 2 + 10,
        undocumented=payload[3:],
    )


def _read_startup(payload: bytes) -> Nps405Frame:
    major, cause, state = payload[0], payload[3], payload[4]
    if state > 1:
        raise foreign(f"the state of a start is {state}, neither 0 nor 1")
    return Nps405Frame(
        bool(state),
        firmware=".".join(map(str, payload[:3])),
        reset_cause=RESET_CAUSES.get(cause, f"code {cause}"),
        other_model=major < FIRST_FIRMWARE,
    )


def _read_user_tag(payload: bytes) -> Nps405Frame:
    """Two layouts, told apart by length: 5 bytes, or 6 with the tag's battery in tenths of a volt before its id.

    A tag registered at a space that is not occupied says nothing of the space.
    """
    battery = payload[1] / 10 if len(payload) >= _TAG_WITH_BATTERY else None
    start = 1 if battery is None else 2
    occupied = bool(payload[0] & 1)
    return Nps405Frame(
        True if occupied else None,
        0 if occupied else payload[0] >> 1,
        read_minutes(payload[0] >> 1) if occupied else None,
        tag_id=payload[start : start + 4].hex().upper(),
        tag_battery_v=battery,
    )
