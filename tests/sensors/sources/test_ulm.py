"""Ulm's single bays, and the traps that the recorded ones prove."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from parking.catalogue.model import Catalogue
from parking.words import Audience, RejectReason, SpaceState
from sensors.sources.ulm.adapter import decode, places
from sensors.sources.ulm.wire import SPOTS
from tests.support import shared

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FOLDER = "sensors_events/per_space_de/"
RECORD = {
    "id": "pbg-b-elade-o-1-006",
    "timestamp": "2026-05-04T11:30:00.250Z",
    "occupied": True,
    "packettype": "Status",
}


def record(**changes):
    return {name: value for name, value in (RECORD | changes).items() if value is not ...}


def read(*records, recorded: bool = True):
    return decode(json.dumps(records).encode(), tenant="ulm", received_at=NOW, recorded=recorded)


def spot(uid: str, kind: str | None = "CHARGING", **changes) -> dict:
    restriction = {"hours": "24/7"} | ({} if kind is None else {"type": kind})
    properties = {"uid": uid, "name": "Parkhaus Nord", "lat": 48.4, "lon": 9.98, "restrictions": [restriction]}
    return {"properties": properties | changes}


def declared(*records, spots=None):
    sidecars = {} if spots is None else {SPOTS: json.dumps({"features": spots}).encode()}
    return places(json.dumps(records).encode(), sidecars, tenant="ulm", received_at=NOW)


def audiences(found) -> dict[str, set[Audience]]:
    return {space.id: set(space.audiences) for zone in found.places for space in zone.spaces}


@pytest.mark.parametrize("packet", ["Status", "Heartbeat"])
def test_a_message_says_what_its_bay_is_and_when(packet: str) -> None:
    [one] = read(record(packettype=packet)).observations
    assert (one.device_id, one.state) == (RECORD["id"], SpaceState.OCCUPIED)
    assert one.observed_at == one.received_at == datetime(2026, 5, 4, 11, 30, 0, 250_000, tzinfo=UTC)
    assert read(record(), recorded=False).observations[0].received_at == NOW
    assert read(record(occupied=False)).observations[0].state is SpaceState.FREE


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": ...}, RejectReason.MISSING_FIELD),
        ({"id": ["pbg"]}, RejectReason.WRONG_TYPE),
        ({"occupied": None}, RejectReason.MISSING_FIELD),
        ({"occupied": "false"}, RejectReason.WRONG_TYPE),
        ({"occupied": 0}, RejectReason.WRONG_TYPE),
        ({"timestamp": ...}, RejectReason.MISSING_FIELD),
        ({"timestamp": "today"}, RejectReason.BAD_TIME),
        ({"timestamp": 20260504}, RejectReason.BAD_TIME),
        ({"timestamp": "2026-05-04T12:30:00Z"}, RejectReason.FUTURE_TIME),
    ],
)
def test_a_bad_record_costs_itself_and_can_be_read_again_from_its_bytes(changes: dict, why: RejectReason) -> None:
    decoded = read(record(**changes), record(id="pbg-b-elade-o-1-007"), 5)
    assert [reject.reason for reject in decoded.rejects] == [why, RejectReason.MALFORMED_RECORD]
    assert [one.device_id for one in decoded.usable] == ["pbg-b-elade-o-1-007"]
    again = decode(decoded.rejects[0].raw, tenant="ulm", received_at=NOW, recorded=False)
    assert [reject.reason for reject in again.rejects] == [why]


@pytest.mark.parametrize("body", [b"", b"[", b"<a/>", b"null", b"\xff"])
def test_a_foreign_body_is_one_reject(body: bytes) -> None:
    decoded = decode(body, tenant="ulm", received_at=NOW, recorded=True)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_BODY]
    assert places(body, {}, tenant="ulm", received_at=NOW).places == []


def test_a_count_of_which_nobody_says_what_it_counts_is_refused() -> None:
    decoded = read({"id": "x", "currentcarparkfulltotal": 420, "maxcarparkfull": 549, "timestamp": RECORD["timestamp"]})
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.NOT_FOLDED]


def test_the_list_says_whom_a_bay_is_for() -> None:
    spots = [
        spot("pbg-r01", None), spot("pbg-r02"), spot("pbg-r03", "DISABLED"), spot("pbg-r04", "FAMILY"),
        spot("pbg-r05", "STAFF"), spot("pbg-r06", restrictions=[{"type": "CHARGING"}, {"type": "DISABLED"}]),
        spot("pbg-r07", restrictions=None), spot("pbg-r08", restrictions="?"), spot("pbg-r09", {"odd": 1}),
    ]  # fmt: skip
    assert audiences(declared(spots=spots)) == {
        "pbg-r01": {Audience.PUBLIC}, "pbg-r02": {Audience.EV}, "pbg-r03": {Audience.DISABLED}, "pbg-r04": set(),
        "pbg-r05": set(), "pbg-r06": set(), "pbg-r07": {Audience.PUBLIC}, "pbg-r08": set(),
        "pbg-r09": set(),
    }  # fmt: skip


def test_without_the_list_only_an_id_that_tells_gives_an_audience() -> None:
    ids = ("pbg-b-handicap-o-1-001", "pbg-b-elade-o-1-006", "pbg-b-familie-o-1-001", "pbg-r01-1", "x")
    found = declared(*(record(id=one) for one in ids))
    assert audiences(found) == dict(zip(ids, ({Audience.DISABLED}, {Audience.EV}, set(), set(), set()), strict=True))
    assert [zone.id for zone in found.places] == ["other", "pbg-b", "pbg-r"]


def test_a_bay_is_in_the_same_zone_with_and_without_the_list() -> None:
    bare, listed = declared(record()), declared(record(), spots=[spot(RECORD["id"], "DISABLED"), spot("pbg-b-elade-2")])
    assert [zone.id for zone in bare.places] == [zone.id for zone in listed.places] == ["pbg-b"]
    assert (listed.places[0].name, len(listed.places[0].spaces)) == ("Parkhaus Nord", 2)
    assert audiences(listed)[RECORD["id"]] == {Audience.DISABLED}


def test_a_bad_entry_of_the_list_costs_its_description_alone() -> None:
    found = declared(record(), spots=[spot(RECORD["id"], lat=99), 5, {"properties": 5}, spot("pbg-b-elade-2", name="")])
    assert Counter(reject.reason for reject in found.rejects) == {
        RejectReason.BAD_COORDINATES: 1, RejectReason.MALFORMED_RECORD: 1, RejectReason.MISSING_FIELD: 2,
    }  # fmt: skip
    assert [zone.id for zone in found.places] == ["pbg-b"]


def test_the_recording_reads_as_an_independent_reading_says() -> None:
    payload = shared(FOLDER + "ulm-sensors_realtime-parking-spots.json").read_bytes()
    listed = shared(FOLDER + SPOTS).read_bytes()
    decoded = decode(payload, tenant="ulm", received_at=NOW, recorded=True)
    found = places(payload, {SPOTS: listed}, tenant="ulm", received_at=NOW)
    assert {(one.device_id, one.state.value, one.observed_at) for one in decoded.observations} == {
        (one["id"], "occupied" if one["occupied"] else "free", datetime.fromisoformat(one["timestamp"]))
        for one in json.loads(payload)
    }
    assert not decoded.rejects
    assert not found.rejects
    names = Counter(one["properties"]["name"] for one in json.loads(listed)["features"])
    assert {zone.name: len(zone.spaces) for zone in found.places} == names
    catalogue = Catalogue(found.places)
    for one in decoded.observations:
        zone = catalogue.find_observed("ulm", "ulm", one.device_id, one.observed_at)
        assert zone.spaces[zone.find_device("ulm", one.device_id, one.observed_at).slot].id == one.device_id


def test_the_recorded_counts_are_all_refused() -> None:
    payload = shared(FOLDER + "ulm-sensors_realtime-parking-sites.json").read_bytes()
    decoded = decode(payload, tenant="ulm", received_at=NOW, recorded=True)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.NOT_FOLDED] * 7
    assert not decoded.observations
