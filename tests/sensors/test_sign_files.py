"""Files about signs, in all their shapes: what they say, and what is refused where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.signs.inventory import MergedSigns, merge_signs
from parking.signs.model import Sign
from sensors.catalogue.signs import read_sign_file

TABLE = """sign;name;protocol;address;lon;lat;groups;is_software;ntcip.comm_loss_min;\
line;legend;places;is_printed;cell_width;cell_height;full_at;arrow
A12;Quai Nord;ntcip;10.1.2.3;-1,55;47,21;CENTRE|NORD;oui;2;2;GRASLIN;p2|p3;oui;24;7;5;left
A12;;;;;;;;;1;COMMERCE;p1;oui;24;7;;
T1;Quai Sud;tedi;10.1.2.4:5000;;;;;;1;BOUFFAY;p1;;;;;
"""
TOML = """
[[signs]]
id = "A12"
name = "Quai Nord"
protocol = "ntcip"
address = "10.1.2.3"
[[signs.lines]]
number = 1
legend = "COMMERCE"
places = ["p1"]
[[signs.schedule]]
message = "event"
since = 18:00:00
first = 2026-07-14
last = 2026-07-14
"""


def merged(*files: tuple[str, str | bytes]) -> MergedSigns:
    read = [read_sign_file(name, body if isinstance(body, bytes) else body.encode()) for name, body in files]
    return merge_signs("city", (), {"p1", "p2", "p3"}, read)


def signs(*files: tuple[str, str | bytes]) -> dict[str, Sign]:
    found = merged(*files)
    assert found.refusals == ()
    return {sign.id: sign for sign in found.changed}


def test_a_table_has_a_row_for_each_line_in_any_order() -> None:
    found = signs(("signs.csv", TABLE))
    sign = found["A12"]
    assert sign.address == "10.1.2.3:161"
    assert sign.point is not None
    assert (sign.point.lon, sign.point.lat) == (-1.55, 47.21)
    assert (sign.groups, sign.is_software, sign.ntcip.comm_loss_min) == (("CENTRE", "NORD"), True, 2)
    assert [(line.legend, line.places, line.is_printed) for line in sign.lines] == [
        ("COMMERCE", ("p1",), True),
        ("GRASLIN", ("p2", "p3"), True),
    ]
    assert sign.lines[1].rule.full_at == 5
    assert found["T1"].lines[0].is_printed is False


def test_toml_and_json_are_nested_as_signs_are_stored() -> None:
    sign = signs(("signs.toml", TOML))["A12"]
    assert str(sign.schedule[0].first) == "2026-07-14"
    body = '{"signs":[{"id":"A","name":"A","protocol":"datex","lines":[{"number":1,"legend":"X","places":["p1"]}]}]}'
    assert signs(("any", body))["A"].protocol == "datex"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.csv", "sign,name,Community,line\nA,A,geheim,1\n"),
        ("a.csv", "sign,name,mot_de_passe\nA,A,geheim\n"),
        ("a.json", '[{"id":"A","ntcip":{"community":"geheim"}}]'),
        ("a.toml", '[[signs]]\nid="A"\n[signs.tedi]\npassword="geheim"\n'),
    ],
)
def test_a_secret_in_a_file_is_refused_where_it_stands_and_not_repeated(name: str, body: str) -> None:
    found = merged((name, body))
    assert found.changed == ()
    (refusal,) = found.refusals
    assert "PLACELIBRE_SIGNS_SECRETS" in refusal.detail
    assert refusal.column
    assert "geheim" not in repr(found)


HEAD = "sign,name,protocol,address,line,legend,places"


@pytest.mark.parametrize(
    ("body", "row", "column", "told"),
    [
        (f"{HEAD}\nA,A,ntcip,h,1,X,p1\nA,B,,,2,Y,p1\n", 3, "name", "another name"),
        (f"{HEAD}\nA,A,ntcip,h,1,X,p1\nA,,,,1,Y,p1\n", 3, "line", "line 1 already"),
        (f"{HEAD}\nA,A,ntcip,h,,X,p1\n", 2, "line", "missing"),
        (f"{HEAD},dwell_s\nA,A,ntcip,h,1,X,p1,\nA,,,,2,Y,p1,soon\n", 3, "dwell_s", "int"),
        ("name,line\nA,1\n", 1, "sign", "no column sign"),
        (f"{HEAD}\n,A,ntcip,h,1,X,p1\n", 2, "id", "needs an id"),
        (f"{HEAD}\nA,A,ntcip,h,1,X,p1\nA,2\n", 3, "", "cells"),
    ],
)  # fmt: skip
def test_a_table_is_refused_by_row_and_column(body: str, row: int, column: str, told: str) -> None:
    found = merged(("a.csv", body))
    assert found.changed == ()
    assert (found.refusals[0].where.row, found.refusals[0].column) == (row, column)
    assert told in found.refusals[0].detail


def test_a_formula_stays_a_text_and_a_column_nobody_reads_is_named() -> None:
    body = "sign,name,protocol,line,legend,places,colour\nA,'=HYPERLINK(1),datex,1,X,p1,red\n"
    assert signs(("a.csv", body))["A"].name == "=HYPERLINK(1)"
    assert merged(("a.csv", body)).notes == ("a.csv: these columns were not read: colour",)


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.toml", "a.json"]))
def test_any_bytes_are_read_or_refused(body: bytes, name: str) -> None:
    for payload in (body, b"sign,line\n" + body, b'{"signs":[' + body, b"[[signs]]\n" + body, b"[" * 5000 + body):
        merged((name, payload))


def test_json_lines_are_an_inventory_as_well() -> None:
    read = read_sign_file("signs.jsonl", b'{"id": "A1", "name": "a"}\n{"id": "A2", "name": "b"}\n')
    assert [row.stated["id"] for row in read.rows] == ["A1", "A2"]
    assert read.refusals == ()
    torn = read_sign_file("signs.jsonl", b'{"id": "A1"}\n{"id": ')
    assert torn.rows == ()
    assert len(torn.refusals) == 1
