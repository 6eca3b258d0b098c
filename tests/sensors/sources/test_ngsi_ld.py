"""FIWARE's parking entities: every form and time of NGSI, notifications by the webhook, lists by poll."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled, SpaceObserved
from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason, SpaceState, TimeBasis
from sensors.contract import Decoded
from sensors.intake.access import Access
from sensors.intake.polling import poll_source
from sensors.intake.webhook import Webhook, create_app
from sensors.registry import ADAPTERS
from sensors.sources.ngsi_ld.adapter import decode, places
from serving.credentials import Credentials
from serving.policy import NO_POLICY
from serving.server import make_server
from tests.feed_server import Answer, FeedServer, feed_server
from tests.sensors.listening import DeclaringProducer, FakeProducer
from tests.support import NOON, at, free_ports

CONTEXT = ["https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"]
SITE = {"id": "urn:ngsi-ld:OffStreetParking:P1", "type": "OffStreetParking"}
FREE = {**SITE, "availableSpotNumber": 12, "totalSpotNumber": 90}
SPOT = {"id": "S1", "type": "ParkingSpot", "status": "free", "refParkingSite": "urn:ngsi-ld:OnStreetParking:A"}
AT = "2026-05-04T11:58:00Z"


def read(*entities: dict[str, Any], recorded: bool = False) -> Decoded:
    return decode(json.dumps(entities).encode(), tenant="t", received_at=NOON, recorded=recorded)


def counts(decoded: Decoded) -> dict[Audience, tuple[int, int | None]]:
    return {one.category: (one.vacant, one.capacity) for one in decoded.observations if isinstance(one, SiteCounted)}


def ends(decoded: Decoded) -> list[Fault]:
    return [one.fault for one in decoded.observations if isinstance(one, DeviceFault)]


def refusals(decoded: Decoded) -> list[RejectReason]:
    return [one.reason for one in decoded.rejects]


IRI = "https://smartdatamodels.org/dataModel.Parking/"
FORMS: dict[str, dict[str, Any]] = {
    "key values": {**FREE, "TimeInstant": AT},
    "concise": {
        **SITE, "availableSpotNumber": {"value": 12, "observedAt": AT}, "totalSpotNumber": {"value": 90},
        "@context": CONTEXT,
    },
    "normalized LD": {
        **SITE, "availableSpotNumber": {"type": "Property", "value": 12, "observedAt": AT},
        "totalSpotNumber": {"type": "Property", "value": 90}, "@context": CONTEXT,
    },
    "v2 with metadata": {
        **SITE, "totalSpotNumber": {"type": "Number", "value": "90", "metadata": {}},
        "availableSpotNumber": {
            "type": "Number", "value": 12.0, "metadata": {"timestamp": {"type": "DateTime", "value": AT}}
        },
    },
    "v2 with TimeInstant": {
        **SITE, "totalSpotNumber": {"type": "Number", "value": 90},
        "availableSpotNumber": {
            "type": "Number", "value": 12, "metadata": {"TimeInstant": {"type": "ISO8601", "value": AT}}
        },
    },
    "whole IRIs": {
        "@id": SITE["id"], "@type": [f"{IRI}OffStreetParking"],
        f"{IRI}totalSpotNumber": {"type": "Property", "value": 90},
        f"{IRI}availableSpotNumber": {"type": "Property", "value": 12, "observedAt": AT},
    },
    "several instances": {
        **SITE, "totalSpotNumber": {"type": "Property", "value": 90},
        "availableSpotNumber": [
            {"type": "Property", "value": 44, "datasetId": "urn:forecast", "observedAt": AT},
            {"type": "Property", "value": 12, "observedAt": AT},
        ],
    },
    "a time of its own": {**FREE, "dateObserved": {"type": "Property", "value": {"@type": "DateTime", "@value": AT}}},
    "GeoJSON": {
        "id": SITE["id"], "type": "Feature", "geometry": {"type": "Point", "coordinates": [-3.8, 43.46]},
        "properties": {**FREE, "availableSpotNumber": {"type": "Property", "value": 12, "observedAt": AT}},
    },
    "an interval": {**FREE, "dateObserved": f"2026-05-04T11:00:00Z/{AT}"},
    "an offset": {**FREE, "observationDateTime": "2026-05-04T13:58:00.000+02:00"},
    "seconds since 1970": {**FREE, "TimeInstant": 1777895880},
    "thousandths since 1970": {**FREE, "dateObserved": {"type": "Number", "value": "1777895880000"}},
    "no offset": {**FREE, "dateObserved": {"type": "DateTime", "value": "2026-05-04T11:58:00"}},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form: str) -> None:
    decoded = read(FORMS[form])
    [one] = decoded.observations
    assert isinstance(one, SiteCounted)
    assert (one.device_id, one.vacant, one.capacity, one.basis) == (SITE["id"], 12, 90, Basis.COUNTED)
    assert (one.observed_at, one.received_at, one.time_basis) == (at(-2), NOON, TimeBasis.DEVICE)
    assert not decoded.rejects


@pytest.mark.parametrize(
    ("more", "basis", "minutes"),
    [
        ({}, TimeBasis.ARRIVAL, 0),
        ({"dateObserved": ""}, TimeBasis.ARRIVAL, 0),
        ({"dateModified": AT}, TimeBasis.GATEWAY, -2),
        ({"modifiedAt": AT, "dateObserved": "2026-05-04T11:57:00Z"}, TimeBasis.DEVICE, -3),
        ({"availableSpotNumber": {"type": "Property", "value": 12, "modifiedAt": AT}}, TimeBasis.GATEWAY, -2),
        ({"status": {"type": "Property", "value": "open", "observedAt": AT}}, TimeBasis.ARRIVAL, 0),
    ],
)
def test_the_clock_is_named(more: dict[str, Any], basis: TimeBasis, minutes: int) -> None:
    [one] = [one for one in read(FREE | more).observations if isinstance(one, SiteCounted)]
    assert (one.time_basis, one.observed_at) == (basis, at(minutes))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"availableSpotNumber": -1}, RejectReason.NEGATIVE_COUNT),
        ({"availableSpotNumber": 91}, RejectReason.FREE_ABOVE_CAPACITY),
        ({"availableSpotNumber": "some"}, RejectReason.WRONG_TYPE),
        ({"availableSpotNumber": 1.5}, RejectReason.WRONG_TYPE),
        ({"availableSpotNumber": None, "occupiedSpotNumber": 91}, RejectReason.NEGATIVE_COUNT),
        ({"status": ["open", "onFire"]}, RejectReason.UNKNOWN_STATUS),
        ({"status": {"type": "Property", "value": {"a": 1}}}, RejectReason.UNKNOWN_STATUS),
        ({"dateObserved": "yesterday"}, RejectReason.BAD_TIME),
        ({"dateObserved": True}, RejectReason.BAD_TIME),
        ({"dateObserved": 0}, RejectReason.BAD_TIME),
        ({"TimeInstant": "1970-01-01T00:00:00.000Z"}, RejectReason.BAD_TIME),
        ({"dateObserved": "2026-05-04T13:00:00Z"}, RejectReason.FUTURE_TIME),
    ],
)
def test_what_is_refused_ends_the_number_and_reads_alone(more: dict[str, Any], why: RejectReason) -> None:
    decoded = read(FREE, {**FREE, "id": "P2", **more})
    assert [(one.reason, one.device_id) for one in decoded.rejects] == [(why, "P2")]
    assert ends(decoded) == [Fault.UNUSABLE]
    again = decode(decoded.rejects[0].raw, tenant="t", received_at=NOON, recorded=False)
    assert refusals(again) == [why]


@pytest.mark.parametrize("null", [None, "urn:ngsi-ld:null", "", {"type": "Number", "value": None, "metadata": {}}])
def test_a_number_that_is_null_ends_it_and_is_no_zero(null: object) -> None:
    decoded = read(FREE | {"availableSpotNumber": null})
    assert (counts(decoded), ends(decoded), refusals(decoded)) == ({}, [Fault.UNUSABLE], [])


def test_what_the_broker_has_no_more_is_unknown_and_a_collection_is_a_list() -> None:
    assert ends(read(SITE | {"deletedAt": AT})) == ends(read(SPOT | {"deletedAt": AT})) == [Fault.UNUSABLE]
    body = json.dumps({"type": "FeatureCollection", "features": [FORMS["GeoJSON"]]}).encode()
    assert counts(decode(body, tenant="t", received_at=NOON, recorded=False)) == {Audience.PUBLIC: (12, 90)}
    [place] = places(body, {}, tenant="t", received_at=NOON).places
    assert place.point is not None
    assert place.point.lon == -3.8


def test_a_notification_of_other_attributes_leaves_the_number_alone() -> None:
    decoded = read(SITE | {"name": "Nord"})
    assert (decoded.observations, refusals(decoded)) == ([], [RejectReason.NOT_FOLDED])
    [gate] = read(SITE | {"status": ["closed"]}).observations
    assert isinstance(gate, OpeningChanged)
    assert ends(read(SITE | {"totalSpotNumber": 90})) == [Fault.UNUSABLE], "it should say how many are free"


def test_what_is_taken_makes_a_number_only_with_a_total() -> None:
    [one] = read(SITE | {"occupiedSpotNumber": 80, "totalSpotNumber": 90}).observations
    assert isinstance(one, SiteCounted)
    assert (one.vacant, one.basis) == (10, Basis.DERIVED)
    assert refusals(read(SITE | {"occupiedSpotNumber": 80})) == [RejectReason.MISSING_FIELD]


def test_where_nobody_detects_there_is_no_number_and_a_model_is_named() -> None:
    nobody = read(FREE | {"occupancyDetectionType": ["none"]})
    assert (counts(nobody), ends(nobody)) == ({}, [Fault.COUNTING_OUT_OF_SERVICE])
    assert ends(read(FREE | {"status": "unknown"})) == [Fault.COUNTING_OUT_OF_SERVICE]
    [one] = read(FREE | {"occupancyDetectionType": "modelBased"}).observations
    assert isinstance(one, SiteCounted)
    assert one.basis is Basis.DERIVED


@pytest.mark.parametrize(
    ("status", "opening", "level"),
    [
        (["open", "almostFull"], Opening.OPEN, FillLevel.ALMOST_FULL),
        ("open, spacesAvailable", Opening.OPEN, FillLevel.SPACES_AVAILABLE),
        (["fullAtEntrance"], None, FillLevel.FULL),
        (["open", "closed"], Opening.CLOSED, None),
        (["closedAbnormal"], Opening.CLOSED_ABNORMAL, None),
        (["openingTimesInForce"], Opening.UNKNOWN, None),
    ],
)
def test_words_are_a_gate_and_a_level(status: object, opening: Opening | None, level: FillLevel | None) -> None:
    said = read(SITE | {"status": status}).observations
    assert next((one.opening for one in said if isinstance(one, OpeningChanged)), None) is opening
    assert next((one.level for one in said if isinstance(one, SiteLevelled)), None) is level
    assert counts(read(FREE | {"status": status})) == {Audience.PUBLIC: (12, 90)}, "a number says more than a level"


@pytest.mark.parametrize(("share", "level"), [(1, FillLevel.FULL), (0.4, FillLevel.SPACES_AVAILABLE)])
def test_a_share_is_a_level_and_makes_no_number(share: float, level: FillLevel) -> None:
    [one] = read(SITE | {"occupancy": share, "totalSpotNumber": 90}).observations
    assert isinstance(one, SiteLevelled)
    assert (one.level, one.capacity) == (level, 90)
    assert refusals(read(SITE | {"occupancy": 40})) == [RejectReason.WRONG_TYPE]


GROUP = {"id": "G", "type": "ParkingGroup", "availableSpotNumber": 1, "totalSpotNumber": 2}


@pytest.mark.parametrize(
    ("more", "whose"),
    [
        ({}, Audience.PUBLIC),
        ({"category": ["onstreet", "onlyDisabled"]}, Audience.DISABLED),
        ({"category": ["onlyELectricalCharging"]}, Audience.EV),
        ({"category": ["forDisabled"]}, Audience.DISABLED),
        ({"category": ["forDisabled"], "type": "OnStreetParking"}, Audience.PUBLIC),
        ({"category": ["loadUnloadZone"]}, Audience.DELIVERY),
        ({"requiredPermit": "disabledPermit"}, Audience.DISABLED),
        ({"requiredPermit": "residentPermit,disabledPermit"}, None),
        ({"requiredPermit": ["blueZonePermit", "disabledPermit"]}, Audience.PUBLIC),
        ({"requiredPermit": ["blueZonePermit,residentPermit"]}, Audience.SUBSCRIBER),
        ({"requiredPermit": []}, Audience.PUBLIC),
        ({"requiredPermit": "taxiPermit"}, None),
        ({"allowedVehicleType": "motorcycle"}, Audience.MOTORCYCLE),
        ({"allowedVehicleType": ["car", "bicycle"]}, Audience.PUBLIC),
        ({"allowedVehicleType": ["bus"]}, None),
    ],
)
def test_whose_a_place_is(more: dict[str, Any], whose: Audience | None) -> None:
    decoded = read(GROUP | more)
    assert list(counts(decoded)) == ([] if whose is None else [whose])
    if whose is None:
        assert (ends(decoded), refusals(decoded)) == ([Fault.COUNTING_OUT_OF_SERVICE], [RejectReason.NOT_FOLDED])


@pytest.mark.parametrize("word", ["free", "occupied", "closed", "unknown", "Free"])
def test_a_spot_is_one_space(word: str) -> None:
    [one] = read(SPOT | {"status": {"type": "Text", "value": word}}).observations
    assert isinstance(one, SpaceObserved)
    assert one.state is SpaceState(word.lower())


def test_a_word_may_be_a_whole_iri() -> None:
    [one] = read(
        SPOT | {"status": {"type": "VocabProperty", "vocab": "https://uri.fiware.org/ns/data-models#free"}}
    ).observations
    assert isinstance(one, SpaceObserved)
    assert one.state is SpaceState.FREE


def test_a_spot_of_no_known_word_is_unknown_and_another_entity_is_set_aside() -> None:
    decoded = read(SPOT | {"status": "outOfService"}, {"id": "D", "type": "Device", "status": "free"})
    assert refusals(decoded) == [RejectReason.UNKNOWN_STATUS, RejectReason.NOT_FOLDED]
    assert [one.device_id for one in decoded.observations] == ["S1"]


def test_places_have_points_outlines_and_whose_spots_they_are() -> None:
    ring = [[-3.80, 43.46], [-3.79, 43.46], [-3.79, 43.47], [-3.80, 43.46]]
    site = FREE | {
        "name": {"type": "LanguageProperty", "languageMap": {"fr": "Nord"}},
        "location": {"type": "geo:json", "value": {"type": "Polygon", "coordinates": [ring]}},
        "maximumAllowedHeight": 1.9,
        "address": {"streetAddress": "Rue 1"},
    }
    text = FREE | {"id": "P2", "location": {"type": "geo:point", "value": "43.46, -3.8"}}
    spot = SPOT | {"category": ["forDisabled"], "location": {"type": "Point", "coordinates": [-3.8, 43.46]}}
    wrong = FREE | {"id": "P3", "location": {"type": "Point", "coordinates": [200, 43]}}
    found = places(json.dumps([site, text, spot, wrong]).encode(), {}, tenant="t", received_at=NOON)
    one, two, three, zone = found.places
    assert (one.name, one.capacity, one.height_cm, one.address, len(one.outline)) == ("Nord", 90, 190, "Rue 1", 3)
    assert two.point is not None
    assert (two.point.lon, two.point.lat) == (-3.8, 43.46)
    assert (three.id, three.point) == ("P3", None)
    assert [space.audiences for space in zone.spaces] == [frozenset({Audience.DISABLED})]
    assert [reject.reason for reject in found.rejects] == [RejectReason.BAD_COORDINATES]


def test_a_recording_arrived_with_its_newest_time() -> None:
    [one] = read(FREE | {"dateObserved": "2024-01-01T00:00:00Z"}, recorded=True).observations
    assert one.received_at.year == 2024


@pytest.mark.parametrize("body", [b"{}", b'{"error":"NotFound","description":"no such entity"}', b"[1]", b"<x/>"])
def test_what_is_no_entity_is_refused(body: bytes) -> None:
    assert refusals(decode(body, tenant="t", received_at=NOON, recorded=False))


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


async def test_a_broker_is_polled_page_by_page_with_its_tenants_headers(server: FeedServer) -> None:
    """A stand-in broker: a count in a header, an ETag, and fewer entities than the limit that is asked for."""

    def page(number: int) -> Answer:
        entity = {**FREE, "id": f"P{number}", "dateObserved": AT}
        headers = {"NGSILD-Results-Count": "3", "ETag": f'"{number}"', "Content-Type": "application/ld+json"}
        return Answer(json.dumps([entity]).encode(), headers=headers)

    path = "/ngsi-ld/v1/entities?type=OffStreetParking&count=true&limit=1000"
    url = server.says(path, page(1))
    server.says(f"{path}&offset=1", page(2))
    server.says(f"{path}&offset=2", page(3))
    producer = DeclaringProducer()
    link = '<https://example.org/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    access = Access(headers={"NGSILD-Tenant": "city", "Fiware-Service": "city", "Link": link})
    async with httpx.AsyncClient(timeout=5) as client:
        await poll_source(ADAPTERS["ngsi_ld"], [url], "t", producer, client, None, True, access)  # type: ignore[arg-type]
    assert [one.device_id for one in producer.observations] == ["P1", "P2", "P3"]
    assert [place.id for place in producer.declared] == ["P1", "P2", "P3"]
    assert [(headers["ngsild-tenant"], headers["link"]) for _, headers in server.asked] == [("city", link)] * 3


@pytest.mark.parametrize("kind", ["application/json", "application/ld+json"])
async def test_a_notification_comes_by_the_webhook(kind: str) -> None:
    note = {
        "id": "urn:ngsi-ld:Notification:1", "type": "Notification", "subscriptionId": "urn:ngsi-ld:Subscription:1",
        "notifiedAt": AT, "data": [FORMS["normalized LD"], SPOT],
    }  # fmt: skip
    webhook = Webhook({"ngsi_ld": ADAPTERS["ngsi_ld"]}, Credentials({"ngsi_ld": "a token"}, {}), FakeProducer())  # type: ignore[arg-type]
    port = free_ports()
    server = make_server(create_app(webhook), "127.0.0.1", port, doors=NO_POLICY.doors())
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            headers = {"Authorization": "Bearer a token", "Content-Type": kind}
            answer = await client.post("/v1/uplinks/ngsi_ld", content=json.dumps(note).encode(), headers=headers)
    finally:
        server.should_exit = True
        await task
    assert (answer.status_code, answer.json()) == (202, {"observations": 2, "rejects": 0})


def test_0_of_0_is_no_number() -> None:
    decoded = read(SITE | {"availableSpotNumber": 0, "totalSpotNumber": 0})
    assert (counts(decoded), ends(decoded)) == ({}, [Fault.UNUSABLE])


def test_free_and_taken_above_the_total_contradict_each_other() -> None:
    said = {"availableSpotNumber": 50, "totalSpotNumber": 100}
    decoded = read(SITE | said | {"occupiedSpotNumber": 900})
    assert (counts(decoded), refusals(decoded)) == ({}, [RejectReason.FREE_ABOVE_CAPACITY])
    assert "one of the three is wrong" in decoded.rejects[0].detail
    assert counts(read(SITE | said | {"occupiedSpotNumber": 50})) == {Audience.PUBLIC: (50, 100)}
