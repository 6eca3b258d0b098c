"""What an adapter collects while it decodes: observations in their envelopes, and refusals with their bytes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from parking.errors import InvalidPlaceError
from parking.observations import (
    DeviceFault,
    Observation,
    OpeningChanged,
    SiteCounted,
    SpaceObserved,
    make_event_id,
)
from parking.rejects import Reject, make_reject
from parking.words import Audience, Basis, Fault, Opening, RejectReason, SpaceState, TimeBasis
from sensors.contract import Decoded, RecordRefusedError


class HasBytes(Protocol):
    """A record that knows its own bytes: those that a reject keeps, so that it can be read again alone."""

    @property
    def raw(self) -> bytes:
        """They, as they came."""


R = TypeVar("R", bound=HasBytes)
S = TypeVar("S")


class Sighting(NamedTuple):
    """One word of one device: whose it is, when it was true, when it came. Its methods put facts into that envelope.

    ``content`` is what tells two facts of one device and time apart: the same content is the same event, whenever and
    however often it comes.
    """

    tenant: str
    source: str
    device_id: str
    observed_at: datetime
    received_at: datetime
    time_basis: TimeBasis
    time_shift_s: int = 0
    seq: int = 0

    def counted(
        self,
        vacant: int,
        capacity: int | None,
        content: tuple[object, ...],
        *,
        full_at: int | None = None,
        category: Audience = Audience.PUBLIC,
        basis: Basis = Basis.COUNTED,
    ) -> SiteCounted:
        """So many spaces are vacant, of so many (None: unknown), for one audience."""
        return SiteCounted(
            event_id=self._event_id(*content),
            tenant=self.tenant,
            source=self.source,
            device_id=self.device_id,
            observed_at=self.observed_at,
            received_at=self.received_at,
            time_basis=self.time_basis,
            time_shift_s=self.time_shift_s,
            seq=self.seq,
            vacant=vacant,
            capacity=capacity,
            full_at=full_at,
            category=category,
            basis=basis,
        )

    def space(self, state: SpaceState, *content: object) -> SpaceObserved:
        """A single space is free, occupied or whatever else its sensor can tell."""
        return SpaceObserved(
            event_id=self._event_id(*content, state),
            tenant=self.tenant,
            source=self.source,
            device_id=self.device_id,
            observed_at=self.observed_at,
            received_at=self.received_at,
            time_basis=self.time_basis,
            time_shift_s=self.time_shift_s,
            seq=self.seq,
            state=state,
        )

    def opening(self, opening: Opening) -> OpeningChanged:
        """Who may drive in."""
        return OpeningChanged(
            event_id=self._event_id("opening", opening),
            tenant=self.tenant,
            source=self.source,
            device_id=self.device_id,
            observed_at=self.observed_at,
            received_at=self.received_at,
            time_basis=self.time_basis,
            time_shift_s=self.time_shift_s,
            seq=self.seq,
            opening=opening,
        )

    def fault(self, fault: Fault) -> DeviceFault:
        """The device does not work, so that its number is not to be believed."""
        return DeviceFault(
            event_id=self._event_id("fault", fault),
            tenant=self.tenant,
            source=self.source,
            device_id=self.device_id,
            observed_at=self.observed_at,
            received_at=self.received_at,
            time_basis=self.time_basis,
            time_shift_s=self.time_shift_s,
            seq=self.seq,
            fault=fault,
        )

    def _event_id(self, *content: object) -> str:
        return make_event_id(self.source, self.device_id, self.observed_at, *content)


@dataclass
class Ledger:
    """Collects what an adapter decodes and refuses."""

    tenant: str
    source: str
    rejected_at: datetime
    observations: list[Observation] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def sighting(
        self, device_id: str, observed_at: datetime, received_at: datetime, time_basis: TimeBasis, *, shift_s: int = 0,
        seq: int = 0,
    ) -> Sighting:  # fmt: skip
        """The envelope of all that one record of a device says. Times are aware UTC."""
        return Sighting(self.tenant, self.source, device_id, observed_at, received_at, time_basis, shift_s, seq)

    def refuse(self, error: RecordRefusedError | InvalidPlaceError, raw: bytes, device_id: str | None = None) -> None:
        """Keep a record that cannot be used: its own bytes where the error has them, else ``raw``.

        A record that describes no sound place is a malformed one, of ``device_id``.
        """
        if isinstance(error, InvalidPlaceError):
            error = RecordRefusedError(RejectReason.MALFORMED_RECORD, str(error), device_id)
        raw = raw if error.raw is None else error.raw
        self.rejects.append(
            make_reject(self.tenant, self.source, error.reason, error.detail, raw, self.rejected_at, error.device_id)
        )

    def open(self, payload: bytes, read: Callable[[bytes], S]) -> S | None:
        """What ``read`` makes of a body; None where it refuses the body as a whole, which is then in the rejects."""
        try:
            return read(payload)
        except RecordRefusedError as error:
            self.refuse(error, payload)
            return None

    def split(self, payload: bytes, split: Callable[[bytes], Iterable[S]]) -> list[S] | None:
        """The records of a body; None where it is refused as a whole.

        All are split before the first is read, for when a recording arrived is told by all of its times.
        """
        return self.open(payload, lambda body: list(split(body)))

    def read_each(
        self, records: Iterable[R | RecordRefusedError], payload: bytes, read: Callable[[R], Iterable[Observation]]
    ) -> None:
        """Collect what ``read`` says of each record of ``payload``: all of it or, by its error, a reject."""
        for record in records:
            if isinstance(record, RecordRefusedError):
                self.refuse(record, payload)
                continue
            try:
                self.observations.extend(list(read(record)))
            except RecordRefusedError as error:
                self.refuse(error, record.raw)

    def decoded(self, ends_at: datetime | None = None) -> Decoded:
        """Everything collected."""
        return Decoded(self.observations, self.rejects, ends_at)
