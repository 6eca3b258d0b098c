import pytest

from geo.reference import Candidate, find_nearest, vacant_for
from parking.availability import Availability, CategoryCount
from parking.catalogue import Point
from parking.words import Audience, Opening
from tests.support import site


def candidate(id_: str, lon: float, vacant: int | None, opening: Opening = Opening.OPEN, **more) -> Candidate:
    place = site(id=id_, point=Point(lon, 47.0) if lon is not None else None)
    counts = {Audience.PUBLIC: CategoryCount(vacant, 100), **more.get("counts", {})}
    return Candidate(place, Availability(vacant=vacant, opening=opening, by_category=counts))


def ids(
    candidates: list[Candidate], k: int = 10, radius_m: float = 5000, need: Audience = Audience.PUBLIC
) -> list[str]:
    return [hit.place.id for hit in find_nearest(candidates, 0.0, 47.0, k, radius_m, need)]


def test_nearest_first_then_id() -> None:
    assert ids([candidate("c", 0.02, 1), candidate("b", 0.01, 1), candidate("a", 0.01, 1)]) == ["a", "b", "c"]


def test_nobody_is_sent_to_a_maybe() -> None:
    assert ids([candidate("full", 0.0, 0), candidate("unknown", 0.0, None), candidate("free", 0.03, 5)]) == ["free"]


@pytest.mark.parametrize(
    ("opening", "need", "found"),
    [
        (Opening.OPEN, Audience.PUBLIC, True),
        (Opening.UNKNOWN, Audience.PUBLIC, True),
        (Opening.SUBSCRIBERS_ONLY, Audience.PUBLIC, False),
        (Opening.CLOSED, Audience.PUBLIC, False),
        (Opening.CLOSED_ABNORMAL, Audience.PUBLIC, False),
    ],
)
def test_the_entrance_must_admit_you(opening: Opening, need: Audience, found: bool) -> None:
    assert bool(ids([candidate("x", 0.0, 5, opening)], need=need)) is found


def test_a_disabled_bay_is_for_badge_holders_alone() -> None:
    bays = candidate("bays", 0.0, None, counts={Audience.DISABLED: CategoryCount(2, 2)})
    assert ids([bays]) == []
    assert ids([bays], need=Audience.DISABLED) == ["bays"]


def test_an_audience_nobody_counts_is_unknown_not_zero() -> None:
    assert vacant_for(Audience.EV, candidate("x", 0.0, 5).availability) is None


def test_radius_k_and_places_without_a_point() -> None:
    many = [candidate(f"{i:02}", i / 1000, 1) for i in range(30)]
    assert ids(many, k=3) == ["00", "01", "02"]
    assert ids(many, k=100, radius_m=160) == ["00", "01", "02"]
    assert ids([candidate("nowhere", None, 5)]) == []
