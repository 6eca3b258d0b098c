"""Places in the index: distinct places by default, single spaces on request, and nobody is sent to a maybe."""

from __future__ import annotations

import pytest

from geo.places import PlaceIndex
from parking.catalogue.model import Place, PlaceKind, Point, Space
from parking.published.availability import Availability, CategoryCount
from parking.published.eligibility import mask_of
from parking.published.space_states import pack_states
from parking.words import Audience, Opening, SpaceState
from tests.support import TENANT, site

FREE, TAKEN, UNKNOWN = SpaceState.FREE, SpaceState.OCCUPIED, SpaceState.UNKNOWN


def at_lon(id_: str, lon: float | None) -> Place:
    return site(id=id_, point=Point(lon, 47.0) if lon is not None else None)


def counted(vacant: int | None, opening: Opening = Opening.OPEN, **more: int | None) -> Availability:
    counts = {Audience.PUBLIC: CategoryCount(vacant, 100)}
    counts |= {Audience(name): CategoryCount(count, 9) for name, count in more.items()}
    return Availability(vacant=vacant, opening=opening, by_category=counts)


def ids(index: PlaceIndex, k: int = 10, radius_m: float = 5000, needs: tuple = (Audience.PUBLIC,), **more) -> list[str]:
    return [name for name, _ in spaces(index, k, radius_m, needs, **more)]


def spaces(
    index: PlaceIndex, k: int = 10, radius_m: float = 5000, needs: tuple = (Audience.PUBLIC,), **more
) -> list[tuple[str, int | None]]:
    """The ids of the places found, and the slot of each single space."""
    hits = index.nearest(0.0, 47.0, k, radius_m, mask_of(needs), **more)
    return [(index.places[row].id, slot) for row, slot, _ in hits]


def filled(**vacant: int | None) -> PlaceIndex:
    index = PlaceIndex([at_lon(name, number / 100) for number, name in enumerate(vacant)])
    for name, count in vacant.items():
        index.put(name, counted(count))
    return index


def test_nearest_first_then_id() -> None:
    index = PlaceIndex([at_lon("c", 0.02), at_lon("b", 0.01), at_lon("a", 0.01)])
    for name in "abc":
        index.put(name, counted(1))
    assert ids(index) == ["a", "b", "c"]


def test_nobody_is_sent_to_a_maybe_unless_they_ask() -> None:
    index = filled(full=0, unknown=None, free=5)
    assert ids(index) == ["free"]
    assert ids(index, include_unknown=True) == ["unknown", "free"]


def test_what_was_never_heard_is_a_maybe() -> None:
    index = PlaceIndex([at_lon("silent", 0.0)])
    assert ids(index) == []
    assert ids(index, include_unknown=True) == ["silent"]


def test_k_radius_and_places_without_a_point() -> None:
    index = filled(**{f"p{number:02}": 1 for number in range(6)})
    assert ids(index, k=3) == ["p00", "p01", "p02"]
    assert ids(index, radius_m=1600) == ["p00", "p01", "p02"]
    nowhere = PlaceIndex([at_lon("nowhere", None)])
    nowhere.put("nowhere", counted(5))
    assert ids(nowhere) == []


def test_a_badge_holder_finds_their_bay_and_others_do_not() -> None:
    index = filled(a=0)
    index.put("a", counted(0, disabled=2))
    assert ids(index) == []
    assert ids(index, needs=(Audience.DISABLED,)) == ["a"]
    assert ids(index, needs=(Audience.PUBLIC, Audience.DISABLED)) == ["a"]


def test_a_place_that_fills_up_leaves_the_answer() -> None:
    index = filled(a=1, b=1)
    index.put("a", counted(0))
    assert ids(index) == ["b"]
    index.put("unheard of", counted(9))
    assert ids(index) == ["b"]


def street(states: list[SpaceState]) -> tuple[Place, Availability]:
    spaces = tuple(
        Space(
            id=str(n),
            point=Point(n / 1000, 47.0),
            audiences=frozenset({Audience.DISABLED if n == 2 else Audience.PUBLIC}),
        )
        for n in range(len(states))
    )
    place = Place(tenant=TENANT, id="z", name="z", kind=PlaceKind.ZONE, point=Point(0.0, 47.0), spaces=spaces)
    return place, Availability(space_states=pack_states(states), by_category={Audience.PUBLIC: CategoryCount(1, 3)})


def test_single_spaces_on_request_each_with_its_own_position_and_audience() -> None:
    place, availability = street([TAKEN, FREE, FREE, UNKNOWN])
    index = PlaceIndex([place, at_lon("site", 0.0)])
    index.put("z", availability)
    index.put("site", counted(7))
    assert ids(index) == ["site", "z"]
    assert spaces(index, spaces=True) == [("site", None), ("z", 1)]
    _, (_, _, metres) = index.nearest(0.0, 47.0, 10, 5000, mask_of([Audience.PUBLIC]), spaces=True)
    assert metres == pytest.approx(75.8, abs=0.1)
    assert spaces(index, needs=(Audience.DISABLED,), spaces=True) == [("z", 2)]
    assert [slot for _, slot in spaces(index, include_unknown=True, spaces=True)] == [None, 1, 3]


def test_five_hundred_ties_come_by_id() -> None:
    index = PlaceIndex([at_lon(f"{number:03}", 0.0) for number in range(500)])
    for number in range(500):
        index.put(f"{number:03}", counted(1))
    assert ids(index, k=500) == [f"{number:03}" for number in range(500)]


def test_a_question_about_nobody_or_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="need must be a mask"):
        ids(filled(a=1), needs=())
    for k in (0, -1, 1001):
        with pytest.raises(ValueError, match=r"k must be 1\.\.1000"):
            ids(filled(a=1), k=k)
