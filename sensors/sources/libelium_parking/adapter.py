"""Libelium Smart Parking's frames as observations. Field table: docs/mapping/libelium_parking.md."""

from collections.abc import Mapping
from datetime import datetime

from parking.observations import Diagnostics
from parking.words import TimeBasis
from sensors.contract import Declared, Decoded, SourceInfo
from sensors.frames import Said, observe, space_state
from sensors.messages import decode_messages
from sensors.sources.libelium_parking.wire import ERROR, START_1, START_2, TYPES, Frame, read
from sensors.uplink import Uplink

INFO = SourceInfo(
    id="libelium_parking",
    name="Libelium Smart Parking v3, LoRaWAN",
    tenant="nantes",
    zone="UTC",
    licence=None,
    url="https://www.libelium.com/",
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
    frame = read(uplink.payload)
    known = frame.kind < len(TYPES)
    return Said(
        state=space_state(frame.occupied),  # the head is the same in every frame, also in one of an unknown type
        diagnostics=Diagnostics(
            temperature_c=frame.temperature_c,
            firmware=None if frame.firmware is None else str(frame.firmware),
            counter=frame.counter,
            more=_more(frame),
        ),
        started=frame.kind in (START_1, START_2),
        calibrating=frame.recalibration,
        faulty=frame.kind == ERROR or bool(frame.sensor_error),
        left_over="" if known else f"frame type {frame.kind} is unknown",
    )


def _more(frame: Frame) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {
        "frame": TYPES[frame.kind] if frame.kind < len(TYPES) else f"type {frame.kind}",
        "occupied": frame.occupied,
        "low_battery": frame.low_battery,
        "config_refused": frame.config_refused,
        "recalibration": frame.recalibration,
        "body_hex": frame.body.hex(),
    }
    if frame.sensor_error is not None:
        more["sensor_error"] = frame.sensor_error
    return more
