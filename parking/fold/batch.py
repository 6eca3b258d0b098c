"""A batch: the agent's sentence in its pure half. Records of one partition in, new states and what to send out.

    records ──decode──> observations ──admit──> fold ──> states, changes, rejects

Records are folded strictly in their order. A place is concluded once, when the batch ends or before a tick moves the
clock, under the revision of the last observation folded in: what stands at a revision never depends on where a batch
was cut.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from parking import codec
from parking.catalogue.model import Place
from parking.clock import Clock
from parking.errors import ParkingError
from parking.fold.admission import (
    Refusal,
    as_unusable,
    find_ahead_of_city,
    find_flood,
    find_lateness,
    find_refusal,
    find_tick_refusal,
)
from parking.fold.kernel import PYTHON, HeldZone, Kernel
from parking.fold.layout import layout_of
from parking.fold.occupancy import publish
from parking.fold.records import LogRecord
from parking.fold.registering import close_lanes, register
from parking.fold.spaces import SLOT_BYTES
from parking.fold.state import EMPTY, PlaceState, begun_anew
from parking.fold.taking_back import forget_later
from parking.instants import from_ms
from parking.observations import ClockTicked, Observation, SpaceObserved, says_nothing
from parking.published.availability import Change, Revision
from parking.rejects import Reject, make_reject
from parking.words import RejectReason

ALWAYS_DUE = datetime.min.replace(tzinfo=UTC)


@dataclass
class Held:
    """A place in memory: its state, and when the clock alone will change what is said about it."""

    state: PlaceState
    next_expiry: datetime | None = None


@dataclass
class Partition:
    """Everything one partition knows: places by key, clocks by tenant.

    ``zones`` are held by the kernel beside their states, by record key, for ``zone_places``. ``leapt`` are the tenants
    whose last tick said that a wall clock has leapt.
    """

    places: dict[str, Held] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    zones: dict[bytes, HeldZone] = field(default_factory=dict)
    zone_places: dict[bytes, Place] = field(default_factory=dict)
    leapt: set[str] = field(default_factory=set)

    def clock_of(self, tenant: str) -> datetime | None:
        """The tenant's time here, or None before its first tick."""
        clock = self.clocks.get(tenant)
        return clock.at if clock else None

    def tenants(self) -> set[str]:
        """Every tenant that has a place or a clock here."""
        return {key.partition("/")[0] for key in self.places} | set(self.clocks)

    def begin_anew(self, key: str) -> None:
        """Forget all about a place but what was published; the next tick concludes that it is unknown."""
        held = self.places.get(key)
        self.places[key] = Held(begun_anew(held.state if held else None), ALWAYS_DUE)
        self.zones.pop(key.encode(), None)
        self.zone_places.pop(key.encode(), None)

    def reconsider(self, key: str) -> None:
        """Have the next tick conclude about this place again (its catalogue entry changed, or it was just loaded)."""
        if key in self.places:
            self.places[key].next_expiry = ALWAYS_DUE


@dataclass
class BatchOutcome:
    """What a batch did: records folded by tenant, keys whose state changed, tenants whose clock moved, what to send.

    ``changes`` are in order; a place has one for each time that it was concluded about anew (see above). Of the words
    about single spaces, ``by_kernel`` were put in by the kernel and ``the_long_way`` were read as objects: the same
    answers, at ten times the cost.
    """

    folded: dict[str, int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    ticked: set[str] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    by_kernel: int = 0
    the_long_way: int = 0


FindPlace = Callable[[str], Place | None]


def fold_batch(
    partition: Partition,
    records: list[LogRecord],
    find_place: FindPlace,
    epoch: int,
    kernel: Kernel = PYTHON,
    insist_below: int = 0,
) -> BatchOutcome:
    """Fold records into ``partition`` (in place) and return what changed.

    A record that cannot be read or admitted becomes a reject; none raises. What is concluded from a record below the
    offset ``insist_below`` is a change even where nothing differs: somebody who died may have published it otherwise.
    """
    batch = _Batch(partition, find_place, epoch, kernel, insist_below)
    batch.fold_all(records)
    return batch.outcome


class _Batch:
    """One pass over some records: plain ones by the kernel, every other one the long way."""

    def __init__(
        self, partition: Partition, find_place: FindPlace, epoch: int, kernel: Kernel, insist_below: int
    ) -> None:
        self.outcome = BatchOutcome()
        self._partition, self._find_place = partition, find_place
        self._epoch, self._kernel, self._insist_below = epoch, kernel, insist_below
        self._touched: list[HeldZone] = []
        self._unsettled: dict[str, tuple[Place, Revision]] = {}

    def fold_all(self, records: list[LogRecord]) -> None:
        """Fold all records, in their order wherever the order matters, and settle."""
        self._forget_outdated_zones()
        at = 0
        while at < len(records):
            at = self._kernel.observe(records, at, self._partition.zones, self._touched)
            # It stopped at a record that is not plain, or whose zone it has not got; given that, it goes on by itself.
            if at == len(records) or self._hold(records[at]):
                continue
            self._fold_or_reject(records[at])
            at += 1
        self.settle()

    def _forget_outdated_zones(self) -> None:
        """Zones whose catalogue entry is another one now."""
        zones = self._partition.zones
        for key, place in list(self._partition.zone_places.items()):
            if self._find_place(key.decode()) is not place:
                del zones[key], self._partition.zone_places[key]

    def _hold(self, record: LogRecord) -> bool:
        """Give the kernel the zone of this record, if it has not got it; whether it has something new to go on with."""
        key = record.key or b""
        if key in self._partition.zones:
            return False
        place = self._find_place(_key_of(record))
        if place is None or not place.spaces or place.tenant in self._partition.leapt:  # the kernel does not ask that
            return False
        held = self._partition.places.get(place.key)
        zone = self._kernel.hold(
            key, place.tenant.encode(), layout_of(place).devices, len(place.spaces),
            held.state.spaces[: len(place.spaces) * SLOT_BYTES] if held else b"",
        )  # fmt: skip
        if zone is None:
            return False
        self._partition.zones[key], self._partition.zone_places[key] = zone, place
        return True

    def _take_over(self) -> None:
        """Put what the kernel changed into the states, to be concluded about in ``settle``."""
        for zone in self._touched:
            place = self._partition.zone_places[zone.key]
            self._count(place.tenant, zone.folded)
            self.outcome.by_kernel += zone.folded
            if zone.changed_at >= 0:
                held = self._partition.places.get(place.key)
                old = held.state if held else EMPTY
                size = len(place.spaces) * SLOT_BYTES
                beyond = old.spaces[size:]  # of slots that the catalogue no longer has
                spaces = zone.records().ljust(size, b"\0") + beyond if beyond else zone.records()
                state = msgspec.structs.replace(old, spaces=spaces)
                self._partition.places[place.key] = Held(state, ALWAYS_DUE)  # when it expires is concluded in settle
                self._unsettled[place.key] = (place, (self._epoch, zone.changed_at))
            zone.settle()
        self._touched.clear()

    def _count(self, tenant: str, records: int) -> None:
        self.outcome.folded[tenant] = self.outcome.folded.get(tenant, 0) + records

    def _fold_or_reject(self, record: LogRecord) -> None:
        try:
            self._fold(record, (self._epoch, record.offset))
        except (ParkingError, ValueError, ArithmeticError) as error:  # a time from outside may overflow
            self.outcome.rejects.append(_unreadable(record, error, self._epoch))

    def _fold(self, record: LogRecord, revision: Revision) -> None:
        """Put one record into its register; what it means for the place is concluded in ``settle``."""
        seen = codec.decode_observation(record.value or b"")
        if isinstance(seen, ClockTicked):
            self._fold_tick(record, seen, revision)
            return
        logged_at, key = from_ms(record.timestamp), _key_of(record)
        zone = self._partition.zones.get(key.encode())
        if zone is not None:
            # The kernel may hold newer slots than the state: they must be there before anything is put beside them.
            self._take_over()
        place = self._find_place(key)
        held = self._partition.places.get(key)
        old = held.state if held else EMPTY
        clock = self._partition.clock_of(seen.tenant)
        refusal = find_refusal(seen, place, logged_at) or find_lateness(seen, old.lanes is not None, clock)
        if refusal is None and seen.tenant in self._partition.leapt:
            refusal = find_ahead_of_city(seen, clock)
        if refusal is not None or place is None:
            self._refuse(record, seen, refusal or Refusal(RejectReason.UNKNOWN_SITE, key))
            if place is None or refusal is None or (word := as_unusable(seen, refusal)) is None:
                return
            seen = word
        new = register(old, seen, place, clock)
        if (flood := find_flood(seen, new.lanes)) is not None:
            self._refuse(record, seen, flood)
        else:
            self._count(seen.tenant, 1)
            self.outcome.the_long_way += isinstance(seen, SpaceObserved)
        if new is not old:
            self._partition.places[key] = Held(new, ALWAYS_DUE)
            self._unsettled[key] = (place, revision)
            if zone is not None:
                zone.load(new.spaces)

    def _fold_tick(self, record: LogRecord, tick: ClockTicked, revision: Revision) -> None:
        refusal = find_tick_refusal(tick, from_ms(record.timestamp))
        if refusal is not None:
            self._refuse(record, tick, refusal)
            return
        # All that was observed before the tick is concluded about by the clock before it: so a conclusion never
        # depends on whether the tick happened to be in the same batch.
        self.settle()
        self._tick(tick, revision)

    def _refuse(self, record: LogRecord, seen: Observation, refusal: Refusal) -> None:
        if not says_nothing(seen):
            # A heartbeat of a feed, or of a device that is nowhere yet, says nothing that could be lost.
            self.outcome.rejects.append(_refused(record, self._epoch, seen, refusal.reason, refusal.detail))

    def settle(self) -> None:
        """Conclude about every place touched since the last time."""
        self._take_over()
        for key, (place, revision) in self._unsettled.items():
            self._conclude(key, place, revision, insist=revision[1] < self._insist_below)
        self._unsettled.clear()

    def _conclude(self, key: str, place: Place, revision: Revision, insist: bool = False) -> None:
        clock = self._partition.clock_of(place.tenant)
        folded = publish(self._partition.places[key].state, place, clock, revision, self._kernel, insist)
        self._partition.places[key] = Held(folded.state, folded.next_expiry)
        self.outcome.touched.add(key)
        if folded.change is not None:
            self.outcome.changes.append(folded.change)

    def _tick(self, tick: ClockTicked, revision: Revision) -> None:
        """Move a tenant's clock, and conclude about every place whose time has come.

        It moves forward, never back, unless a person takes it back (``parking.fold.taking_back``).
        """
        now, prefix = self._partition.clock_of(tick.tenant), tick.tenant + "/"
        is_taken_back = tick.takes_back and now is not None and tick.observed_at < now
        (self._partition.leapt.add if tick.leapt_s else self._partition.leapt.discard)(tick.tenant)
        if is_taken_back or tick.leapt_s:
            self._forget_later(prefix, tick.observed_at, is_taken_back)
        elif now is not None and tick.observed_at <= now:
            return
        if now is None or tick.observed_at > now or is_taken_back:
            now = tick.observed_at
            self._partition.clocks[tick.tenant] = Clock(now, tick.basis)
            self.outcome.ticked.add(tick.tenant)
        self._close_lanes(prefix, now)
        due = [  # listed before the first is concluded about, which puts another Held in its place
            key
            for key, held in self._partition.places.items()
            if held.next_expiry is not None and held.next_expiry <= now and key.startswith(prefix)
        ]
        for key in due:
            place = self._find_place(key)
            if place is not None:
                self._conclude(key, place, revision)

    def _forget_later(self, prefix: str, now: datetime, is_taken_back: bool) -> None:
        """Forget what was stamped later than ``now`` allows; by a clock that is taken back all is concluded anew."""
        self._release(prefix)
        for key, held in self._partition.places.items():
            if key.startswith(prefix):
                kept = forget_later(held.state, now, is_taken_back)
                if kept is held.state and not is_taken_back:
                    continue
                held.state, held.next_expiry = kept, ALWAYS_DUE
                self.outcome.touched.add(key)

    def _release(self, prefix: str) -> None:
        """Have the kernel hold no zone of a tenant; all that it knew has been taken over (``settle``)."""
        for key in [key for key in self._partition.zones if key.startswith(prefix.encode())]:
            del self._partition.zones[key], self._partition.zone_places[key]

    def _close_lanes(self, prefix: str, clock: datetime) -> None:
        for key, held in self._partition.places.items():
            if held.state.lanes is not None and key.startswith(prefix):
                place = self._find_place(key)
                closed = close_lanes(held.state, place, clock) if place is not None else held.state
                if closed is not held.state:
                    held.state = closed
                    self.outcome.touched.add(key)


def _key_of(record: LogRecord) -> str:
    return (record.key or b"").decode("utf-8", "replace")


def _refused(record: LogRecord, epoch: int, seen: Observation, reason: RejectReason, detail: str) -> Reject:
    return make_reject(
        seen.tenant, seen.source, reason, detail, record.value or b"", from_ms(record.timestamp), seen.device_id,
        _key_of(record), (epoch, record.offset),
    )  # fmt: skip


def _unreadable(record: LogRecord, error: Exception, epoch: int) -> Reject:
    key = _key_of(record)
    return make_reject(
        key.partition("/")[0] or "?", "kafka", RejectReason.MALFORMED_RECORD, str(error), record.value or b"",
        from_ms(record.timestamp), place_id=key, found_at=(epoch, record.offset),
    )  # fmt: skip
