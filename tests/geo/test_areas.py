"""Which commune or zone is this: edges, overlaps, holes in the data, and outlines that are none."""

from __future__ import annotations

import pytest

from geo.areas import Areas
from parking.catalogue.model import Area, Point
from parking.errors import InvalidPlaceError
from sensors.simulator.bays import make_zones
from sensors.sources.nantes.places import read_communes, read_places
from tests.support import zone


def ring(*corners: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(Point(*corner) for corner in corners)


WEST = Area(id="w", name="Ouest", outline=ring((0, 0), (1, 0), (1, 1), (0, 1)))
EAST = Area(id="e", name="Est", outline=ring((1, 0), (2, 0), (2, 1), (1, 1)))


def test_a_point_is_in_its_commune_and_on_a_border_in_both() -> None:
    areas = Areas([WEST, EAST])
    assert [one.id for one in areas.list_at(0.5, 0.5)] == ["w"]
    assert [one.id for one in areas.list_at(1.0, 0.5)] == ["e", "w"]
    assert areas.list_at(5.0, 5.0) == []
    assert areas.find_commune(1.5, 0.5) == "Est"
    assert areas.find_commune(-3, 0) is None


def test_a_box_that_contains_a_point_does_not_suffice() -> None:
    triangle = Area(id="t", name="T", outline=ring((0, 0), (1, 0), (0, 1)))
    assert Areas([triangle]).list_at(0.9, 0.9) == []


def test_a_street_zone_is_found_inside_its_commune() -> None:
    street = zone(outline=ring((0.4, 0.4), (0.6, 0.4), (0.6, 0.6)))
    found = Areas([WEST], [street, zone(id="without")]).list_at(0.55, 0.45)
    assert [(one.kind, one.id) for one in found] == [("commune", "w"), ("zone", "z1")]


@pytest.mark.parametrize(
    ("outline", "why"),
    [
        (ring((0, 0), (1, 1), (1, 0), (0, 1)), "Self-intersection"),
        (ring((0, 0), (1, 1), (2, 2)), "not sound"),
    ],
)
def test_an_outline_that_encloses_nothing_is_left_out_and_said(outline: tuple, why: str) -> None:
    areas = Areas([Area(id="bad", name="Bad", outline=outline), WEST])
    assert [one.id for one in areas.footprints] == ["w"]
    (refused,) = areas.refused
    assert "bad" in refused
    assert why in refused


def test_two_corners_are_no_outline() -> None:
    with pytest.raises(InvalidPlaceError, match=r"3\.\.10000 corners, got 2"):
        Area(id="x", name="X", outline=ring((0, 0), (1, 1)))


def test_an_empty_city_has_no_areas() -> None:
    assert Areas(()).list_at(0, 0) == []


def test_the_communes_of_nantes_are_sound_and_hold_its_car_parks() -> None:
    areas = Areas(read_communes())
    assert (len(areas.footprints), areas.refused) == (24, [])
    assert areas.find_commune(-1.5577, 47.2131) == "Nantes"
    assert areas.find_commune(-1.584512, 47.262502) == "Orvault"  # P+R Le Cardo, as its catalogue says
    places = read_places("nantes", "nantes", 900)
    assert all(place.point and areas.find_commune(place.point.lon, place.point.lat) for place in places)


def test_simulated_streets_have_sound_footprints_around_their_bays() -> None:
    zones = make_zones("nantes", read_places("nantes", "nantes", 900)[:28])
    areas = Areas((), zones)
    assert areas.refused == []
    assert sum(len(place.spaces) for place in zones) == 3000
    assert max(len(place.spaces) for place in zones) <= 128
    for place in zones:
        for space in place.spaces:
            assert space.point is not None
            assert place.id in [one.id for one in areas.list_at(space.point.lon, space.point.lat)]
