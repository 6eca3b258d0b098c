"""One city in memory, always as it may be shown now: what was received, and of it what has expired.

    snapshot ──┐
    changes ───┼─> merged by revision ─> received ─> past its limit? ─> what may be said
    clock ─────┘

No IO here, and no clock of its own: whoever follows Redis brings snapshots and changes (``store.following``), whoever
answers brings the time. A value is held once, as it was received; that it has expired is one name in a set, so a clock
that went back makes known again what it had made unknown. What expires does so by itself, whether or not anything
reaches us.
"""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from parking.catalogue.model import Place, Tenant
from parking.clock import Clock, city_time
from parking.published.availability import NEVER_OBSERVED, Availability, Change
from parking.published.freshness import as_of, is_stale
from parking.signs.model import Sign
from parking.words import ClockBasis
from store.changes import ChangesPosition
from store.snapshots import PlaceNow, Snapshot, Stored

STEP_BACK = timedelta(seconds=1)
"""A clock that goes back by more was wrong; by less, it was merely set."""


class Loaded(NamedTuple):
    """What a snapshot brought: whether places or the tenant are other ones now, and which places say something else."""

    is_new_catalogue: bool
    changed: list[str]


class Mirror:
    """The live state of one tenant. ``position`` is that of the last change it contains.

    ``places``, ``signs`` and ``about`` are the catalogue; ``availability`` is what may be said of a place. Not
    promised: that a place taken out of the catalogue leaves.
    """

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.about: Tenant | None = None
        self.position = ChangesPosition("", "0-0")
        self.is_loaded = False
        self.places: dict[str, Place] = {}
        self.signs: dict[str, Sign] = {}
        self._clock: Clock | None = None
        self._received: dict[str, Availability] = {}
        self._expired: set[str] = set()
        self._judged_at: datetime | None = None
        self._looks: list[tuple[datetime, str]] = []
        self._next_look: dict[str, datetime] = {}

    @property
    def basis(self) -> ClockBasis:
        """Which clock the city is judged by."""
        return self._clock.basis if self._clock else ClockBasis.WALL

    def now(self, wall: datetime) -> datetime:
        """The city's time by its last tick (``city_time``)."""
        return city_time(self._clock, wall)

    def ahead_of(self, wall: datetime) -> timedelta:
        """How far the city's clock is ahead of the reader's own; 0 for a recording, which has a time of its own."""
        is_wall = self._clock is not None and self._clock.basis is ClockBasis.WALL
        return max(self._clock.at - wall, timedelta(0)) if self._clock and is_wall else timedelta(0)

    @property
    def _is_timeless(self) -> bool:
        """Whether this is a replay whose clock has not been heard yet: nothing in it can be judged by the wall's."""
        return self._clock is None and self.about is not None and self.about.clock is ClockBasis.EVENT

    def availability(self, place_id: str) -> Availability:
        """What may be said of a place, as last judged (``at``, ``expire``)."""
        received = self._received.get(place_id, NEVER_OBSERVED)
        return as_of(received, received.valid_until) if place_id in self._expired else received

    def take_snapshot(self, stored: Stored, wall: datetime) -> Loaded:
        """Start from all that Redis holds.

        What is held here and newer stays: a Redis that is being filled again has forgotten it.
        """
        places = self.places | {place.id: place for place, _ in stored.places}
        about = stored.city or self.about
        is_new = places != self.places or about != self.about
        self.places, self.about = places, about
        self.signs = self.signs | {sign.id: sign for sign in stored.signs}
        self.position, self.is_loaded = stored.position, True
        self._clock = stored.clock
        now = self.now(wall)
        changed = [place.id for place, received in stored.places if self._put(place.id, received, now)]
        return Loaded(is_new, changed + self._judge_again(now))

    def take_changes(
        self,
        changes: Iterable[tuple[ChangesPosition, Change]],
        position: ChangesPosition,
        clock: Clock | None,
        wall: datetime,
    ) -> list[Change]:
        """Apply what followed our position, and return the last change of each place that now says something else."""
        if clock is not None:
            self._clock = clock
        now = self.now(wall)
        latest: dict[str, Change] = {}
        for _, change in changes:  # the newest, not the last: in whatever order they come, the mirror is the same
            held = latest.get(change.place_id)
            if change.place_id in self.places and (
                held is None or change.availability.revision > held.availability.revision
            ):
                latest[change.place_id] = change
        self.position = position
        if self._judged_at is None or now > self._judged_at:  # so that a clock which was ahead here is found out later
            self._judged_at = now
        return [change for change in latest.values() if self._put(change.place_id, change.availability, now)]

    def expire(self, wall: datetime) -> list[str]:
        """Make unknown what is past its limit, and return which places say something else since."""
        return self._judge_again(self.now(wall))

    def is_due(self, now: datetime) -> bool:
        """Whether anything has expired by then, or was judged by a clock that has gone back since."""
        return not self._is_timeless and (self._is_back(now) or bool(self._looks and self._looks[0][0] <= now))

    def _put(self, place_id: str, availability: Availability, now: datetime) -> bool:
        held = self._received.get(place_id, NEVER_OBSERVED)
        if availability.revision <= held.revision:
            return False
        self._received[place_id] = availability
        self._judge(place_id, now)
        return True

    def _judge(self, place_id: str, now: datetime) -> bool:
        """Whether a place says something else at ``now`` than when last judged; it is looked at when that ends."""
        limit = self._received[place_id].valid_until
        was, expired = place_id in self._expired, not self._is_timeless and is_stale(limit, now)
        (self._expired.add if expired else self._expired.discard)(place_id)
        if limit is not None and not expired:
            self._look_again(place_id, limit)
        return was != expired

    def _look_again(self, place_id: str, at: datetime) -> None:
        """Have a place judged then. It has one look ahead of it, or a few where a limit came nearer."""
        look = self._next_look.get(place_id)
        if look is None or at < look:
            self._next_look[place_id] = at
            heapq.heappush(self._looks, (at, place_id))

    def _is_back(self, now: datetime) -> bool:
        return self._judged_at is not None and self._judged_at - now > STEP_BACK

    def _judge_again(self, now: datetime) -> list[str]:
        """Judge what is due: everything after a clock that went back (a host's, or a replay's not known until now)."""
        changed: list[str] = []
        if self._is_timeless:
            return changed
        if self._is_back(now):
            changed = [place_id for place_id in self._received if self._judge(place_id, now)]
        self._judged_at = now
        while self._looks and self._looks[0][0] <= now:
            look, place_id = heapq.heappop(self._looks)
            if self._next_look.get(place_id) == look:
                del self._next_look[place_id]
            if self._judge(place_id, now):  # a newer value may have come since, with a later limit
                changed.append(place_id)
        return changed

    def snapshot(self, wall: datetime) -> Snapshot:
        """All of it as it may be shown at that time, by place id."""
        self.expire(wall)
        rows = [
            PlaceNow(place, self.availability(place_id), self._received.get(place_id, NEVER_OBSERVED))
            for place_id, place in sorted(self.places.items())
        ]
        return Snapshot(self.tenant, self.now(wall), self.basis, self.position, rows, self.about)


def shown_at(stored: Stored, wall: datetime) -> Snapshot:
    """What may be said at that time of what was read once; whoever reads again keeps a mirror."""
    mirror = Mirror(stored.tenant)
    mirror.take_snapshot(stored, wall)
    return mirror.snapshot(wall)
