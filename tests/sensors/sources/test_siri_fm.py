"""SIRI Facility Monitoring: bays and no bicycles, lifts left out by name, words of two meanings, XML and JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled
from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason, TimeBasis
from sensors.contract import Decoded
from sensors.intake.access import Access
from sensors.intake.polling import poll_source
from sensors.intake.webhook import Webhook, create_app
from sensors.registry import ADAPTERS
from sensors.sources.siri_fm.adapter import decode, places
from serving.credentials import Credentials
from serving.policy import NO_POLICY
from serving.server import make_server
from tests.feed_server import Answer, FeedServer, feed_server
from tests.sensors.listening import DeclaringProducer, FakeProducer
from tests.support import NOON, at, free_ports

PARK = "<FacilityRef>FR:Parking:P1</FacilityRef>"
STAMP = "2026-05-04T13:58:00.123456789+02:00"


def count(
    number: object, kind: str = "availabilityCount", unit: str | None = "bays", group: str = "", share: str = ""
) -> str:
    units = "" if unit is None else f"<CountedFeatureUnit>{unit}</CountedFeatureUnit>"
    code = f"<TypeOfCountedFeature><TypeOfValueCode>{group}</TypeOfValueCode></TypeOfCountedFeature>" if group else ""
    value = f"<Percentage>{share}</Percentage>" if share else f"<Count>{number}</Count>"
    return f"<MonitoredCounting><CountingType>{kind}</CountingType>{units}{code}{value}</MonitoredCounting>"


def condition(*parts: str, who: str = PARK, status: str | None = "available") -> str:
    word = "" if status is None else f"<FacilityStatus><Status>{status}</Status></FacilityStatus>"
    return f"<FacilityCondition>{who}{word}{''.join(parts)}</FacilityCondition>"


def delivery(*conditions: str, stamp: str = STAMP) -> bytes:
    return (
        f'<Siri xmlns="http://www.siri.org.uk/siri" version="2.1"><ServiceDelivery><ResponseTimestamp>{stamp}'
        "</ResponseTimestamp><ProducerRef>X</ProducerRef><FacilityMonitoringDelivery>"
        f"{''.join(conditions)}</FacilityMonitoringDelivery></ServiceDelivery></Siri>"
    ).encode()


def read(*conditions: str, stamp: str = STAMP, recorded: bool = False) -> Decoded:
    return decode(delivery(*conditions, stamp=stamp), tenant="t", received_at=NOON, recorded=recorded)


def counts(decoded: Decoded) -> dict[Audience, tuple[int, int | None]]:
    return {one.category: (one.vacant, one.capacity) for one in decoded.observations if isinstance(one, SiteCounted)}


def gates(decoded: Decoded) -> list[Opening]:
    return [one.opening for one in decoded.observations if isinstance(one, OpeningChanged)]


def ends(decoded: Decoded) -> list[Fault]:
    return [one.fault for one in decoded.observations if isinstance(one, DeviceFault)]


def refusals(decoded: Decoded) -> list[RejectReason]:
    return [one.reason for one in decoded.rejects]


def test_a_car_park_says_gate_number_and_when_the_delivery_was_made() -> None:
    gate, number = read(condition(count(23), count(177, "inUseCount"))).observations
    assert isinstance(gate, OpeningChanged)
    assert isinstance(number, SiteCounted)
    assert (gate.opening, number.vacant, number.capacity) == (Opening.OPEN, 23, 200)
    assert (number.device_id, number.time_basis) == ("FR:Parking:P1", TimeBasis.GATEWAY)
    assert (number.observed_at.replace(microsecond=0), number.received_at) == (at(-2), NOON)


def test_soap_another_prefix_and_a_facility_that_is_described_read_alike() -> None:
    inner = (
        delivery(condition(count(3))).decode().replace("<", "<s:").replace("<s:/", "</s:").replace("xmlns=", "xmlns:s=")
    )
    wrapped = f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{inner}</e:Body></e:Envelope>'
    assert counts(decode(wrapped.encode(), tenant="t", received_at=NOON, recorded=False)) == {
        Audience.PUBLIC: (3, None)
    }
    described = "<Facility><FacilityCode>X:1</FacilityCode><FacilityClass>parkingBay</FacilityClass></Facility>"
    [one] = [one for one in read(condition(count(3), who=described)).observations if isinstance(one, SiteCounted)]
    assert one.device_id == "X:1"


def test_json_says_the_same() -> None:
    said = {
        "FacilityRef": {"value": "P2"},
        "FacilityStatus": {"Status": "available"},
        "MonitoredCounting": [
            {"CountingType": "availabilityCount", "countedFeatureUnit": "bays", "Count": 3},
            {"CountingType": "inUseCount", "CountedFeatureUnit": "bays", "Count": 4},
        ],
    }
    for many in (said, [said], said | {"FacilityStatus": "available"}):
        inner = {"ResponseTimestamp": STAMP, "FacilityMonitoringDelivery": {"FacilityCondition": many}}
        body = json.dumps({"Siri": {"version": "2", "ServiceDelivery": inner}}).encode()
        decoded = decode(body, tenant="t", received_at=NOON, recorded=False)
        assert (counts(decoded), gates(decoded)) == ({Audience.PUBLIC: (3, 7)}, [Opening.OPEN])


@pytest.mark.parametrize(
    ("parts", "status", "why"),
    [
        ((count(-1),), "available", RejectReason.NEGATIVE_COUNT),
        ((count("many"),), "available", RejectReason.WRONG_TYPE),
        ((count(1), count(2)), "available", RejectReason.MALFORMED_RECORD),
        ((count(0, share="101"),), "available", RejectReason.WRONG_TYPE),
        ((count(180, "presentCount", "vehicles"),), "available", RejectReason.MISSING_FIELD),
        ((count(2), count(3, group="wheelchairBays")), "available", RejectReason.FREE_ABOVE_CAPACITY),
        ((count(3),), "snowed", RejectReason.UNKNOWN_STATUS),
        ((), None, RejectReason.MISSING_FIELD),
        ((count(3), "<RecordedAtTime>today</RecordedAtTime>"), "available", RejectReason.BAD_TIME),
    ],
)
def test_what_is_refused_ends_the_number_and_reads_alone(
    parts: tuple[str, ...], status: str | None, why: RejectReason
) -> None:
    decoded = read(
        condition(count(5), who="<FacilityRef>FR:Parking:P0</FacilityRef>"), condition(*parts, status=status)
    )
    assert [(one.reason, one.device_id) for one in decoded.rejects] == [(why, "FR:Parking:P1")]
    assert Fault.UNUSABLE in ends(decoded)
    assert Audience.PUBLIC not in counts(read(condition(*parts, status=status)))
    again = decode(decoded.rejects[0].raw, tenant="t", received_at=NOON, recorded=False)
    assert refusals(again) == [why]


@pytest.mark.parametrize(
    ("status", "parts", "opening", "number", "fault"),
    [
        ("available", (count(3),), [Opening.OPEN], 3, []),
        ("partiallyAvailable", (count(3),), [Opening.OPEN], 3, []),
        ("PARTIALLYAVAILABLE", (count(3),), [Opening.OPEN], 3, []),
        ("added", (count(3),), [Opening.UNKNOWN], 3, []),
        ("notAvailable", (count(0),), [], 0, []),
        ("notAvailable", (count(3),), [Opening.CLOSED], 3, []),
        ("notAvailable", (), [Opening.CLOSED], None, [Fault.UNUSABLE]),
        ("available", (), [Opening.OPEN], None, [Fault.UNUSABLE]),
        ("removed", (count(3),), [Opening.CLOSED], None, [Fault.UNUSABLE]),
        ("unknown", (count(3),), [], None, [Fault.COUNTING_OUT_OF_SERVICE]),
        (None, (count(3),), [], 3, []),
    ],
)
def test_the_words(
    status: str | None, parts: tuple[str, ...], opening: list[Opening], number: int | None, fault: list[Fault]
) -> None:
    decoded = read(condition(*parts, status=status))
    assert (gates(decoded), ends(decoded), refusals(decoded)) == (opening, fault, [])
    assert counts(decoded) == ({} if number is None else {Audience.PUBLIC: (number, None)})


@pytest.mark.parametrize(
    ("kind", "share", "level"),
    [
        ("availabilityCount", "12.5", FillLevel.SPACES_AVAILABLE),
        ("availabilityCount", "0.0", FillLevel.FULL),
        ("inUseCount", "100", FillLevel.FULL),
        ("inUseCount", "99.5", FillLevel.SPACES_AVAILABLE),
    ],
)
def test_a_share_is_a_level_and_makes_no_number(kind: str, share: str, level: FillLevel) -> None:
    decoded = read(condition(count(0, kind, share=share)))
    [one] = [one for one in decoded.observations if isinstance(one, SiteLevelled)]
    assert (one.level, counts(decoded), ends(decoded)) == (level, {}, [])


def test_groups_are_counted_in_the_whole_and_taken_off() -> None:
    parts = (
        count(23),
        count(3, group="wheelchairBays"),
        count(8, group="evChargingBays"),
        count(2, group="familyBays"),
    )
    decoded = read(condition(*parts, count(9, group="shortTermBays")))
    assert counts(decoded) == {Audience.DISABLED: (3, None), Audience.EV: (8, None), Audience.PUBLIC: (10, None)}
    [rest] = [one for one in decoded.observations if isinstance(one, SiteCounted) and one.category is Audience.PUBLIC]
    assert rest.basis is Basis.DERIVED


LIFT = "<FacilityRef>X:Lift:7</FacilityRef>"
FEATURE = (
    "<Facility><FacilityCode>B1</FacilityCode><Features><Feature><ParkingFacility>{}</ParkingFacility></Feature>"
    "</Features></Facility>"
)


def test_lifts_and_bicycles_for_hire_are_left_out_in_one_reject_that_names_them() -> None:
    bicycles = condition(count(16, unit="vehicles"), count(8), who="<FacilityRef>FR:Parking:39</FacilityRef>")
    toilet = "<Facility><FacilityCode>T1</FacilityCode><FacilityClass>fixedEquipment</FacilityClass></Facility>"
    decoded = read(condition(who=LIFT), bicycles, condition(who=toilet, status="notAvailable"), condition(count(3)))
    assert {one.device_id for one in decoded.observations} == {"FR:Parking:P1"}
    [reject] = decoded.rejects
    assert (reject.reason, reject.device_id) == (RejectReason.NOT_FOLDED, None)
    assert "X:Lift:7 (called Lift), FR:Parking:39 (vehicles for hire), T1 (fixedEquipment)" in reject.detail
    assert refusals(decode(reject.raw, tenant="t", received_at=NOON, recorded=False)) == [RejectReason.NOT_FOLDED]
    assert places(delivery(condition(who=LIFT), bicycles), {}, tenant="t", received_at=NOON).places == []


def test_what_nobody_says_the_kind_of_is_left_out_unless_it_is_shut() -> None:
    nameless = "<FacilityRef>10561326</FacilityRef>"
    assert read(condition(who=nameless)).observations == []
    shut = read(condition(who=nameless, status="notAvailable"))
    assert (gates(shut), ends(shut)) == ([Opening.CLOSED], [Fault.UNUSABLE]), "it may be a car park that we know"
    assert places(delivery(condition(who=nameless)), {}, tenant="t", received_at=NOON).places == []


@pytest.mark.parametrize(
    ("park", "whose"),
    [("parkAndRidePark", Audience.PUBLIC), ("cyclePark", Audience.BIKE), ("motorcyclePark", Audience.MOTORCYCLE)],
)
def test_a_park_is_for_what_its_feature_says(park: str, whose: Audience) -> None:
    assert list(counts(read(condition(count(3), who=FEATURE.format(park))))) == [whose]
    coaches = read(condition(count(3), who=FEATURE.format("coachPark")))
    assert (counts(coaches), refusals(coaches)) == ({}, [RejectReason.NOT_FOLDED])


def period(start: str | None, end: str | None = None) -> str:
    inner = "".join(f"<{n}>{v}</{n}>" for n, v in (("StartTime", start), ("EndTime", end)) if v is not None)
    return f"<ValidityPeriod>{inner}</ValidityPeriod>"


def test_a_number_is_as_old_as_its_condition_and_not_as_its_delivery() -> None:
    """Seen in public: bays of 11 September in a delivery of the 30th."""
    said = read(condition(count(3), period("2026-04-15T16:01:52+02:00")))
    assert {one.observed_at.month for one in said.observations} == {4}
    assert {one.time_basis for one in said.observations} == {TimeBasis.DEVICE}


def test_what_is_over_ends_and_what_is_to_come_is_not_yet() -> None:
    over = read(condition(count(3), period(None, "2026-05-04T11:00:00Z")))
    assert (counts(over), ends(over)) == ({}, [Fault.UNUSABLE])
    coming = read(condition(count(3), period("2026-05-05T11:00:00Z")))
    assert (coming.observations, refusals(coming)) == ([], [RejectReason.NOT_FOLDED])


def test_times_of_a_delivery() -> None:
    [_, none] = read(condition(count(3)), stamp="").observations
    assert (none.observed_at, none.time_basis) == (NOON, TimeBasis.ARRIVAL)
    [_, local] = read(condition(count(3)), stamp="2026-05-04T13:58:00").observations
    assert local.observed_at == at(-2), "without an offset it is Paris' time"
    assert refusals(read(condition(count(3)), stamp="2026-05-04T14:30:00+02:00")) == [RejectReason.FUTURE_TIME]
    [_, old] = read(condition(count(3)), stamp="2024-05-04T14:30:00+02:00", recorded=True).observations
    assert old.received_at.year == 2024


@pytest.mark.parametrize(
    "body", [b"<a/>", b"{}", b"[]", b"<Siri", delivery("<ErrorCondition/>"), delivery("<Status>false</Status>")]
)
def test_what_is_no_delivery_is_refused_as_a_whole(body: bytes) -> None:
    assert refusals(decode(body, tenant="t", received_at=NOON, recorded=False)) == [RejectReason.MALFORMED_BODY]


def test_a_place_has_the_name_that_describes_it() -> None:
    what = "<Description>Gare</Description><FacilityClass>parkingBay</FacilityClass>"
    who = f"<Facility><FacilityCode>P1</FacilityCode>{what}</Facility>"
    position = "<FacilityUpdatedPosition><Longitude>4.8</Longitude><Latitude>45.7</Latitude></FacilityUpdatedPosition>"
    [one] = places(delivery(condition(count(3), position, who=who)), {}, tenant="t", received_at=NOON).places
    assert (one.id, one.name) == ("P1", "Gare")
    assert one.point is not None
    assert (one.point.lon, one.point.lat) == (4.8, 45.7)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


async def test_a_publisher_is_polled_with_its_key_and_its_pages_and_an_unchanged_answer_says_nothing(
    server: FeedServer,
) -> None:
    """A stand-in publisher: a key in a header, a second page in a Link header, an ETag."""
    first = Answer(
        delivery(condition(count(3))), headers={"ETag": '"1"', "Link": f'<{server.url}/fm?page=2>; rel="next"'}
    )
    url = server.says("/fm", first)
    server.says("/fm?page=2", delivery(condition(count(4), who="<FacilityRef>FR:Parking:P2</FacilityRef>")))
    producer = DeclaringProducer()
    access = Access(headers={"X-Api-Key": "key"})
    async with httpx.AsyncClient(timeout=5) as client:
        await poll_source(ADAPTERS["siri_fm"], [url], "t", producer, client, None, True, access)  # type: ignore[arg-type]
    assert [one.vacant for one in producer.observations if isinstance(one, SiteCounted)] == [3, 4]
    assert [place.id for place in producer.declared] == ["FR:Parking:P1", "FR:Parking:P2"]
    assert {headers["x-api-key"] for _, headers in server.asked} == {"key"}


async def test_a_notification_in_xml_comes_by_the_webhook() -> None:
    webhook = Webhook({"siri_fm": ADAPTERS["siri_fm"]}, Credentials({"siri_fm": "a token"}, {}), FakeProducer())  # type: ignore[arg-type]
    port = free_ports()
    server = make_server(create_app(webhook), "127.0.0.1", port, doors=NO_POLICY.doors())
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            headers = {"Authorization": "Bearer a token", "Content-Type": "text/xml"}
            body = delivery(condition(count(3)), stamp="")
            answer = await client.post("/v1/uplinks/siri_fm", content=body, headers=headers)
    finally:
        server.should_exit = True
        await task
    assert (answer.status_code, answer.json()) == (202, {"observations": 2, "rejects": 0})


def levels(decoded: Decoded) -> dict[Audience, tuple[int | None, int | None]]:
    return {
        one.category: (one.vacant_low, one.vacant_high) for one in decoded.observations if isinstance(one, SiteLevelled)
    }


@pytest.mark.parametrize(
    ("group", "number", "bounds", "ended"),
    [
        ("wheelchairBays", "", (0, 5), [Audience.DISABLED]),
        ("familyBays", "", (0, 5), []),
        ("moonBays", 2, (3, 5), []),
        ("moonBays", 9, (0, 5), []),
        ("moonBays", "", (0, 5), []),
    ],
)
def test_a_group_that_nobody_can_take_off_leaves_bounds(
    group: str, number: object, bounds: tuple[int, int], ended: list[Audience]
) -> None:
    decoded = read(condition(count(5), count(number, group=group)))
    assert (counts(decoded), levels(decoded), refusals(decoded)) == ({}, {Audience.PUBLIC: bounds}, [])
    assert [one.category for one in decoded.observations if isinstance(one, DeviceFault)] == ended
    known = read(condition(count(5), count(1, group="evChargingBays"), count(number, group=group)))
    assert levels(known) == {Audience.PUBLIC: (max(0, bounds[0] - 1), 4)}


def test_nothing_vacant_is_nothing_for_anybody_and_a_group_of_0_takes_nothing() -> None:
    assert counts(read(condition(count(0), count("", group="wheelchairBays")))) == {Audience.PUBLIC: (0, None)}
    assert counts(read(condition(count(5), count(0, group="moonBays")))) == {Audience.PUBLIC: (5, None)}


def test_more_spaces_than_there_can_be_are_refused_with_their_device() -> None:
    decoded = read(condition(count(2_000_000_000), count(2_000_000_000, "inUseCount")))
    assert [(one.reason, one.device_id) for one in decoded.rejects] == [(RejectReason.WRONG_TYPE, "FR:Parking:P1")]
    assert (counts(decoded), ends(decoded)) == ({}, [Fault.UNUSABLE])
