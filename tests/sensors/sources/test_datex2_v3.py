"""DATEX II 3: places and spaces, tables, JSON; and that our own bodies are sound by the schemas."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled, SpaceObserved
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, SpaceState, TimeBasis
from sensors.sources.datex2.adapter import decode
from tests.sensors.sources.datex2_bodies import declared, kinds, read, reason
from tests.sensors.sources.datex2_v3_bodies import (
    OF_3_0,
    assignment,
    container,
    element,
    occupancy,
    payload,
    place,
    restriction,
    supply,
    table,
    words,
)
from tests.support import shared

COUNTED = place(
    occupancy(numberOfSpacesOverride=100, numberOfVacantSpaces=40, occupancy=60.0) + words("spacesAvailable")
)
SPACE = place("<prk:occupied>true</prk:occupied>", "S7", "SpaceStatus", None)


@pytest.mark.parametrize("body", [payload(COUNTED), container(COUNTED), OF_3_0])
def test_a_place_is_a_count_and_an_opening_of_the_same_time(body: str) -> None:
    seen = kinds(body.encode())
    count = seen[SiteCounted]
    assert (count.device_id, count.vacant, count.capacity) == ("NL-X:P1", 40, 100)
    assert (count.observed_at, count.time_basis) == (datetime(2026, 5, 4, 11, 58, tzinfo=UTC), TimeBasis.DEVICE)
    assert seen[OpeningChanged].opening is Opening.OPEN
    assert len(seen) == 2


def test_a_space_is_occupied_or_not() -> None:
    assert kinds(payload(SPACE).encode())[SpaceObserved].state is SpaceState.OCCUPIED
    free = SPACE.replace("true", "false")
    assert kinds(payload(free).encode())[SpaceObserved].state is SpaceState.FREE
    timed = free.replace(
        "</prk:parking",
        "<prk:measurementOrCalculationTime>2026-05-04T11:59:00Z</prk:measurementOrCalculationTime></prk:parking",
    )
    assert kinds(payload(timed).encode())[SpaceObserved].observed_at.minute == 59
    assert reason(payload(SPACE.replace("true", "maybe")).encode()) is RejectReason.UNKNOWN_STATUS


@pytest.mark.parametrize(
    ("inner", "level", "bounds"),
    [
        (words("almostFull"), FillLevel.ALMOST_FULL, (None, None)),
        (words("overcrowding", "full"), FillLevel.FULL, (None, None)),
        (occupancy(numberOfVacantSpacesLowerThan=10) + words("spacesAvailable"), FillLevel.SPACES_AVAILABLE, (None, 9)),
        (occupancy(numberOfVacantSpacesGraded="lessThan10SpacesAvailable"), FillLevel.UNKNOWN, (None, 9)),
        (occupancy(numberOfVacantSpacesGraded="noParkingSpacesAvailable"), FillLevel.FULL, (None, None)),
    ],
)
def test_a_level_or_bounds_where_there_is_no_number(
    inner: str, level: FillLevel, bounds: tuple[int | None, int | None]
) -> None:
    seen = kinds(payload(place(inner)).encode())[SiteLevelled]
    assert (seen.level, (seen.vacant_low, seen.vacant_high)) == (level, bounds)


@pytest.mark.parametrize(
    ("word", "opening"),
    [
        ("openWithServiceLimitation", Opening.OPEN),
        ("closedOnHoliday", Opening.CLOSED),
        ("temporarilyClosed", Opening.CLOSED_ABNORMAL),
        ("closedOnMaintenance", Opening.CLOSED_ABNORMAL),
        ("statusUnknown", Opening.UNKNOWN),
    ],
)
def test_each_word_of_opening_has_the_houses(word: str, opening: Opening) -> None:
    seen = kinds(payload(place(occupancy(numberOfVacantSpaces=4), opening=word)).encode())
    assert seen[OpeningChanged].opening is opening


def test_faults_and_unknown_silence_the_number() -> None:
    failing = "<prk:parkingFault>communicationsFailure</prk:parkingFault>" + occupancy(numberOfVacantSpaces=4)
    assert kinds(payload(place(failing)).encode())[DeviceFault].fault is Fault.COMMUNICATIONS_FAILURE
    unknown = occupancy(numberOfVacantSpaces=0) + words("unknown")
    assert SiteCounted not in kinds(payload(place(unknown)).encode())


@pytest.mark.parametrize(
    "record",
    [
        place(occupancy(numberOfVacantSpaces=900), "C", "CampusStatus"),
        place("<prk:entranceFull>true</prk:entranceFull>", "E", "AccessStatus"),
    ],
)
def test_a_campus_or_an_entrance_is_no_car_park(record: str) -> None:
    decoded = read(payload(record + COUNTED).encode())
    assert [one.reason for one in decoded.rejects] == [RejectReason.NOT_A_PLACE]
    assert {seen.device_id for seen in decoded.observations} == {"NL-X:P1"}
    assert [one.id for one in declared(payload(record + COUNTED).encode()).places] == ["NL-X:P1"]


def test_a_table_declares_places_and_bays_and_no_campus() -> None:
    body = table(
        element("Campus", "C"), element("Place", "P1", supply(350)), element("Place", "P2", supply(90, "vehicleView")),
        element("Space", "S7", lon=5.2),
    ).encode()  # fmt: skip
    assert read(body) == ([], [], None)
    found = {one.id: one for one in declared(body).places}
    assert found.keys() == {"NL-X:P1", "NL-X:P2", "NL-X:S7"}
    assert (found["NL-X:P1"].name, found["NL-X:P1"].capacity, found["NL-X:P1"].point.lat) == ("Garage P1", 350, 52.1)
    assert found["NL-X:P2"].capacity is None
    assert [space.id for space in found["NL-X:S7"].spaces] == ["NL-X:S7"]


def in_one_body(status: str, held: str) -> bytes:
    """A status and a table in one message."""
    both = payload(status) + table(held)
    return f"<messageContainer>{both}</messageContainer>".encode()


def test_a_floor_of_a_car_park_in_the_same_body_is_no_car_park() -> None:
    status = place(occupancy(numberOfVacantSpaces=40)) + place(occupancy(numberOfVacantSpaces=9), "P1-2")
    body = in_one_body(status, element("Place", "P1", supply(350)) + element("SubplaceElement", "P1-2", supply(20)))
    decoded = read(body)
    assert [(one.reason, one.device_id) for one in decoded.rejects] == [(RejectReason.NOT_A_PLACE, "NL-X:P1-2")]
    count = next(seen for seen in decoded.observations if isinstance(seen, SiteCounted))
    assert (count.device_id, count.vacant, count.capacity) == ("NL-X:P1", 40, 350)
    assert [one.id for one in declared(body).places] == ["NL-X:P1"]


@pytest.mark.parametrize(
    ("inner", "audiences"),
    [
        ("", {Audience.PUBLIC}),
        (restriction("disabledPersonPermitOnly"), {Audience.DISABLED}),
        (restriction("electricVehicleOnly"), {Audience.EV}),
        (restriction("residentialPermitOnly"), set()),
        (restriction("parkingTimeLimit"), {Audience.PUBLIC}),
        (assignment("wheelchairUsers"), {Audience.DISABLED}),
        (assignment("residents"), set()),
    ],
)
def test_nobody_is_sent_to_a_space_that_is_not_theirs(inner: str, audiences: set[Audience]) -> None:
    (zone,) = declared(table(element("Space", "S7", inner)).encode()).places
    assert zone.spaces[0].audiences == audiences


def as_json(status: dict[str, Any], kind: str = "prkPlaceStatus") -> dict[str, Any]:
    said = {"reference": {"targetClass": "fac:FacilityObject", "idG": "P1", "versionG": "1"}, **status}
    return {
        "lang": "en",
        "modelBaseVersionG": "3",
        "publicationTime": "2026-05-04T12:00:00Z",
        "publicationCreator": {"country": "nl", "nationalIdentifier": "NL-X"},
        "parkingStatusInformation": [{kind: said}],
    }


SAID: dict[str, Any] = {
    "lastUpdated": "2026-05-04T11:58:00Z",
    "openingStatus": {"value": "open"},
    "occupancy": {"numberOfSpacesOverride": 100, "numberOfVacantSpaces": 40, "occupancy": 60.0},
    "status": [{"value": "spacesAvailable"}],
}


@pytest.mark.parametrize(
    "body",
    [
        {"payload": {"prkParkingStatusPublication": as_json(SAID)}},
        {"messageContainer": {"payload": [{"prkParkingStatusPublication": as_json(SAID)}]}},
        {"prkParkingStatusPublication": as_json(SAID)},
        {"_type": "ParkingStatusPublication", **as_json(SAID)},
        {
            "d2:payload": {
                "@xsi:type": "prk:ParkingStatusPublication",
                "com:publicationTime": "2026-05-04T12:00:00Z",
                "com:publicationCreator": {"com:country": "nl", "com:nationalIdentifier": "NL-X"},
                "prk:parkingStatusInformation": {
                    "@xsi:type": "prk:PlaceStatus",
                    "fac:reference": {"@id": "P1", "@version": "1"},
                    "fac:lastUpdated": "2026-05-04T11:58:00Z",
                    "fac:openingStatus": "open",
                    "prk:occupancy": {"prk:numberOfSpacesOverride": "100", "prk:numberOfVacantSpaces": "40"},
                    "prk:status": "spacesAvailable",
                },
            }
        },
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_says_what_xml_says(body: dict[str, Any], encoding: str) -> None:
    assert read(json.dumps(body).encode(encoding)).observations == read(payload(COUNTED).encode()).observations


@pytest.mark.parametrize("occupancy", [{"numberOfVacantSpaces": None}, {}, {"numberOfVacantSpaces": ""}])
def test_json_without_its_number_ends_the_number(occupancy: dict[str, Any]) -> None:
    empty = {"prkParkingStatusPublication": as_json({**SAID, "status": [], "occupancy": occupancy})}
    seen = read(json.dumps(empty).encode()).observations
    assert [type(one) for one in seen if not isinstance(one, OpeningChanged)] == [DeviceFault]


def test_json_of_a_space_a_campus_and_a_refusal() -> None:
    space = {"payload": {"prkParkingStatusPublication": as_json({"occupied": True}, "prkSpaceStatus")}}
    assert kinds(json.dumps(space).encode())[SpaceObserved].state is SpaceState.OCCUPIED
    campus = {"payload": {"prkParkingStatusPublication": as_json({"occupancy": {}}, "prkCampusStatus")}}
    assert reason(json.dumps(campus).encode()) is RejectReason.NOT_A_PLACE
    bad = {"payload": {"prkParkingStatusPublication": as_json({**SAID, "occupancy": {"numberOfVacantSpaces": -2}})}}
    refused = read(json.dumps(bad).encode()).rejects[0]
    assert refused.reason is RejectReason.NEGATIVE_COUNT
    assert kinds(refused.raw.replace(b">-2<", b">2<"))[SiteCounted].vacant == 2


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"payload": 7}', b'{"payload": {"payload": {}}}', b"[" * 9999, b'{"a":' * 500 + b"1" + b"}" * 500],
)
def test_json_that_is_no_publication_is_one_reject(body: bytes) -> None:
    assert reason(body) is RejectReason.MALFORMED_BODY


def test_the_recorded_lorry_parks_of_version_3_say_what_an_independent_reading_says() -> None:
    body = shared("datex2/v3_parking/ndw_truckparking-status_v3.xml").read_bytes()
    decoded = decode(body, tenant="x", received_at=datetime(2026, 11, 1, tzinfo=UTC), recorded=True)
    counts = {seen.device_id: (seen.vacant, seen.capacity) for seen in decoded.usable if isinstance(seen, SiteCounted)}
    assert counts == {
        "NDW:NL-12_408": (29, 46), "NDW:NL-12_421": (576, 576), "NDW:NL-12_411": (222, 235), "NDW:NL-12_418": (8, 8),
        "NDW:NL-12_414": (0, None), "NDW:NL-12_409": (46, 46),
    }  # fmt: skip
    faults = {seen.device_id: seen.fault for seen in decoded.observations if isinstance(seen, DeviceFault)}
    assert faults == {"NDW:NL-12_413": Fault.COUNTING_OUT_OF_SERVICE, "NDW:NL-12_8": Fault.UNUSABLE}
    assert [(one.device_id, one.reason) for one in decoded.rejects] == [("NDW:NL-12_8", RejectReason.NEGATIVE_COUNT)]
    assert "-30.0 percent" in decoded.rejects[0].detail


@pytest.mark.slow
def test_our_bodies_of_version_3_are_sound_by_its_schema() -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema reads the schemas: pip install xmlschema")
    schema = xmlschema.XMLSchema11(str(shared("datex2/xsd_v3/v3.7/DATEXII_3_D2Payload.xsd")))
    for body in (
        payload(COUNTED),
        payload(SPACE),
        payload(place(words("almostFull")) + place(occupancy(numberOfVacantSpaces=9), "C", "CampusStatus")),
        payload(place("<prk:entranceFull>true</prk:entranceFull>", "E", "AccessStatus")),
        table(element("Campus", "C"), element("Place", "P1", supply(350)), element("Space", "S7")),
        table(
            element("Space", "S8", restriction("electricVehicleOnly")), element("Space", "S9", assignment("residents"))
        ),
    ):
        schema.validate(body)


OF_2_3 = """<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 modelBaseVersion="2"><exchange><supplierIdentification><country>nl</country><nationalIdentifier>NL-X</nationalIdentifier>
</supplierIdentification></exchange><payloadPublication xsi:type="GenericPublication" lang="en">
<publicationTime>2026-05-04T12:00:00Z</publicationTime><publicationCreator><country>nl</country>
<nationalIdentifier>NL-X</nationalIdentifier></publicationCreator>
<genericPublicationName>ParkingStatusPublication</genericPublicationName><genericPublicationExtension>
<parkingStatusPublication><parkingRecordStatus xsi:type="ParkingSiteStatus">
<parkingRecordReference targetClass="ParkingRecord" id="P1" version="1"/>
<parkingStatusOriginTime>2026-05-04T11:58:00Z</parkingStatusOriginTime>
<parkingSpaceStatus parkingSpaceIndex="1"><parkingSpaceStatus><parkingSpaceOccupied>true</parkingSpaceOccupied>
</parkingSpaceStatus></parkingSpaceStatus><parkingOccupancy>
<parkingNumberOfSpacesOverride>100</parkingNumberOfSpacesOverride>
<parkingNumberOfVacantSpaces>40</parkingNumberOfVacantSpaces><parkingOccupancy>60.0</parkingOccupancy></parkingOccupancy>
<groupOfParkingSpacesStatus groupIndex="1"><groupOfParkingSpacesStatus>
<parkingNumberOfVacantSpacesLowerThan>10</parkingNumberOfVacantSpacesLowerThan></groupOfParkingSpacesStatus>
</groupOfParkingSpacesStatus><parkingSiteStatus>spacesAvailable</parkingSiteStatus>
<parkingSiteOpeningStatus>open</parkingSiteOpeningStatus></parkingRecordStatus></parkingStatusPublication>
</genericPublicationExtension></payloadPublication></d2LogicalModel>"""


def test_a_whole_publication_of_2_3_says_what_the_newer_ones_say() -> None:
    assert read(OF_2_3.encode()).observations == read(payload(COUNTED).encode()).observations


@pytest.mark.slow
def test_our_body_of_2_3_is_sound_by_its_schema() -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema reads the schemas: pip install xmlschema")
    xmlschema.XMLSchema(str(shared("datex2/xsd_v2_3/DATEXIISchema_2_2_3.xsd"))).validate(OF_2_3)
