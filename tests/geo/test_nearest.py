"""The nearest-free index: what both implementations promise, and the native one against the one that looks at all."""

from __future__ import annotations

import math
import os
import threading
from array import array
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from geo import nearest
from geo.nearest import MAX_RADIUS_M, NearestIndex
from geo.reference import ReferenceIndex, haversine, to_grid

EXAMPLES = int(os.environ.get("PLACELIBRE_INDEX_EXAMPLES", "300"))
"""10,000 in one run: PLACELIBRE_INDEX_EXAMPLES=10000 pytest tests/geo/test_nearest.py"""

native = pytest.mark.skipif(not nearest.NATIVE, reason="_accel was not built: pip install -e . with a C++ compiler")
BUILDS = [pytest.param(ReferenceIndex, id="reference"), pytest.param(nearest.build, id="native", marks=native)]
CELL = 360 / 2**32


class Answer(NamedTuple):
    ids: list[int]
    metres: list[float]


def make(build: nearest.Build, points: list[tuple[float, float]], free: list[int] | int = 1) -> NearestIndex:
    index = build(array("d", [lon for lon, _ in points]), array("d", [lat for _, lat in points]))
    words = [free] * len(points) if isinstance(free, int) else free
    index.set_batch(array("I", range(len(points))), array("H", words), array("H", [0] * len(points)))
    return index


def ask(
    index: NearestIndex,
    lon: float,
    lat: float,
    k: int = 10,
    radius_m: float = 2000.0,
    need: int = 1,
    unknown: bool = False,
) -> Answer:
    ids, metres = array("I", bytes(4 * k)), array("d", bytes(8 * k))
    count = index.nearest(lon, lat, k, radius_m, need, ids, metres, unknown)
    return Answer(list(ids[:count]), list(metres[:count]))


@pytest.mark.parametrize("build", BUILDS)
def test_nothing_is_free_until_someone_says_so(build: nearest.Build) -> None:
    index = build(array("d", [0.0, 0.001]), array("d", [47.0, 47.0]))
    assert len(index) == 2
    assert ask(index, 0.0, 47.0).ids == []
    index.set(1, 1)
    assert ask(index, 0.0, 47.0).ids == [1]
    index.set(1, 0)
    assert ask(index, 0.0, 47.0).ids == []


@pytest.mark.parametrize("build", BUILDS)
def test_any_bit_of_need_is_enough_and_no_other_bit_is(build: nearest.Build) -> None:
    index = make(build, [(0.0, 47.0)] * 3, [0b001, 0b010, 0b110])
    assert ask(index, 0.0, 47.0, need=0b001).ids == [0]
    assert ask(index, 0.0, 47.0, need=0b011).ids == [0, 1, 2]
    assert ask(index, 0.0, 47.0, need=0b100).ids == [2]
    assert ask(index, 0.0, 47.0, need=0b1000).ids == []


@pytest.mark.parametrize("build", BUILDS)
def test_unknown_answers_only_who_asks_for_it(build: nearest.Build) -> None:
    index = make(build, [(0.0, 47.0), (0.001, 47.0)])
    index.set(0, 0, 1)
    assert ask(index, 0.0, 47.0).ids == [1]
    assert ask(index, 0.0, 47.0, unknown=True).ids == [0, 1]
    assert ask(index, 0.0, 47.0, need=2, unknown=True).ids == []
    assert index.count_radius(0.0, 47.0, 1000.0, 1) == 1
    assert index.count_radius(0.0, 47.0, 1000.0, 1, True) == 2


@pytest.mark.parametrize("build", BUILDS)
def test_five_hundred_spaces_of_one_car_park_come_by_id(build: nearest.Build) -> None:
    index = make(build, [(-1.5577, 47.2131)] * 500 + [(-1.5578, 47.2131)])
    assert ask(index, -1.5577, 47.2131, k=1000).ids == list(range(501))
    assert ask(index, -1.5577, 47.2131, k=17).ids == list(range(17))
    index.set_batch(array("I", range(400)), array("H", [0] * 400), array("H", [0] * 400))
    assert ask(index, -1.5577, 47.2131, k=3).ids == [400, 401, 402]


@pytest.mark.parametrize("build", BUILDS)
def test_the_180th_meridian_is_nowhere_special(build: nearest.Build) -> None:
    index = make(build, [(179.999, -16.8), (-179.999, -16.8), (180.0, -16.8), (-180.0, -16.8), (0.0, -16.8)])
    answer = ask(index, -179.9995, -16.8)
    assert answer.ids == [1, 2, 3, 0]
    assert answer.metres[1] == answer.metres[2] == pytest.approx(53.2, abs=0.1)
    assert index.count_bbox(179.9, -17, -179.9, -16, 1) == 4
    assert index.count_bbox(-180, -90, 180, 90, 1) == 5


@pytest.mark.parametrize("build", BUILDS)
def test_at_a_pole_every_meridian_is_near(build: nearest.Build) -> None:
    index = make(build, [(lon, 89.999) for lon in (-180.0, -90.0, 0.0, 90.0)] + [(45.0, 90.0), (0.0, -90.0)])
    answer = ask(index, 12.0, 90.0, k=6)
    assert answer.ids[0] == 4
    assert set(answer.ids) == {0, 1, 2, 3, 4}
    assert answer.metres[0] == pytest.approx(0, abs=0.01)
    assert answer.metres[1:] == pytest.approx([111.2] * 4, abs=0.1)
    assert ask(index, 0.0, 90.0, k=6, radius_m=MAX_RADIUS_M).metres[-1] == pytest.approx(MAX_RADIUS_M, abs=1)


@pytest.mark.parametrize("build", BUILDS)
def test_an_empty_city_has_an_answer(build: nearest.Build) -> None:
    index = make(build, [])
    assert ask(index, 0.0, 0.0).ids == []
    assert index.count_radius(0.0, 0.0, 10.0, 1) == index.count_bbox(-1, -1, 1, 1, 1) == 0


@pytest.mark.parametrize("build", BUILDS)
def test_distances_are_those_of_the_sphere(build: nearest.Build) -> None:
    index = make(build, [(0.0, 1.0), (90.0, 0.0), (180.0, 0.0)])
    degree = 2 * math.pi * 6_371_008.8 / 360
    assert ask(index, 0.0, 0.0, radius_m=MAX_RADIUS_M).metres == pytest.approx([degree, 90 * degree, 180 * degree])


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lon": 190.0}, "lon must be -180..180"),
        ({"lat": math.nan}, "lat must be -90..90"),
        ({"lat": -90.5}, "lat must be -90..90"),
        ({"k": 0}, "k must be 1..1000"),
        ({"k": 1001}, "k must be 1..1000"),
        ({"need": 1 << 40}, "need must be a mask"),
        ({"radius_m": -1.0}, "radius_m must be 0..20015114"),
        ({"radius_m": math.inf}, "radius_m must be 0..20015114"),
        ({"need": 0}, "need must be a mask"),
        ({"need": 1 << 16}, "need must be a mask"),
    ],
)
def test_nonsense_is_refused_with_the_name_and_the_range(build: nearest.Build, arguments: dict, message: str) -> None:
    index = make(build, [(0.0, 0.0)])
    with pytest.raises(ValueError, match=message):
        ask(index, **({"lon": 0.0, "lat": 0.0} | arguments))


@pytest.mark.parametrize("build", BUILDS)
def test_wrong_buffers_and_ids_are_refused_and_set_nothing(build: nearest.Build) -> None:
    index = make(build, [(0.0, 0.0)] * 3, 0)
    with pytest.raises(IndexError, match=r"index must be 0..2, got 3"):
        index.set(3, 1)
    with pytest.raises(IndexError, match=r"index must be 0..2, got -1"):
        index.set(-1, 1)
    with pytest.raises(IndexError, match=r"indexes\[1\] must be 0..2, got 9"):
        index.set_batch(array("I", [0, 9]), array("H", [1, 1]), array("H", [0, 0]))
    with pytest.raises(ValueError, match="equally long"):
        index.set_batch(array("I", [0, 1]), array("H", [1]), array("H", [0, 0]))
    with pytest.raises(TypeError, match="'I'"):
        index.set_batch(array("i", [0]), array("H", [1]), array("H", [0]))
    with pytest.raises(OverflowError):
        index.set(0, 1 << 16)
    with pytest.raises(ValueError, match="must hold k = 5"):
        index.nearest(0.0, 0.0, 5, 10.0, 1, array("I", bytes(8)), array("d", bytes(400)))
    with pytest.raises(TypeError):
        index.nearest(0.0, 0.0, 1, 10.0, 1, array("d", [0.0]), array("d", [0.0]))
    with pytest.raises((TypeError, BufferError)):
        index.nearest(0.0, 0.0, 1, 10.0, 1, bytes(4), array("d", [0.0]))
    assert ask(index, 0.0, 0.0).ids == []
    with pytest.raises(ValueError, match=r"lat -90\.\.90, got lon=0\.0 lat=91"):
        build(array("d", [0.0]), array("d", [91.0]))
    with pytest.raises(ValueError, match="equally long"):
        build(array("d", [0.0]), array("d", []))


@pytest.mark.parametrize("build", BUILDS)
def test_many_questions_at_once_get_the_answers_of_each(build: nearest.Build) -> None:
    index = make(build, [(i * 0.001, 47.0) for i in range(100)])
    lons, lats = array("d", [0.0, 0.05, 9.0]), array("d", [47.0] * 3)
    ids, metres, counts = array("I", bytes(4 * 15)), array("d", bytes(8 * 15)), array("I", bytes(12))
    index.nearest_many(lons, lats, 5, 2000.0, 1, ids, metres, counts)
    assert list(counts) == [5, 5, 0]
    for q in range(2):
        assert Answer(list(ids[5 * q : 5 * q + 5]), list(metres[5 * q : 5 * q + 5])) == ask(index, lons[q], 47.0, k=5)
    with pytest.raises(ValueError, match="query 2: lon must be"):
        index.nearest_many(array("d", [0, 0, 999]), lats, 5, 2000.0, 1, ids, metres, counts)


# Degrees that meet the grid's corners: poles, 180 degrees, a street, the next cell, anywhere.
_lon = st.one_of(
    st.sampled_from([-180.0, 180.0, 0.0, -1.5577, 179.9999, -1.5577 + CELL]),
    st.integers(-40, 40).map(lambda step: -1.5577 + step * 0.0005),
    st.integers(-4, 4).map(lambda step: step * CELL),
    st.floats(-180, 180),
)
_lat = st.one_of(
    st.sampled_from([-90.0, 90.0, 0.0, 47.2131, 89.9999, 47.2131 + CELL]),
    st.integers(-40, 40).map(lambda step: 47.2131 + step * 0.0005),
    st.integers(-4, 4).map(lambda step: step * CELL),
    st.floats(-90, 90),
)
_word = st.sampled_from([0, 0, 1, 1, 2, 3, 0x8000])
_points = st.lists(st.tuples(_lon, _lat, _word, _word), max_size=120)
_repeated = st.tuples(_points, st.integers(1, 12)).map(lambda pair: (pair[0] * pair[1])[:700])
_radius = st.one_of(st.sampled_from([0.0, 100.0, 2000.0, 60_000.0, MAX_RADIUS_M]), st.floats(0, MAX_RADIUS_M))
_k = st.one_of(st.integers(1, 40), st.just(1000))
_need = st.sampled_from([1, 2, 3, 0x8001])


def both(points: list[tuple[float, float, int, int]]) -> tuple[NearestIndex, NearestIndex]:
    pair = []
    for build in (ReferenceIndex, nearest.build):
        index = build(array("d", [p[0] for p in points]), array("d", [p[1] for p in points]))
        words = array("H", [p[2] for p in points]), array("H", [p[3] & ~p[2] for p in points])
        index.set_batch(array("I", range(len(points))), *words)
        pair.append(index)
    return pair[0], pair[1]


@native
@settings(max_examples=EXAMPLES, deadline=None)
@given(_repeated, _lon, _lat, _k, _radius, _need, st.booleans())
def test_the_native_index_answers_as_one_that_looks_at_every_point(
    points: list, lon: float, lat: float, k: int, radius_m: float, need: int, unknown: bool
) -> None:
    reference, fast = both(points)
    assert ask(fast, lon, lat, k, radius_m, need, unknown) == ask(reference, lon, lat, k, radius_m, need, unknown)
    assert fast.count_radius(lon, lat, radius_m, need, unknown) == reference.count_radius(
        lon, lat, radius_m, need, unknown
    )
    assert fast.is_consistent()


@native
@settings(max_examples=EXAMPLES, deadline=None)
@given(_repeated, _lon, _lon, _lat, _lat, _need, st.booleans())
def test_the_native_index_counts_boxes_as_one_that_looks_at_every_point(
    points: list, west: float, east: float, one: float, other: float, need: int, unknown: bool
) -> None:
    reference, fast = both(points)
    box = (west, min(one, other), east, max(one, other))
    assert fast.count_bbox(*box, need, unknown) == reference.count_bbox(*box, need, unknown)


class Toggling(RuleBasedStateMachine):
    """Random toggles and questions: both indexes stay the same, and the inner sums stay sums."""

    def __init__(self) -> None:
        super().__init__()
        self.points = [(-1.5577 + (i % 41) * 0.0004, 47.2131 + (i // 41) * 0.0003, 0, 0) for i in range(700)]
        self.reference, self.fast = both(self.points)

    @rule(at=st.integers(0, 699), free=_word, unknown=_word)
    def set(self, at: int, free: int, unknown: int) -> None:
        self.reference.set(at, free, unknown)
        self.fast.set(at, free, unknown)

    @rule(changes=st.lists(st.tuples(st.integers(0, 699), _word, _word), max_size=200))
    def set_batch(self, changes: list[tuple[int, int, int]]) -> None:
        columns = [array(kind, [c[i] for c in changes]) for i, kind in enumerate("IHH")]
        self.reference.set_batch(*columns)
        self.fast.set_batch(*columns)

    @precondition(lambda self: nearest.NATIVE)
    @rule(lon=_lon, lat=_lat, k=_k, radius_m=_radius, need=_need, unknown=st.booleans())
    def question(self, lon: float, lat: float, k: int, radius_m: float, need: int, unknown: bool) -> None:
        expected = ask(self.reference, lon, lat, k, radius_m, need, unknown)
        assert ask(self.fast, lon, lat, k, radius_m, need, unknown) == expected

    @invariant()
    def sums_are_sums(self) -> None:
        assert self.fast.is_consistent()


TestToggling = native(Toggling.TestCase)
TestToggling.settings = settings(max_examples=max(20, EXAMPLES // 20), stateful_step_count=30, deadline=None)


@native
def test_readers_need_no_lock_beside_a_writer() -> None:
    """A thread toggles others; what stays free is in every answer, and nothing that was never free is."""
    points = [(-1.55 + (i % 100) * 0.0001, 47.2 + (i // 100) * 0.0001) for i in range(5000)]
    steady = set(range(0, 5000, 97))
    index = make(nearest.build, points, [i in steady for i in range(5000)])
    moving = [i for i in range(5000) if i not in steady and i % 5]
    ids, on, off = array("I", moving), array("H", [1] * len(moving)), array("H", [0] * len(moving))
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            index.set_batch(ids, on, off)
            index.set_batch(ids, off, off)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        lons, lats = array("d", [-1.545] * 200), array("d", [47.2025] * 200)
        found, metres, counts = array("I", bytes(4 * 200_000)), array("d", bytes(8 * 200_000)), array("I", bytes(800))
        for _ in range(5):
            index.nearest_many(lons, lats, 1000, 1500.0, 1, found, metres, counts)
            for q in range(200):
                answer = found[1000 * q : 1000 * q + counts[q]]
                assert not any(i % 5 == 0 and i not in steady for i in answer)
                farthest = metres[1000 * q + counts[q] - 1]
                assert steady_within(points, steady, farthest) <= set(answer)
    finally:
        stop.set()
        writer.join()
    assert index.is_consistent()
    assert index.count_bbox(-180, -90, 180, 90, 1) == len(steady)


def steady_within(points: list[tuple[float, float]], steady: set[int], metres: float) -> set[int]:
    """The steadily free points clearly nearer than that to the middle."""
    x, y = math.cos(math.radians(47.2025)) * 111_195, 111_195
    return {i for i in steady if math.hypot((points[i][0] + 1.545) * x, (points[i][1] - 47.2025) * y) < metres - 1}


@given(_lon, _lat, _lon, _lat)
def test_the_judge_itself_agrees_with_the_textbook(lon: float, lat: float, to_lon: float, to_lat: float) -> None:
    """The haversine of ``geo/reference.py``, near and far, against atan2 on unit vectors (Vincenty's form)."""
    x, y, to_x, to_y = map(to_grid, (lon, lat, to_lon, to_lat))
    unit = 2 * math.pi / 2**32
    phi, to_phi, turn = y * unit, to_y * unit, ((to_x - x + 2**31) % 2**32 - 2**31) * unit
    east = math.cos(to_phi) * math.sin(turn)
    north = math.cos(phi) * math.sin(to_phi) - math.sin(phi) * math.cos(to_phi) * math.cos(turn)
    ahead = math.sin(phi) * math.sin(to_phi) + math.cos(phi) * math.cos(to_phi) * math.cos(turn)
    angle = 2 * math.asin(math.sqrt(haversine(x, y, to_x, to_y)))
    assert angle == pytest.approx(math.atan2(math.hypot(east, north), ahead), abs=2e-8, rel=1e-9)
