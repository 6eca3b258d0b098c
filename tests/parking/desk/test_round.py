"""The repair round: every device once, the most urgent where not all fit, and no move that would make it shorter."""

from __future__ import annotations

import math
import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.model import Place, PlaceKind, Point, Space
from parking.desk.round import MOST_STOPS, RoundLimits, find_point, plan_round
from parking.health.repairs import Finding
from parking.words import Problem
from tests.support import NOON, TENANT


def metres(one: Point, other: Point) -> float:
    return math.dist((one.lon, one.lat), (other.lon, other.lat)) * 100_000


def place(name: str, point: Point | None, spaces: tuple[Space, ...] = ()) -> Place:
    kind = PlaceKind.ZONE if spaces else PlaceKind.SITE
    return Place(tenant=TENANT, id=name, name=name, kind=kind, point=point, spaces=spaces)


def finding(name: str, certainty: float = 0.9, weight: int = 1, device: str = "d", slot: int | None = None) -> Finding:
    return Finding(
        place_id=name, source="src", device_id=device, problem=Problem.SILENT, certainty=certainty, seen_at=NOON,
        weight=weight, slot=slot,
    )  # fmt: skip


points = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 9)), min_size=1, max_size=12
).map(lambda rows: [(f"p{n}", Point(lon=x / 1000, lat=y / 1000), weight) for n, (x, y, weight) in enumerate(rows)])


@given(points, st.integers(0, 5))
def test_each_device_once_in_the_same_order_however_they_came_and_no_step_is_crossed(rows, seed) -> None:  # type: ignore[no-untyped-def]
    places = {name: place(name, point) for name, point, _ in rows}
    found = [finding(name, weight=weight) for name, _, weight in rows]
    start = Point(lon=0, lat=0)
    plan = plan_round(found, places, metres, start)
    shuffled = random.Random(seed).sample(found, len(found))
    assert plan_round(shuffled, places, metres, start) == plan
    assert sorted(one.place_id for stop in plan.stops for one in stop.findings) == sorted(places)
    path = [start, *(stop.point for stop in plan.stops)]
    length = sum(map(metres, path, path[1:]))
    assert math.isclose(plan.walk_m, length, abs_tol=1e-6)
    for first in range(1, len(path)):
        for last in range(first + 1, len(path)):
            turned = path[:first] + path[first : last + 1][::-1] + path[last + 1 :]
            assert sum(map(metres, turned, turned[1:])) > length - 1e-5
            moved = path[:first] + path[first + 1 : last + 1] + [path[first]] + path[last + 1 :]
            assert sum(map(metres, moved, moved[1:])) > length - 1e-5


@given(points, st.integers(0, 240))
def test_a_round_keeps_within_its_time_and_leaves_nothing_out_unsaid(rows, minutes) -> None:  # type: ignore[no-untyped-def]
    places = {name: place(name, point) for name, point, _ in rows}
    found = [finding(name, weight=weight) for name, _, weight in rows]
    limit = timedelta(minutes=minutes)
    plan = plan_round(found, places, metres, Point(lon=0, lat=0), RoundLimits(time=limit))
    assert plan.takes <= limit + timedelta(microseconds=50)
    visited = [one for stop in plan.stops for one in stop.findings]
    assert sorted([*visited, *plan.left_out], key=str) == sorted(found, key=str)


def test_where_few_can_be_visited_they_are_the_most_urgent() -> None:
    places = {name: place(name, Point(lon=n / 1000, lat=0)) for n, name in enumerate("abcd")}
    found = [finding("a", weight=1), finding("b", weight=50), finding("c", weight=2), finding("d", weight=40)]
    plan = plan_round(found, places, metres, None, RoundLimits(stops=2))
    assert [stop.findings[0].place_id for stop in plan.stops] == ["b", "d"]
    assert [one.place_id for one in plan.left_out] == ["c", "a"]
    assert plan.stops[0].walk_m == 0, "without a start it begins with the most urgent"


def test_devices_at_one_point_are_one_stop_and_those_without_a_point_are_told() -> None:
    spaces = (Space(id="s0", point=Point(lon=1, lat=1)), Space(id="s1"))
    places = {"z": place("z", Point(lon=0, lat=0), spaces), "n": place("n", None)}
    found = [finding("z", device="a", slot=0), finding("z", device="b", slot=1), finding("z", device="c")]
    plan = plan_round([*found, finding("n"), finding("gone")], places, metres)
    assert sorted(len(stop.findings) for stop in plan.stops) == [1, 2]
    assert [one.place_id for one in plan.without_point] == ["gone", "n"]
    assert find_point(found[0], places["z"]) == Point(lon=1, lat=1)


def test_nothing_to_repair_is_no_walk() -> None:
    plan = plan_round([], {}, metres)
    assert (plan.stops, plan.walk_m, plan.takes) == ((), 0, timedelta(0))


def test_more_than_a_day_has_are_not_all_listed() -> None:
    names = [f"p{n}" for n in range(MOST_STOPS + 5)]
    places = {name: place(name, Point(lon=n % 21 / 1000, lat=n // 21 / 1000)) for n, name in enumerate(names)}
    plan = plan_round(map(finding, names), places, metres)
    assert (len(plan.stops), len(plan.left_out)) == (MOST_STOPS, 5)
