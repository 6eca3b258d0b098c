"""Nwave NPS405 frames: what each byte is, by port. Source: the maker's codec in The Things Network's device list."""

import msgspec

from sensors.frames import signed, unknown_port, unreadable

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
_SIZES = {STATUS: 1, HEARTBEAT: 3, STARTUP: 5, USER_TAG: 5}
_TAG_WITH_BATTERY = 6


class PreviousState(msgspec.Struct, frozen=True):
    """How long the state before lasted: at least ``minutes``, at most ``error_min`` more (None: no limit is known)."""

    minutes: int
    error_min: int | None


class Nps405Frame(msgspec.Struct, frozen=True):
    """One frame. ``upper_bits`` are bits 7..1 beside the occupancy, where the port gives them no meaning of their own.

    ``undocumented`` are bytes that the heartbeat has and nobody explains; ``tail`` those beyond the layout.
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
    tail: bytes = b""

    @property
    def battery_health(self) -> str | None:
        """The maker's word for the voltage, of which less is asked in the cold."""
        if self.battery_mv is None or self.temperature_c is None:
            return None
        low = 3000 if self.temperature_c >= -5 else 2900
        return "normal" if self.battery_mv >= low else "low" if self.battery_mv >= low - 100 else "critical"


def read_frame(port: int, payload: bytes) -> Nps405Frame:
    """One frame; RecordRefusedError where its port is not the sensor's, or it is too short."""
    if port == DEBUG:
        return Nps405Frame(undocumented=payload)
    if port not in _SIZES:
        raise unknown_port(port, "1, 2, 3, 6 and 10")
    if len(payload) < _SIZES[port]:
        raise unreadable(f"{len(payload)} bytes on fPort {port} are too few")
    if port == HEARTBEAT:
        return _read_heartbeat(payload)
    if port == STARTUP:
        return _read_startup(payload)
    if port == USER_TAG:
        return _read_user_tag(payload)
    return Nps405Frame(bool(payload[0] & 1), previous=read_minutes(payload[0] >> 1), tail=payload[1:])


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
    cause, state = payload[3], payload[4]
    return Nps405Frame(
        bool(state & 1),
        state >> 1,
        firmware=".".join(map(str, payload[:3])),
        reset_cause=RESET_CAUSES.get(cause, f"code {cause}"),
        tail=payload[5:],
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
        tail=payload[start + 4 :],
    )
