"""DATEX II 2.3: single bays and their streets, the older dialect, static publications, torn bodies."""

import math

import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SpaceObserved
from parking.words import Audience, Basis, Fault, Opening, RejectReason, SpaceState
from sensors.reading.utm import to_degrees
from sensors.sources.datex2.adapter import INFO, decode
from tests.sensors.sources.datex2_bodies import (
    ARRIVED,
    DISABLED,
    category,
    declared,
    described,
    facility,
    kinds,
    old_table,
    only,
    publication,
    read,
    reason,
    site,
    table,
    tags,
)
from tests.sensors.sources.words import believed


@pytest.mark.parametrize(("vacant", "state"), [(1, SpaceState.FREE), (0, SpaceState.OCCUPIED)])
def test_a_site_of_one_space_is_that_space(vacant: int, state: SpaceState) -> None:
    seen = kinds(publication(site("PH19", 1, vacant, more=category(vacant, 1))))
    assert seen.keys() == {SpaceObserved}
    assert seen[SpaceObserved].state is state


def test_a_closed_bay_does_not_close_its_street() -> None:
    assert kinds(publication(site("PH19", 1, 1, opening="closed")))[SpaceObserved].state is SpaceState.CLOSED
    assert reason(publication(site("PH19", 1, None))) is RejectReason.MISSING_FIELD


def test_a_bay_whose_sensor_is_lost_is_a_fault_of_that_bay() -> None:
    seen = kinds(publication(site("PH19", 1, 1, more="<parkingFault>communicationsFailure</parkingFault>")))
    assert seen.keys() == {DeviceFault}
    assert seen[DeviceFault].fault is Fault.COMMUNICATIONS_FAILURE


def test_disabled_bays_among_others_are_not_for_everybody() -> None:
    seen = only(publication(site(more=category(3, 5))))
    public, disabled = seen[SiteCounted, Audience.PUBLIC], seen[SiteCounted, Audience.DISABLED]
    assert (public.vacant, public.capacity, public.basis) == (37, 95, Basis.DERIVED)
    assert (disabled.vacant, disabled.capacity) == (3, 5)
    assert reason(publication(site(more=category(41, 50)))) is RejectReason.FREE_ABOVE_CAPACITY
    assert reason(publication(site(more=category(1, 5, "Frauen")))) is RejectReason.UNKNOWN_STATUS


def test_bays_stand_in_zones_by_street_segment() -> None:
    static = table(
        described("PH20", "A12_Metzstraße_Hsnr.1", more=DISABLED, lon=9.4),
        described("PH3", "A11b_Metzstraße_Hsnr.7", more=DISABLED, lon=9.6),
        described("PH4", "A13_Hochstraße_Friedhof_Hsnr.41"),
        described("PH5", "Am See"),
        described("PH6", "A15_Werastraße_Hsnr.39"),
    )
    said = publication(*(site(f"PH{n}", 1, 1) for n in (20, 4, 5)))
    found = {place.id: place for place in declared(said, static).places}
    assert found.keys() == {"DE-X:street.Metzstraße", "DE-X:street.Hochstraße-Friedhof", "DE-X:PH5"}
    metz = found["DE-X:street.Metzstraße"]
    assert [space.id for space in metz.spaces] == ["DE-X:PH3", "DE-X:PH20"]  # PH3 keeps its slot while it is silent
    assert [(device.id, device.slot) for device in metz.devices] == [("DE-X:PH3", 0), ("DE-X:PH20", 1)]
    assert {space.audiences for space in metz.spaces} == {frozenset({Audience.DISABLED})}
    assert metz.point is not None
    assert metz.point.lon == pytest.approx(9.5)
    assert found["DE-X:PH5"].spaces[0].audiences == {Audience.PUBLIC}


def test_a_street_of_more_bays_than_a_zone_holds_is_several_zones() -> None:
    found = declared(table(*(described(f"PH{n}", f"A{n}_Uferstraße_Hsnr.1") for n in range(1, 301)))).places
    assert [(place.name, len(place.spaces)) for place in found] == [
        ("Uferstraße", 128), ("Uferstraße 2", 128), ("Uferstraße 3", 44)
    ]  # fmt: skip
    assert found[1].spaces[0].id == "DE-X:PH129"


def test_a_bay_for_people_the_house_has_no_word_for_is_for_nobody() -> None:
    women = DISABLED.replace("disabled", "women")
    (place,) = declared(table(described("PH1", "A1_Metzstraße", more=women))).places
    assert place.spaces[0].audiences == frozenset()


def test_without_its_static_publication_a_bay_stands_alone_and_its_category_says_for_whom() -> None:
    (place,) = declared(publication(site("PH19", 1, 0, more=category(0, 1)))).places
    assert (place.id, place.name, place.point) == ("DE-X:PH19", "PH19", None)
    assert place.spaces[0].audiences == {Audience.DISABLED}


def test_the_older_dialect_tells_short_from_long_term() -> None:
    payload = facility("spacesAvailable", "open", groups={"1": (36, 55), "2": (180, 20), "8": (4, 0)}, vacant=217)
    seen = only(payload)
    public, subscriber = seen[SiteCounted, Audience.PUBLIC], seen[SiteCounted, Audience.SUBSCRIBER]
    assert (public.vacant, public.capacity) == (36, 91)
    assert (subscriber.vacant, subscriber.capacity) == (180, 200)
    assert seen[OpeningChanged, None].opening is Opening.OPEN
    assert len(seen) == 3  # nobody is sent to a space for women


def test_the_older_dialect_without_groups_is_its_total() -> None:
    count = kinds(facility("spacesAvailable", vacant=7, occupied=3))[SiteCounted]
    assert (count.vacant, count.capacity, count.category) == (7, 10, Audience.PUBLIC)
    assert [type(seen) for seen in read(facility("open", occupied=3)).observations] == [OpeningChanged, DeviceFault]


@pytest.mark.parametrize("words", [("closed", "spacesAvailable"), ("spacesAvailable", "closed")])
def test_closed_with_spaces_available_is_closed_with_its_count(words: tuple[str, str]) -> None:
    seen = kinds(facility(*words, vacant=457, occupied=25))
    assert seen[OpeningChanged].opening is Opening.CLOSED
    assert seen[SiteCounted].vacant == 457


def test_a_facility_of_status_unknown_is_a_fault() -> None:
    seen = kinds(facility("statusUnknown", vacant=0, occupied=0))
    assert seen.keys() == {DeviceFault, OpeningChanged}
    assert seen[OpeningChanged].opening is Opening.UNKNOWN


@pytest.mark.parametrize(
    "payload", [facility("open", "closed"), facility("ajar"), facility("open", groups={"3": (1, 1)})]
)
def test_what_the_older_dialect_cannot_mean_is_refused(payload: bytes) -> None:
    assert reason(payload) is RejectReason.UNKNOWN_STATUS


def test_a_refused_facility_can_be_read_again_from_its_own_bytes() -> None:
    raw = read(facility("ajar", vacant=7, occupied=3)).rejects[0].raw
    assert read(raw.replace(b"ajar", b"open"), recorded=True).observations == list(
        read(facility("open", vacant=7, occupied=3), recorded=True).observations
    )


def test_the_older_static_dialect_counts_short_term_spaces_and_0_is_unknown() -> None:
    said = facility("open", vacant=7)
    known = old_table(totalParkingCapacityLongTerm=110, totalParkingCapacityShortTerm=160, totalParkingCapacity=270)
    (place,) = declared(said, known).places
    assert (place.id, place.name, place.capacity, place.point.lon) == ("DE-X:127", "Milaneo", 160, 9.18)
    (blank,) = declared(said, old_table(totalParkingCapacityShortTerm=0, totalParkingCapacity=0)).places
    assert blank.capacity is None


def test_a_height_in_metres_becomes_centimetres() -> None:
    low = tags(characteristicsOfPermittedVehicles=tags(heightCharacteristic=tags(vehicleHeight="2.08")))
    record = old_table().replace(b"<facilityLocation>", low.encode() + b"<facilityLocation>")
    assert declared(record).places[0].height_cm == 208


def test_metres_where_degrees_belong_are_read_for_the_publisher_known_to_send_them() -> None:
    metres = {"lon": "500000.0", "lat": "4982950.400"}
    (place,) = declared(old_table("DE-MDM-Stadt Stuttgart", **metres)).places
    assert place.point is not None
    assert (place.point.lon, place.point.lat) == pytest.approx((9.0, 45.0), abs=1e-7)
    (degrees,) = declared(old_table("DE-MDM-Stadt Stuttgart")).places
    assert degrees.point is not None
    assert degrees.point.lon == 9.18
    elsewhere = declared(old_table(**metres))
    assert [reject.reason for reject in elsewhere.rejects] == [RejectReason.BAD_COORDINATES]
    assert [(place.id, place.point) for place in elsewhere.places] == [("DE-X:127", None)]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (described("P1", "Dom", 100, lat=97), RejectReason.BAD_COORDINATES),
        (described("P1", "Dom", 100, lat="north"), RejectReason.BAD_COORDINATES),
        (described("P1", "Dom", 100, lat="nan"), RejectReason.BAD_COORDINATES),
        (described("P1", "Dom", -1), RejectReason.NEGATIVE_COUNT),
    ],
)
def test_a_description_that_cannot_be_used_leaves_the_place(record: str, why: RejectReason) -> None:
    found = declared(publication(site()), table(record))
    assert [reject.reason for reject in found.rejects] == [why]
    assert [(place.id, place.point, place.capacity) for place in found.places] == [("DE-X:P1", None, None)]


def test_only_what_the_recording_talks_of_is_declared() -> None:
    static = table(described("P1", "Dom", 100), described("P2", "Markt", "broken"))
    found = declared(publication(site()), static)
    assert [(place.id, place.name) for place in found.places] == [("DE-X:P1", "Dom")]
    assert not found.rejects
    strangers = declared(publication(site()), table(described("P1", "Dom", 100), publisher="DE-Y"))
    assert [(place.id, place.name) for place in strangers.places] == [("DE-X:P1", "P1")]


def test_a_static_publication_by_itself_declares_all_and_observes_nothing() -> None:
    static = table(described("P1", "Dom", 100), described("P2", "Markt", 50))
    assert read(static) == ([], [], None)
    assert [place.name for place in declared(static).places] == ["Dom", "Markt"]


def test_a_broken_file_beside_a_recording_costs_itself_alone() -> None:
    found = declared(publication(site()), b"<torn")
    assert [reject.reason for reject in found.rejects] == [RejectReason.MALFORMED_BODY]
    assert INFO.sidecars[0] in found.rejects[0].detail
    assert len(found.places) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"<a", b"<html/>", b"\xff\xfe", b"<d2LogicalModel/>"])
def test_a_torn_or_foreign_body_is_one_reject_with_its_bytes(body: bytes) -> None:
    assert reason(body) is RejectReason.MALFORMED_BODY
    assert read(body).rejects[0].raw == body


def test_an_entity_bomb_is_refused() -> None:
    bomb = (
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><parkingStatusPublication>&b;</parkingStatusPublication>'
    )
    assert reason(bomb) is RejectReason.MALFORMED_BODY


def test_a_record_as_deep_as_a_well_is_refused_and_its_neighbour_is_not() -> None:
    deep = f"<parkingRecordStatus>{'<a>' * 5000}{'</a>' * 5000}</parkingRecordStatus>"
    decoded = read(publication(deep, site()))
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_RECORD]
    assert {seen.device_id for seen in believed(decoded)} == {"DE-X:P1"}


def test_a_stranger_in_the_list_is_refused_not_passed_over() -> None:
    stranger = '<parkingSpaceStatus><parkingRecordReference id="S1"/></parkingSpaceStatus>'
    assert [reject.reason for reject in read(publication(stranger, site())).rejects] == [RejectReason.MALFORMED_RECORD]


def test_polling_the_same_publication_twice_is_the_same_events() -> None:
    first, second = (decode(publication(site()), tenant="x", received_at=at, recorded=False)
                     for at in (ARRIVED, ARRIVED.replace(minute=5)))  # fmt: skip
    assert [seen.event_id for seen in first.observations] == [seen.event_id for seen in second.observations]


@pytest.mark.parametrize(("lon", "lat"), [(6.1, 50.8), (9.18, 48.78), (11.9, 54.2)])
def test_degrees_projected_by_another_series_come_back(lon: float, lat: float) -> None:
    """Snyder, Map Projections: A Working Manual (1987), equations 3-21 and 8-9 to 8-15."""
    axis, e2 = 6_378_137.0, 0.006_694_380_022_9
    phi, ep2 = math.radians(lat), e2 / (1 - e2)
    n = axis / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    t, c, a = math.tan(phi) ** 2, ep2 * math.cos(phi) ** 2, math.cos(phi) * math.radians(lon - 9)
    m = axis * (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * phi
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * math.sin(2 * phi)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * math.sin(4 * phi)
        - 35 * e2**3 / 3072 * math.sin(6 * phi)
    )
    east = a + (1 - t + c) * a**3 / 6 + (5 - 18 * t + t**2 + 72 * c - 58 * ep2) * a**5 / 120
    north = a**2 / 2 + (5 - t + 9 * c + 4 * c**2) * a**4 / 24 + (61 - 58 * t + t**2 + 600 * c - 330 * ep2) * a**6 / 720
    point = to_degrees(500_000 + 0.9996 * n * east, 0.9996 * (m + n * math.tan(phi) * north), 32)
    assert (point.lon, point.lat) == pytest.approx((lon, lat), abs=1e-6)
