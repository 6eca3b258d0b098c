"""One city as the gateway answers for it: the mirror of Redis, and on top of it the index, the areas and the JSON.

No IO here, and no clock: ``store.following`` brings snapshots and changes, the server brings the time.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import NamedTuple

import msgspec

from gateways.api.bodies import Body, document, make_body
from geo.areas import Areas
from geo.places import PlaceIndex
from parking.clock import Clock
from parking.published.availability import Availability, Change
from parking.published.eligibility import mask_of
from parking.published.freshness import as_of
from parking.words import Audience
from store.changes import ChangesPosition
from store.mirror import Loaded, Mirror
from store.snapshots import Stored

log = logging.getLogger(__name__)


class Question(msgspec.Struct, frozen=True):
    """A checked question for the nearest places."""

    lon: float
    lat: float
    k: int
    radius_m: float
    needs: tuple[Audience, ...]
    include_unknown: bool
    spaces: bool


class Box(NamedTuple):
    """The box around a city's places, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def is_near(self, lon: float, lat: float, degrees: float) -> bool:
        """Whether a point is in the box, or that close to it."""
        return self.west - degrees <= lon <= self.east + degrees and self.south - degrees <= lat <= self.north + degrees


class ServedCity(Mirror):
    """The mirror of one tenant, with what answers from it: the nearest index, the areas, and each place's JSON."""

    def __init__(self, tenant: str) -> None:
        super().__init__(tenant)
        self.areas = Areas(())
        self.bounds: Box | None = None
        self.center: tuple[float, float] | None = None
        self._communes: dict[str, str | None] = {}
        self._row: dict[str, int] = {}
        self._bodies: list[Body] = []  # by row: those of the index, then the places without coordinates
        self._index = PlaceIndex(())

    def take_snapshot(self, stored: Stored, wall: datetime) -> Loaded:
        """See Mirror."""
        loaded = super().take_snapshot(stored, wall)
        if loaded.is_new_catalogue:
            self._rebuild()
        else:
            self._show(loaded.changed)
        return loaded

    def take_changes(
        self,
        changes: Iterable[tuple[ChangesPosition, Change]],
        position: ChangesPosition,
        clock: Clock | None,
        wall: datetime,
    ) -> list[Change]:
        """See Mirror."""
        taken = super().take_changes(changes, position, clock, wall)
        self._show(change.place_id for change in taken)
        return taken

    def expire(self, wall: datetime) -> list[str]:
        """See Mirror."""
        changed = super().expire(wall)
        self._show(changed)
        return changed

    def at(self, wall: datetime) -> datetime:
        """The city's time, with everything that has expired by then unknown."""
        now = self.now(wall)
        if self.is_due(now):
            self.expire(wall)
        return now

    def _rebuild(self) -> None:
        """Sort the positions again: places have come, moved or changed."""
        self._index = PlaceIndex(self.places.values())
        self.areas = Areas(self.about.areas if self.about else (), self.places.values())
        for refused in self.areas.refused:
            log.warning("%s", refused)
        points = [place.point for place in self.places.values() if place.point]
        lons, lats = [point.lon for point in points], [point.lat for point in points]
        self.bounds = Box(min(lons), min(lats), max(lons), max(lats)) if points else None
        self.center = (median(lons), median(lats)) if points else None
        self._communes = {
            place.id: self.areas.find_commune(*msgspec.structs.astuple(place.point)) if place.point else None
            for place in self.places.values()
        }
        placed = self._index.places
        ordered = [*placed, *(place for place in self.places.values() if place.point is None)]
        self._row = {place.id: row for row, place in enumerate(ordered)}
        self._bodies = [self._body(place.id, self.availability(place.id)) for place in ordered]
        for place in placed:
            self._index.put(place.id, self.availability(place.id))

    def _show(self, place_ids: Iterable[str]) -> None:
        """Write these places anew: their JSON, and what the index says of them."""
        for place_id in place_ids:
            availability = self.availability(place_id)
            self._bodies[self._row[place_id]] = self._body(place_id, availability)
            self._index.put(place_id, availability)

    def _body(self, place_id: str, availability: Availability) -> Body:
        return make_body(self.places[place_id], availability, self._communes.get(place_id))

    def body(self, place_id: str, now: datetime) -> bytes:
        """A place as JSON, with its age."""
        return self._bodies[self._row[place_id]].aged(now.timestamp()).encode()

    def sites_body(self, now: datetime) -> bytes:
        """The whole city as one JSON document."""
        head = {
            "tenant": self.tenant,
            "now": now,
            "clock": self.basis.value,
            "position": str(self.position),
        }
        now_s = now.timestamp()
        rows = (self._bodies[self._row[place_id]].aged(now_s) for place_id in sorted(self.places))
        return document(head, "places", rows)

    def changes_body(self, changes: Iterable[Change], now: datetime) -> bytes:
        """Changes of known places as one JSON document, whether this city has taken them yet or not."""
        now_s = now.timestamp()
        rows = (self._body(change.place_id, as_of(change.availability, now)).aged(now_s) for change in changes)
        return document({"now": now}, "places", rows)

    def nearest_body(self, asked: Question, now: datetime) -> bytes:
        """The answer to a question as one JSON document."""
        need, now_s = mask_of(asked.needs), now.timestamp()
        found = self._index.nearest(
            asked.lon, asked.lat, asked.k, asked.radius_m, need, asked.include_unknown, asked.spaces
        )
        bodies, places = self._bodies, self._index.places
        hits = [
            bodies[row].hit(need, metres, now_s)
            if slot is None
            else bodies[row].space_hit(slot, places[row].spaces[slot], metres, now_s)
            for row, slot, metres in found
        ]
        head = {"tenant": self.tenant, "now": now, "clock": self.basis.value, "query": asked}
        return document(head, "hits", hits)
