"""DATEX II 2.x as publishers vary it: areas, wrappings, levels and bounds, times without offset, contradictions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled
from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason, SpaceState, TimeBasis
from tests.sensors.sources.datex2_bodies import (
    ARRIVED,
    SEEN,
    declared,
    described,
    facility,
    kinds,
    publication,
    read,
    reason,
    site,
    table,
    tags,
)
from tests.sensors.sources.words import believed

STATUS, OLD = "parkingFacilityTableStatusPublication", "parkingFacilityTablePublication"
GROUP = "<assignedParkingSpacesStatus index='{}'><assignedParkingSpacesStatus>{}</assignedParkingSpacesStatus></assignedParkingSpacesStatus>"  # noqa: E501


def hall(body: str, record_id: str | None = "C1", time: str | None = SEEN) -> str:
    reference = "" if record_id is None else f'<parkingFacilityReference id="{record_id}"/>'
    return f"<parkingFacilityStatus>{reference}{tags(parkingFacilityStatusTime=time)}{body}</parkingFacilityStatus>"


def area(*held: str, area_id: str = "A1", time: str | None = None) -> str:
    times = tags(parkingAreaStatusTime=time)
    return f'<parkingAreaStatus><parkingAreaReference id="{area_id}"/>{times}{"".join(held)}</parkingAreaStatus>'


def vacant(number: object, **others: object) -> str:
    return tags(totalNumberOfVacantParkingSpaces=number, **others)


def old(*records: str, at: str = "2026-05-04T14:00:00+02:00") -> bytes:
    return publication(*records, kind=STATUS, at=at)


def test_an_areas_sum_is_no_car_park_and_silences_none() -> None:
    sum_of_all = area(tags(parkingAreaTotalNumberOfVacantParkingSpaces=416), area_id="C1[Altstadt]")
    decoded = read(old(sum_of_all, hall(vacant(130))))
    assert [(one.reason, one.device_id) for one in decoded.rejects] == [(RejectReason.NOT_A_PLACE, "DE-X:C1")]
    assert "an area's sum is no car park" in decoded.rejects[0].detail
    assert [type(seen) for seen in decoded.observations] == [SiteCounted]
    assert [place.id for place in declared(old(sum_of_all)).places] == []


def test_an_area_that_holds_facilities_gives_the_facilities() -> None:
    seen = read(old(area(hall(vacant(7)), hall(vacant(8), "C2"), area_id="A"))).observations
    assert [(one.device_id, one.vacant) for one in seen] == [("DE-X:C1", 7), ("DE-X:C2", 8)]


@pytest.mark.parametrize(
    "record",
    [
        area(hall(tags(parkingFacilityStatus="open") + GROUP.format(0, tags(numberOfVacantAssignedParkingSpaces=7)))),
        area(hall(hall(tags(parkingFacilityStatus="open") + vacant(7)), None, None)),
        hall(hall(tags(parkingFacilityStatus="open") + vacant(7)), None, None),
        area(hall(tags(parkingFacilityStatus="open") + vacant(7), None), area_id="C1"),
        area(hall(tags(parkingFacilityStatus="open") + vacant(7), time=None), time=SEEN),
    ],
)
def test_elements_of_one_name_in_each_other_are_one_car_park_and_can_be_read_again(record: str) -> None:
    decoded = read(old(record))
    assert not decoded.rejects
    assert {(type(one), one.device_id, one.observed_at.minute) for one in decoded.observations} == {
        (SiteCounted, "DE-X:C1", 58), (OpeningChanged, "DE-X:C1", 58)
    }  # fmt: skip
    raw = read(old(record.replace(">7<", ">x<"))).rejects[0].raw
    assert read(raw.replace(b">x<", b">7<")).observations == decoded.observations


def test_two_facilities_in_an_area_do_not_share_its_id() -> None:
    decoded = read(old(area(hall(vacant(7), None), hall(vacant(8), None))))
    assert [one.reason for one in decoded.rejects] == [RejectReason.MISSING_FIELD] * 2


def test_a_table_in_the_same_body_says_of_how_many_and_where() -> None:
    held = (
        '<parkingFacilityTable><parkingArea id="C1"><parkingAreaName><values><value>Grand Hall</value></values>'
        "</parkingAreaName><totalParkingCapacity>890</totalParkingCapacity><area><locationForDisplay>"
        "<latitude>52.2</latitude><longitude>0.12</longitude></locationForDisplay></area></parkingArea>"
        '<parkingArea id="A9"/></parkingFacilityTable>'
    )
    record = area(hall(tags(parkingFacilityOccupancy=170) + vacant(720)), area_id="C1")
    body = publication(f"</n:{OLD}><n:{STATUS}>{record}</n:{STATUS}><n:{OLD}>", held, kind=OLD)
    assert (kinds(body)[SiteCounted].vacant, kinds(body)[SiteCounted].capacity) == (720, 890)
    (place,) = declared(body).places
    assert (place.id, place.name, place.capacity, place.point.lat) == ("DE-X:C1", "Grand Hall", 890, 52.2)


def test_an_area_of_a_publisher_who_describes_car_parks_is_none() -> None:
    one = '<parkingFacility id="C1"/>'
    held = (
        f'<parkingFacilityTable><parkingArea id="A1">{one}</parkingArea><parkingArea id="C1"/></parkingFacilityTable>'
    )
    assert [place.id for place in declared(publication(held, kind=OLD)).places] == ["DE-X:C1"]


HERE, THERE = (
    f"<{{0}}><locationForDisplay><latitude>{lat}</latitude><longitude>0.12</longitude></locationForDisplay></{{0}}>"
    for lat in (52.2, 53)
)


@pytest.mark.parametrize(
    ("of_area", "of_facility", "name"),
    [
        (tags(totalParkingCapacity=890), tags(totalParkingCapacity=890), "Grand Hall"),
        (HERE.format("area"), HERE.format("facilityLocation"), "Grand Hall"),
        (tags(totalParkingCapacity=890), tags(totalParkingCapacity=200), "C1"),  # others number both alike
        (HERE.format("area"), THERE.format("facilityLocation"), "C1"),
        ("", "", "C1"),
        (tags(totalParkingCapacity=890), tags(totalParkingCapacity=890, parkingFacilityName="P-Hall"), "P-Hall"),
    ],
)
def test_an_area_that_is_the_car_park_of_its_id_names_it(of_area: str, of_facility: str, name: str) -> None:
    named = f"<parkingAreaName><values><value>Grand Hall</value></values></parkingAreaName>{of_area}"
    held = (
        f'<parkingFacilityTable><parkingArea id="C1">{named}</parkingArea>'
        f'<parkingFacility id="C1">{of_facility}</parkingFacility></parkingFacilityTable>'
    )
    (place,) = declared(publication(held, kind=OLD)).places
    assert place.name.rpartition(":")[2] == name


def test_an_entrance_is_where_a_car_park_is_where_nothing_else_is_told() -> None:
    at = "<{0}><pointByCoordinates><pointCoordinates>{1}</pointCoordinates></pointByCoordinates></{0}>"
    entrance = at.format("entranceLocation", tags(latitude=61.5, longitude=23.7))
    held = f'<parkingFacilityTable><parkingFacility id="F.11">{entrance}</parkingFacility></parkingFacilityTable>'
    (place,) = declared(publication(held, kind=OLD)).places
    assert (place.point.lon, place.point.lat) == (23.7, 61.5)


def test_short_term_spaces_are_for_whoever_drives_in() -> None:
    stated = vacant(
        130, totalNumberOfOccupiedParkingSpaces=70, totalParkingCapacityLongTermOverride=150,
        totalParkingCapacityOverride=350, totalParkingCapacityShortTermOverride=200,
    )  # fmt: skip
    count = kinds(old(hall(stated)))[SiteCounted]
    assert (count.vacant, count.capacity, count.basis) == (130, 200, Basis.COUNTED)


def test_a_total_with_subscribers_spaces_in_it_bounds_what_is_for_whoever_drives_in() -> None:
    of_all = vacant(
        190, totalNumberOfOccupiedParkingSpaces=60, totalParkingCapacityShortTermOverride=100,
        totalParkingCapacityOverride=250,
    )  # fmt: skip
    seen = kinds(old(hall(of_all)))
    assert SiteCounted not in seen
    level = seen[SiteLevelled]
    assert (level.vacant_low, level.vacant_high, level.capacity) == (40, 100, 100)


def test_occupied_is_never_read_as_free() -> None:
    count = kinds(old(hall(tags(totalNumberOfOccupiedParkingSpaces=70, totalParkingCapacityOverride=200))))[SiteCounted]
    assert (count.vacant, count.capacity, count.basis) == (130, 200, Basis.DERIVED)
    assert reason(old(hall(tags(totalNumberOfOccupiedParkingSpaces=70)))) is RejectReason.MISSING_FIELD
    grouped = GROUP.format(1, tags(numberOfOccupiedAssignedParkingSpaces=70))
    assert reason(old(hall(grouped))) is RejectReason.MISSING_FIELD


@pytest.mark.parametrize(
    "payload",
    [
        old(hall(vacant(130, totalNumberOfOccupiedParkingSpaces=90, totalParkingCapacityOverride=200))),
        old(hall(vacant(201, totalParkingCapacityShortTermOverride=200))),
        publication(site(spaces=100, vacant=40, parkingNumberOfOccupiedSpaces=61)),
    ],
)
def test_numbers_that_contradict_each_other_end_the_number_and_say_why(payload: bytes) -> None:
    assert reason(payload) is RejectReason.FREE_ABOVE_CAPACITY
    decoded = read(payload)
    assert "more than there are" in decoded.rejects[0].detail
    assert [(type(seen), seen.fault) for seen in decoded.observations] == [(DeviceFault, Fault.UNUSABLE)]


def test_fewer_than_there_are_is_no_contradiction() -> None:
    count = kinds(publication(site(spaces=100, vacant=40, parkingNumberOfOccupiedSpaces=50)))[SiteCounted]
    assert (count.vacant, count.capacity) == (40, 100)


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("spacesAvailable", FillLevel.SPACES_AVAILABLE),
        ("almostFull", FillLevel.ALMOST_FULL),
        ("full", FillLevel.FULL),
        ("fullAtEntrance", FillLevel.FULL),
    ],
)
def test_a_word_without_a_number_is_a_level_and_beside_a_number_nothing(word: str, level: FillLevel) -> None:
    said = f"<parkingSiteStatus>{word}</parkingSiteStatus>"
    seen = kinds(publication(site(vacant=None, more=said)))
    assert (seen[SiteLevelled].level, seen[SiteLevelled].capacity) == (level, 100)
    assert SiteCounted not in seen
    assert SiteLevelled not in kinds(publication(site(more=said)))
    assert kinds(facility(word))[SiteLevelled].level is level
    lorries = publication(site(spaces=None, vacant=None, more=said, parkingNumberOfVehicles=3))
    assert kinds(lorries)[SiteLevelled].level is level


def test_words_go_together_or_are_refused() -> None:
    assert kinds(facility("closed", "full", "spacesAvailable", vacant=4))[OpeningChanged].opening is Opening.CLOSED
    seen = kinds(facility("open", "spacesAvailable", "almostFull"))
    assert (seen[SiteLevelled].level, seen[OpeningChanged].opening) == (FillLevel.ALMOST_FULL, Opening.OPEN)
    assert reason(facility("full", "spacesAvailable")) is RejectReason.UNKNOWN_STATUS


@pytest.mark.parametrize(
    ("stated", "bounds"),
    [
        ({"LowerThan": 10}, (None, 9)),
        ({"HigherThan": 50}, (51, None)),
        ({"HigherThan": 10, "LowerThan": 50}, (11, 49)),
        ({"LowerThan": 500}, (None, 100)),
        ({"Graded": "lessThan20SpacesAvailable"}, (None, 19)),
    ],
)
def test_bounds_are_bounds(stated: dict[str, object], bounds: tuple[int | None, int | None]) -> None:
    numbers = {f"parkingNumberOfVacantSpaces{name}": value for name, value in stated.items()}
    level = kinds(publication(site(vacant=None, **numbers)))[SiteLevelled]
    assert (level.vacant_low, level.vacant_high, level.level) == (*bounds, FillLevel.UNKNOWN)


@pytest.mark.parametrize("stated", [{"LowerThan": 0}, {"HigherThan": 9, "LowerThan": 9}, {"HigherThan": 100}])
def test_bounds_between_which_no_number_lies_are_refused(stated: dict[str, int]) -> None:
    numbers = {f"parkingNumberOfVacantSpaces{name}": value for name, value in stated.items()}
    assert reason(publication(site(vacant=None, **numbers))) is RejectReason.FREE_ABOVE_CAPACITY


def test_a_percentage_a_trend_or_a_forecast_alone_is_no_number() -> None:
    numbers = {"parkingOccupancyTrend": "decreasing", "parkingNumberOfVacantSpacesGraded": "expectNoSpacesAvailable"}
    assert reason(publication(site(vacant=None, opening=None, **numbers))) is RejectReason.MISSING_FIELD


@pytest.mark.parametrize(
    ("at", "stated", "seen", "basis"),
    [
        ("2026-05-04T13:00:00+01:00", "2026-05-04T12:58:00", "11:58:00", TimeBasis.GATEWAY),  # not Berlin's offset
        ("2026-05-04T14:00:00+02:00", "2026-05-04T13:58:00", "11:58:00", TimeBasis.DEVICE),  # Berlin's
        ("2026-05-04T12:00:00Z", "2026-05-04T11:58:00", "11:58:00", TimeBasis.GATEWAY),
        ("2026-05-04T12:00:00Z", "2026-05-04T13:58:00", "11:58:00", TimeBasis.DEVICE),  # else true before it was made
        ("2026-05-04T14:00:00", "2026-05-04T13:58:00", "11:58:00", TimeBasis.DEVICE),  # no evidence: the source's zone
        ("2026-05-04T15:00:00+03:00", "2026-05-04T13:58:00+02:00", "11:58:00", TimeBasis.DEVICE),
        ("2026-05-04T13:00:00+01:00", "2026-05-04 12:58", "11:58:00", TimeBasis.GATEWAY),
        ("2026-05-04T14:00:00+02:00", "2026-05-04T13:58:00.123456789+0200", "11:58:00", TimeBasis.DEVICE),
    ],
)
def test_a_time_without_an_offset_has_its_publications(at: str, stated: str, seen: str, basis: TimeBasis) -> None:
    for payload in (publication(site(time=stated), at=at), old(hall(vacant(7), time=stated), at=at)):
        count = kinds(payload)[SiteCounted]
        assert (f"{count.observed_at:%H:%M:%S}", count.time_basis) == (seen, basis)
        again = read(read(payload.replace(b">7<", b">x<").replace(b">40<", b">x<")).rejects[0].raw)
        assert [one.observed_at for one in again.observations] == [count.observed_at]


def test_the_offset_of_the_messages_making_serves_where_the_publication_time_has_none() -> None:
    made = b"<exchangeCreationTime>2026-05-04T13:00:01+01:00</exchangeCreationTime></n:exchange>"
    body = publication(site(time="2026-05-04T12:58:00"), at="2026-05-04T13:00:00").replace(b"</n:exchange>", made)
    assert kinds(body)[SiteCounted].observed_at == datetime(2026, 5, 4, 11, 58, tzinfo=UTC)


def test_a_time_of_last_winter_is_read_by_the_winters_offset() -> None:
    seen = kinds(publication(site(time="2026-01-04T12:58:00")))[SiteCounted]
    assert seen.observed_at == datetime(2026, 1, 4, 11, 58, tzinfo=UTC)


def test_single_spaces_of_a_record_without_a_number_are_a_zone_of_bays() -> None:
    spaces = "".join(
        f'<parkingSpaceStatus parkingSpaceIndex="{index}"><parkingSpaceStatus>{inner}</parkingSpaceStatus>'
        "</parkingSpaceStatus>"
        for index, inner in {
            1: tags(parkingSpaceOccupied="true"),
            2: tags(parkingSpaceOccupied="false", measurementOrCalculationTime="2026-05-04T13:59:00+02:00"),
            3: tags(parkingSpaceOccupied="0", parkingSpaceClosed="true"),
        }.items()
    )
    body = publication(site("S", None, None, opening=None, more=spaces))
    seen = read(body).observations
    assert [(one.device_id, one.state, one.observed_at.minute) for one in seen] == [
        ("DE-X:S:1", SpaceState.OCCUPIED, 58),
        ("DE-X:S:2", SpaceState.FREE, 59),
        ("DE-X:S:3", SpaceState.CLOSED, 58),
    ]
    bay = '<parkingSpace parkingSpaceIndex="4"><parkingSpaceBasics/></parkingSpace>'
    (zone,) = declared(body, table(described("S", "Am See", None, bay))).places
    assert (zone.id, zone.name, [device.id[-1] for device in zone.devices]) == ("DE-X:S", "Am See", list("1234"))
    with_total = kinds(publication(site("S", 3, 1, more=spaces)))
    assert with_total.keys() == {SiteCounted, OpeningChanged}, "what counts its spaces is not told twice"
    torn = publication(site("S", None, None, opening=None, more=spaces.replace(">true<", ">perhaps<", 1)))
    assert [(one.reason, one.device_id) for one in read(torn).rejects] == [(RejectReason.UNKNOWN_STATUS, "DE-X:S:1")]
    assert {seen.device_id for seen in believed(read(torn))} == {"DE-X:S:2", "DE-X:S:3"}
    shut = read(publication(site("S", None, None, opening="closed", more=spaces))).observations
    assert {one.state for one in shut} == {SpaceState.CLOSED}
    fault = "<parkingFault>communicationsFailure</parkingFault>"
    lost = read(publication(site("S", None, None, opening=None, more=spaces + fault))).observations
    assert [(one.device_id, one.fault) for one in lost] == [
        (f"DE-X:S:{number}", Fault.COMMUNICATIONS_FAILURE) for number in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("assigned", "audiences"),
    [
        ("", {Audience.PUBLIC}),
        (tags(applicableForUser="disabled"), {Audience.DISABLED}),
        (tags(applicableForUser="women"), set()),
        (tags(vehicleCharacteristics=tags(fuelType="battery", vehicleType="car")), {Audience.EV}),
        (tags(vehicleCharacteristics=tags(vehicleType="car")), {Audience.PUBLIC}),
        (tags(vehicleCharacteristics=tags(vehicleType="bus")), set()),
        (tags(parkingPermit=tags(parkingPermitType="residentPermit")), set()),
    ],
)
def test_nobody_is_sent_to_a_bay_that_is_not_theirs(assigned: str, audiences: set[Audience]) -> None:
    only_for = f"<onlyAssignedParking>{assigned}</onlyAssignedParking>" if assigned else ""
    (zone,) = declared(table(described("PH1", "A1_Metzstraße", more=only_for))).places
    assert zone.spaces[0].audiences == audiences


def test_a_publisher_who_says_only_that_it_is_there_is_heard_and_says_nothing() -> None:
    alive = b"<d2LogicalModel><exchange><keepAlive>true</keepAlive></exchange></d2LogicalModel>"
    assert read(alive) == ([], [], None)


def test_an_id_of_torn_bytes_is_no_id_and_its_neighbour_is_read() -> None:
    body = publication(site("Bären", more=tags(parkingStatusDescription="Mäuse")), site("P2"))
    body = body.replace("Bä".encode(), b"B\xc3")
    decoded = read(body)
    assert [one.reason for one in decoded.rejects] == [RejectReason.MALFORMED_RECORD]
    assert {seen.device_id for seen in decoded.observations} == {"DE-X:P2"}


def test_opening_times_come_where_they_are_simple() -> None:
    days = "".join(tags(applicableDay=day) for day in ("monday", "tuesday"))
    hours = tags(startTimeOfPeriod="06:30:00", endTimeOfPeriod="23:30:00")
    period = (
        f"<validity><validityTimeSpecification><validPeriod><recurringTimePeriodOfDay>{hours}</recurringTimePeriodOfDay>"
        f"<recurringDayWeekMonthPeriod>{days}</recurringDayWeekMonthPeriod></validPeriod></validityTimeSpecification>"
        "</validity>"
    )
    for inner, told in (
        (period, "Mo,Tu 06:30-23:30"),
        (tags(available24hours="true"), "24/7"),
        (period.replace("06:30", "00:00").replace("23:30", "00:00"), None),
        (tags(openingTimesUnknown="true"), None),
    ):
        (place,) = declared(table(described("P1", "Dom", 100, f"<openingTimes>{inner}</openingTimes>"))).places
        assert place.opening_hours == told


def test_a_publication_wrapped_by_a_transport_says_the_same() -> None:
    plain = publication(site())
    soap = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>' % plain
    typed = plain.replace(
        b"<n:payloadPublication>",
        b"<n:payloadPublication xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='ParkingStatusPublication'>",
    )
    typed = typed.replace(b"<n:genericPublicationExtension><n:parkingStatusPublication>", b"")
    typed = typed.replace(b"</n:parkingStatusPublication></n:genericPublicationExtension>", b"")
    assert read(soap).observations == read(typed).observations == read(plain).observations


def test_a_newer_word_at_the_same_place_is_one_more_event() -> None:
    first = read(publication(site()))
    later = read(publication(site(vacant=None, more=tags(parkingSiteStatus="full")), at="2026-05-04T14:00:20+02:00"))
    assert not {one.event_id for one in first.observations[:1]} & {one.event_id for one in later.observations}
    assert ARRIVED - later.observations[0].observed_at < timedelta(minutes=5)
