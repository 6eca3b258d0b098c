"""Bosch TPS110's frames as observations. Field table: docs/mapping/bosch_tps110.md."""

from collections.abc import Mapping
from datetime import datetime

from parking.observations import Diagnostics
from parking.words import TimeBasis
from sensors.contract import Declared, Decoded, SourceInfo
from sensors.frames import Said, observe, space_state
from sensors.messages import decode_messages
from sensors.sources.bosch_tps110.wire import OPAQUE, STARTUP, Frame, read
from sensors.uplink import Uplink

INFO = SourceInfo(
    id="bosch_tps110",
    name="Bosch TPS110, LoRaWAN",
    tenant="nantes",
    zone="UTC",
    licence=None,
    url="https://www.thethingsnetwork.org/device-repository/devices/bosch/tps110/",
    time_basis=TimeBasis.GATEWAY,
    single_spaces=True,
    valid_for_s=25 * 3600,
)


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter."""
    return decode_messages(INFO, decode_frame, payload, tenant, received_at, recorded)


def decode_frame(uplink: Uplink, *, tenant: str, received_at: datetime) -> Decoded:
    """See sensors.uplink.FrameAdapter."""
    return observe(INFO, uplink, _say, tenant, received_at)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """None: a frame does not say where its sensor lies; the city's catalogue does."""
    return Declared([], [])


def _say(uplink: Uplink) -> Said:
    frame = read(uplink.f_port, uplink.payload)
    return Said(
        state=None if frame.occupied is None else space_state(frame.occupied),
        diagnostics=Diagnostics(
            temperature_c=frame.temperature_c,
            firmware=frame.firmware,
            reset_cause=frame.reset_cause,
            more=_more(frame, uplink.f_port),
        ),
        started=uplink.f_port == STARTUP,
        left_over=f"{len(frame.tail)} bytes more than the layout has" if frame.tail else "",
    )


def _more(frame: Frame, port: int) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {}
    if frame.reserved_bits:
        more["reserved_bits"] = frame.reserved_bits
    if frame.debug:
        more["debug_hex"] = frame.debug.hex()
        more["debug_codes"] = " ".join(map(str, frame.debug_codes))
    if port in OPAQUE:
        more[f"{OPAQUE[port]}_hex"] = frame.opaque.hex()
    return more
