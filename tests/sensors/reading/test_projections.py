"""Stated reference systems, against control points of the systems' own definitions."""

import pytest

from parking.catalogue.model import Point
from sensors.contract import RecordRefusedError
from sensors.reading.projections import code_of, read_projected, stated_system, turned


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("urn:ogc:def:crs:EPSG::25832", "25832"), ("EPSG:2154", "2154"), ("urn:ogc:def:crs:OGC:1.3:CRS84", "CRS84"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "4326"),
        ("http://www.opengis.net/gml/srs/epsg.xml#2154", "2154"), ("epsg:25832", "25832"), (" EPSG::2154 ", "2154"),
        (2154, "2154"), ("25832", "25832"), ("OGC:CRS84", "CRS84"), ("CRS:84", "CRS84"), ("crs84", "CRS84"),
        ("WGS 84", "4326"), ("RGF93 / Lambert-93", "2154"), ("RGF93 v1 / Lambert-93", "2154"), (True, None),
        ("ETRS89 / UTM zone 32N", "25832"), ("WGS 84 / UTM zone 5N", "32605"), ("EPSG:12", None), ("", None),
        ("urn:ogc:def:crs:EPSG:6.9:4326", "4326"), (7, None),
        ("moon", None),
    ],
)  # fmt: skip
def test_a_system_is_known_by_its_code_however_it_is_written(name: object, code: str | None) -> None:
    assert code_of(name) == code


@pytest.mark.parametrize(
    ("x", "y", "system", "lon", "lat"),
    [
        (700_000, 6_600_000, "EPSG:2154", 3.0, 46.5),  # the projection's own origin
        (500_000, 0, "EPSG:25832", 9.0, 0.0),
        (413_824.9, 5_317_088.9, "EPSG:25832", 7.8447314, 48.0012865),  # this and the next by PROJ 9
        (355_000, 6_689_000, "EPSG:2154", -1.5606706, 47.2116009),
        (1_050_000, 6_840_000, "EPSG:2154", 7.7464599, 48.5655180),
        (448_000, 5_411_000, "EPSG:32631", 2.2911859, 48.8497894),
        ("9,5", "48,25", None, 9.5, 48.25),
        (9.5, 48.25, "EPSG:4326", 9.5, 48.25),
    ],
)
def test_a_point_is_where_its_system_says(x: object, y: object, system: object, lon: float, lat: float) -> None:
    point = read_projected(x, y, system)
    assert (point.lon, point.lat) == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))


@pytest.mark.parametrize(("x", "y", "system"), [(1, 2, "EPSG:31467"), ("a", 2, "EPSG:25832"), (True, 1, "EPSG:2154"),
                                                (9.5, 48.2, "EPSG:2154"), (float("nan"), 1, "EPSG:25832")])  # fmt: skip
def test_what_no_known_system_has_is_refused(x: object, y: object, system: str) -> None:
    with pytest.raises(RecordRefusedError):
        read_projected(x, y, system)


@pytest.mark.parametrize(
    ("crs", "system"),
    [
        (None, None), ({"type": "name", "properties": {"name": "EPSG:2154"}}, "EPSG:2154"), ("EPSG:2154", "EPSG:2154"),
        ({"type": "EPSG", "properties": {"code": 2154}}, 2154), ({"name": "CRS84"}, "CRS84"), ({}, None),
        ({"type": "name", "properties": None}, None),
    ],
)  # fmt: skip
def test_the_crs_of_a_geojson_collection_is_found_in_every_shape(crs: object, system: object) -> None:
    assert stated_system(crs) == system


def test_axes_are_turned_where_the_city_lies_the_other_way_alone() -> None:
    box = (7.0, 47.5, 8.5, 48.5)
    assert turned(Point(48.0, 7.8), *box) == turned(Point(7.8, 48.0), *box) == Point(7.8, 48.0)
    assert turned(Point(1.0, 2.0), *box) == Point(1.0, 2.0)


def test_metres_in_the_wrong_order_are_refused_with_the_right_one() -> None:
    for x, y, system in ((6_689_000, 355_000, "EPSG:2154"), (5_317_088.9, 413_824.9, "EPSG:25832")):
        with pytest.raises(RecordRefusedError, match="east goes first"):
            read_projected(x, y, system)
