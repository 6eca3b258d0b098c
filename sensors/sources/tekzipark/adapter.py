"""Tekzipark's frames as observations. Field table: docs/mapping/tekzipark.md."""

from collections.abc import Mapping
from datetime import datetime

from parking.observations import Diagnostics
from parking.words import TimeBasis
from sensors.contract import Declared, Decoded, SourceInfo
from sensors.frames import Said, observe, space_state
from sensors.messages import decode_messages
from sensors.sources.tekzipark.wire import MEASURED, Frame, Measured, read
from sensors.uplink import Uplink

INFO = SourceInfo(
    id="tekzipark",
    name="Tekzitel Tekzipark, LoRaWAN",
    tenant="nantes",
    zone="UTC",
    licence=None,
    url="https://www.thethingsnetwork.org/device-repository/devices/tekzitel/tekzipark/",
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
    torn = uplink.f_port == MEASURED and frame.measured is None
    return Said(
        state=space_state(frame.occupied),
        diagnostics=Diagnostics(temperature_c=frame.temperature_c, more=_more(frame)),
        started=frame.reset,
        faulty=frame.measured is not None and frame.measured.fault_code != 0,
        left_over=_left_over(frame, torn),
    )


def _left_over(frame: Frame, torn: bool) -> str:
    if torn:
        return f"what it measured is torn: {len(frame.tail)} bytes of it"
    return f"{len(frame.tail)} bytes more than the layout has" if frame.tail else ""


def _more(frame: Frame) -> dict[str, int | float | str | bool]:
    more: dict[str, int | float | str | bool] = {
        "occupied": frame.occupied,
        "battery_good": frame.battery_good,
        "obstruction": frame.obstruction,
        "radar": frame.radar,
        "no_beacon": frame.no_beacon,
        "reset": frame.reset,
        "keep_alive": frame.keep_alive,
        "parking_id": frame.parking_id,
    }
    if frame.reserved:
        more["reserved_bit"] = True
    if frame.beacon_rssi_dbm is not None:
        more["beacon_rssi_dbm"] = frame.beacon_rssi_dbm
        more["beacons"] = " ".join(f"{beacon:04x}" for beacon in frame.beacons)
    return more | (_of_measured(frame.measured) if frame.measured is not None else {})


def _of_measured(measured: Measured) -> dict[str, int | float | str | bool]:
    return {
        "deflection_x": measured.deflection[0],
        "deflection_y": measured.deflection[1],
        "deflection_z": measured.deflection[2],
        "baseline_x": measured.baseline[0],
        "baseline_y": measured.baseline[1],
        "baseline_z": measured.baseline[2],
        "fault_code": measured.fault_code,
        "obstruction_level": measured.obstruction_level,
        "reflection": measured.reflection,
    }
