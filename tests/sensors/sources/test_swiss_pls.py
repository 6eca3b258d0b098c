"""Four Swiss cities in one collector's shape, and the traps that the recorded snapshots prove."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from parking.catalogue.model import Catalogue
from parking.observations import DeviceFault, OpeningChanged, SiteCounted
from parking.words import Fault, Opening, RejectReason, TimeBasis
from sensors.sources.swiss_pls.adapter import INFO, decode, places
from tests.sensors.sources.words import believed
from tests.support import shared

ARRIVED = datetime(2026, 1, 6, 16, 28, 55, tzinfo=UTC)
RECORD = {
    "id": "P24",
    "name": "Bahnhof",
    "free": 65,
    "total": 275,
    "status": "open",
    "timestamp": "2026-01-06T16:25:00",
}


def record(**changes):
    return {name: value for name, value in (RECORD | changes).items() if value is not ...}


def snapshot(*records, city="stgallen", stamp="2026-01-06T16:28:50.5", **more) -> bytes:
    parkings = {one["id"]: one for one in records}
    return json.dumps(
        {"status": "success", "city": city, "data": {"parkings": parkings}, "timestamp": stamp} | more
    ).encode()


def read(payload: bytes, recorded: bool = False, received_at: datetime = ARRIVED):
    return decode(payload, tenant="ch", received_at=received_at, recorded=recorded)


def only(payload: bytes):
    decoded = read(payload)
    assert not decoded.rejects, decoded.rejects
    return {type(seen): seen for seen in decoded.observations}


def declared(payload: bytes | None):
    return places(payload, {}, tenant="ch", received_at=ARRIVED)


def test_one_record_is_a_count_and_an_opening_by_the_city_s_own_clock() -> None:
    seen = only(snapshot(record()))
    count = seen[SiteCounted]
    assert (count.vacant, count.capacity, count.device_id) == (65, 275, "stgallen-P24")
    assert (count.received_at, count.time_basis) == (ARRIVED, TimeBasis.GATEWAY)
    assert seen[OpeningChanged].opening is Opening.OPEN


@pytest.mark.parametrize("stamp", ["2026-01-06T16:25:00", "2026-01-06T17:25:00+01:00", "2026-01-06T16:25:00+00:00"])
def test_a_stamp_without_an_offset_is_utc(stamp: str) -> None:
    assert only(snapshot(record(timestamp=stamp)))[SiteCounted].observed_at == datetime(2026, 1, 6, 16, 25, tzinfo=UTC)


def test_the_zero_of_nodata_is_no_full_car_park() -> None:
    seen = only(snapshot(record(free=0, status="nodata")))
    assert SiteCounted not in seen
    assert seen[DeviceFault].fault is Fault.COUNTING_OUT_OF_SERVICE
    assert seen[OpeningChanged].opening is Opening.UNKNOWN


def test_closed_is_said_beside_the_count() -> None:
    seen = only(snapshot(record(status="closed")))
    assert (seen[OpeningChanged].opening, seen[SiteCounted].vacant) == (Opening.CLOSED, 65)


def test_a_missing_count_is_no_count_and_a_total_of_0_is_unknown() -> None:
    assert SiteCounted not in only(snapshot(record(free=...)))
    assert SiteCounted not in only(snapshot(record(free=None)))
    assert only(snapshot(record(total=0)))[SiteCounted].capacity is None
    assert only(snapshot(record(total=...)))[SiteCounted].capacity is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"free": 331, "total": 287}, RejectReason.FREE_ABOVE_CAPACITY),
        ({"free": -1}, RejectReason.NEGATIVE_COUNT),
        ({"free": "many"}, RejectReason.WRONG_TYPE),
        ({"total": 2.5}, RejectReason.WRONG_TYPE),
        ({"status": "offen"}, RejectReason.UNKNOWN_STATUS),
        ({"status": ["open"]}, RejectReason.UNKNOWN_STATUS),
        ({"status": ...}, RejectReason.UNKNOWN_STATUS),
        ({"timestamp": "noon"}, RejectReason.BAD_TIME),
        ({"timestamp": ...}, RejectReason.BAD_TIME),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, RejectReason.BAD_TIME),
        ({"timestamp": "2026-01-06T17:25:00"}, RejectReason.FUTURE_TIME),
    ],
)
def test_a_bad_record_costs_itself_alone_and_can_be_read_again(changes: dict, why: RejectReason) -> None:
    decoded = read(snapshot(record(**changes), record(id="P21")))
    assert [reject.reason for reject in decoded.rejects] == [why]
    assert {seen.device_id for seen in believed(decoded)} == {"stgallen-P21"}
    again = json.loads(decoded.rejects[0].raw)
    assert again["data"]["parkings"] == {"P24": record(**changes)}
    again["data"]["parkings"]["P24"] = record()
    assert only(json.dumps(again).encode())[SiteCounted].vacant == 65


def test_what_is_no_record_is_one_reject() -> None:
    body = json.loads(snapshot(record()))
    body["data"]["parkings"] |= {"P99": 5, "": record()}
    decoded = read(json.dumps(body).encode())
    assert Counter(reject.reason for reject in decoded.rejects) == {
        RejectReason.MALFORMED_RECORD: 1,
        RejectReason.MISSING_FIELD: 1,
    }
    assert {seen.device_id for seen in believed(decoded)} == {"stgallen-P24"}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"city":"basel"}', b'{"city":"basel","data":{"parkings":[]}}', b"\xff", b"<html/>"]
)
def test_a_foreign_body_is_one_reject(body: bytes) -> None:
    assert [reject.reason for reject in read(body).rejects] == [RejectReason.MALFORMED_BODY]
    assert declared(body).places == ()


def test_a_failed_collection_and_an_unknown_city_are_refused_whole() -> None:
    assert read(snapshot(record(), status="error")).rejects[0].reason is RejectReason.MALFORMED_BODY
    assert read(snapshot(record(), city="bern")).rejects[0].reason is RejectReason.UNKNOWN_SITE


def test_a_recording_arrives_when_its_body_says() -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    decoded = read(snapshot(record()), recorded=True, received_at=later)
    assert {seen.received_at for seen in decoded.observations} == {decoded.ends_at}
    assert decoded.ends_at == datetime(2026, 1, 6, 16, 28, 50, 500_000, tzinfo=UTC)
    assert read(snapshot(record(), stamp="2099-01-01T00:00:00"), recorded=True).ends_at == ARRIVED
    assert read(snapshot(record(), stamp=None), recorded=True).ends_at == ARRIVED


def test_zurich_s_standing_clock_is_kept_as_said_and_tells_no_arrival() -> None:
    old = "2025-12-06T01:33:34"
    decoded = read(snapshot(record(timestamp=old), city="zurich", stamp=old), recorded=True)
    assert {seen.received_at for seen in decoded.observations} == {ARRIVED}
    assert all(ARRIVED - seen.observed_at > timedelta(days=30) for seen in decoded.observations)


def test_the_same_fact_in_two_snapshots_is_the_same_event() -> None:
    first, second = read(snapshot(record())), read(snapshot(record()), received_at=ARRIVED + timedelta(minutes=1))
    assert [one.event_id for one in first.observations] == [one.event_id for one in second.observations]


def test_places_have_names_capacities_and_the_points_we_know() -> None:
    found = {place.id: place for place in declared(snapshot(record(), record(id="P7", name=" ", total=0))).places}
    known, bare = found["stgallen-P24"], found["stgallen-P7"]
    assert (known.name, known.capacity) == ("St. Gallen Bahnhof", 275)
    assert 9.3 < known.point.lon < 9.4
    assert (bare.name, bare.capacity, bare.point) == ("stgallen-P7", None, None)
    assert declared(None).places == ()


def test_a_description_that_is_unusable_is_refused() -> None:
    found = declared(snapshot(record(total=-1), record(id="a/b")))
    assert [reject.reason for reject in found.rejects] == [RejectReason.NEGATIVE_COUNT, RejectReason.MALFORMED_RECORD]


@pytest.mark.parametrize(
    ("city", "counts", "openings", "faults", "refused", "known"),
    [
        ("basel", 2509, 2509, 0, 131, 16),
        ("zurich", 4574, 5909, 1335, 31, 36),  # three records say 0 of 0
        ("luzern", 2475, 2475, 0, 0, 15),
        ("stgallen", 1980, 2640, 660, 0, 16),
    ],
)
def test_every_recorded_snapshot_says_what_the_standard_library_reads_in_it(
    city: str, counts: int, openings: int, faults: int, refused: int, known: int
) -> None:
    totals: Counter = Counter()
    for file in sorted(shared(f"series/swiss_pls/data/{city}").glob("*/*.json")):
        arrived = datetime.strptime(f"{file.parent.name} {file.stem}Z", "%Y-%m-%d %H-%M-%S%z")
        decoded = read(file.read_bytes(), received_at=arrived)
        told = {one.device_id: one.vacant for one in decoded.observations if isinstance(one, SiteCounted)}
        rows = json.loads(file.read_text())["data"]["parkings"].values()
        sound = [row for row in rows if row["status"] != "nodata" and not 0 < row["total"] < row["free"]]
        counted = [row for row in sound if (row["free"], row["total"]) != (0, 0)]
        assert told == {f"{city}-{row['id']}": row["free"] for row in counted}
        catalogue = Catalogue(declared(file.read_bytes()).places)
        assert len(catalogue) == known
        assert all(catalogue.find_observed("ch", INFO.id, one.device_id, arrived) for one in decoded.observations)
        totals.update(type(one) for one in decoded.observations)
        totals.update(reject.reason for reject in decoded.rejects)
    assert totals == Counter(
        {
            SiteCounted: counts,
            OpeningChanged: openings + refused,
            DeviceFault: faults + refused,
            RejectReason.FREE_ABOVE_CAPACITY: refused,
        }
    )
