"""One city in memory: what Redis said, what of it may be said now, and the index that answers.

No IO here, and no clock: the follower brings snapshots and changes, the server brings the time. What expires becomes
unknown by itself, whether or not anything reaches us.
"""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

import msgspec

from gateways.api.bodies import Body, document, make_body
from geo.areas import Areas
from geo.places import PlaceIndex
from parking.catalogue.model import Place, Tenant
from parking.clock import Clock
from parking.published.availability import NEVER_OBSERVED, Availability, Change
from parking.published.eligibility import mask_of
from parking.published.freshness import as_of
from parking.words import Audience, ClockBasis
from store.changes import Position
from store.reader import Snapshot, now_of

STEP_BACK = timedelta(seconds=1)
"""A clock that goes back by more was wrong; by less, it was merely set."""


class Question(msgspec.Struct, frozen=True):
    """A checked question for the nearest places."""

    lon: float
    lat: float
    k: int
    radius_m: float
    needs: tuple[Audience, ...]
    include_unknown: bool
    spaces: bool


class Bounds(NamedTuple):
    """The box around a city's places, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def is_near(self, lon: float, lat: float, degrees: float) -> bool:
        """Whether a point is in the box, or that close to it."""
        return self.west - degrees <= lon <= self.east + degrees and self.south - degrees <= lat <= self.north + degrees


class City:
    """The live state of one tenant. ``position`` is that of the last change it contains."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.about: Tenant | None = None
        self.position = Position("", "0-0")
        self.is_loaded = False
        self.places: dict[str, Place] = {}
        self.areas = Areas(())
        self.bounds: Bounds | None = None
        self.center: tuple[float, float] | None = None
        self._clock: Clock | None = None
        self._received: dict[str, Availability] = {}
        self._shown: dict[str, Availability] = {}
        self._judged_at: datetime | None = None
        self._communes: dict[str, str | None] = {}
        self._bodies: dict[str, Body] = {}
        self._by_row: list[Body] = []
        self._looks: list[tuple[datetime, str]] = []
        self._next_look: dict[str, datetime] = {}
        self._index = PlaceIndex(())

    @property
    def basis(self) -> ClockBasis:
        """Which clock the city is judged by."""
        return self._clock.basis if self._clock else ClockBasis.WALL

    def now(self, wall: datetime) -> datetime:
        """The city's time: the reader's own, or a recording's."""
        return now_of(self._clock, wall)

    def take_snapshot(self, snapshot: Snapshot, wall: datetime) -> None:
        """Start from a snapshot. What is held already and newer stays: a Redis that is being filled again forgets it.

        Not promised: that a place taken out of the catalogue leaves.
        """
        places = self.places | {row.place.id: row.place for row in snapshot.places}
        about = snapshot.city or self.about
        is_new = places != self.places or about != self.about
        self.places, self.about = places, about
        self.position, self.is_loaded = snapshot.position, True
        self._clock = Clock(snapshot.now, snapshot.basis)
        if is_new:
            self._rebuild()
        for row in snapshot.places:
            self._put(row.place.id, row.received or row.availability, self.now(wall))
        self.expire(wall)

    def _rebuild(self) -> None:
        """Sort the positions again: places have come, moved or changed."""
        self._index = PlaceIndex(self.places.values())
        self.areas = Areas(self.about.areas if self.about else (), self.places.values())
        points = [place.point for place in self.places.values() if place.point]
        lons, lats = [point.lon for point in points], [point.lat for point in points]
        self.bounds = Bounds(min(lons), min(lats), max(lons), max(lats)) if points else None
        self.center = (median(lons), median(lats)) if points else None
        self._communes = {
            place.id: self.areas.find_commune(*msgspec.structs.astuple(place.point)) if place.point else None
            for place in self.places.values()
        }
        self._by_row = [make_body(place, NEVER_OBSERVED, None) for place in self._index.places]
        for place_id in self.places:
            self._show(place_id, self._shown.get(place_id, NEVER_OBSERVED))

    def take_changes(
        self, changes: Iterable[tuple[Position, Change]], position: Position, clock: Clock | None, wall: datetime
    ) -> list[Change]:
        """Apply what followed our position, and return the last change of each place that now says something else."""
        if clock is not None:
            self._clock = clock
        now = self.now(wall)
        latest = {change.place_id: change for _, change in changes if change.place_id in self.places}
        self.position = position
        return [change for change in latest.values() if self._put(change.place_id, change.availability, now)]

    def _put(self, place_id: str, availability: Availability, now: datetime) -> bool:
        held = self._received.get(place_id, NEVER_OBSERVED)
        if availability.revision <= held.revision:
            return False
        self._received[place_id] = availability
        self._judge(place_id, now)
        return True

    def _judge(self, place_id: str, now: datetime) -> None:
        """Show what may be said of a place now, and look at it again when that ends."""
        received = self._received[place_id]
        shown = as_of(received, now)
        self._show(place_id, shown)
        if shown is received and received.valid_until is not None:
            self._look_again(place_id, received.valid_until)

    def _look_again(self, place_id: str, at: datetime) -> None:
        """Have ``expire`` look at a place then; it has one look ahead of it, or a few where a limit came nearer."""
        look = self._next_look.get(place_id)
        if look is None or at < look:
            self._next_look[place_id] = at
            heapq.heappush(self._looks, (at, place_id))

    def _show(self, place_id: str, availability: Availability) -> None:
        self._shown[place_id] = availability
        self._bodies[place_id] = body = self._body(place_id, availability)
        self._index.put(place_id, availability)
        row = self._index.find_row(place_id)
        if row is not None:
            self._by_row[row] = body

    def _body(self, place_id: str, availability: Availability) -> Body:
        return make_body(self.places[place_id], availability, self._communes.get(place_id))

    def expire(self, wall: datetime) -> list[str]:
        """Make unknown what is past its limit, and return which places that were."""
        return self._expire(self.now(wall))

    def at(self, wall: datetime) -> datetime:
        """The city's time, with everything that has expired by then unknown."""
        now = self.now(wall)
        if self._is_back(now) or (self._looks and self._looks[0][0] <= now):
            self._expire(now)
        return now

    def _is_back(self, now: datetime) -> bool:
        return self._judged_at is not None and self._judged_at - now > STEP_BACK

    def _expire(self, now: datetime) -> list[str]:
        """See ``expire``.

        A clock that has gone back (a host's that was wrong for a moment, a replay's that was not known yet) makes known
        again what it had made unknown.
        """
        if self._is_back(now):
            for place_id in self._received:
                self._judge(place_id, now)
        self._judged_at = now
        expired = []
        while self._looks and self._looks[0][0] <= now:
            look, place_id = heapq.heappop(self._looks)
            if self._next_look.get(place_id) == look:
                del self._next_look[place_id]
            held = self._shown[place_id]
            shown = as_of(held, now)
            if shown != held:
                self._show(place_id, shown)
                expired.append(place_id)
            elif held.valid_until is not None and held.valid_until > now:  # a newer value has come since
                self._look_again(place_id, held.valid_until)
        return expired

    def availability(self, place_id: str) -> Availability:
        """What may be said of a place now."""
        return self._shown[place_id]

    def body(self, place_id: str, now: datetime) -> bytes:
        """A place as JSON, with its age."""
        return self._bodies[place_id].aged(now.timestamp()).encode()

    def sites_body(self, now: datetime) -> bytes:
        """The whole city as one JSON document."""
        head = {
            "tenant": self.tenant,
            "now": now.isoformat(),
            "clock": self.basis.value,
            "position": str(self.position),
        }
        now_s = now.timestamp()
        return document(head, "places", (self._bodies[place_id].aged(now_s) for place_id in sorted(self.places)))

    def changes_body(self, changes: Iterable[Change], now: datetime) -> bytes:
        """Changes of known places as one JSON document, whether this city has taken them yet or not."""
        now_s = now.timestamp()
        rows = (self._body(change.place_id, as_of(change.availability, now)).aged(now_s) for change in changes)
        return document({"now": now.isoformat()}, "places", rows)

    def nearest_body(self, asked: Question, now: datetime) -> bytes:
        """The answer to a question as one JSON document."""
        need, now_s = mask_of(asked.needs), now.timestamp()
        found = self._index.find(
            asked.lon, asked.lat, asked.k, asked.radius_m, need, asked.include_unknown, asked.spaces
        )
        bodies, places = self._by_row, self._index.places
        hits = [
            bodies[row].hit(need, metres, now_s)
            if slot is None
            else bodies[row].space_hit(slot, places[row].spaces[slot], metres, now_s)
            for row, slot, metres in found
        ]
        head = {"tenant": self.tenant, "now": now.isoformat(), "clock": self.basis.value, "query": asked}
        return document(head, "hits", hits)
