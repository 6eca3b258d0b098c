"""What an adapter collects while it decodes: observations in their envelopes, and refusals with their bytes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from parking.errors import InvalidObservationError, InvalidPlaceError
from parking.observations import (
    MAX_NAMED,
    DeviceFault,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteLevelled,
    SpaceObserved,
    make_event_id,
)
from parking.rejects import Reject, make_reject
from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason, SpaceState, TimeBasis
from sensors.contract import Decoded, RecordRefusedError
from sensors.dialect import as_utf8


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

    def levelled(
        self,
        level: FillLevel,
        low: int | None = None,
        high: int | None = None,
        capacity: int | None = None,
        category: Audience = Audience.PUBLIC,
    ) -> SiteLevelled:
        """How full it is, without a number: the source's word (unknown: none), or the bounds that it states."""
        return SiteLevelled(
            event_id=self._event_id("level", level, low, high, capacity, category),
            tenant=self.tenant,
            source=self.source,
            device_id=self.device_id,
            observed_at=self.observed_at,
            received_at=self.received_at,
            time_basis=self.time_basis,
            time_shift_s=self.time_shift_s,
            seq=self.seq,
            level=level,
            vacant_low=low,
            vacant_high=high,
            capacity=capacity,
            category=category,
        )

    def without_number(
        self, level: FillLevel, capacity: int | None = None, category: Audience = Audience.PUBLIC
    ) -> SiteLevelled | DeviceFault:
        """What a record says that has no number: its word on how full it is; without one it is of no use."""
        if level is FillLevel.UNKNOWN:
            return self.unusable()
        return self.levelled(level, capacity=capacity, category=category)

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

    def unusable(self, category: Audience | None = None) -> DeviceFault:
        """What the device says is no use, of ``category`` or (None) at all: from now on its number is not known.

        Its sequence is the second of its arrival where the device has none of its own: a source that says the same
        time again is believed or not by what it said last (``sensors.intake.doubts``).
        """
        return self._fault(Fault.UNUSABLE, self.seq or arrival_seq(self.received_at), category)

    def fault(self, fault: Fault) -> DeviceFault:
        """The device does not work, so that its number is not to be believed."""
        return self._fault(fault, self.seq, None)

    def _fault(self, fault: Fault, seq: int, category: Audience | None) -> DeviceFault:
        return DeviceFault(
            event_id=self._event_id("fault", fault, *([category] if category else [])),
            tenant=self.tenant,
            source=self.source,
            device_id=self.device_id,
            observed_at=self.observed_at,
            received_at=self.received_at,
            time_basis=self.time_basis,
            time_shift_s=self.time_shift_s,
            seq=seq,
            fault=fault,
            category=category,
        )

    def _event_id(self, *content: object) -> str:
        return make_event_id(self.source, self.device_id, self.observed_at, *content)


def arrival_seq(received_at: datetime) -> int:
    """Where a word stands among others of its device and time that have no sequence: the second it came, to 2106."""
    return min(max(0, int(received_at.timestamp())), 2**32 - 1)


_SAY_NOTHING_OF_A_NUMBER = frozenset(
    {
        RejectReason.BAD_COORDINATES,
        RejectReason.FLOODED,
        RejectReason.NOT_A_PLACE,  # an area may bear the id of a car park
        RejectReason.NOT_ALLOWED,  # whoever may not speak of a device may not silence it
        RejectReason.NOT_FOLDED,
        RejectReason.UNKNOWN_SITE,
    }
)
"""Refused for these a record leaves the number of its device alone; for any other reason it ends it."""


@dataclass
class Ledger:
    """Collects what an adapter decodes and refuses.

    A record that is refused is a reject and, where its device is known, a word that ends the number which that device
    gave before: at the time of the record, or at ``arrived_at`` where that cannot be read.
    """

    tenant: str
    source: str
    rejected_at: datetime
    observations: list[Observation] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    _in_hand: Sighting | None = None

    def sighting(
        self, device_id: str, observed_at: datetime, received_at: datetime, time_basis: TimeBasis, *, shift_s: int = 0,
        seq: int = 0,
    ) -> Sighting:  # fmt: skip
        """The envelope of all that one record of a device says. Times are aware UTC.

        Ask for it as soon as device and time are known: a refusal after that ends the device's number at that time.
        An id that is longer than any device's is refused, and is nobody's number.
        """
        if len(device_id) > MAX_NAMED:
            detail = f"an id of {len(device_id)} characters, where {MAX_NAMED} is the most: no device is called so"
            raise RecordRefusedError(RejectReason.MALFORMED_RECORD, detail)
        seen = Sighting(self.tenant, self.source, device_id, observed_at, received_at, time_basis, shift_s, seq)
        self._in_hand = seen
        return seen

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

    def open(self, payload: bytes, read: Callable[[bytes], S], *, exact: bool = False) -> S | None:
        """What ``read`` makes of a body; None where it refuses the body as a whole, which is then in the rejects.

        JSON of another encoding is brought to UTF-8 first, but for an ``exact`` body, whose bytes are never changed.
        """
        try:
            return read(payload if exact else as_utf8(payload))
        except RecordRefusedError as error:
            self.refuse(error, payload)
            return None

    def split(self, payload: bytes, split: Callable[[bytes], Iterable[S]], *, exact: bool = False) -> list[S] | None:
        """The records of a body; None where it is refused as a whole.

        All are split before the first is read, for when a recording arrived is told by all of its times.
        """
        return self.open(payload, lambda body: list(split(body)), exact=exact)

    def read_each(
        self,
        records: Iterable[R | RecordRefusedError],
        payload: bytes,
        read: Callable[[R], Iterable[Observation]],
        arrived_at: datetime | None,
    ) -> None:
        """Collect what ``read`` says of each record of ``payload``, which arrived then (see ``collect``)."""
        for record in records:
            if isinstance(record, RecordRefusedError):
                self._in_hand = None
                self.end_number(record, arrived_at)
                self.refuse(record, payload)
            elif error := self.collect(partial(read, record), arrived_at):
                self.refuse(error, record.raw)

    def collect(
        self, read: Callable[[], Iterable[Observation]], arrived_at: datetime | None
    ) -> RecordRefusedError | None:
        """Collect what ``read`` says of one record; returns the error it may end with, to be refused with its bytes.

        What was said before the error holds, so an adapter says first what does not hang on the rest. ``arrived_at`` is
        None where a recording does not tell: a record without a time then ends nothing.
        """
        self._in_hand = None
        try:
            for seen in read():
                self.observations.append(seen)
        except RecordRefusedError as error:
            self.end_number(error, arrived_at)
            return error
        except InvalidObservationError as error:  # a number that none of our words can hold
            refused = RecordRefusedError(RejectReason.MALFORMED_RECORD, f"{error}: correct the source")
            self.end_number(refused, arrived_at)
            return refused
        return None

    def end_number(self, error: RecordRefusedError, arrived_at: datetime | None) -> None:
        """Say that the device of a refused record is not to be believed from its time on, or from its arrival."""
        seen, self._in_hand = self._in_hand, None
        if error.reason in _SAY_NOTHING_OF_A_NUMBER:
            return
        named = error.device_id is not None and 0 < len(error.device_id) <= MAX_NAMED
        if seen is None and named and arrived_at is not None:
            seen = Sighting(self.tenant, self.source, error.device_id or "", arrived_at, arrived_at, TimeBasis.ARRIVAL)
        if seen is not None:
            self.observations.append(seen.unusable(error.category))

    def decoded(self, ends_at: datetime | None = None) -> Decoded:
        """Everything collected."""
        return Decoded(self.observations, self.rejects, ends_at)
