"""Nwave NPS310SM's frames as observations. Field table: docs/mapping/nwave_nps310sm.md."""

from collections.abc import Mapping
from datetime import datetime

from parking.observations import Diagnostics
from parking.words import TimeBasis
from sensors.contract import Declared, Decoded, SourceInfo
from sensors.frames import Said, observe, space_state
from sensors.messages import decode_messages
from sensors.sources.nwave_nps310sm.wire import DEBUG, STARTUP, Frame, read
from sensors.uplink import Uplink

INFO = SourceInfo(
    id="nwave_nps310sm",
    name="Nwave NPS310SM, LoRaWAN",
    tenant="nantes",
    zone="UTC",
    licence=None,
    url="https://www.thethingsnetwork.org/device-repository/devices/nwave/nps310sm/",
    time_basis=TimeBasis.GATEWAY,
    single_spaces=True,
    valid_for_s=6 * 3600 + 15 * 60,
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
            firmware=frame.firmware, reset_cause=frame.reset_cause, more=_more(frame, uplink.f_port)
        ),
        started=uplink.f_port == STARTUP,
        left_over=f"{len(frame.tail)} bytes more than the layout has" if frame.tail else "",
    )


def _more(frame: Frame, port: int) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {}
    if frame.reserved_bits:
        more["reserved_bits"] = frame.reserved_bits
    if port == DEBUG:
        more["debug_hex"] = frame.debug.hex()
    return more
