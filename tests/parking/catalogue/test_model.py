import pytest

from parking import codec
from parking.catalogue.model import Catalogue, Device, Place, PlaceKind, Point, Space, Tenant
from parking.errors import InvalidPlaceError
from parking.words import ClockBasis
from tests.support import TENANT, at, site, zone


def test_a_place_keeps_unknown_capacity_and_point_unknown() -> None:
    bare = Place(tenant=TENANT, id="x", name="x")
    back = codec.decode_place(codec.encode_event(bare))
    assert (back.capacity, back.point) == (None, None)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0), (0, float("inf"))])
def test_a_point_nowhere_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(InvalidPlaceError, match="lon must be"):
        Point(lon, lat)


def test_a_zone_holds_at_most_128_spaces() -> None:
    zone(128)
    with pytest.raises(InvalidPlaceError, match="split it"):
        zone(129)


def test_nonsense_places_are_refused() -> None:
    for wrong in ({"id": "a/b"}, {"id": ""}, {"capacity": -1}, {"spaces": (Space(id="1"),)}):
        with pytest.raises(InvalidPlaceError):
            site(**wrong)
    with pytest.raises(InvalidPlaceError):
        Place(tenant=TENANT, id="z", name="z", kind=PlaceKind.ZONE, devices=(Device(source="s", id="d", slot=0),))
    for wrong in ({"valid_for_s": 0}, {"valid_for_s": 10**12}, {"id": ""}, {"id": "x" * 200}):
        with pytest.raises(InvalidPlaceError):
            Device(**{"source": "s", "id": "d"} | wrong)
    with pytest.raises(InvalidPlaceError):
        Tenant(id="Nantes Métropole", clock=ClockBasis.WALL)
    with pytest.raises(InvalidPlaceError, match="Europe/Paris"):
        Tenant(id="nantes", clock=ClockBasis.WALL, zone="Nantes")


def test_a_device_that_moved_is_found_where_it_was_then() -> None:
    before = site(id="a", devices=(Device(source="src", id="d", valid_to=at(10)),))
    after = site(id="b", devices=(Device(source="src", id="d", valid_from=at(10)),))
    catalogue = Catalogue([before, after])
    assert catalogue.find_observed(TENANT, "src", "d", at(9)) == before
    assert catalogue.find_observed(TENANT, "src", "d", at(10)) == after
    assert catalogue.find_observed(TENANT, "src", "other", at(10)) is None


def test_a_place_declared_again_replaces_itself_and_its_devices() -> None:
    catalogue = Catalogue([site(devices=(Device(source="src", id="old"),))])
    catalogue.put(site(devices=(Device(source="src", id="new"),)))
    assert catalogue.find_observed(TENANT, "src", "old", at(0)) is None
    assert catalogue.find_observed(TENANT, "src", "new", at(0)) is not None
    assert len(catalogue) == 1
    catalogue.drop(site().key)
    assert catalogue.find_place(site().key) is None
