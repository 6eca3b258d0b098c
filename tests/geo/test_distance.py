"""The native distance and its Python twin, under the same tests."""

import importlib
import math
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

import geo.distance
from geo.distance import RADIUS_M, distances_m_python

try:
    from _accel.distance import distances_m as native
except ImportError:
    native = None

BOTH = [
    pytest.param(distances_m_python, id="python"),
    pytest.param(native, id="native", marks=pytest.mark.skipif(native is None, reason="_accel was not built here")),
]
lons, lats = st.floats(-180, 180), st.floats(-90, 90)


def one(function, lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    out = array("d", [0.0])
    function(lon, lat, array("d", [to_lon]), array("d", [to_lat]), out)
    return out[0]


@pytest.mark.parametrize("distances", BOTH)
@pytest.mark.parametrize(
    ("start", "end", "metres"),
    [
        ((0, 0), (0, 0), 0),
        ((0, 0), (180, 0), math.pi * RADIUS_M),
        ((0, -90), (0, 90), math.pi * RADIUS_M),
        ((179.5, 0), (-179.5, 0), math.radians(1) * RADIUS_M),
        ((12, 90), (77, 90), 0),
        ((0, 0), (0, 1), math.radians(1) * RADIUS_M),
    ],
)
def test_known_distances(distances, start, end, metres) -> None:
    assert one(distances, *start, *end) == pytest.approx(metres, abs=1e-6)


@pytest.mark.skipif(native is None, reason="_accel was not built here")
@given(lons, lats, st.lists(st.tuples(lons, lats), max_size=20))
def test_the_twins_agree_to_the_micrometre(lon: float, lat: float, points: list) -> None:
    xs, ys = array("d", [x for x, _ in points]), array("d", [y for _, y in points])
    ours, theirs = array("d", bytes(8 * len(points))), array("d", bytes(8 * len(points)))
    distances_m_python(lon, lat, xs, ys, ours)
    native(lon, lat, xs, ys, theirs)
    assert ours.tolist() == pytest.approx(theirs.tolist(), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("distances", BOTH)
@given(a=st.tuples(lons, lats), b=st.tuples(lons, lats))
def test_distance_is_symmetric_and_at_most_half_the_globe(distances, a, b) -> None:
    there, back = one(distances, *a, *b), one(distances, *b, *a)
    assert there == pytest.approx(back, rel=1e-9, abs=1e-6)
    assert 0 <= there <= math.pi * RADIUS_M + 1e-6


@pytest.mark.parametrize("distances", BOTH)
def test_unequal_lengths_are_refused(distances) -> None:
    with pytest.raises(ValueError, match="equally long, got 1, 2, 1"):
        distances(0.0, 0.0, array("d", [1]), array("d", [1, 2]), array("d", [0]))


def test_the_product_runs_without_the_native_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_accel.distance", None)
    try:
        bare = importlib.reload(geo.distance)
        assert bare.NATIVE is False
        assert bare.distances_m is bare.distances_m_python
    finally:
        monkeypatch.undo()
        importlib.reload(geo.distance)
