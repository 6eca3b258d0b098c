"""Catalogue files as people write them: encodings, delimiters, decimal commas, and a sentence for each bad cell."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.merging import Merged, merge
from parking.catalogue.model import Device, PlaceKind, Point
from parking.catalogue.rows import Imported, join
from parking.words import Audience
from sensors.catalogue.reading import read_file
from sensors.catalogue.writing import write_geojson, write_tables
from tests.support import TENANT, at, shared, site, zone

BNLS = """id;nom;insee;adresse;url;type_usagers;gratuit;nb_places;nb_pr;nb_pmr;nb_velo;hauteur_max;num_siret;Xlong;Ylat
44109-P-901;TEST GRAND;44109;1 rue du Test, 44000, Nantes;;tous;false;325;;8;10;190;21440109300015;-1,5577;47,2131
44109-P-902;TEST D'ÉTÉ;44109;;;tous;true;40;;;;N/A;21440109300015;-1.56;47.22
44109-P-903;TEST BAS;44109;;;abonnés;false;;;;;0;21440109300015;-1.57;47.23
44109-P-904;TEST FAUX;44109;;;tous;false;beaucoup;;;;190;21440109300015;-1.57;nord
"""


def imported(file: str, text: str | bytes) -> Merged:
    return merge(TENANT, [], read_file(file, text if isinstance(text, bytes) else text.encode()))


def said(found: Imported | Merged) -> list[str]:
    return [str(refusal) for refusal in found.refusals]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_french_schema_is_known_by_its_header(encoding: str, ending: str) -> None:
    grand, summer, low, _ = imported("bnls.csv", BNLS.replace("\n", ending).encode(encoding)).changed
    assert (grand.id, grand.name, grand.point) == ("44109-P-901", "TEST GRAND", Point(-1.5577, 47.2131))
    assert (grand.capacity, grand.height_cm, grand.address) == (325, 190, "1 rue du Test, 44000, Nantes")
    assert (summer.name, summer.capacity, summer.height_cm) == ("TEST D'ÉTÉ", 40, None)
    assert (low.capacity, low.height_cm) == (None, None), "a missing number is unknown, and so is a height of 0"


def test_every_bad_cell_is_named_with_file_row_and_column() -> None:
    read = read_file("bnls.csv", BNLS.encode())
    assert said(read) == []
    assert [place.id for place in read.places][-1] == "44109-P-904", "what it can do without costs no car park"
    more, degrees = "(the rest of the row came in)", "correct it, or leave lon and lat empty"
    number = "'beaucoup' is not a whole number, 0 or more: leave it empty if unknown"
    assert read.notes == (
        f"bnls.csv row 5, column ylat: 'nord' is not a number of degrees: {degrees} {more}",
        f"bnls.csv row 5, column nb_places: {number} {more}",
    )


@pytest.mark.parametrize(
    ("file", "text", "column", "detail"),
    [
        ("sites.csv", "id,name\n,x", "id", "is empty"),
        ("sites.csv", "id,name\na/b,x", "id", "without '/'"),
        ("sites.csv", f"id,name\na,{'x' * 301}", "name", "shorten it"),
        ("sites.csv", "id,name,kind\na,x,garage", "kind", "must be site or zone"),
        ("sites.csv", "id,name\na,x,y", "", "has 3 of 2 cells"),
        ("sites.csv", 'id,name\na,"x', "", "quotes"),
        ("spaces.csv", "zone,space,audiences\nz,1,wizard", "audiences", "'wizard' is not an audience"),
        ("spaces.csv", "zone,space,audiences\nz,1,disabled|public", "audiences", "not public"),
        ("devices.csv", "source,device,place,valid_from\ns,d,p,2026-05-04", "valid_from", "has no zone"),
        ("devices.csv", "source,device,place,valid_from\ns,d,p,2026-05-04T08:00", "valid_from", "has no zone"),
        ("devices.csv", "source,device,place,valid_to\ns,d,p,gestern", "valid_to", "is not a time"),
        ("devices.csv", "source,device,place,valid_for_s\ns,d,p,0", "valid_for_s", "1 or more"),
        ("devices.csv", "source,device,place,valid_for_s\ns,d,p,99999999", "valid_for_s", "more than a year"),
        ("devices.csv", "source,device,place,occupied_below_mm\ns,d,p,0", "occupied_below_mm", "1 or more"),
        ("devices.csv", "source,device,place,occupied_below_mm\ns,d,p,25000", "occupied_below_mm", "millimetres"),
        ("devices.csv", "source,device,place,reversed\ns,d,p,perhaps", "reversed", "yes or no"),
        (
            "devices.csv",
            "source,device,place,valid_from,valid_to\ns,d,p,2026-05-04T08:00Z,2026-05-04T10:00+02:00",
            "valid_to",
            "is not after valid_from",
        ),
    ],
)
def test_one_bad_cell_is_one_sentence_and_costs_its_row(file: str, text: str, column: str, detail: str) -> None:
    read = read_file(file, text.encode())
    (refusal,) = read.refusals
    assert (refusal.where.file, refusal.where.row, refusal.column) == (file, 2, column)
    assert detail in refusal.detail
    assert (read.places, read.spaces, read.devices) == ((), (), ())


@pytest.mark.parametrize(
    ("file", "text", "column", "detail"),
    [
        ("sites.csv", "id,name,capacity\na,x,-3", "capacity", "whole number, 0 or more"),
        ("sites.csv", "id,name,capacity\na,x,1_000", "capacity", "whole number"),
        ("sites.csv", "id,name,capacity\na,x,2.5", "capacity", "whole number"),
        ("sites.csv", "id,name,height_cm\na,x,1.9", "height_cm", "whole number, 1 or more"),
        ("sites.csv", "id,name,lon,lat\na,x,-1.5,", "lat", "not a number of degrees"),
        ("sites.csv", "id,name,lon,lat\na,x,47.2,-91.5", "lat", "lat -90..90"),
        ("sites.csv", "id,name,lon,lat\na,x,45,139.7", "lat", "are they swapped?"),
        ("sites.csv", "id,name,lon,lat\na,x,nan,1e3", "lon", "not a number of degrees"),
    ],
)
def test_a_bad_cell_that_a_row_can_do_without_is_a_warning(file: str, text: str, column: str, detail: str) -> None:
    read = read_file(file, text.encode())
    [warning] = read.notes
    assert warning.startswith(f"{file} row 2, column {column}: ")
    assert detail in warning
    assert [(place.id, column in place.stated, "point" in place.stated) for place in read.places] == [
        ("a", False, False)
    ]
    assert not read.refusals


@pytest.mark.parametrize(
    ("cell", "height_cm", "warned"),
    [
        ("190", 190, False), ("1.90m", 190, False), ("1,9", 190, False), ("2 m", 200, False), ("2m", 200, False),
        ("2.20m niveau-1; 1.90m niveau -2, -3", 190, True), ("Camping-Car", None, True), ("19", None, True),
        ("N/A", None, False), ("0", None, False), ("", None, False), ("210 cm", 210, False), ("1m90", None, True),
    ],
)  # fmt: skip
def test_a_height_is_read_in_whatever_unit_and_never_costs_its_car_park(
    cell: str, height_cm: int | None, warned: bool
) -> None:
    read = read_file("b.csv", f'id,nom,hauteur_max\na,A,"{cell}"\n'.encode())
    assert [place.stated["height_cm"] for place in read.places] == [height_cm]
    assert bool(read.notes) is warned


@pytest.mark.parametrize(
    "text", ["", "hello", "a,b\n1,2", "id,id,name\n1,2,3", "\x00\x01", "{", '{"type":"Point"}', '{"features":7}', "[]"]
)
def test_a_file_that_is_none_of_ours_is_one_refusal(text: str) -> None:
    read = read_file("what.csv", text.encode())
    assert len(read.refusals) == 1
    assert not read.places


def collection(*features: tuple[dict[str, object], object]) -> bytes:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": p, "geometry": g} for p, g in features],
        }
    ).encode()


def ring(*corners: tuple[float, float]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def test_geojson_brings_sites_zones_spaces_and_devices() -> None:
    body = collection(
        ({"id": 7, "name": "Sept", "capacity": 12, "gratuit": True}, {"type": "Point", "coordinates": [-1.5, 47.2]}),
        ({"id": "z", "name": "Rue", "kind": "zone"}, ring((0, 0), (2, 0), (2, 1), (0, 1))),
        ({"zone": "z", "space": "1", "audiences": ["disabled"]}, {"type": "Point", "coordinates": [1, 0.5, 33.0]}),
        ({"source": "s", "device": "d", "place": "z", "space": 1}, None),
    )
    (seven, rue), refused = imported("city.geojson", body)
    assert not refused
    assert (seven.id, seven.point, seven.capacity) == ("7", Point(-1.5, 47.2), 12)
    assert (rue.kind, len(rue.outline), rue.point) == (PlaceKind.ZONE, 4, Point(1, 0.5))
    assert (rue.spaces[0].audiences, rue.spaces[0].point) == ({Audience.DISABLED}, Point(1, 0.5))
    assert rue.devices == (Device(source="s", id="d", slot=0),)


@pytest.mark.parametrize(
    ("geometry", "detail"),
    [
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "neither Point nor Polygon"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "3..10000 corners, got 2"),
        ({"type": "Polygon", "coordinates": [[], []]}, "without holes"),
        ({"type": "Point", "coordinates": [47.2, -1.5, 0, 0]}, "a position is [lon, lat]"),
        ({"type": "Point", "coordinates": [0, 91]}, "lat -90..90"),
        ({"type": "Point"}, "a position is [lon, lat]"),
        (7, "neither Point nor Polygon"),
    ],
)
def test_a_bad_drawing_costs_its_feature(geometry: object, detail: str) -> None:
    read = read_file("a.json", collection(({"id": "a", "name": "A"}, geometry), ({"id": "b", "name": "B"}, None)))
    (refusal,) = read.refusals
    assert str(refusal).startswith("a.json feature 1, column geometry: ")
    assert detail in refusal.detail
    assert [row.id for row in read.places] == ["b"]


def test_a_property_of_another_kind_is_refused_where_it_is_read() -> None:
    read = read_file("a.json", collection(({"id": "a", "name": {"fr": "x"}, "capacity": True}, None), ("x", None)))
    assert [(refusal.where.row, refusal.column) for refusal in read.refusals] == [
        (1, "name"),
        (2, "properties"),
    ]
    assert ["capacity" in note for note in read.notes] == [True]


@pytest.mark.parametrize("depth", [*range(850, 1000, 5), 10_000])
@pytest.mark.parametrize("name", ["properties", "geometry", "capacity", "type"])
def test_a_nest_of_lists_costs_its_feature_at_most(depth: int, name: str) -> None:
    nest = "[" * depth + "]" * depth
    feature = f'{{"properties":{{"id":"a","name":"b"}},"geometry":null,"{name}":{nest}}}'
    if name == "capacity":
        feature = f'{{"properties":{{"id":"a","name":"b","capacity":{nest}}}}}'
    if name == "type":
        feature = f'{{"properties":{{"id":"a","name":"b"}},"geometry":{{"type":{nest}}}}}'
    read = read_file("a.json", f'{{"features":[{feature}]}}'.encode())
    assert len(read.refusals) + len(read.notes) == 1


KNOWN = [
    site(point=Point(1e-7, 47.123456789), address='1; rue, "X"', height_cm=190, full_at=3, opening_hours="24/7"),
    site(id="bare", point=None, capacity=None, devices=()),
    zone(
        3,
        disabled=1,
        outline=(Point(0, 0), Point(1, 0), Point(0, 1)),
        point=None,
        devices=(
            Device(source="src", id="a", slot=0, valid_to=at(5), valid_for_s=60),
            Device(source="src", id="b", slot=0, valid_from=at(5), occupied_below_mm=1500),
            Device(source="src", id="c", slot=1, is_reversed=True),
        ),
    ),
]


def test_what_is_written_reads_back_as_no_change() -> None:
    drawn = read_file("all.geojson", write_geojson(KNOWN).encode())
    tables = join(read_file(name, text.encode()) for name, text in write_tables(KNOWN).items())
    for read in (drawn, tables):
        assert merge(TENANT, KNOWN, read) == ([], [])
        assert not read.notes
    assert {place.id: place for place in merge(TENANT, [], drawn).changed} == {place.id: place for place in KNOWN}


@given(
    st.one_of(
        st.binary(),
        st.builds(
            lambda head, tail: head + tail,
            st.sampled_from(
                [
                    b"id,name,lon,lat,capacity\n",
                    b"zone;space;audiences\n",
                    b"source,device,place,valid_from\n",
                    b'{"features":[',
                ]
            ),
            st.binary(),
        ),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text()),
            lambda inner: st.one_of(
                st.lists(inner),
                st.dictionaries(
                    st.sampled_from(["id", "name", "zone", "space", "geometry", "properties", "coordinates", "type"]),
                    inner,
                ),
            ),
            max_leaves=12,
        ).map(
            lambda value: json.dumps(
                {"features": [value, {"properties": {"id": "a", "name": "b"}, "geometry": value}]}
            ).encode("utf-8", "surrogatepass")
        ),
    )
)
def test_whatever_the_bytes_reading_returns_and_merging_too(payload: bytes) -> None:
    merge(TENANT, [site(), zone()], read_file("fuzz", payload))


def test_the_car_parks_of_nantes_come_in_whole_as_a_spreadsheet_would_save_them() -> None:
    with shared("nantes/nantes_car_parks.csv").open(encoding="utf-8", newline="") as lines:
        recorded = list(csv.DictReader(lines))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["id", "nom", "adresse", "nb_places", "hauteur_max", "Xlong", "Ylat"])
    for row in recorded:
        lon, lat = row["lon"].replace(".", ","), row["lat"].replace(".", ",")
        writer.writerow(
            [row["idobj"], row["nom_catalogue"], row["adresse"], row["exploitation_2015_05"], "N/A", lon, lat]
        )
    found = imported("nantes.csv", text.getvalue().encode("latin-1"))
    assert not found.refusals
    assert {place.id: (place.name, place.address, place.capacity, place.point) for place in found.changed} == {
        row["idobj"]: (
            row["nom_catalogue"],
            row["adresse"] or None,
            int(row["exploitation_2015_05"]) if row["exploitation_2015_05"] else None,
            Point(float(row["lon"]), float(row["lat"])),
        )
        for row in recorded
    }


def test_a_sensor_is_found_by_its_eui_however_it_is_printed_and_has_its_own_makes_contract() -> None:
    files = (
        read_file("sites.csv", b"id,name,kind\nz,Rue,zone\n"),
        read_file("spaces.csv", b"zone,space\nz,1\nz,2\n"),
        read_file("devices.csv", b"source,device,place,space\nbosch_tps110,00-DB-1A-2B-3C-4D-5E-6F,z,1\n"
                  b"bosch_tps110,sensor 7,z,2\n"),
    )  # fmt: skip
    found = merge(TENANT, [], join(files), {"bosch_tps110": 90_000})
    (device,) = found.changed[0].devices
    assert (device.id, device.valid_for_s) == ("00db1a2b3c4d5e6f", 90_000)
    refused = "'sensor 7' is not a devEUI: write its 16 hex digits, as they stand on the sensor"
    assert said(found) == [f"devices.csv row 3, column device: {refused}"]


@pytest.mark.parametrize(
    ("cell", "capacity"), [("120", 120), ("120.0", 120), ("1 200", 1200), ("1.000", None), ("1,000", None)]
)
def test_a_number_that_may_be_a_thousand_or_one_is_refused(cell: str, capacity: int | None) -> None:
    read = read_file("sites.csv", f'id,name,capacity\np,P,"{cell}"\n'.encode())
    assert [place.capacity for place in merge(TENANT, [], read).changed] == [capacity]
    assert bool(read.notes) is (capacity is None)


def test_french_typography_is_no_fault() -> None:
    (place,) = imported("sites.csv", "id,name\np,Gare\u00a0Nord\u202f: été\n").changed
    assert place.name == "Gare\u00a0Nord\u202f: été"


def test_who_said_what_goes_out_and_comes_back_and_a_changed_cell_is_the_citys() -> None:
    marks = {"capacity": "nantes", "height_cm": "", "name": "nantes"}
    known = [site(capacity=90, said_by=marks, address=None)]
    for text in (write_geojson(known), write_tables(known)["sites.csv"]):
        read = read_file("sites", text.encode())
        assert merge(TENANT, known, read) == ([], [])
        (restored,) = merge(TENANT, [], read).changed
        assert restored.said_by == marks
    edited = read_file("sites.csv", write_tables(known)["sites.csv"].replace(",90,", ",80,").encode())
    (place,) = merge(TENANT, known, edited).changed
    assert (place.capacity, place.said_by) == (80, {"height_cm": "", "name": "nantes"})
    assert place.claims["nantes"].capacity == 90
    odd = read_file("sites.csv", b"id,name,said_by\np1,P,capacity=nantes beds=x\n")
    assert odd.places[0].stated["said_by"] == {"capacity": "nantes"}
    assert "beds=x" in odd.notes[0]


@pytest.mark.parametrize("system", ["EPSG:2154", "urn:ogc:def:crs:EPSG::2154", "2154", "RGF93 / Lambert-93"])
def test_metres_of_a_stated_system_are_a_point_in_a_table_and_in_a_drawing(system: str) -> None:
    table = read_file("t.csv", f'id;nom;Xlong;Ylat;crs\na;A;355000;6689000;"{system}"\n'.encode())
    ours = read_file("t.csv", f'id,name,lon,lat,crs\na,A,355000,6689000,"{system}"\n'.encode())
    crs = {"type": "name", "properties": {"name": system}}
    feature = {"properties": {"id": "a", "name": "A"}, "geometry": {"type": "Point", "coordinates": [355000, 6689000]}}
    drawn = read_file("t.json", json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}).encode())
    for read in (table, ours, drawn):
        assert (read.refusals, read.notes) == ((), ())
        point = read.places[0].stated["point"]
        assert (point.lon, point.lat) == (pytest.approx(-1.5606706, abs=1e-6), pytest.approx(47.2116009, abs=1e-6))


def test_a_system_nobody_knows_costs_the_point_and_not_the_row() -> None:
    read = read_file("t.csv", b"id,name,lon,lat,crs\na,A,355000,6689000,EPSG:27572\n")
    assert read.places[0].stated == {"name": "A"}
    assert "EPSG:27572" in read.notes[0]
