"""A feed's description of its places never undoes what a city said of them."""

from parking.catalogue.declaring import declared_into
from parking.catalogue.model import Catalogue, Device, Place, Point

COUNTER = Device(source="s", id="d")
FEED = Place(tenant="t", id="p", name="FEED", capacity=90, point=Point(1, 2), devices=(COUNTER,))


def test_a_place_that_nobody_knows_comes_whole() -> None:
    assert declared_into(Catalogue(), FEED) == FEED


def test_what_the_city_says_wins_and_what_it_leaves_open_is_filled() -> None:
    said = Place(tenant="t", id="p", name="Ours", capacity=80)
    merged = declared_into(Catalogue([said]), FEED)
    assert merged == Place(tenant="t", id="p", name="Ours", capacity=80, point=Point(1, 2), devices=(COUNTER,))
    assert merged is not None
    assert declared_into(Catalogue([merged]), FEED) is None, "saying it again changes nothing"


def test_a_device_stays_where_the_city_put_it() -> None:
    moved = Place(tenant="t", id="garage", name="Garage", devices=(COUNTER,))
    assert declared_into(Catalogue([moved]), FEED) is None
    both = declared_into(Catalogue([moved, Place(tenant="t", id="p", name="Ours")]), FEED)
    assert both is not None
    assert both.devices == ()


def test_another_citys_device_of_that_name_is_another() -> None:
    other = Place(tenant="u", id="garage", name="Garage", devices=(COUNTER,))
    assert declared_into(Catalogue([other]), FEED) == FEED
