"""How many spaces hang on what is wrong: a badge holder's bay counts twice, an unknown size stays unknown."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from parking.catalogue.model import Place
from parking.words import Audience

_BADGE_WEIGHT = 2
"""Whoever needs such a bay has nowhere else to go (as in ``parking.health.repairs``)."""


class Affected(NamedTuple):
    """Spaces of the places whose size is known, and how many places have none that is."""

    spaces: int
    unsized: int


def size_of(place: Place) -> int | None:
    """The spaces of a place as they weigh; None is not known."""
    if place.spaces:
        return sum(_BADGE_WEIGHT if Audience.DISABLED in space.audiences else 1 for space in place.spaces)
    if place.capacity is None:
        return None
    return place.capacity + (_BADGE_WEIGHT - 1) * (place.spaces_disabled or 0)


def affected_by(ids: Iterable[str], places: Mapping[str, Place]) -> Affected:
    """What hangs on these places; those that are not in the catalogue have no size."""
    sizes = [size_of(places[id_]) if id_ in places else None for id_ in set(ids)]
    return Affected(sum(size for size in sizes if size is not None), sizes.count(None))
