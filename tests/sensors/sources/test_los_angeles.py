"""Los Angeles' meters, and the traps that the recorded ones prove."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from parking.catalogue.model import Catalogue
from parking.words import RejectReason, SpaceState
from sensors.sources.los_angeles.adapter import decode, places
from sensors.sources.los_angeles.wire import METERS
from tests.sensors.sources.words import believed
from tests.support import shared

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HEAD = "SpaceID,EventTime_UTC,OccupancyState\n"
FOLDER = "sensors_events/los_angeles/"
STATES = "LADOT_Parking_Meter_Occupancy_2025-11-24.csv"


def read(text: str, recorded: bool = True):
    return decode(text.encode(), tenant="la", received_at=NOW, recorded=recorded)


def meter(name: str, address: str = "100 S LONG ST", area: str = "CB", x: object = -118.25, y: object = 34.05) -> dict:
    attributes = {"SENSOR_UNIQUE_ID": name, "ADDRESS_SPACE": address, "PMZ": area}
    return {"attributes": attributes, "geometry": {"x": x, "y": y}}


def declared(text: str | None, *meters: object):
    sidecars = {METERS: json.dumps({"features": meters}).encode()} if meters else {}
    return places(None if text is None else text.encode(), sidecars, tenant="la", received_at=NOW)


@pytest.mark.parametrize(
    ("word", "state"),
    [("VACANT", SpaceState.FREE), ("OCCUPIED", SpaceState.OCCUPIED), ("UNKNOWN", SpaceState.UNKNOWN)],
)
def test_a_line_is_what_one_space_became_and_when(word: str, state: SpaceState) -> None:
    [one] = read(HEAD + f"CB9,11/24/2025 04:48:04 PM,{word}\n").observations
    assert (one.device_id, one.state) == ("CB9", state)
    assert one.observed_at == datetime(2025, 11, 24, 16, 48, 4, tzinfo=UTC)


def test_a_recording_arrived_with_its_newest_change() -> None:
    text = HEAD + "CB1,11/24/2025 04:00:00 PM,VACANT\nCB2,11/24/2025 05:00:00 PM,VACANT\n"
    assert {one.received_at.hour for one in read(text).observations} == {17}
    assert read(text).ends_at.hour == 17
    assert {one.received_at for one in read(text, recorded=False).observations} == {NOW}


def test_one_line_from_the_future_moves_nobodys_clock() -> None:
    sound = "".join(f"CB{n},11/24/2025 04:0{n}:00 PM,VACANT\n" for n in range(5))
    for year in (2026, 2099):
        decoded = read(HEAD + sound + f"CB9,01/01/{year} 04:00:00 PM,VACANT\n")
        assert [reject.reason for reject in decoded.rejects] == [RejectReason.FUTURE_TIME]
        assert decoded.ends_at == datetime(2025, 11, 24, 16, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",11/24/2025 04:48:04 PM,VACANT", RejectReason.MISSING_FIELD),
        ("CB9,,VACANT", RejectReason.MISSING_FIELD),
        ("CB9,11/24/2025 04:48:04 PM,", RejectReason.MISSING_FIELD),
        ("CB9,24/11/2025 04:48:04 PM,VACANT", RejectReason.BAD_TIME),
        ("CB9,11/24/2025 16:48:04,VACANT", RejectReason.BAD_TIME),
        ("CB9,11/24/2025 04:48:04 PM,FREE", RejectReason.UNKNOWN_STATUS),
        ("CB9,11/24/2025 04:48:04 PM", RejectReason.MALFORMED_RECORD),
        ('CB9,"11/24/2025 04:48:04 PM,VACANT', RejectReason.MALFORMED_RECORD),
    ],
)
def test_a_bad_line_costs_itself_and_can_be_read_again_from_its_bytes(line: str, why: RejectReason) -> None:
    decoded = read(HEAD + line + "\nCB1,11/24/2025 04:48:04 PM,VACANT\n")
    assert [reject.reason for reject in decoded.rejects] == [why]
    assert [one.device_id for one in believed(decoded)] == ["CB1"]
    assert [reject.reason for reject in read(decoded.rejects[0].raw.decode()).rejects] == [why]


@pytest.mark.parametrize("body", ["", "SpaceID,State\n", '{"features": []}'])
def test_a_foreign_body_is_one_reject(body: str) -> None:
    assert [reject.reason for reject in read(body).rejects] == [RejectReason.MALFORMED_BODY]
    assert declared(body).places == []


def test_one_name_in_two_parts_of_the_city_is_two_zones() -> None:
    found = declared(None, meter("CB10"), meter("CB9"), meter("61001", area="61")).places
    assert [(zone.id, zone.name) for zone in found] == [
        ("100-S-LONG-ST-61", "100 S LONG ST"), ("100-S-LONG-ST-CB", "100 S LONG ST"),
    ]  # fmt: skip
    assert [space.id for space in found[1].spaces] == ["CB9", "CB10"]


def test_a_meter_without_an_address_counts_in_the_hundred_of_its_number() -> None:
    found = declared(HEAD + "CB1018A,x,VACANT\nCB1099,x,VACANT\nLOT,x,VACANT\n,x,VACANT\n", meter("CB1018")).places
    assert {zone.id: [space.id for space in zone.spaces] for zone in found} == {
        "100-S-LONG-ST-CB": ["CB1018"], "meters-CB1000": ["CB1018A", "CB1099"], "meters-other": ["LOT"],
    }  # fmt: skip
    assert found[1].point is None


def test_a_bad_entry_of_the_list_costs_its_description_alone() -> None:
    found = declared(HEAD + "CB7,x,VACANT\n", meter("CB7", x=500), meter("CB8"), 5, {"attributes": None})
    assert {reject.reason for reject in found.rejects} == {
        RejectReason.BAD_COORDINATES, RejectReason.MALFORMED_RECORD, RejectReason.MISSING_FIELD,
    }  # fmt: skip
    assert [zone.id for zone in found.places] == ["100-S-LONG-ST-CB", "meters-CB0"]


def test_the_recording_reads_as_an_independent_reading_says() -> None:
    payload, listed = shared(FOLDER + STATES).read_bytes(), shared(FOLDER + METERS).read_bytes()
    decoded = decode(payload, tenant="la", received_at=NOW, recorded=True)
    found = places(payload, {METERS: listed}, tenant="la", received_at=NOW)
    rows = list(csv.DictReader(io.StringIO(payload.decode())))
    words = {"VACANT": "free", "OCCUPIED": "occupied", "UNKNOWN": "unknown"}
    assert {one.device_id: one.state.value for one in decoded.observations} == {
        row["SpaceID"]: words[row["OccupancyState"]] for row in rows
    }
    assert not decoded.rejects
    assert not found.rejects
    assert decoded.ends_at == datetime(2025, 11, 24, 21, 9, 40, tzinfo=UTC)
    assert decoded.ends_at - min(one.observed_at for one in decoded.observations) > timedelta(days=14)
    features = {one["attributes"]["SENSOR_UNIQUE_ID"]: one["geometry"] for one in json.loads(listed)["features"]}
    spaces = {space.id: space for zone in found.places for space in zone.spaces}
    assert set(spaces) == set(features) | {row["SpaceID"] for row in rows}
    assert {name: (spaces[name].point.lon, spaces[name].point.lat) for name in features} == {
        name: (at["x"], at["y"]) for name, at in features.items()
    }
    catalogue = Catalogue(found.places)
    for one in decoded.observations:
        zone = catalogue.find_observed("la", "los_angeles", one.device_id, one.observed_at)
        assert zone.spaces[zone.find_device("los_angeles", one.device_id, one.observed_at).slot].id == one.device_id
