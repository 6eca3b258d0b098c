"""Merging files into a catalogue: moves, replacements, slots that stay, and what is refused whatever the order."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.assignments import assignments_of, list_double
from parking.catalogue.description import THE_CITY
from parking.catalogue.merging import Merged, merge
from parking.catalogue.model import Device, Place, PlaceKind, Point, Space
from parking.catalogue.rows import DeviceRow, Imported, PlaceRow, SpaceRow, Where
from parking.words import Audience
from tests.support import TENANT, at, site, zone


def place_row(row: int, id_: str = "p1", **stated: object) -> PlaceRow:
    return PlaceRow(Where("sites.csv", row), id_, stated)


def space_row(row: int, id_: str, zone_id: str = "z1", **stated: object) -> SpaceRow:
    return SpaceRow(Where("spaces.csv", row), zone_id, id_, stated)


def device_row(row: int, id_: str, place: str, space: str | None = None, **more: object) -> DeviceRow:
    start, end = more.pop("start", None), more.pop("end", None)
    return DeviceRow(Where("devices.csv", row), "src", id_, place, space, start, end, **more)  # type: ignore[arg-type]


def devices(*rows: DeviceRow) -> Imported:
    return Imported(devices=rows)


def said(merged: Merged) -> list[str]:
    return [str(refusal) for refusal in merged.refusals]


def ends(place: Place) -> list[tuple[str, int | None, datetime | None, datetime | None]]:
    return [(d.id, d.slot, d.valid_from, d.valid_to) for d in place.devices]


BARE = [zone(4, devices=()), zone(4, id="z2", devices=())]


def test_a_column_that_is_not_there_changes_nothing_and_an_empty_cell_is_unknown() -> None:
    known = site(capacity=100, address="here")
    changed, refused = merge(TENANT, [known], Imported(places=(place_row(2, name="Neu", capacity=None),)))
    assert changed == [site(capacity=None, address="here", name="Neu", said_by={"capacity": THE_CITY})]
    assert not refused


def test_how_a_device_hangs_stays_until_a_row_says_otherwise_or_it_moves() -> None:
    known = [zone(1, devices=(Device(source="src", id="d", slot=0, occupied_below_mm=1500, is_reversed=True),))]
    kept, _ = merge(TENANT, known, devices(device_row(2, "d", "z1", "0", valid_for_s=60)))
    assert [(one.valid_for_s, one.occupied_below_mm, one.is_reversed) for one in kept[0].devices] == [(60, 1500, True)]
    said_so, _ = merge(TENANT, known, devices(device_row(2, "d", "z1", "0", occupied_below_mm=900, is_reversed=False)))
    assert [(one.occupied_below_mm, one.is_reversed) for one in said_so[0].devices] == [(900, False)]
    moved, _ = merge(
        TENANT, [*known, zone(1, id="z2", devices=())], devices(device_row(2, "d", "z2", "0", start=at(1)))
    )
    assert [(one.occupied_below_mm, one.is_reversed) for one in moved[1].devices] == [(None, False)]


def test_a_device_that_moves_is_closed_where_it_was() -> None:
    known = [site(id="a", devices=(Device(source="src", id="d", valid_for_s=77),)), site(id="b", devices=())]
    (a, b), refused = merge(TENANT, known, devices(device_row(2, "d", "b", start=at(10))))
    assert ends(a) == [("d", None, None, at(10))]
    assert ends(b) == [("d", None, at(10), None)]
    assert b.devices[0].valid_for_s == 77, "its contract moves with it"
    assert not refused


def test_a_device_that_takes_over_a_slot_closes_the_one_before() -> None:
    known = zone(2)
    (changed,), refused = merge(TENANT, [known], devices(device_row(2, "new", "z1", "1", start=at(10))))
    assert ends(changed) == [("new", 1, at(10), None), ("s0", 0, None, None), ("s1", 1, None, at(10))]
    assert not refused


def test_two_counters_of_one_car_park_do_not_replace_each_other() -> None:
    (changed,), refused = merge(TENANT, [site()], devices(device_row(2, "d2", "p1", start=at(10))))
    assert ends(changed) == [("d1", None, None, None), ("d2", None, at(10), None)]
    assert not refused


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_whole_life_of_a_device_may_come_in_any_order(order: tuple[int, ...]) -> None:
    rows = [
        device_row(2, "d", "z1", "0"),
        device_row(3, "d", "z1", "1", start=at(5)),
        device_row(4, "d", "z2", "2", start=at(9)),
    ]
    (one, two), refused = merge(TENANT, BARE, devices(*(rows[i] for i in order)))
    assert ends(one) == [("d", 0, None, at(5)), ("d", 1, at(5), at(9))]
    assert ends(two) == [("d", 2, at(9), None)]
    assert not refused


def test_rows_that_overlap_are_both_refused_and_name_each_other() -> None:
    rows = devices(device_row(2, "d", "z1", "0", end=at(10)), device_row(3, "d", "z2", "0", start=at(5)))
    changed, refused = merge(TENANT, BARE, rows)
    assert not changed
    assert [refusal.where.row for refusal in refused] == [2, 3]
    assert "overlaps devices.csv row 3 (d at z2" in refused[0].detail
    assert "overlaps devices.csv row 2 (d at z1" in refused[1].detail


def test_a_move_without_a_date_is_refused_and_names_where_the_device_is() -> None:
    merged = merge(TENANT, [site(), site(id="p2", devices=())], devices(device_row(2, "d1", "p2")))
    assert not merged.changed
    assert said(merged) == [
        "devices.csv row 2, column valid_from: overlaps the catalogue (d1 at p1 since ever): "
        "give valid_from the time of the change, or correct valid_to"
    ]


def test_rows_of_one_id_that_contradict_each_other_are_all_refused() -> None:
    rows = (place_row(2, name="A"), place_row(3, name="B"), place_row(4, "p2", name="C"))
    merged = merge(TENANT, [], Imported(places=rows))
    assert [place.id for place in merged.changed] == ["p2"]
    assert said(merged) == [
        "sites.csv row 2, column id: p1 is also in sites.csv row 3, with another name: keep one of them",
        "sites.csv row 3, column id: p1 is also in sites.csv row 2, with another name: keep one of them",
    ]


def test_rows_of_one_id_that_agree_add_up() -> None:
    outline = (Point(0, 0), Point(1, 0), Point(1, 1))
    rows = (
        place_row(2, name="A", capacity=5),
        PlaceRow(Where("a.geojson", 1, "feature"), "p1", {"name": "A", "outline": outline}),
    )
    (changed,), refused = merge(TENANT, [], Imported(places=rows))
    assert (changed.capacity, changed.outline, refused) == (5, outline, [])


def test_slots_stay_and_new_spaces_come_after() -> None:
    known = zone(2, spaces=(Space(id="b"), Space(id="a10")))
    rows = (space_row(2, "a10", audiences=frozenset({Audience.DISABLED})), space_row(3, "a9"), space_row(4, "c"))
    (changed,), refused = merge(TENANT, [known], Imported(spaces=rows))
    assert [space.id for space in changed.spaces] == ["b", "a10", "c", "a9"]
    assert changed.spaces[1].audiences == {Audience.DISABLED}
    assert not refused


def test_a_zone_is_imported_without_its_bad_space() -> None:
    rows = (space_row(2, "a"), space_row(3, "b", point=Point(0, 1)), space_row(4, "b", point=Point(0, 2)))
    new = place_row(2, "z9", name="Z", kind=PlaceKind.ZONE)
    spaces = tuple(row._replace(zone="z9") for row in rows)
    (changed,), refused = merge(TENANT, [], Imported(places=(new,), spaces=spaces))
    assert [space.id for space in changed.spaces] == ["a"]
    assert [refusal.where.row for refusal in refused] == [3, 4]


def test_a_zone_that_would_grow_too_large_stays_as_it_is() -> None:
    merged = merge(TENANT, [zone(4)], Imported(spaces=tuple(space_row(n, f"new{n}") for n in range(2, 127))))
    assert not merged.changed
    assert len(merged.refusals) == 125
    assert "would have 129 spaces: split it" in said(merged)[0]


def test_what_belongs_to_nothing_is_refused_with_its_column() -> None:
    rows = Imported(
        spaces=(space_row(2, "a", "nowhere"), space_row(3, "a", "p1")),
        devices=(device_row(2, "d", "nowhere"), device_row(3, "d", "z1", "99")),
        places=(place_row(2, "p9", capacity=3), place_row(3, "z1", kind=PlaceKind.SITE)),
    )
    merged = merge(TENANT, [site(), zone()], rows)
    assert not merged.changed
    assert [(r.where.file, r.where.row, r.column) for r in merged.refusals] == [
        ("devices.csv", 2, "place"),
        ("devices.csv", 3, "space"),
        ("sites.csv", 2, "id"),
        ("sites.csv", 3, "kind"),
        ("spaces.csv", 2, "zone"),
        ("spaces.csv", 3, "zone"),
    ]


def test_two_devices_on_one_slot_are_found() -> None:
    double = zone(1, devices=(Device(source="src", id="a", slot=0), Device(source="src", id="b", slot=0)))
    twice = [
        site(id="x", devices=(Device(source="src", id="m", valid_to=at(5)),)),
        site(id="y", devices=(Device(source="src", id="m", valid_from=at(4)),)),
        site(id="w", devices=(Device(source="src", id="m", valid_from=at(5)),)),
    ]
    pairs = list_double(assignments_of([double, *twice]))
    assert [(one.device.id, one.place, other.place) for one, other in pairs] == [
        ("m", "x", "y"),
        ("m", "y", "w"),
        ("a", "z1", "z1"),
    ]


TIMES = st.one_of(st.none(), st.integers(0, 6).map(at))


@st.composite
def device_rows(draw: st.DrawFn) -> list[DeviceRow]:
    rows = []
    for number in range(draw(st.integers(0, 6))):
        start, end = draw(TIMES), draw(TIMES)
        if start is not None and end is not None and end <= start:
            end = None
        place, space = draw(st.sampled_from(["z1", "z2", "p1", "gone"])), draw(st.sampled_from([None, "0", "1"]))
        seconds = draw(st.sampled_from([None, 60]))
        rows.append(
            device_row(
                number + 2, draw(st.sampled_from("abc")), place, space, start=start, end=end, valid_for_s=seconds
            )
        )
    return rows


POINTS = st.sampled_from([Point(-1.5, 47.2), Point(-1.6, 47.1), Point(-1.4, 47.3), Point(47.2, -1.5), Point(9, 9)])
PLACES = st.lists(
    st.tuples(
        st.sampled_from(["z1", "z2", "p1", "n1", "n2"]),
        st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from("AB"),
                "point": POINTS,
                "capacity": st.sampled_from([None, 3]),
                "kind": st.sampled_from(PlaceKind),
            },
        ),
    ),
    max_size=6,
).map(lambda rows: [place_row(n, id_, **stated) for n, (id_, stated) in enumerate(rows, 2)])
SPACES = st.lists(
    st.tuples(
        st.sampled_from(["z1", "n1", "p1"]),
        st.sampled_from(["0", "1", "x", "yy"]),
        st.fixed_dictionaries({}, optional={"point": POINTS}),
    ),
    max_size=6,
).map(lambda rows: [space_row(n, id_, zone_id, **stated) for n, (zone_id, id_, stated) in enumerate(rows, 2)])
IMPORTS = st.builds(lambda p, s, d: Imported(tuple(p), tuple(s), tuple(d)), PLACES, SPACES, device_rows())


@given(device_rows(), IMPORTS, st.randoms())
def test_importing_twice_changes_nothing_and_the_order_of_rows_does_not_matter(
    earlier: list[DeviceRow], imported: Imported, chance: object
) -> None:
    known = {place.id: place for place in [zone(2, devices=()), zone(2, id="z2", devices=()), site(devices=())]}
    known |= {place.id: place for place in merge(TENANT, known.values(), devices(*earlier)).changed}
    first = merge(TENANT, known.values(), imported)
    assert not list_double(assignments_of((known | {place.id: place for place in first.changed}).values()))

    shuffled = []
    for rows in imported[:3]:
        rows = list(rows)
        chance.shuffle(rows)  # type: ignore[attr-defined]
        shuffled.append(tuple(rows))
    assert merge(TENANT, known.values(), Imported(*shuffled)) == first

    again = merge(TENANT, (known | {place.id: place for place in first.changed}).values(), imported)
    assert again.changed == []


def test_slots_of_known_spaces_never_change_and_nothing_is_taken_away() -> None:
    @given(IMPORTS)
    def holds(imported: Imported) -> None:
        known = [zone(2), zone(2, id="z2", devices=())]
        for place in merge(TENANT, known, imported).changed:
            if place.id in ("z1", "z2"):
                assert [space.id for space in place.spaces[:2]] == ["0", "1"]

    holds()
