"""Freiburg's bays and park-and-ride counts, and the traps that the recorded ones prove."""

import json
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from parking.catalogue.model import Catalogue, PlaceKind
from parking.observations import DeviceFault, SiteCounted
from parking.words import Audience, RejectReason, SpaceState, TimeBasis
from sensors.sources.freiburg.adapter import decode, places
from sensors.sources.freiburg.wire import BAYS, PARK_AND_RIDE
from tests.support import shared

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FOLDER = "sensors_events/per_space_de/"
BAY = {"name": "P03 - Langer Ring 3 (L)", "adresse": "Langer Ring 3", "status": 1}
COUNT = {
    "park_id": "PR1",
    "park_name": "Nord",
    "obs_free": 72,
    "obs_max": 212,
    "obs_state": 0,
    "obs_ts": "2026-05-04T13:58:00",
}


def feature(properties: dict, at: object = (7.84, 47.99), **changes) -> dict:
    kept = {name: value for name, value in (properties | changes).items() if value is not ...}
    return {"type": "Feature", "properties": kept, "geometry": {"type": "Point", "coordinates": at}}


def body(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def read(*features, recorded: bool = True):
    return decode(body(*features), tenant="freiburg", received_at=NOW, recorded=recorded)


def declared(*features, **beside: bytes):
    names = {"bays": BAYS, "park_and_ride": PARK_AND_RIDE}
    sidecars = {names[name]: payload for name, payload in beside.items()}
    return places(body(*features), sidecars, tenant="freiburg", received_at=NOW)


def test_a_bay_has_no_time_and_is_as_old_as_its_arrival() -> None:
    taken, empty = read(feature(BAY), feature(BAY, name="P04 - Langer Ring 3 (R)", status=0)).observations
    assert (taken.device_id, taken.state, taken.time_basis) == ("P03", SpaceState.OCCUPIED, TimeBasis.ARRIVAL)
    assert (empty.device_id, empty.state, empty.observed_at) == ("P04", SpaceState.FREE, NOW)


def test_a_count_is_in_freiburgs_own_time_and_says_nothing_of_the_opening() -> None:
    [one] = read(feature(COUNT)).observations
    assert isinstance(one, SiteCounted)
    assert (one.device_id, one.vacant, one.capacity) == ("PR1", 72, 212)
    assert (one.observed_at, one.time_basis) == (datetime(2026, 5, 4, 11, 58, tzinfo=UTC), TimeBasis.GATEWAY)
    assert one.received_at == one.observed_at
    assert read(feature(COUNT), recorded=False).observations[0].received_at == NOW


@pytest.mark.parametrize(
    ("properties", "changes", "why"),
    [
        (BAY, {"name": ...}, RejectReason.MISSING_FIELD),
        (BAY, {"name": "Langer Ring 3"}, RejectReason.MISSING_FIELD),
        (BAY, {"status": ...}, RejectReason.MISSING_FIELD),
        (BAY, {"status": 2}, RejectReason.UNKNOWN_STATUS),
        (BAY, {"status": True}, RejectReason.WRONG_TYPE),
        (BAY, {"status": -1}, RejectReason.NEGATIVE_COUNT),
        (COUNT, {"park_id": ...}, RejectReason.MISSING_FIELD),
        (COUNT, {"obs_free": None}, RejectReason.MISSING_FIELD),
        (COUNT, {"obs_max": ""}, RejectReason.MISSING_FIELD),
        (COUNT, {"obs_free": -1}, RejectReason.NEGATIVE_COUNT),
        (COUNT, {"obs_free": 213}, RejectReason.FREE_ABOVE_CAPACITY),
        (COUNT, {"obs_ts": "noon"}, RejectReason.BAD_TIME),
        (COUNT, {"obs_ts": 20260504}, RejectReason.BAD_TIME),
        (COUNT, {"obs_ts": "2026-05-04T15:00:00"}, RejectReason.FUTURE_TIME),
    ],
)
def test_a_bad_feature_costs_itself_and_can_be_read_again_from_its_bytes(properties, changes, why) -> None:
    decoded = read(feature(properties, **changes), feature(BAY, name="P09 - Platz"), 5)
    assert [reject.reason for reject in decoded.rejects] == [why, RejectReason.MALFORMED_RECORD]
    assert [one.device_id for one in decoded.usable] == ["P09"]
    again = decode(decoded.rejects[0].raw, tenant="freiburg", received_at=NOW, recorded=True)
    assert [reject.reason for reject in again.rejects] == [why]


@pytest.mark.parametrize("payload", [b"", b"{}", b'{"features": 5}', b"<a/>", b"[]"])
def test_a_foreign_body_is_one_reject(payload: bytes) -> None:
    decoded = decode(payload, tenant="freiburg", received_at=NOW, recorded=True)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_BODY]
    assert places(payload, {}, tenant="freiburg", received_at=NOW).places == []


def test_bays_of_one_street_are_one_zone_however_it_is_spelled() -> None:
    names = ("P17 - Gartenstrasse 28", "P19 - Gartenstraße 28a", "P5 - Gartenstraße 11 (Copy)", "P1 - Am Tor")
    found = declared(*(feature(BAY, name=name) for name in names)).places
    assert {zone.id: [space.id for space in zone.spaces] for zone in found} == {
        "disabled-am-tor": ["P1"], "disabled-gartenstrasse": ["P5", "P17", "P19"],
    }  # fmt: skip
    assert {space.audiences for zone in found for space in zone.spaces} == {frozenset({Audience.DISABLED})}


def test_a_feature_that_is_nowhere_still_counts() -> None:
    found = declared(feature(BAY, at=[7.8, 95]), feature(BAY, name="P1 - Tor", at=None), feature(COUNT, at=[1]))
    assert [place.point for place in found.places] == [None] * 3
    assert [reject.reason for reject in found.rejects] == [RejectReason.BAD_COORDINATES] * 2


def test_a_site_that_cannot_be_a_place_is_refused_with_its_bytes() -> None:
    found = declared(feature(COUNT, park_id="a/b"))
    assert [reject.reason for reject in found.rejects] == [RejectReason.MALFORMED_RECORD]
    assert b"a/b" in found.rejects[0].raw


def test_either_recording_declares_what_both_files_tell() -> None:
    beside = {"bays": body(feature(BAY)), "park_and_ride": body(feature(COUNT))}
    both = declared(feature(COUNT), **beside).places
    assert both == declared(feature(BAY), **beside).places
    assert [place.kind for place in both] == [PlaceKind.ZONE, PlaceKind.SITE]


def recorded(name: str):
    payload = shared(FOLDER + name).read_bytes()
    sidecars = {other: shared(FOLDER + other).read_bytes() for other in (BAYS, PARK_AND_RIDE)}
    found = places(payload, sidecars, tenant="freiburg", received_at=NOW)
    properties = [one["properties"] for one in json.loads(payload)["features"]]
    return decode(payload, tenant="freiburg", received_at=NOW, recorded=True), found, properties


def test_the_recorded_bays_read_as_an_independent_reading_says() -> None:
    decoded, found, properties = recorded(BAYS)
    assert {one.device_id: one.state.value for one in decoded.observations} == {
        one["name"][:3]: ("free", "occupied")[one["status"]] for one in properties
    }
    assert not decoded.rejects
    assert not found.rejects
    assert Counter(len(place.spaces) for place in found.places) == {0: 5, 1: 4, 2: 8}
    catalogue = Catalogue(found.places)
    for one in decoded.observations:
        zone = catalogue.find_observed("freiburg", "freiburg", one.device_id, one.observed_at)
        assert zone.spaces[zone.find_device("freiburg", one.device_id, one.observed_at).slot].id == one.device_id


def test_the_recorded_counts_read_as_an_independent_reading_says() -> None:
    decoded, found, properties = recorded(PARK_AND_RIDE)
    berlin = ZoneInfo("Europe/Berlin")
    assert {(one.device_id, one.vacant, one.capacity, one.observed_at) for one in decoded.observations} == {
        (one["park_id"], one["obs_max"] - one["belegt"], one["obs_max"],
         datetime.fromisoformat(one["obs_ts"]).replace(tzinfo=berlin).astimezone(UTC))
        for one in properties
    }  # fmt: skip
    assert not decoded.rejects
    assert {one["park_id"] for one in properties} <= {place.id for place in found.places}


def test_a_car_park_without_data_is_a_fault_and_metres_become_degrees() -> None:
    lot = {"obs_state": "1", "obs_max": "105", "obs_free": "56", "obs_ts": "2026-05-04 13:58:00", "park_id": "P5"}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    at = (413824.9, 5317088.9)
    features = [feature(lot, at), feature(lot, at, park_id="P21", obs_state="0", obs_max="0", obs_free="0")]
    payload = json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}).encode()
    counted, broken = decode(payload, tenant="freiburg", received_at=NOW, recorded=False).observations
    assert isinstance(counted, SiteCounted)
    assert (counted.vacant, counted.capacity) == (56, 105)
    assert isinstance(broken, DeviceFault)
    first, second = places(payload, {}, tenant="freiburg", received_at=NOW).places
    assert first.point is not None
    assert (round(first.point.lon, 4), round(first.point.lat, 4)) == (7.8447, 48.0013)
    assert second.capacity is None, "0 of a fault is no capacity"


def test_the_recorded_shape_of_the_car_parks() -> None:
    payload = shared("field/04-freiburg-pls-strings-utm.json").read_bytes()
    states = {seen.device_id: seen for seen in decode(payload, tenant="f", received_at=NOW, recorded=True).observations}
    assert isinstance(states["P21"], DeviceFault)
    found = {place.id: place for place in places(payload, {}, tenant="f", received_at=NOW).places}
    assert all(place.point and 7.8 < place.point.lon < 7.9 for place in found.values())
