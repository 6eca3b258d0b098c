"""One city in memory: expiry by itself, merging by revision, and answers that carry what they were made of."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from msgspec.structs import replace

from gateways.api.city import Question, ServedCity
from parking.catalogue.model import Place, PlaceKind, Point, Space
from parking.clock import Clock
from parking.published.availability import Availability, CategoryCount, Change
from parking.published.space_states import pack_states
from parking.words import Audience, Basis, ClockBasis, Opening, SpaceState
from store.changes import ChangesPosition
from store.snapshots import Stored
from tests.support import TENANT, at, site


def place(id_: str, **more: object) -> Place:
    return site(id=id_, point=Point(-1.55, 47.21), **more)


def counted(vacant: int, minutes: float, revision: int, valid_min: float = 15) -> Availability:
    return Availability(
        vacant=vacant,
        opening=Opening.OPEN,
        by_category={Audience.PUBLIC: CategoryCount(vacant, 100)},
        observed_at=at(minutes),
        valid_until=at(minutes + valid_min),
        basis=Basis.COUNTED,
        revision=(1, revision),
    )


def stored(now: datetime, basis: ClockBasis = ClockBasis.WALL, **held: Availability) -> Stored:
    rows = [(place(name), availability) for name, availability in held.items()]
    return Stored(TENANT, Clock(now, basis), ChangesPosition("1", "1-0"), rows)


def city(**held: Availability) -> ServedCity:
    one = ServedCity(TENANT)
    one.take_snapshot(stored(at(0), **held), at(0))
    return one


def change(
    one: ServedCity, id_: str, availability: Availability, wall: datetime, clock: Clock | None = None
) -> list[Change]:
    news = [(ChangesPosition("1", "2-0"), Change(TENANT, id_, availability))]
    return one.take_changes(news, ChangesPosition("1", "2-0"), clock, wall)


def vacancies(one: ServedCity, now: datetime) -> dict[str, int | None]:
    return {row["id"]: row["vacant"] for row in json.loads(one.sites_body(now))["places"]}


def nearest(one: ServedCity, now: datetime) -> list[str]:
    asked = Question(-1.55, 47.21, 5, 2000.0, (Audience.PUBLIC,), False, False)
    return [hit["id"] for hit in json.loads(one.nearest_body(asked, now))["hits"]]


def test_a_number_expires_by_itself_and_leaves_the_answers() -> None:
    one = city(a=counted(5, 0, 1), b=counted(7, 0, 1, valid_min=60))
    assert nearest(one, at(14)) == ["a", "b"]
    assert one.expire(at(14)) == []
    assert one.expire(at(15)) == ["a"]
    assert one.expire(at(15)) == []
    assert vacancies(one, at(15)) == {"a": None, "b": 7}
    assert nearest(one, at(15)) == ["b"]
    change(one, "a", counted(3, 16, 2), at(16))
    assert nearest(one, at(16)) == ["a", "b"]


def test_a_newer_value_puts_the_expiry_off_and_a_nearer_limit_brings_it_forward() -> None:
    one = city(a=counted(5, 0, 1))
    for minute in range(1, 500):
        change(one, "a", counted(5, minute / 100, minute + 1), at(minute / 100))
    assert len(one._looks) == 1, "one look ahead for a place, however often it speaks"
    assert one.expire(at(15)) == []
    assert one.expire(at(20)) == ["a"]
    change(one, "a", counted(5, 30, 1000, valid_min=60), at(30))
    change(one, "a", counted(4, 31, 1001, valid_min=5), at(31))
    assert one.expire(at(36)) == ["a"]


def test_what_arrives_late_or_twice_changes_nothing() -> None:
    one = city(a=counted(5, 0, 7))
    assert change(one, "a", counted(99, 1, 6), at(1)) == []
    assert change(one, "a", counted(99, 1, 7), at(1)) == []
    assert change(one, "stranger", counted(99, 1, 8), at(1)) == []
    assert vacancies(one, at(1)) == {"a": 5}
    assert one.position == ChangesPosition("1", "2-0")


def test_a_snapshot_of_a_redis_that_forgot_takes_nothing_back() -> None:
    one = city(a=counted(5, 0, 7), b=counted(6, 0, 8))
    one.take_snapshot(stored(at(1), a=counted(9, 0, 3))._replace(position=ChangesPosition("2", "1-0")), at(1))
    assert vacancies(one, at(1)) == {"a": 5, "b": 6}
    assert one.position == ChangesPosition("2", "1-0")


def test_a_replay_expires_by_the_clock_of_its_day() -> None:
    one = ServedCity(TENANT)
    wall = at(60 * 24 * 3650)
    one.take_snapshot(stored(at(0), ClockBasis.EVENT, a=counted(5, 0, 1)), wall)
    assert one.expire(wall) == []
    assert one.now(wall) == at(0)
    change(one, "a", counted(6, 1, 2), wall, Clock(at(2), ClockBasis.EVENT))
    assert vacancies(one, one.now(wall)) == {"a": 6}
    change(one, "a", counted(6, 1, 2), wall, Clock(at(17), ClockBasis.EVENT))
    assert one.expire(wall) == ["a"]


def test_a_value_that_is_old_on_arrival_is_unknown_at_once() -> None:
    one = city(a=counted(5, 0, 1))
    (told,) = change(one, "a", counted(3, 1, 2), at(60))
    assert told.availability.vacant == 3, "the change as it was; whoever shows it ages it"
    assert json.loads(one.changes_body([told], at(60)))["places"][0]["vacant"] is None
    assert vacancies(one, at(60)) == {"a": None}


def test_names_and_positions_may_change() -> None:
    one = city(a=counted(5, 0, 1))
    elsewhere = site(id="a", name="Neu", point=Point(2.35, 48.85))
    clock = Clock(at(1), ClockBasis.WALL)
    moved = Stored(TENANT, clock, ChangesPosition("1", "3-0"), [(elsewhere, counted(5, 0, 1))])
    one.take_snapshot(moved, at(1))
    assert nearest(one, at(1)) == []
    assert json.loads(one.body("a", at(1) + timedelta(seconds=9)))["name"] == "Neu"


def test_a_clock_that_was_wrong_for_a_moment_loses_nothing() -> None:
    one = city(a=counted(5, 0, 1))
    assert one.expire(at(60)) == ["a"]  # the host's clock jumped an hour
    assert vacancies(one, at(60)) == {"a": None}
    one.expire(at(1))
    assert vacancies(one, at(1)) == {"a": 5}
    assert nearest(one, at(1)) == ["a"]
    assert one.expire(at(15)) == ["a"]


def test_a_single_space_of_which_nothing_is_known_is_not_called_free() -> None:
    spaces = tuple(Space(id=str(n), point=Point(-1.55, 47.21)) for n in range(3))
    street = Place(tenant=TENANT, id="z", name="Rue", kind=PlaceKind.ZONE, point=Point(-1.55, 47.21), spaces=spaces)
    said = replace(
        counted(1, 0, 1), space_states=pack_states([SpaceState.FREE, SpaceState.UNKNOWN, SpaceState.OCCUPIED])
    )
    one = ServedCity(TENANT)
    one.take_snapshot(
        Stored(TENANT, Clock(at(0), ClockBasis.WALL), ChangesPosition("1", "1-0"), [(street, said)]), at(0)
    )
    asked = Question(-1.55, 47.21, 5, 2000.0, (Audience.PUBLIC,), True, True)
    hits = json.loads(one.nearest_body(asked, at(0)))["hits"]
    assert [(hit["space"]["id"], hit["space"]["state"], hit["vacant_for_need"]) for hit in hits] == [
        ("0", "free", 1),
        ("1", "unknown", None),
    ]
