"""What all LoRaWAN ground sensors share: a frame as words of ours, and those words as observations.

A sensor's ``wire`` reads bytes, its ``adapter`` says what they mean (``Said``), and ``observe`` puts
that into its envelope.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from parking.instants import is_ahead
from parking.observations import (
    DeviceCalibrating,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    Diagnostics,
    Observation,
    SpaceObserved,
    make_event_id,
)
from parking.words import Basis, RejectReason, SpaceState, TimeBasis
from sensors.contract import Decoded, Ledger, RecordRefusedError, SourceInfo
from sensors.uplink import Uplink

_TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)
MAX_BACKLOG = timedelta(days=7)
"""A broker may keep uplinks for that long; an older one is of a gateway whose clock is wrong."""

_OPPOSITE = {SpaceState.FREE: SpaceState.OCCUPIED, SpaceState.OCCUPIED: SpaceState.FREE}


class Said(NamedTuple):
    """What one frame says, in our words.

    ``state`` is None where it says none. ``lasted_min`` is how long the state before lasted, only where that is exact
    enough to place a lost uplink by it. ``left_over`` says what of the frame could not be read; the rest holds.
    """

    state: SpaceState | None = None
    diagnostics: Diagnostics = Diagnostics()
    started: bool = False
    calibrating: bool = False
    faulty: bool = False
    lasted_min: int | None = None
    left_over: str = ""


def observe(
    info: SourceInfo, uplink: Uplink, read: Callable[[Uplink], Said], tenant: str, received_at: datetime
) -> Decoded:
    """One frame as observations, and a reject with its bytes for whatever ``read`` refuses or leaves over."""
    ledger = Ledger(tenant, info.id, received_at)
    try:
        envelope = _envelope(info.id, uplink, tenant, received_at)
        said = read(uplink)
        ledger.observations.extend(_observations(said, uplink, envelope))
        if said.left_over:
            raise unreadable(said.left_over)
    except RecordRefusedError as error:
        ledger.refuse(RecordRefusedError(error.reason, error.detail, uplink.dev_eui), uplink.payload)
    return ledger.decoded()


def unreadable(detail: str) -> RecordRefusedError:
    """The error that refuses a frame whose layout is not the sensor's."""
    return RecordRefusedError(RejectReason.MALFORMED_RECORD, f"{detail}: compare it with the sensor's firmware")


def unknown_port(port: int, known: str) -> RecordRefusedError:
    """The error that refuses a frame on a port that the sensor does not use."""
    return RecordRefusedError(
        RejectReason.UNKNOWN_STATUS, f"fPort {port} is none of {known}: is this the right sensor?"
    )


def space_state(occupied: bool) -> SpaceState:
    """The state that a sensor's one bit says."""
    return SpaceState.OCCUPIED if occupied else SpaceState.FREE


def signed(byte: int) -> int:
    """A byte as the signed number that it stands for."""
    return byte - 256 if byte > 127 else byte


def _envelope(source: str, uplink: Uplink, tenant: str, received_at: datetime) -> dict[str, Any]:
    observed_at = uplink.heard_at or received_at
    if is_ahead(observed_at, received_at):
        detail = f"heard at {observed_at.isoformat()}, later than its arrival: set the gateway's clock"
        raise RecordRefusedError(RejectReason.FUTURE_TIME, detail)
    if received_at - observed_at > MAX_BACKLOG:
        detail = f"heard at {observed_at.isoformat()}, more than {MAX_BACKLOG.days} days ago: set the gateway's clock"
        raise RecordRefusedError(RejectReason.BAD_TIME, detail)
    return {
        "tenant": tenant,
        "source": source,
        "device_id": uplink.dev_eui,
        "observed_at": observed_at,
        "received_at": received_at,
        "time_basis": TimeBasis.ARRIVAL if uplink.heard_at is None else TimeBasis.GATEWAY,
        "seq": uplink.f_cnt,
        "simulated": uplink.is_simulated,
    }


def _observations(said: Said, uplink: Uplink, envelope: dict[str, Any]) -> Iterator[Observation]:
    """The state comes last in the total order: a start of the same frame is put a microsecond before it."""
    now: datetime = envelope["observed_at"]
    of_now = envelope | {"diagnostics": _diagnostics(said, uplink)}

    def fields(what: str, at: datetime, known: dict[str, Any] = of_now) -> dict[str, Any]:
        return known | {"event_id": _event_id(what, uplink, envelope), "observed_at": at}

    if said.faulty or said.calibrating:  # then its state is not to be believed
        if said.started:
            yield DeviceStarted(**fields("started", _before(now, _MOMENT)))
        if said.faulty:
            yield DeviceFault(**fields("fault", now))
        else:
            yield DeviceCalibrating(**fields("calibrating", now))
        return
    if uplink.missed > 0 and said.lasted_min and said.state in _OPPOSITE:
        began = _before(now, timedelta(minutes=said.lasted_min))
        yield SpaceObserved(**fields("repaired", began, envelope), state=_OPPOSITE[said.state], basis=Basis.DERIVED)
    if said.started:
        yield DeviceStarted(**fields("started", now if said.state is None else _before(now, _MOMENT)))
    if said.state is not None:
        yield SpaceObserved(**fields("state", now), state=said.state)
    elif not said.started:
        yield DeviceHeartbeat(**fields("heartbeat", now))


def _diagnostics(said: Said, uplink: Uplink) -> Diagnostics | None:
    """None where nothing is said."""
    heard = said.diagnostics
    if uplink.rssi_dbm is not None:
        heard = msgspec.structs.replace(heard, rssi_dbm=uplink.rssi_dbm)
    return None if heard == Diagnostics() else heard


def _event_id(what: str, uplink: Uplink, envelope: dict[str, Any]) -> str:
    """No time in it: two networks that pass on the same uplink stamp it differently.

    A device whose counter starts anew may so use an id again, at another time; the fold goes by time first.
    """
    content = (what, uplink.f_cnt, uplink.f_port, uplink.payload.hex())
    return make_event_id(envelope["source"], uplink.dev_eui, _TIMELESS, *content)


def _before(at: datetime, by: timedelta) -> datetime:
    """Earlier; the same where the calendar begins."""
    try:
        return at - by
    except OverflowError:
        return at
