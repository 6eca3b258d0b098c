"""A feed's description of its places never undoes what a city said of them, and corrects what it said itself."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.declaring import declared_into, rest_of
from parking.catalogue.description import THE_CITY, Claimed
from parking.catalogue.merging import merge
from parking.catalogue.model import Catalogue, Device, Place, PlaceKind, Point, Space
from parking.catalogue.rows import Imported, PlaceRow, SpaceRow, Where
from parking.codec import decode_place, encode_event

COUNTER = Device(source="s", id="d")
FEED = Place(tenant="t", id="p", name="FEED", capacity=90, point=Point(1, 2), devices=(COUNTER,))
BY_FEED = {"capacity": "s", "name": "s", "point": "s"}


class City:
    """A catalogue that is told things, as the topic would be."""

    def __init__(self, *places: Place) -> None:
        self.catalogue = Catalogue(places)
        self.writes = 0

    def feed(self, source: str, **words: Any) -> None:
        self._put(declared_into(self.catalogue, Place(tenant="t", id="p", **{"name": "p"} | words), source))

    def city(self, **stated: Any) -> None:
        row = PlaceRow(Where("f", 2), "p", stated)
        for place in merge("t", self.catalogue, Imported(places=(row,))).changed:
            self._put(place)

    def _put(self, place: Place | None) -> None:
        if place is not None:
            self.writes += 1
            self.catalogue.put(decode_place(encode_event(place)))

    @property
    def place(self) -> Place:
        place = self.catalogue.find_place("t/p")
        assert place is not None
        return place


def test_a_place_that_nobody_knows_comes_whole_and_bears_the_feeds_mark() -> None:
    assert declared_into(Catalogue(), FEED, "s") == msgspec.structs.replace(FEED, said_by=BY_FEED)


def bays(*numbers: int, first: str = "Z") -> Place:
    devices = tuple(Device(source="s", id=f"b{n}", slot=slot) for slot, n in enumerate(numbers))
    spaces = tuple(Space(id=f"b{n}") for n in numbers)
    return Place(tenant="t", id=first, kind=PlaceKind.ZONE, name="Street", spaces=spaces, devices=devices)


def told(catalogue: Catalogue, place: Place | None) -> None:
    while place is not None:
        if (news := declared_into(catalogue, place, "s")) is not None:
            catalogue.put(news)
        place = rest_of(catalogue, place)


def test_a_zone_told_in_parts_fills_up_and_the_rest_is_its_next_part() -> None:
    catalogue = Catalogue()
    for start in range(0, 200, 20):
        told(catalogue, bays(*range(start, start + 20)))
    zones = {place.id: (len(place.spaces), len(place.devices)) for place in catalogue}
    assert zones == {"Z": (128, 128), "Z_2": (72, 72)}
    told(catalogue, bays(*range(120)))
    assert {place.id: (len(place.spaces), len(place.devices)) for place in catalogue} == zones


def test_a_bay_that_stands_elsewhere_is_not_declared_a_second_time() -> None:
    catalogue = Catalogue([bays(5, first="A")])
    told(catalogue, bays(*range(10)))
    zone = catalogue.find_place("t/Z")
    assert zone is not None
    assert [space.id for space in zone.spaces] == [f"b{n}" for n in range(10) if n != 5]
    assert [(device.id, device.slot) for device in zone.devices] == [
        (space.id, slot) for slot, space in enumerate(zone.spaces)
    ]


def test_what_the_city_says_wins_and_what_it_leaves_open_is_filled() -> None:
    said = Place(tenant="t", id="p", name="Ours", capacity=80)
    merged = declared_into(Catalogue([said]), FEED, "s")
    assert merged == Place(
        tenant="t", id="p", name="Ours", capacity=80, point=Point(1, 2), devices=(COUNTER,),
        said_by={"point": "s"}, claims={"s": Claimed(name="FEED", capacity=90)},
    )  # fmt: skip
    assert merged is not None
    assert declared_into(Catalogue([merged]), FEED, "s") is None, "saying it again changes nothing"


def test_a_device_stays_where_the_city_put_it() -> None:
    moved = Place(tenant="t", id="garage", name="Garage", devices=(COUNTER,))
    assert declared_into(Catalogue([moved]), FEED, "s") is None
    both = declared_into(Catalogue([moved, Place(tenant="t", id="p", name="Ours")]), FEED, "s")
    assert both is not None
    assert both.devices == ()


def test_another_citys_device_of_that_name_is_another() -> None:
    other = Place(tenant="u", id="garage", name="Garage", devices=(COUNTER,))
    assert declared_into(Catalogue([other]), FEED, "s") == msgspec.structs.replace(FEED, said_by=BY_FEED)


def test_a_feed_corrects_itself_and_nobody_else() -> None:
    told = City()
    told.feed("a", name="Halle", capacity=90, address="here")
    told.feed("b", capacity=85, height_cm=190)
    told.feed("a", name="Halles", capacity=95)
    told.feed("b", height_cm=200)
    place = told.place
    assert (place.name, place.capacity, place.address, place.height_cm) == ("Halles", 95, "here", 200)
    assert place.said_by == {"address": "a", "capacity": "a", "height_cm": "b", "name": "a"}
    assert place.claims == {"b": Claimed(capacity=85)}
    told.feed("b", capacity=95)
    assert told.place.claims == {}, "they agree again"


def test_an_import_takes_over_what_it_states_and_leaves_the_rest_to_the_feed() -> None:
    told = City()
    told.feed("a", name="Halle", capacity=90, address="here")
    told.city(capacity=80)
    told.feed("a", name="Halles", capacity=95, address="there")
    place = told.place
    assert (place.name, place.capacity, place.address) == ("Halles", 80, "there")
    assert place.said_by == {"address": "a", "name": "a"}
    assert place.claims == {"a": Claimed(capacity=95)}


def test_emptied_on_purpose_stays_empty_until_the_city_says_otherwise() -> None:
    told = City()
    told.feed("a", name="Halle", capacity=90)
    told.city(capacity=None)
    told.feed("a", capacity=91)
    assert told.place.capacity is None
    assert told.place.said_by["capacity"] == THE_CITY
    assert told.place.claims == {"a": Claimed(capacity=91)}
    told.city(capacity=80)
    assert (told.place.capacity, told.place.who_said("capacity")) == (80, THE_CITY)


def test_rows_from_before_there_were_marks_are_the_citys() -> None:
    told = City(decode_place(b'{"tenant":"t","id":"p","name":"Old","capacity":80}'))
    told.feed("a", name="Halle", capacity=90, height_cm=190)
    assert (told.place.name, told.place.capacity, told.place.height_cm) == ("Old", 80, 190)


def test_a_name_that_only_repeats_the_id_is_no_name() -> None:
    told = City()
    told.feed("a")
    told.feed("b", name="Halle")
    told.feed("a", name="p")
    assert (told.place.name, told.place.claims) == ("Halle", {})


def test_a_gate_and_a_middle_do_not_contradict_each_other() -> None:
    told = City(Place(tenant="t", id="p", name="P", point=Point(-1.55, 47.21)))
    told.feed("a", point=Point(-1.5505, 47.2101))
    assert told.place.claims == {}
    told.feed("a", point=Point(-1.56, 47.21))
    assert told.place.claims == {"a": Claimed(point=Point(-1.56, 47.21))}


def street(*bays: str) -> Place:
    spaces = tuple(Space(id=bay) for bay in bays)
    devices = tuple(Device(source="s", id=bay, slot=slot) for slot, bay in enumerate(bays))
    return Place(tenant="t", id="z", name="Street", kind=PlaceKind.ZONE, spaces=spaces, devices=devices)


def slots(place: Place | None) -> list[tuple[str, str, int | None]]:
    assert place is not None
    return [(device.id, place.spaces[device.slot or 0].id, device.slot) for device in place.devices]


def test_a_bay_that_a_feed_names_later_comes_behind_its_own_and_slots_never_move() -> None:
    first = declared_into(Catalogue(), street("2", "3"), "s")
    assert first is not None
    more = declared_into(Catalogue([first]), street("1", "2", "3", "4"), "s")
    assert slots(more) == [("2", "2", 0), ("3", "3", 1), ("1", "1", 2), ("4", "4", 3)]
    assert more is not None
    assert declared_into(Catalogue([more]), street("1", "2"), "s") is None
    assert declared_into(Catalogue([first]), street("1", "2"), "other") is None, "another's zone"


def test_to_a_zone_with_bays_of_the_citys_no_feed_adds() -> None:
    assert declared_into(Catalogue([street("2", "3")]), street("1", "2", "3"), "s") is None
    ours = declared_into(Catalogue(), street("2", "3"), "s")
    assert ours is not None
    rows = Imported(spaces=(SpaceRow(Where("f", 2), "z", "9", {}),))
    (imported,) = merge("t", [ours], rows).changed
    assert declared_into(Catalogue([imported]), street("1", "2", "3"), "s") is None
    same = Imported(spaces=(SpaceRow(Where("f", 2), "z", "2", {}),))
    assert merge("t", [ours], same).changed == [], "an export that comes back changes nothing"


WORDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["One", "Other"]),
        "capacity": st.sampled_from([80, 90]),
        "height_cm": st.sampled_from([190, 200]),
    },
)
EMPTYING = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["One", "Other"]),
        "capacity": st.sampled_from([80, None]),
        "height_cm": st.sampled_from([190, None]),
    },
)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), WORDS) | st.tuples(st.just(THE_CITY), EMPTYING), max_size=8))
def test_whatever_the_order_the_city_stands_before_feeds_and_each_feed_has_its_last_word(words: list) -> None:
    told = City(Place(tenant="t", id="p", name="p", said_by={"name": "a"}))
    city, feeds = dict[str, Any](), dict[str, dict[str, Any]]()
    for source, stated in words:
        if source == THE_CITY:
            told.city(**stated)
            city |= stated
        else:
            told.feed(source, **stated)
            feeds.setdefault(source, {}).update(stated)
    for source, stated in feeds.items():
        told.feed(source, **stated)  # as each does when it starts: what it says that does not stand is kept
    writes = told.writes
    for source, stated in feeds.items():
        told.feed(source, **stated)
    assert told.writes == writes, "saying it again writes nothing"
    place = told.place
    for field in ("name", "capacity", "height_cm"):
        claims = {source: word for source, claim in place.claims.items() if (word := getattr(claim, field)) is not None}
        said = {source: stated[field] for source, stated in feeds.items() if field in stated}
        stands, owner = getattr(place, field), place.who_said(field)
        if field in city:
            assert (stands, owner) == (city[field], THE_CITY)
        elif said:
            assert owner in said
            assert stands == said[owner]
        assert claims == {source: word for source, word in said.items() if word != stands}


@given(
    st.permutations(
        [("a", {"name": "One", "capacity": 80}), (THE_CITY, {"capacity": None}), (THE_CITY, {"height_cm": 190})]
    )
)
def test_one_feed_and_the_city_end_alike_in_every_order(words: list) -> None:
    told = City(Place(tenant="t", id="p", name="p", said_by={"name": "a"}))
    for source, stated in words:
        told.city(**stated) if source == THE_CITY else told.feed(source, **stated)
    place = told.place
    assert (place.name, place.capacity, place.height_cm) == ("One", None, 190)
    assert place.said_by == {"capacity": THE_CITY, "name": "a"}
    assert place.claims == {"a": Claimed(capacity=80)}
