"""What a mapped feed keeps of a refused record: that record, what its mapping reads around it, and little else."""

from __future__ import annotations

import json
from time import process_time

import pytest

from parking.words import RejectReason
from sensors.contract import Decoded
from tests.sensors.sources.test_mapped import NOW, SOURCE, counts, read

AT = "2026-05-04T13:59:00"
XML = (
    f'{SOURCE}[body]\nformat = "xml"\nrecords = "lot"\n[record]\nid = "@id"\n[time]\nat = "/Timestamp"\n'
    '[[count]]\nvacant = "@free"\n'
)
JSON = (
    f'{SOURCE}[body]\nformat = "json"\nrecords = "lots"\n[record]\nid = "id"\n[time]\nat = "/updated"\n'
    '[[count]]\nvacant = "free"\n'
)


def kept(decoded: Decoded) -> int:
    return sum(len(reject.raw) for reject in decoded.rejects)


def again(mapping: str, decoded: Decoded, wrong: bytes, right: bytes) -> list[tuple[str, int, int | None]]:
    """What each reject says once its number is mended."""
    return [found for reject in decoded.rejects for found in counts(read(mapping, reject.raw.replace(wrong, right)))]


def test_a_refused_element_is_kept_without_those_beside_it() -> None:
    lots = "".join(f'<lot id="P{n}" free="{-1 if n == 1 else n}"/>' for n in range(4))
    decoded = read(XML, f"<a><Timestamp>{AT}</Timestamp>{lots}</a>".encode())
    [reject] = decoded.rejects
    assert reject.raw == f'<a><Timestamp>{AT}</Timestamp><lot id="P1" free="-1" /></a>'.encode()
    assert again(XML, decoded, b'"-1"', b'"1"') == [("P1", 1, None)]


def test_elements_of_several_names_are_records_too() -> None:
    mapping = XML.replace('records = "lot"', 'records = "lots.*"').replace("/Timestamp", "^^.Timestamp")
    body = f'<a><Timestamp>{AT}</Timestamp><lots><p id="P1" free="-1"/><q id="Q1" free="3"/></lots></a>'
    decoded = read(mapping, body.encode())
    assert b"Q1" not in decoded.rejects[0].raw
    assert again(mapping, decoded, b'"-1"', b'"1"') == [("P1", 1, None)]


def test_a_time_in_a_head_with_parts_is_kept() -> None:
    mapping = XML.replace("/Timestamp", "/head.time")
    body = f'<a><head><by>x</by><time>{AT}</time></head><lot id="P1" free="-1"/><lot id="P2" free="2"/></a>'
    decoded = read(mapping, body.encode())
    assert again(mapping, decoded, b'"-1"', b'"1"') == [("P1", 1, None)]


N = 2000


@pytest.mark.parametrize(
    "around",
    [
        "<a><Timestamp>{at}</Timestamp>{lots}</a>",
        "<a><Timestamp>{at}</Timestamp>{notes}{lots}</a>",
        "<a><Timestamp>{at}</Timestamp>{times}{lots}</a>",
        "<a {attributes}><Timestamp>{at}</Timestamp>{lots}</a>",
        "<a><Timestamp>{at}</Timestamp>{notes}<b>{notes}<c>{notes}{lots}</c></b></a>",
    ],
)
def test_thousands_of_refused_elements_are_not_kept_thousands_of_times(around: str) -> None:
    body = around.format(
        at=AT,
        lots="".join(f'<lot id="P{n}" free="-1"/>' for n in range(N)),
        notes="<note/>" * N,
        times=f"<Timestamp>{AT}</Timestamp>" * N,
        attributes=" ".join(f'x{n}="{n}"' for n in range(N)),
    )
    started = process_time()
    decoded = read(XML, body.encode())
    assert len(decoded.rejects) == N
    assert kept(decoded) < N * 1500
    assert process_time() - started < 10
    assert len(again(XML, decoded, b'"-1"', b'"1"')) == N


@pytest.mark.parametrize("depth", [1, 4])
def test_thousands_of_refused_objects_are_not_kept_thousands_of_times(depth: int) -> None:
    small = {f"m{n}": n for n in range(N)}
    body: object = [{"id": f"P{n}", "free": -1} for n in range(N)]
    for level in range(depth):
        body = {**small, "lots" if level == 0 else f"l{level}": body}
    assert isinstance(body, dict)
    way = ".".join([*(f"l{level}" for level in range(depth - 1, 0, -1)), "lots"])
    mapping = JSON.replace('"lots"', f'"{way}"')
    decoded = read(mapping, body | {"updated": AT})
    assert len(decoded.rejects) == N
    assert kept(decoded) < N * 1500
    assert again(mapping, decoded, b"-1", b"1")[:1] == [("P0", 1, None)]


def test_what_stands_small_beside_is_kept_for_people() -> None:
    decoded = read(JSON, {"by": "the city", "updated": AT, "lots": [{"id": "P1", "free": -1}]})
    assert json.loads(decoded.rejects[0].raw) == {"by": "the city", "updated": AT, "lots": [{"id": "P1", "free": -1}]}


PLAIN = f'{SOURCE}[body]\nformat = "json"\nrecords = "results"\n[record]\nid = "id"\n'
COUNT, STATUS = '[[count]]\nvacant = "free"\n', '[[status]]\nat = "state"\nusual = true\n'
SPACE = '[space]\nat = "bay"\nfree = ["f"]\noccupied = ["o"]\n'


@pytest.mark.parametrize("says", [COUNT, STATUS, SPACE])
def test_an_error_with_an_id_is_no_record(says: str) -> None:
    decoded = read(PLAIN + says, {"id": "err-7", "message": "quota"})
    assert not decoded.observations
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_BODY]
    assert "it is no record with" in decoded.rejects[0].detail


@pytest.mark.parametrize(
    ("says", "more"),
    [(COUNT, {"free": 3}), (COUNT, {"free": None}), (STATUS, {"state": "open"}), (SPACE, {"bay": "f"})],
)
def test_a_record_by_itself_says_something_of_its_place(says: str, more: dict[str, object]) -> None:
    decoded = read(PLAIN + says, {"id": "P1"} | more)
    assert not decoded.rejects
    assert [(one.device_id, one.received_at) for one in decoded.observations] == [("P1", NOW)]
