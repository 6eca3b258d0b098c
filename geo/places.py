"""Places in the nearest-free index: its friendly face, which knows places, openings and audiences instead of bits.

Two indexes stand side by side. In the first a point is a place, which is what a driver asks for by default. In the
second a point is a single space with a position of its own, or a place that has none. Both are built once for a
catalogue; after that only words flow through them.
"""

from array import array
from collections.abc import Iterable, Sequence

from geo.nearest import NearestIndex, build
from parking.catalogue.model import Place, Point
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.published.eligibility import EligibilityWords, mask_of, words_of_place, words_of_space
from parking.published.space_states import unpack_states
from parking.words import Audience, SpaceState

Hit = tuple[int, int | None, float]
"""A row of ``places``, the slot of a single space there (None: the place itself), and metres in a straight line."""


class _Points:
    """One index, and what each of its points is."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.index: NearestIndex = build(
            array("d", [point.lon for point in points]), array("d", [point.lat for point in points])
        )

    def set_one(self, point: int, words: EligibilityWords) -> None:
        self.index.set(point, *words)

    def set_many(self, points: Sequence[int], words: Sequence[EligibilityWords]) -> None:
        # One turn at the index for all of them: a zone of 128 spaces is some 15 % faster than space by space.
        self.index.set_batch(
            array("I", points), array("H", [word.free for word in words]), array("H", [word.unknown for word in words])
        )


class PlaceIndex:
    """Answers "where is the nearest free place?" for one city, by row. Places without coordinates are in no answer.

    It keeps no availability: a gateway's mirror holds each value once already.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        """Index these places (one per id), of which nothing is known yet."""
        self.places = sorted((place for place in places if place.point is not None), key=lambda place: place.id)
        self._row = {place.id: row for row, place in enumerate(self.places)}
        self._by_place = _Points([place.point for place in self.places if place.point])
        self._spaces: list[tuple[int, int | None]] = []
        self._masks: list[int] = []
        self._rows_of: list[list[int]] = [[] for _ in self.places]
        points: list[Point] = []
        for row, place in enumerate(self.places):
            for slot, point in _single_points(place):
                self._rows_of[row].append(len(points))
                self._spaces.append((row, slot))
                self._masks.append(0 if slot is None else mask_of(place.spaces[slot].audiences))
                points.append(point)
        self._by_space = _Points(points)
        self._bears = [_may_bear(place) for place in self.places]
        for place in self.places:
            self.put(place.id, NEVER_OBSERVED)

    def __len__(self) -> int:
        return len(self.places)

    def put(self, place_id: str, availability: Availability) -> None:
        """What may now be said of a place; one that has no coordinates is passed over."""
        row = self._row.get(place_id)
        if row is None:
            return
        whole = words_of_place(availability, self._bears[row])
        self._by_place.set_one(row, whole)
        points = self._rows_of[row]
        if self._spaces[points[0]][1] is None:  # no space has a position of its own: the place stands for them
            self._by_space.set_one(points[0], whole)
            return
        states = list(unpack_states(availability.space_states, len(self.places[row].spaces)))
        self._by_space.set_many(points, [self._words_at(point, states, availability) for point in points])

    def _words_at(self, point: int, states: Sequence[SpaceState], availability: Availability) -> EligibilityWords:
        slot = self._spaces[point][1]
        state = states[slot] if slot is not None else SpaceState.UNKNOWN
        return words_of_space(state, self._masks[point], availability.opening)

    def nearest(
        self,
        lon: float,
        lat: float,
        k: int,
        radius_m: float,
        need: int,
        include_unknown: bool = False,
        spaces: bool = False,
    ) -> list[Hit]:
        """The ``k`` (1..1000) nearest within ``radius_m`` with something free for any bit of ``need`` (``mask_of``).

        Ordered by straight-line distance, then id. Without ``include_unknown`` nobody is sent to a maybe: full, unknown
        and closed places are not in the answer. With ``spaces`` a place whose single spaces have positions is answered
        by them. Raises ValueError naming the argument and its range.
        """
        points = self._by_space if spaces else self._by_place
        rows, metres = array("I", bytes(4 * max(k, 0))), array("d", bytes(8 * max(k, 0)))
        count = points.index.nearest(lon, lat, k, radius_m, need, rows, metres, include_unknown)
        found = zip(rows[:count], metres, strict=False)
        if spaces:
            return [(*self._spaces[point], distance_m) for point, distance_m in found]
        return [(row, None, distance_m) for row, distance_m in found]


def _may_bear(place: Place) -> int:
    """The bits that a place may have free: those of its single spaces, or an ordinary one's."""
    return mask_of(audience for space in place.spaces for audience in space.audiences) or mask_of([Audience.PUBLIC])


def _single_points(place: Place) -> list[tuple[int | None, Point]]:
    """The single spaces of a place that have a position, or the place itself where none has."""
    single: list[tuple[int | None, Point]] = [
        (slot, space.point) for slot, space in enumerate(place.spaces) if space.point is not None
    ]
    return single or ([(None, place.point)] if place.point else [])
