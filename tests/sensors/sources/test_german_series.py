from datetime import UTC, datetime

import pytest

from parking.words import RejectReason, TimeBasis
from sensors.sources.german_series.adapter import META, decode, places

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = b"timestamp,a,b\n2025-12-15T00:00:01+00:00,5,\n2025-12-15T00:15:01+00:00,,7\n"


def read(payload: bytes):
    return decode(payload, tenant="germany", received_at=NOW, recorded=True)


def declared(payload: bytes, meta: str | None = None):
    sidecars = {} if meta is None else {META: meta.encode()}
    return places(payload, sidecars, tenant="germany", received_at=NOW)


def test_an_empty_cell_says_nothing() -> None:
    seen = [(one.device_id, one.vacant, one.observed_at.minute) for one in read(DAY).observations]
    assert seen == [("a", 5, 0), ("b", 7, 15)]


def test_the_row_time_is_arrival_and_says_so() -> None:
    one = read(DAY).observations[0]
    assert (one.time_basis, one.received_at) == (TimeBasis.ARRIVAL, one.observed_at)


@pytest.mark.parametrize(
    ("cell", "why"),
    [("-7", RejectReason.NEGATIVE_COUNT), ("x", RejectReason.WRONG_TYPE), ("1.5", RejectReason.WRONG_TYPE)],
)
def test_a_bad_cell_costs_itself_alone_and_can_be_read_again(cell: str, why: RejectReason) -> None:
    decoded = read(DAY.replace(b",5,", f",{cell},".encode()))
    assert [reject.reason for reject in decoded.rejects] == [why]
    assert [one.device_id for one in decoded.usable] == ["b"]
    raw = decoded.rejects[0].raw
    assert read(raw.replace(cell.encode(), b"3")).observations[0].vacant == 3


def test_a_row_that_is_too_short_or_has_no_time_is_one_reject() -> None:
    short = read(DAY.replace(b",5,\n", b",5\n"))
    assert [reject.reason for reject in short.rejects] == [RejectReason.MALFORMED_RECORD]
    timeless = read(DAY.replace(b"2025-12-15T00:00:01+00:00", b"noon"))
    assert [reject.reason for reject in timeless.rejects] == [RejectReason.BAD_TIME]
    assert len(short.observations) == len(timeless.observations) == 1


@pytest.mark.parametrize("body", [b"", b"a,b\n", b"timestamp\n", b"timestamp,a,a\n", b"\xff\xfe", b'{"json": 1}'])
def test_a_foreign_body_is_one_reject(body: bytes) -> None:
    assert [reject.reason for reject in read(body).rejects] == [RejectReason.MALFORMED_BODY]


def test_the_header_declares_lots_of_which_only_the_name_is_known() -> None:
    found = declared(DAY).places
    assert [(place.id, place.capacity, place.point) for place in found] == [("a", None, None), ("b", None, None)]


def test_the_meta_data_beside_it_adds_what_it_has() -> None:
    meta = (
        "place_id,place_name,city_name,num_all,address,latitude,longitude\n"
        'a,Dom,Köln,300,"Domplatz 1\n50667 Köln",50.94,6.95\nb,Theater,Bonn,,,,\n'
    )
    dom, theater = declared(DAY, meta).places
    assert (dom.name, dom.capacity, dom.address) == ("Köln Dom", 300, "Domplatz 1 50667 Köln")
    assert (dom.point.lon, dom.point.lat) == (6.95, 50.94)
    assert (theater.name, theater.capacity, theater.point) == ("Bonn Theater", None, None)


def test_coordinates_nowhere_cost_the_description_not_the_lot() -> None:
    found = declared(DAY, "place_id,num_all,latitude,longitude\na,10,123.0,6.9\n")
    assert [reject.reason for reject in found.rejects] == [RejectReason.BAD_COORDINATES]
    assert [(place.id, place.point) for place in found.places] == [("a", None), ("b", None)]


def test_a_stray_quote_costs_its_own_row() -> None:
    torn = DAY + b'2025-12-15T00:30:01+00:00,"1,2\n2025-12-15T00:45:01+00:00,3,4\n'
    decoded = read(torn)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_RECORD]
    assert decoded.rejects[0].raw == b'timestamp,a,b\n2025-12-15T00:30:01+00:00,"1,2'
    assert [one.vacant for one in decoded.observations] == [5, 7, 3, 4]


def test_an_endless_cell_keeps_its_bytes() -> None:
    long = b"9" * 200_000
    decoded = read(DAY + b"2025-12-15T00:30:01+00:00," + long + b",1\n")
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_RECORD]
    assert long in decoded.rejects[0].raw


def test_a_row_in_the_future_is_refused_and_does_not_end_the_day() -> None:
    decoded = read(DAY + b"9999-12-31T23:59:59+00:00,5,6\n")
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.FUTURE_TIME]
    assert decoded.ends_at == datetime(2025, 12, 15, 0, 15, 1, tzinfo=UTC)


def test_a_day_ends_with_its_last_row_though_that_says_nothing() -> None:
    assert read(DAY + b"2025-12-15T10:00:00+00:00,,\n").ends_at.hour == 10


def test_a_broken_description_costs_the_description() -> None:
    found = declared(DAY, "place_id,num_all\na," + "9" * 200_000 + "\n")
    assert [reject.reason for reject in found.rejects] == [RejectReason.MALFORMED_BODY]
    assert [place.id for place in found.places] == ["a", "b"]
    negative = declared(DAY, "place_id,num_all\na,-1\n")
    assert [reject.reason for reject in negative.rejects] == [RejectReason.NEGATIVE_COUNT]
    wordy = declared(DAY, "place_id,latitude,longitude\na,north,6\n")
    assert [reject.reason for reject in wordy.rejects] == [RejectReason.BAD_COORDINATES]
