"""Nearest free places by looking at every one: slow, short and right. Faster indexes are judged against it."""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from geo.distance import distances_m
from parking.availability import Availability
from parking.catalogue import Place
from parking.words import Audience, Opening

_ADMITS = {
    Opening.OPEN: frozenset(Audience),
    Opening.UNKNOWN: frozenset(Audience),
    Opening.SUBSCRIBERS_ONLY: frozenset({Audience.SUBSCRIBER}),
    Opening.CLOSED: frozenset[Audience](),
    Opening.CLOSED_ABNORMAL: frozenset[Audience](),
}


class Candidate(NamedTuple):
    """A place and what may be said about it now."""

    place: Place
    availability: Availability


class Hit(NamedTuple):
    """A place with something free for you. ``distance_m`` is straight-line, not by road."""

    place: Place
    availability: Availability
    vacant: int
    distance_m: float


def vacant_for(need: Audience, availability: Availability) -> int | None:
    """Spaces known vacant for this audience behind an entrance that admits it; None is unknown."""
    if need not in _ADMITS[availability.opening]:
        return 0
    count = availability.by_category.get(need)
    return count.vacant if count else None


def find_nearest(
    candidates: Iterable[Candidate], lon: float, lat: float, k: int, radius_m: float, need: Audience
) -> list[Hit]:
    """The ``k`` nearest distinct places within ``radius_m`` with something known free for ``need``.

    Ordered by straight-line distance, then id. Places that are full, unknown, closed to this audience, or without
    coordinates are not in the answer: nobody is sent to a maybe.
    """
    free = [
        (one, vacant)
        for one in candidates
        if one.place.point is not None and (vacant := vacant_for(need, one.availability))
    ]
    lons = array("d", (one.place.point.lon for one, _ in free if one.place.point))
    lats = array("d", (one.place.point.lat for one, _ in free if one.place.point))
    metres = array("d", bytes(8 * len(free)))
    distances_m(lon, lat, lons, lats, metres)
    hits = [
        Hit(one.place, one.availability, vacant, distance)
        for (one, vacant), distance in zip(free, metres, strict=True)
        if distance <= radius_m
    ]
    return sorted(hits, key=lambda hit: (hit.distance_m, hit.place.id))[:k]
