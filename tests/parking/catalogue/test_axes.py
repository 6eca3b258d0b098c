"""Exchanged axes are turned where something tells which way round is right, and left out where nothing does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.axes import find_axes, straightened, straightened_places
from parking.catalogue.merging import merge
from parking.catalogue.model import Area, Place, Point, Tenant
from parking.catalogue.rows import Imported, PlaceRow, Where
from parking.words import ClockBasis
from tests.support import TENANT, site

NANTES = [Point(-1.5 - n / 100, 47.2) for n in range(7)]
EXCHANGED = [Point(p.lat, p.lon) for p in NANTES]
OUTLINE = Area(id="n", name="Nantes", outline=(Point(-1.7, 47.1), Point(-1.4, 47.1), Point(-1.5, 47.3)))
CITY = Tenant(id=TENANT, clock=ClockBasis.WALL, areas=(OUTLINE,))


def rows(*points: Point, **more: object) -> Imported:
    named = [
        PlaceRow(Where("f", n), f"p{n}", {"name": "x", "point": point, **more}) for n, point in enumerate(points, 2)
    ]
    return Imported(places=tuple(named))


def points_of(imported: Imported) -> list[Point | None]:
    return [row.stated.get("point") for row in imported.places]


@given(st.permutations([*NANTES[:5], *EXCHANGED[5:]]))
def test_most_of_the_others_tell_and_each_row_that_was_turned_is_said(points: list[Point]) -> None:
    told = straightened(rows(*points), [])
    assert sorted(map(str, points_of(told))) == sorted(map(str, NANTES))
    assert len(told.notes) == 2
    assert "it was turned" in told.notes[0]
    assert len(merge(TENANT, [], told).changed) == 7


def test_known_places_tell_of_a_file_that_is_wrong_throughout() -> None:
    known = [site(id=f"k{n}", point=point) for n, point in enumerate(NANTES[:3])]
    assert points_of(straightened(rows(*EXCHANGED), known)) == NANTES
    assert points_of(straightened(rows(*EXCHANGED), [])) == EXCHANGED, "nothing else is known: not found"


def test_the_citys_outlines_tell_of_a_single_point() -> None:
    assert points_of(straightened(rows(EXCHANGED[0]), [], CITY)) == [NANTES[0]]
    assert points_of(straightened(rows(NANTES[0]), [], CITY)) == [NANTES[0]]


def test_half_against_half_and_two_against_one_are_left_without_a_point_and_told_what_to_do() -> None:
    for points in ([NANTES[0], EXCHANGED[1]], [*NANTES[:2], EXCHANGED[2]], [*NANTES[:3], *EXCHANGED[3:6]]):
        told = straightened(rows(*points, capacity=5), [])
        assert points_of(told) == [None] * len(points)
        assert all("city set" in note for note in told.notes)
        assert [row.stated["capacity"] for row in told.places] == [5] * len(points)


@pytest.mark.parametrize("far", [Point(13.4, 52.5), Point(0, 0), Point(-1.5, -47.2)])
def test_what_is_far_away_both_ways_round_is_left_as_it_is(far: Point) -> None:
    assert points_of(straightened(rows(*NANTES, far), [])) == [*NANTES, far]


def test_a_city_where_lon_and_lat_are_alike_accuses_nobody() -> None:
    assert not any(find_axes([Point(30 + n / 10, 31 - n / 10) for n in range(9)]))


def test_the_place_that_a_row_corrects_is_no_witness() -> None:
    known = [site(id=f"p{n}", point=point) for n, point in enumerate(EXCHANGED, 2)]
    assert points_of(straightened(rows(*NANTES), known)) == NANTES


def test_an_outline_is_turned_with_its_point() -> None:
    ring = (Point(47.1, -1.5), Point(47.1, -1.4), Point(47.2, -1.4))
    told = straightened(rows(EXCHANGED[0], outline=ring), [], CITY)
    assert told.places[0].stated["outline"] == (Point(-1.5, 47.1), Point(-1.4, 47.1), Point(-1.4, 47.2))


def test_a_feeds_places_are_turned_with_their_bays_and_said() -> None:
    feed = [
        Place(tenant=TENANT, id=f"f{n}", name="x", point=point) for n, point in enumerate([*NANTES[:4], EXCHANGED[4]])
    ]
    straight, notes = straightened_places(feed, [], None)
    assert [place.point for place in straight] == NANTES[:5]
    assert notes == ["place f4: lon and lat were exchanged: it was turned"]
    unsure, notes = straightened_places(feed[3:], [], None)
    assert [place.point for place in unsure] == [None, None]
    assert len(notes) == 2
