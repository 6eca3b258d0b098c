"""A batch: the agent's sentence in its pure half. Records of one partition in, new states and what to send out.

    records ──decode──> observations ──admit──> fold ──> states, changes, rejects

Records are folded strictly in their order, so what stands at a revision never depends on where a batch was cut.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from parking import codec
from parking.admission import find_refusal
from parking.availability import Change, Revision
from parking.catalogue import Place
from parking.clock import Clock
from parking.errors import ParkingError
from parking.observations import ClockTicked, DeviceHeartbeat, Observation
from parking.occupancy import Folded, fold, publish
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

    ``changes`` holds the last change of each place: the ones between were true for no longer than the batch took.
    """

    touched: set[str] = field(default_factory=set)
    ticked: set[str] = field(default_factory=set)
    changes: dict[str, Change] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)


def fold_batch(
    partition: Partition, records: Iterable[Record], find_place: Callable[[str], Place | None], epoch: int
) -> Outcome:
    """Fold records into ``partition`` (in place) and return what changed.

    A record that cannot be read or admitted becomes a reject; none raises.
    """
    outcome = Outcome()
    for record in records:
        try:
            _fold_record(partition, record, find_place, epoch, outcome)
        except ParkingError as error:
            outcome.rejects.append(_unreadable(record, error))
    return outcome


def _fold_record(
    partition: Partition, record: Record, find_place: Callable[[str], Place | None], epoch: int, outcome: Outcome
) -> None:
    observation = codec.decode_observation(record.value)
    revision = (epoch, record.offset)
    if isinstance(observation, ClockTicked):
        _tick(partition, observation, find_place, revision, outcome)
        return
    if isinstance(observation, DeviceHeartbeat):
        return  # confirms nothing about a number; device health will listen to it
    place = find_place(record.key)
    refusal = find_refusal(observation, place)
    if refusal is not None or place is None:
        reason, detail = refusal or (RejectReason.UNKNOWN_SITE, record.key)
        outcome.rejects.append(_refused(record, observation, reason, detail))
        return
    held = partition.places.get(record.key)
    state = held.state if held else EMPTY
    folded = fold(state, observation, place, partition.clock_of(place.tenant), revision)
    if folded.state is not state:
        _keep(partition, record.key, folded, outcome)


def _keep(partition: Partition, key: str, folded: Folded, outcome: Outcome) -> None:
    partition.places[key] = Held(folded.state, folded.next_expiry)
    outcome.touched.add(key)
    if folded.change is not None:
        outcome.changes[key] = folded.change


def _tick(
    partition: Partition,
    tick: ClockTicked,
    find_place: Callable[[str], Place | None],
    revision: Revision,
    outcome: Outcome,
) -> None:
    now = partition.clock_of(tick.tenant)
    if now is not None and tick.observed_at <= now:
        return
    partition.clocks[tick.tenant] = Clock(tick.observed_at, tick.basis)
    outcome.ticked.add(tick.tenant)
    prefix = tick.tenant + "/"
    due = [
        key
        for key, held in partition.places.items()
        if held.next_expiry is not None and held.next_expiry <= tick.observed_at and key.startswith(prefix)
    ]
    for key in due:
        place = find_place(key)
        if place is not None:
            _keep(partition, key, publish(partition.places[key].state, place, tick.observed_at, revision), outcome)


def _refused(record: Record, seen: Observation, reason: RejectReason, detail: str) -> Reject:
    return make_reject(
        seen.tenant, seen.source, reason, detail, record.value, record.logged_at, seen.device_id, record.key
    )


def _unreadable(record: Record, error: ParkingError) -> Reject:
    tenant = record.key.partition("/")[0] or "?"
    return make_reject(
        tenant, "kafka", RejectReason.MALFORMED_RECORD, str(error), record.value, record.logged_at, place_id=record.key
    )
