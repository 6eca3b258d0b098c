"""Open-data portals write one table in five ways; whoever is polled from one reads all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from parking.observations import OpeningChanged, SiteCounted, SpaceObserved
from parking.words import RejectReason
from sensors.contract import Decoded, RecordRefusedError
from sensors.intake.polling import poll_source
from sensors.portals import portal_records, records_with
from sensors.registry import ADAPTERS
from tests.feed_server import Answer, feed_server
from tests.sensors.listening import DeclaringProducer
from tests.support import NOON

Row = dict[str, Any]
LIVE: dict[str, tuple[Row, str]] = {
    "melbourne": (
        {"lastupdated": "2026-05-04T11:59:30+00:00", "status_timestamp": "2026-05-04T11:50:00+00:00",
         "zone_number": 7695, "status_description": "Unoccupied", "kerbsideid": 57947,
         "location": {"lon": 144.96, "lat": -37.81}},
        "57947 free at 11:50:00",
    ),
    "los_angeles": (
        {"spaceid": "CB9", "eventtime_utc": "2026-05-04T11:48:04.000", "occupancystate": "OCCUPIED"},
        "CB9 occupied at 11:48:04",
    ),
    "bordeaux": (
        {"ident": "CUBPK49", "nom": "La Gardette", "libres": 229, "total": 242, "etat": "LIBRE", "connecte": 1,
         "mdate": "2026-05-04T13:59:12+02:00", "geo_point_2d": {"lon": -0.517676, "lat": 44.888824}},
        "CUBPK49 229 of 242 at 11:59:12",
    ),
    "swiss_pls": (
        {"id2": "city", "title": "Parkhaus City", "published": "2026-05-04T11:59:00+00:00", "free": 901, "total": 1114,
         "geo_point_2d": {"lon": 7.582408, "lat": 47.561101}, "description": None, "anteil_frei": 80.9},
        "basel-baselparkhauscity 901 of 1114 at 11:59:00",
    ),
}  # fmt: skip


def feature(row: Row) -> Row:
    point = row.get("geo_point_2d") or row.get("location")
    inner = {name: value for name, value in row.items() if name != "geo_point_2d"}
    at = {"type": "Point", "coordinates": [point["lon"], point["lat"]]} if point else None
    return {"type": "Feature", "geometry": at, "properties": inner}


WAYS: dict[str, Callable[[Row], object]] = {
    "list": lambda row: [row],
    "results": lambda row: {"total_count": 1, "results": [row]},
    "records": lambda row: {"nhits": 1, "records": [{"recordid": "r", "fields": row, "record_timestamp": "x"}]},
    "GeoJSON": lambda row: {"type": "FeatureCollection", "features": [feature(row)]},
    "one": lambda row: row,
    "one feature": feature,
}
EACH = pytest.mark.parametrize("source", sorted(LIVE))


def read(source: str, body: object) -> Decoded:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ADAPTERS[source].decode(payload, tenant="t", received_at=NOON, recorded=False)


def said(decoded: Decoded) -> list[str]:
    """What is told of states and counts, a phrase each."""
    phrases = []
    for seen in decoded.observations:
        if isinstance(seen, SpaceObserved):
            phrases.append(f"{seen.device_id} {seen.state} at {seen.observed_at:%H:%M:%S}")
        elif isinstance(seen, SiteCounted):
            phrases.append(f"{seen.device_id} {seen.vacant} of {seen.capacity} at {seen.observed_at:%H:%M:%S}")
    return phrases


@EACH
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_live_record_says_the_same_however_the_portal_writes_it(source: str, way: str, encoding: str) -> None:
    row, phrase = LIVE[source]
    body = json.dumps(WAYS[way](row)).encode(encoding)
    decoded = read(source, body)
    assert (said(decoded), list(decoded.rejects)) == ([phrase], [])
    declared = ADAPTERS[source].places(body, {}, tenant="t", received_at=NOON)
    assert not declared.rejects
    (place,) = declared.places
    assert (place.point is not None) == (source != "los_angeles"), "its states do not say where a meter is"
    assert phrase.split()[0] in {device.id for device in place.devices}


@EACH
def test_a_bad_record_costs_itself_ends_its_number_and_can_be_read_again_alone(source: str) -> None:
    row, phrase = LIVE[source]
    word = {
        "melbourne": "status_description",
        "los_angeles": "occupancystate",
        "bordeaux": "libres",
        "swiss_pls": "free",
    }
    decoded = read(source, [row | {word[source]: "perhaps"}, row, 7, None])
    assert said(decoded) == [phrase]
    assert len(decoded.rejects) == 3
    assert [seen.device_id for seen in decoded.observations if seen not in decoded.usable] == [phrase.split()[0]]
    again = read(source, decoded.rejects[0].raw)
    assert [reject.detail for reject in again.rejects] == [decoded.rejects[0].detail]


@EACH
@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"results": []}', b'{"error": "no"}', b'[{"a": 1}]', b"{", b"[" * 9000]
)
def test_the_answer_to_another_question_is_refused_whole(source: str, body: bytes) -> None:
    decoded = read(source, body)
    assert (decoded.observations, [one.reason for one in decoded.rejects]) == ([], [RejectReason.MALFORMED_BODY])


def test_a_table_of_the_live_portal_has_its_columns_in_either_case() -> None:
    for head in ("Lastupdated,Status_Timestamp,Zone_Number,Status_Description,KerbsideID,Location", None):
        columns = head or "lastupdated,status_timestamp,zone_number,status_description,kerbsideid,location"
        line = '2026-05-04T11:59:30Z,2026-05-04T11:50:00Z,7695,Unoccupied,57947,"-37.81, 144.96"'
        assert said(read("melbourne", f"{columns}\n{line}\n".encode())) == ["57947 free at 11:50:00"]
    states = b"spaceid,eventtime_utc,occupancystate\nCB9,2026-05-04T11:48:04.000,OCCUPIED\n"
    assert said(read("los_angeles", states)) == ["CB9 occupied at 11:48:04"]


def test_basels_portal_says_no_status_so_nothing_is_said_of_the_gate() -> None:
    decoded = read("swiss_pls", [LIVE["swiss_pls"][0]])
    assert not [seen for seen in decoded.observations if isinstance(seen, OpeningChanged)]


@EACH
async def test_it_is_polled_live_where_its_portal_has_it_and_by_its_own_paging(source: str) -> None:
    row, phrase = LIVE[source]
    path = httpx.URL(ADAPTERS[source].INFO.feeds[0]).raw_path.decode()
    paged = path.endswith("/records")
    body = json.dumps({"total_count": 1, "results": [row]} if paged else [row]).encode()
    producer = DeclaringProducer()
    with feed_server() as server:
        server.says(f"{path}?limit=100&offset=0" if paged else path, Answer(body))
        async with httpx.AsyncClient(timeout=5) as client:
            await poll_source(ADAPTERS[source], [server.url + path], "t", producer, client, None, True)  # type: ignore[arg-type]
    assert [asked for asked, _ in server.asked] == [f"{path}?limit=100&offset=0" if paged else path]
    assert phrase.split()[0] in {device.id for place in producer.declared for device in place.devices}


def test_records_are_found_whatever_stands_around_them() -> None:
    assert [one.fields for one in portal_records(b'{"features": [{"properties": {"a": 1}}]}')] == [{"a": 1}]  # type: ignore[union-attr]
    with pytest.raises(RecordRefusedError, match="no record in it has a or b"):
        records_with(b'[{"c": 1}]', "a", "b")
