"""Melbourne's bays in three tables, and the traps that the recorded ones prove."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime

import pytest

from parking.catalogue.model import Catalogue
from parking.words import Audience, RejectReason, SpaceState, TimeBasis
from sensors.sources.melbourne.adapter import INFO, decode, places
from sensors.sources.melbourne.wire import SEGMENTS
from tests.sensors.sources.words import believed
from tests.support import shared

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SCRAPE = "bay_id,st_marker_id,status,location,lat,lon\n"
KERBSIDE = "Lastupdated,Status_Timestamp,Zone_Number,Status_Description,KerbsideID,Location\n"
VISITS = (
    "DeviceId,ArrivalTime,DepartureTime,DurationSeconds,StreetMarker,Sign,Area,StreetName,InViolation,VehiclePresent\n"
)
FOLDER = "sensors_events/melbourne/"
MARKERS, LATER_MARKERS = "sensors_2018-09-08_T11-18.csv", "sensors_2018-09-08_T16-38.csv"
LIST = "bay_sensors_2024-04-09.csv"


def kerbside(bay="8001", status="Present", at="2024-02-01T10:00:00+01:00", zone="7001", where="-37.81, 144.96"):
    return f'2024-02-01T10:05:00+01:00,{at},{zone},{status},{bay},"{where}"\n'


def visit(
    arrival="02/08/2017 09:00:10 AM", departure="02/08/2017 09:30:20 AM", present="True", sign="2P MTR 7:30-20:30"
):
    return f"1,{arrival},{departure},1,100N,{sign},Mint,BROAD STREET,False,{present}\n"


def read(text: str, recorded: bool = True):
    return decode(text.encode(), tenant="melbourne", received_at=NOW, recorded=recorded)


def declared(text: str, **sidecars: str):
    names = {"segments": SEGMENTS, "markers": LATER_MARKERS, "kerbside": LIST}
    beside = {names[name]: table.encode() for name, table in sidecars.items()}
    return places(text.encode(), beside, tenant="melbourne", received_at=NOW)


def reasons(text: str) -> list[RejectReason]:
    return [reject.reason for reject in read(text).rejects]


def test_a_scrape_without_a_time_is_as_old_as_its_arrival_and_says_so() -> None:
    one = read(SCRAPE + '7,100N,Present,"(-37.8, 144.9)",-37.8,144.9\n').observations[0]
    assert (one.device_id, one.state, one.time_basis) == ("100N", SpaceState.OCCUPIED, TimeBasis.ARRIVAL)
    assert one.observed_at == one.received_at == NOW


def test_a_kerbside_line_was_true_at_its_status_and_arrived_when_the_portal_wrote_it() -> None:
    one = read(KERBSIDE + kerbside()).observations[0]
    assert (one.device_id, one.state, one.time_basis) == ("8001", SpaceState.OCCUPIED, TimeBasis.DEVICE)
    assert one.observed_at == datetime(2024, 2, 1, 9, tzinfo=UTC)
    assert one.received_at == datetime(2024, 2, 1, 9, 5, tzinfo=UTC)
    assert read(KERBSIDE + kerbside(), recorded=False).observations[0].received_at == NOW


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"at": "1970-01-01T01:00:00+01:00"}, RejectReason.BAD_TIME),
        ({"at": "noon"}, RejectReason.BAD_TIME),
        ({"at": ""}, RejectReason.MISSING_FIELD),
        ({"at": "2024-02-01T11:00:00+01:00"}, RejectReason.FUTURE_TIME),
        ({"status": "Occupied?"}, RejectReason.UNKNOWN_STATUS),
        ({"status": ""}, RejectReason.MISSING_FIELD),
        ({"bay": " "}, RejectReason.MISSING_FIELD),
        ({"bay": "9" * 200}, RejectReason.WRONG_TYPE),
    ],
)
def test_a_bad_line_costs_itself_and_can_be_read_again_from_its_bytes(changes: dict, why: RejectReason) -> None:
    text = KERBSIDE + kerbside(**changes) + kerbside(bay="8002")
    assert reasons(text) == [why]
    assert [one.device_id for one in believed(read(text))] == ["8002"]
    assert reasons(read(text).rejects[0].raw.decode()) == [why]


def test_a_stray_quote_or_a_missing_cell_costs_its_own_line() -> None:
    text = KERBSIDE + kerbside() + '"torn\n' + "a,b\n" + kerbside(bay="8002")
    assert reasons(text) == [RejectReason.MALFORMED_RECORD] * 2
    assert len(read(text).observations) == 2


@pytest.mark.parametrize("body", ["", "a,b\n1,2\n", "{}", KERBSIDE.replace("KerbsideID", "Lastupdated")])
def test_a_foreign_table_is_one_reject(body: str) -> None:
    assert reasons(body) == [RejectReason.MALFORMED_BODY]
    assert declared(body).places == []


def test_a_visit_is_an_arrival_and_a_departure_in_the_citys_own_time() -> None:
    came, left = read(VISITS + visit()).observations
    assert (came.state, came.observed_at) == (SpaceState.OCCUPIED, datetime(2017, 2, 7, 22, 0, 10, tzinfo=UTC))
    assert (left.state, left.observed_at) == (SpaceState.FREE, datetime(2017, 2, 7, 22, 30, 20, tzinfo=UTC))
    assert left.received_at == left.observed_at


def test_a_line_without_a_vehicle_tells_of_an_empty_bay() -> None:
    [one] = read(VISITS + visit(present="False")).observations
    assert (one.state, one.observed_at.minute) == (SpaceState.FREE, 0)


@pytest.mark.parametrize("departure", ["02/08/2017 08:30:00 PM", "02/09/2017 12:00:00 AM"])
def test_a_visit_cut_by_its_sign_or_by_midnight_is_no_departure(departure: str) -> None:
    assert [one.state for one in read(VISITS + visit(departure=departure)).observations] == [SpaceState.OCCUPIED]


def test_an_arrival_outranks_a_departure_of_the_same_second() -> None:
    next_car = visit(arrival="02/08/2017 09:30:20 AM", departure="02/08/2017 10:00:20 AM")
    seen = read(VISITS + visit() + next_car).observations
    at_once = [one for one in seen if one.observed_at.minute == 30]
    assert max(at_once, key=lambda one: one.order).state is SpaceState.OCCUPIED


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (visit(departure="02/08/2017 09:00:10 AM"), RejectReason.BAD_TIME),
        (visit(departure="02/08/2017 08:00:00 AM"), RejectReason.BAD_TIME),
        (visit(departure="2017-02-08"), RejectReason.BAD_TIME),
        (visit(arrival="01/01/0001 12:00:00 AM"), RejectReason.BAD_TIME),
        (visit(departure=""), RejectReason.MISSING_FIELD),
        (visit(departure="02/08/2117 09:00:00 AM"), RejectReason.FUTURE_TIME),
        (visit(present="Maybe"), RejectReason.UNKNOWN_STATUS),
    ],
)
def test_a_visit_that_cannot_have_been_is_refused_whole(line: str, why: RejectReason) -> None:
    assert reasons(VISITS + line) == [why]
    assert not read(VISITS + line).observations


def test_a_bay_goes_to_its_parking_zone_and_is_named_by_its_segment() -> None:
    segments = (
        "ParkingZone,OnStreet,StreetFrom,StreetTo,Segment_ID\n7001,Long Street,A Lane,B Lane,1\n"
        "7002,Long Street,B Lane,C Lane,2\n7002,Short Street,D Lane,,3\n"
    )
    text = KERBSIDE + kerbside("12") + kerbside("9") + kerbside("13", zone="7002") + kerbside("14", zone="7003")
    found = {place.id: place for place in declared(text, segments=segments).places}
    assert [found[f"zone-{n}"].name for n in (7001, 7002, 7003)] == [
        "Long Street, A Lane to B Lane", "Long Street / Short Street", "Parking zone 7003",
    ]  # fmt: skip
    assert [space.id for space in found["zone-7001"].spaces] == ["9", "12"]


def test_a_bay_without_zone_or_coordinates_still_counts() -> None:
    text = KERBSIDE + kerbside("1", zone="") + kerbside("201", zone="", where="") + kerbside("7", where="north, 1")
    found = declared(text)
    assert {place.id: place.point is None for place in found.places} == {
        "square-37.810+144.960": False, "numbers-2": True, "zone-7001": True,
    }  # fmt: skip
    assert [reject.reason for reject in found.rejects] == [RejectReason.BAD_COORDINATES]


def test_a_crowded_zone_is_split_and_a_bay_that_comes_later_moves_nobody() -> None:
    listed = KERBSIDE + "".join(kerbside(str(1000 + n)) for n in range(130))
    before = declared(listed, kerbside=listed).places
    after = declared(listed + kerbside("5"), kerbside=listed).places
    assert [(place.id, len(place.spaces)) for place in before] == [("zone-7001", 128), ("zone-7001_2", 2)]
    assert after[0] == before[0]
    assert [space.id for space in after[1].spaces] == ["1128", "1129", "5"]


def test_a_sign_says_whom_a_bay_is_for_though_the_list_does_not() -> None:
    markers = SCRAPE + '7,100N,Present,"(-37.8, 144.9)",-37.8,144.9\n'
    for sign, audience in (("2P DIS ONLY M-SUN", "disabled"), ("LZ 30M", "delivery"), ("2P MTR", "public")):
        [zone] = declared(VISITS + visit(sign=sign), markers=markers).places
        assert zone.spaces[0].audiences == {Audience(audience)}


def test_a_broken_list_beside_the_recording_costs_the_list() -> None:
    found = declared(KERBSIDE + kerbside(), kerbside="nonsense", segments="\n")
    assert [reject.reason for reject in found.rejects] == [RejectReason.MALFORMED_BODY] * 2
    assert [place.name for place in found.places] == ["Parking zone 7001"]


def recorded(name: str):
    payload = shared(FOLDER + name).read_bytes()
    sidecars = {other: shared(FOLDER + other).read_bytes() for other in INFO.sidecars}
    found = places(payload, sidecars, tenant="melbourne", received_at=NOW)
    rows = list(csv.DictReader(io.StringIO(payload.decode("utf-8-sig"))))
    return decode(payload, tenant="melbourne", received_at=NOW, recorded=True), found, rows


def slots_of(found) -> dict[str, tuple[str, int]]:
    return {device.id: (place.id, device.slot) for place in found.places for device in place.devices}


@pytest.mark.parametrize("name", [MARKERS, LATER_MARKERS, LIST])
def test_a_recorded_list_reads_as_an_independent_reading_says(name: str) -> None:
    decoded, found, rows = recorded(name)
    bay, word = ("KerbsideID", "Status_Description") if name == LIST else ("st_marker_id", "status")
    expected = {
        row[bay]: {"Present": "occupied", "Unoccupied": "free"}[row[word]]
        for row in rows
        if not row.get("Status_Timestamp", "").startswith("1970")
    }
    assert {one.device_id: one.state.value for one in decoded.observations} == expected
    assert len(decoded.rejects) == len(rows) - len(expected) == (5 if name == LIST else 0)
    if name == LIST:
        times = {row[bay]: (row["Status_Timestamp"], row["Lastupdated"]) for row in rows}
        for one in decoded.observations:
            assert (one.observed_at, one.received_at) == tuple(map(datetime.fromisoformat, times[one.device_id]))
    catalogue = Catalogue(found.places)
    for one in decoded.observations:
        zone = catalogue.find_observed("melbourne", "melbourne", one.device_id, one.observed_at)
        assert zone.spaces[zone.find_device("melbourne", one.device_id, one.observed_at).slot].id == one.device_id
    assert not found.rejects


def test_recorded_bays_keep_zone_and_slot_from_one_scrape_to_the_next_and_in_the_visits() -> None:
    earlier, later, visits = (
        recorded(name)[1] for name in (MARKERS, LATER_MARKERS, "arrivals_departures_2017-02-08_sample.csv")
    )
    assert slots_of(earlier) == slots_of(later)
    assert slots_of(later).items() <= slots_of(visits).items()


def test_recorded_visits_read_as_an_independent_reading_says() -> None:
    decoded, found, rows = recorded("arrivals_departures_2017-02-08_sample.csv")
    with_car = [row for row in rows if row["VehiclePresent"] == "True"]
    assert Counter(one.state.value for one in decoded.observations) == {
        "occupied": len(with_car),
        "free": len(rows) - len(with_car) + len([row for row in with_car if row["DepartureTime"][-5:-3] != "00"]),
    }
    assert not decoded.rejects
    assert {row["StreetMarker"] for row in rows} <= set(slots_of(found))
