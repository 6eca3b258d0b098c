"""What all LoRaWAN ground sensors share: a frame as words of ours, and those words as observations.

A sensor's ``wire`` reads bytes, its ``adapter`` says what they mean (``FrameContent``), and ``observe`` puts
that into its envelope.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeAlias

import msgspec

from parking.instants import in_text, is_ahead
from parking.observations import (
    DeviceCalibrating,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    Diagnostics,
    DistanceObserved,
    LaneCounted,
    LaneTotalled,
    Observation,
    SpaceObserved,
    digest_fact,
)
from parking.rejects import make_reject
from parking.words import Basis, Fault, RejectReason, SpaceState, TimeBasis
from sensors.contract import Decoded, RecordRefusedError, SourceInfo
from sensors.uplink import Uplink

_TIMELESS = datetime(1970, 1, 1, tzinfo=UTC).isoformat()
_NOTHING = Diagnostics()
_MOMENT = timedelta(microseconds=1)
MAX_BACKLOG = timedelta(days=7)
"""A broker may keep uplinks for that long; an older one is of a gateway whose clock is wrong."""

_Kind: TypeAlias = Callable[..., Observation]
_OPPOSITE = {SpaceState.FREE: SpaceState.OCCUPIED, SpaceState.OCCUPIED: SpaceState.FREE}


class FrameContent(msgspec.Struct, frozen=True):
    """What one frame says, in our words.

    ``state`` is None where it says none. ``lasted_min`` is how long the state before lasted, only where that is exact
    enough to place a lost uplink by it. ``left_over`` says what of the frame could not be read; the rest holds.

    Instead of a state: ``distance_mm`` to whatever stands there; entries and exits that ``passed`` a lane since the
    message before; or ``totals`` of them since it was put in, None for a way that it does not count.
    """

    state: SpaceState | None = None
    diagnostics: Diagnostics = Diagnostics()
    started: bool = False
    calibrating: bool = False
    faulty: bool = False
    lasted_min: int | None = None
    left_over: str = ""
    distance_mm: int | None = None
    passed: tuple[int, int] | None = None
    totals: tuple[int | None, int | None] | None = None


_NO_WORD = FrameContent()


def observe(
    info: SourceInfo, uplink: Uplink, read: Callable[[Uplink], FrameContent], tenant: str, received_at: datetime
) -> Decoded:
    """One frame as observations, and a reject with ``uplink.raw`` for whatever ``read`` refuses or leaves over.

    What is of the network itself is never shown to ``read``: it is a heartbeat of the device, whoever made it. A frame
    that is refused says that the sensor is not to be believed from then on.
    """
    frame = _Frame(info.id, tenant, uplink, received_at, received_at)
    try:
        frame = msgspec.structs.replace(frame, heard_at=_heard_at(uplink, received_at))
        said = _NO_WORD if uplink.is_of_network else read(uplink)
        observations = frame.observations(said)
        refused = unreadable(said.left_over) if said.left_over else None
    except RecordRefusedError as error:
        observations, refused = [frame.unusable()], error
    if refused is None:
        return Decoded(observations, [])
    reject = make_reject(tenant, info.id, refused.reason, refused.detail, uplink.raw, received_at, uplink.dev_eui)
    return Decoded(observations, [reject])


def unreadable(detail: str) -> RecordRefusedError:
    """The error that refuses a frame whose layout is not the sensor's."""
    return RecordRefusedError(RejectReason.MALFORMED_RECORD, f"{detail}: compare it with the sensor's firmware")


def require_length(port: int, payload: bytes, lengths: Collection[int]) -> None:
    """Raise RecordRefusedError unless the frame is as long as the sensor's frames on this port are."""
    if len(payload) not in lengths:
        known = " or ".join(map(str, lengths))
        raise foreign(f"{len(payload)} bytes on fPort {port}, where this sensor sends {known}")


def foreign(detail: str) -> RecordRefusedError:
    """The error that refuses a frame that is torn, or of another make: nothing of it is believed."""
    advice = "nothing of it was read; it is torn or of another make, so compare the device with the catalogue"
    return RecordRefusedError(RejectReason.MALFORMED_RECORD, f"{detail}: {advice}")


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


def _heard_at(uplink: Uplink, received_at: datetime) -> datetime:
    """When the network heard it, else its arrival; RecordRefusedError where the clock of a gateway is wrong."""
    heard_at = uplink.heard_at or received_at
    if is_ahead(heard_at, received_at):
        detail = f"heard at {in_text(heard_at)}, later than its arrival: set the gateway's clock"
        raise RecordRefusedError(RejectReason.FUTURE_TIME, detail)
    if received_at - heard_at > MAX_BACKLOG:
        detail = f"heard at {in_text(heard_at)}, more than {MAX_BACKLOG.days} days ago: set the gateway's clock"
        raise RecordRefusedError(RejectReason.BAD_TIME, detail)
    return heard_at


class _Frame(msgspec.Struct, frozen=True):
    """A frame and what stands in the envelopes of all that it says."""

    source: str
    tenant: str
    uplink: Uplink
    heard_at: datetime
    received_at: datetime

    def observations(self, said: FrameContent) -> list[Observation]:
        """The state comes last in the total order: a start of the same frame is put a microsecond before it."""
        kind: _Kind
        now, told = self.heard_at, _diagnostics(said, self.uplink)
        if said.faulty or said.calibrating:  # then its state is not to be believed
            kind, what = (DeviceFault, "fault") if said.faulty else (DeviceCalibrating, "calibrating")
            trouble = self._of_device(kind, what, now, told)
            return [self._start(_before(now, _MOMENT), told), trouble] if said.started else [trouble]
        if (counted := _counted(said)) is not None:
            return [*self._before_a_count(said, now, told), self._of_device(*counted, now, told)]
        if said.state is None:
            return [
                self._start(now, told) if said.started else self._of_device(DeviceHeartbeat, "heartbeat", now, told)
            ]
        found: list[Observation] = []
        if self.uplink.missed > 0 and said.lasted_min and said.state in _OPPOSITE:
            began = _before(now, timedelta(minutes=said.lasted_min))
            found.append(self._of_space("repaired", began, None, _OPPOSITE[said.state], Basis.DERIVED))
        if said.started:
            found.append(self._start(_before(now, _MOMENT), told))
        found.append(self._of_space("state", now, told, said.state, Basis.COUNTED))
        return found

    def _before_a_count(self, said: FrameContent, now: datetime, told: Diagnostics | None) -> Iterator[Observation]:
        """What a message that was lost counted is in no later one, unless that says totals."""
        if said.started:
            yield self._start(_before(now, _MOMENT), told)
        if said.passed is not None and self.uplink.missed > 0:
            lost = partial(DeviceFault, fault=Fault.COUNTING_OUT_OF_SERVICE)
            yield self._of_device(lost, "uncounted", _before(now, _MOMENT), None)

    def unusable(self) -> Observation:
        """What the sensor says is no use, so that its space is not known.

        A microsecond before the frame: once its cause was mended, the same frame sent again says its state.
        """
        doubt = partial(DeviceFault, fault=Fault.UNUSABLE)
        return self._of_device(doubt, "unusable", _before(self.heard_at, _MOMENT), None)

    def _start(self, at: datetime, told: Diagnostics | None) -> Observation:
        return self._of_device(DeviceStarted, "started", at, told)

    def _of_device(self, kind: _Kind, what: str, at: datetime, told: Diagnostics | None) -> Observation:
        uplink = self.uplink
        return kind(
            event_id=self._event_id(what),
            tenant=self.tenant,
            source=self.source,
            device_id=uplink.dev_eui,
            observed_at=at,
            received_at=self.received_at,
            time_basis=TimeBasis.ARRIVAL if uplink.heard_at is None else TimeBasis.GATEWAY,
            seq=uplink.f_cnt,
            simulated=uplink.is_simulated,
            diagnostics=told,
        )

    def _of_space(
        self, what: str, at: datetime, told: Diagnostics | None, state: SpaceState, basis: Basis
    ) -> SpaceObserved:
        uplink = self.uplink
        return SpaceObserved(
            event_id=self._event_id(what),
            tenant=self.tenant,
            source=self.source,
            device_id=uplink.dev_eui,
            observed_at=at,
            received_at=self.received_at,
            time_basis=TimeBasis.ARRIVAL if uplink.heard_at is None else TimeBasis.GATEWAY,
            seq=uplink.f_cnt,
            simulated=uplink.is_simulated,
            diagnostics=told,
            state=state,
            basis=basis,
        )

    def _event_id(self, what: str) -> str:
        """No time in it: two networks that pass on the same uplink stamp it differently.

        A device whose counter starts anew may so use an id again, at another time; the fold goes by time first.
        """
        heard = self.uplink
        content = f"{what}\x1f{heard.f_cnt}\x1f{heard.f_port}\x1f{heard.payload.hex()}"
        return digest_fact(f"{self.source}\x1f{heard.dev_eui}\x1f{_TIMELESS}\x1f{content}")


def _counted(said: FrameContent) -> tuple[_Kind, str] | None:
    """What is observed, where it is not a state, and its name in the event's id."""
    if said.distance_mm is not None:
        return partial(DistanceObserved, distance_mm=said.distance_mm), "distance"
    if said.totals is not None:
        return partial(LaneTotalled, entries=said.totals[0], exits=said.totals[1]), "totals"
    if said.passed is not None:
        return partial(LaneCounted, entries=said.passed[0], exits=said.passed[1]), "passed"
    return None


def _diagnostics(said: FrameContent, uplink: Uplink) -> Diagnostics | None:
    """None where nothing is said."""
    heard = said.diagnostics
    if uplink.rssi_dbm is not None:
        return msgspec.structs.replace(heard, rssi_dbm=uplink.rssi_dbm)
    return None if heard == _NOTHING else heard


def _before(at: datetime, by: timedelta) -> datetime:
    """Earlier; the same where the calendar begins."""
    try:
        return at - by
    except OverflowError:
        return at
