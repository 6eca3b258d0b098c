"""A batch: the agent's sentence in its pure half. Records of one partition in, new states and what to send out.

    records ──decode──> observations ──admit──> fold ──> states, changes, rejects

Records are folded strictly in their order. A place is concluded once, when the batch ends or before a tick moves the
clock, under the revision of the last observation folded in: what stands at a revision never depends on where a batch
was cut.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from parking import codec
from parking.admission import find_refusal, find_time_refusal
from parking.availability import Change, Revision
from parking.catalogue import Place
from parking.clock import Clock
from parking.errors import ParkingError
from parking.observations import ClockTicked, DeviceHeartbeat, Observation
from parking.occupancy import publish, register
from parking.rejects import Reject, make_reject
from parking.state import EMPTY, PlaceState
from parking.words import RejectReason

ALWAYS_DUE = datetime.min.replace(tzinfo=UTC)


class Record(NamedTuple):
    """One record as the log holds it; ``logged_at`` is the log's own append time."""

    offset: int
    key: str
    value: bytes
    logged_at: datetime


@dataclass
class Held:
    """A place in memory: its state, and when the clock alone will change what is said about it."""

    state: PlaceState
    next_expiry: datetime | None = None


@dataclass
class Partition:
    """Everything one partition owns: places by key, clocks by tenant."""

    places: dict[str, Held] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)

    def clock_of(self, tenant: str) -> datetime | None:
        """The tenant's time here, or None before its first tick."""
        clock = self.clocks.get(tenant)
        return clock.at if clock else None

    def reconsider(self, key: str) -> None:
        """Have the next tick conclude about this place again (its catalogue entry changed, or it was just loaded)."""
        if key in self.places:
            self.places[key].next_expiry = ALWAYS_DUE


@dataclass
class Outcome:
    """What a batch did: keys whose state changed, tenants whose clock moved, and what to send.

    ``changes`` are in order; a place has one for each time that it was concluded about anew (see above).
    """

    touched: set[str] = field(default_factory=set)
    ticked: set[str] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


FindPlace = Callable[[str], Place | None]


def fold_batch(partition: Partition, records: Iterable[Record], find_place: FindPlace, epoch: int) -> Outcome:
    """Fold records into ``partition`` (in place) and return what changed.

    A record that cannot be read or admitted becomes a reject; none raises.
    """
    batch = _Batch(partition, find_place)
    for record in records:
        try:
            batch.fold(record, (epoch, record.offset))
        except (ParkingError, ValueError, ArithmeticError) as error:
            batch.outcome.rejects.append(_unreadable(record, error))
    batch.settle()
    return batch.outcome


class _Batch:
    """One pass over some records."""

    def __init__(self, partition: Partition, find_place: FindPlace) -> None:
        self.outcome = Outcome()
        self._partition, self._find_place = partition, find_place
        self._unsettled: dict[str, tuple[Place, Revision]] = {}

    def fold(self, record: Record, revision: Revision) -> None:
        """Put one record into its register; what it means for the place is concluded in ``settle``."""
        seen = codec.decode_observation(record.value)
        if isinstance(seen, ClockTicked):
            if (refused := find_time_refusal(seen, record.logged_at)) is not None:
                self.outcome.rejects.append(_refused(record, seen, *refused))
                return
            self.settle()
            self._tick(seen, revision)
            return
        if isinstance(seen, DeviceHeartbeat):
            return  # confirms nothing about a number; device health will listen to it
        place = self._find_place(record.key)
        refusal = find_refusal(seen, place, record.logged_at)
        if refusal is not None or place is None:
            reason, detail = refusal or (RejectReason.UNKNOWN_SITE, record.key)
            self.outcome.rejects.append(_refused(record, seen, reason, detail))
            return
        held = self._partition.places.get(record.key)
        old = held.state if held else EMPTY
        new = register(old, seen, place)
        if new is not old:
            self._partition.places[record.key] = Held(new, ALWAYS_DUE)
            self._unsettled[record.key] = (place, revision)

    def settle(self) -> None:
        """Conclude about every place touched since the last time."""
        for key, (place, revision) in self._unsettled.items():
            self._conclude(key, place, revision)
        self._unsettled.clear()

    def _conclude(self, key: str, place: Place, revision: Revision) -> None:
        clock = self._partition.clock_of(place.tenant)
        folded = publish(self._partition.places[key].state, place, clock, revision)
        self._partition.places[key] = Held(folded.state, folded.next_expiry)
        self.outcome.touched.add(key)
        if folded.change is not None:
            self.outcome.changes.append(folded.change)

    def _tick(self, tick: ClockTicked, revision: Revision) -> None:
        """Move a tenant's clock forward, never back, and conclude about every place whose time has come."""
        now = self._partition.clock_of(tick.tenant)
        if now is not None and tick.observed_at <= now:
            return
        self._partition.clocks[tick.tenant] = Clock(tick.observed_at, tick.basis)
        self.outcome.ticked.add(tick.tenant)
        prefix = tick.tenant + "/"
        due = [
            key
            for key, held in self._partition.places.items()
            if held.next_expiry is not None and held.next_expiry <= tick.observed_at and key.startswith(prefix)
        ]
        for key in due:
            place = self._find_place(key)
            if place is not None:
                self._conclude(key, place, revision)


def _refused(record: Record, seen: Observation, reason: RejectReason, detail: str) -> Reject:
    return make_reject(
        seen.tenant, seen.source, reason, detail, record.value, record.logged_at, seen.device_id, record.key
    )


def _unreadable(record: Record, error: Exception) -> Reject:
    tenant = record.key.partition("/")[0] or "?"
    return make_reject(
        tenant, "kafka", RejectReason.MALFORMED_RECORD, str(error), record.value, record.logged_at, place_id=record.key
    )
