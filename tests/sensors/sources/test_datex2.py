"""DATEX II 2.3 in its two dialects: small publications with one trap each."""

import math
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from parking.catalogue.model import Catalogue
from parking.fold.admission import find_refusal
from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SpaceObserved
from parking.words import Audience, Basis, Fault, Opening, RejectReason, SpaceState, TimeBasis
from sensors.sources.datex2.adapter import INFO, decode, places
from sensors.sources.datex2.utm import to_degrees
from tests.support import shared

ARRIVED = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
PUBLISHED = "2026-05-04T14:00:00+02:00"
SEEN = "2026-05-04T13:58:00+02:00"


def publication(*records: str, kind: str = "parkingStatusPublication", publisher: str = "DE-X", at: str = PUBLISHED):
    return (
        f'<n:d2LogicalModel xmlns:n="http://datex2.eu/schema/2/2_0"><n:exchange><n:supplierIdentification>'
        f"<n:nationalIdentifier>other</n:nationalIdentifier></n:supplierIdentification></n:exchange>"
        f"<n:payloadPublication><n:publicationTime>{at}</n:publicationTime><n:publicationCreator>"
        f"<n:nationalIdentifier>{publisher}</n:nationalIdentifier></n:publicationCreator><n:genericPublicationExtension>"
        f"<n:{kind}><n:headerInformation/>{''.join(records)}</n:{kind}>"
        f"</n:genericPublicationExtension></n:payloadPublication></n:d2LogicalModel>"
    ).encode()


def tags(**values: object) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value is not None)


def site(
    site_id: str = "P1",
    spaces: object = 100,
    vacant: object = 40,
    opening: str | None = "open",
    time: str | None = SEEN,
    more: str = "",
    **others: object,
) -> str:
    numbers = tags(parkingNumberOfSpacesOverride=spaces, parkingNumberOfVacantSpaces=vacant, **others)
    return (
        f'<parkingRecordStatus><parkingRecordReference id="{site_id}" version="7"/>'
        f"{tags(parkingStatusOriginTime=time)}"
        f"<parkingOccupancy>{numbers}<parkingOccupancy>60.0</parkingOccupancy></parkingOccupancy>"
        f"{more}{tags(parkingSiteOpeningStatus=opening)}</parkingRecordStatus>"
    )


def facility(*states: str, groups: dict[str, tuple[int, int]] | None = None, time: str = SEEN, **totals: int) -> bytes:
    parts = "".join(
        f'<assignedParkingSpacesStatus index="{index}"><assignedParkingSpacesStatus>'
        f"{tags(numberOfOccupiedAssignedParkingSpaces=occupied, numberOfVacantAssignedParkingSpaces=vacant)}"
        "</assignedParkingSpacesStatus></assignedParkingSpacesStatus>"
        for index, (vacant, occupied) in (groups or {}).items()
    )
    numbers = tags(
        totalNumberOfOccupiedParkingSpaces=totals.get("occupied"), totalNumberOfVacantParkingSpaces=totals.get("vacant")
    )
    words = "".join(tags(parkingFacilityStatus=state) for state in states)
    record = (
        f'<parkingFacilityStatus><parkingFacilityReference id="127" version="1.0"/>{words}'
        f"<parkingFacilityStatusTime>{time}</parkingFacilityStatusTime>{numbers}{parts}</parkingFacilityStatus>"
    )
    return publication(record, kind="parkingFacilityTableStatusPublication")


def described(site_id: str, name: str, spaces: object = 1, more: str = "", lon: object = 9.47, lat: object = 47.65):
    return (
        f'<parkingRecord id="{site_id}"><parkingName><values><value>{name}</value></values></parkingName>'
        f"{tags(parkingNumberOfSpaces=spaces)}<parkingLocation><pointByCoordinates><pointCoordinates>"
        f"{tags(latitude=lat, longitude=lon)}</pointCoordinates></pointByCoordinates></parkingLocation>"
        f"{more}</parkingRecord>"
    )


DISABLED = "<assignedParkingAmongOthers><applicableForUser>disabled</applicableForUser></assignedParkingAmongOthers>"


def table(*records: str, publisher: str = "DE-X") -> bytes:
    held = f"<parkingTable>{''.join(records)}</parkingTable>"
    return publication(held, kind="parkingTablePublication", publisher=publisher)


def old_table(publisher: str = "DE-X", record_id: str = "127", **fields: object) -> bytes:
    lon, lat = fields.pop("lon", 9.18), fields.pop("lat", 48.77)
    record = (
        f'<parkingFacility id="{record_id}"><parkingFacilityName><values><value>Milaneo</value></values>'
        f"</parkingFacilityName>{tags(**fields)}<facilityLocation><locationForDisplay>"
        f"{tags(latitude=lat, longitude=lon)}</locationForDisplay></facilityLocation></parkingFacility>"
    )
    held = f"<parkingFacilityTable>{record}</parkingFacilityTable>"
    return publication(held, kind="parkingFacilityTablePublication", publisher=publisher)


def read(payload: bytes, recorded: bool = False):
    return decode(payload, tenant="x", received_at=ARRIVED, recorded=recorded)


def only(payload: bytes, recorded: bool = False):
    decoded = read(payload, recorded)
    assert not decoded.rejects, decoded.rejects
    return {(type(seen), getattr(seen, "category", None)): seen for seen in decoded.observations}


def kinds(payload: bytes):
    return {kind: seen for (kind, _), seen in only(payload).items()}


def reason(payload: bytes) -> RejectReason:
    decoded = read(payload)
    assert not decoded.observations
    assert len(decoded.rejects) == 1
    assert decoded.rejects[0].detail
    return decoded.rejects[0].reason


def declared(recording: bytes | None, static: bytes | None = None):
    sidecars = {} if static is None else {INFO.sidecars[0]: static}
    return places(recording, sidecars, tenant="x", received_at=ARRIVED)


def test_a_site_is_a_count_and_an_opening_of_the_same_time() -> None:
    seen = kinds(publication(site()))
    count = seen[SiteCounted]
    assert (count.device_id, count.vacant, count.capacity, count.basis) == ("DE-X:P1", 40, 100, Basis.COUNTED)
    assert (count.observed_at, count.time_basis) == (datetime(2026, 5, 4, 11, 58, tzinfo=UTC), TimeBasis.DEVICE)
    assert count.received_at == ARRIVED
    assert seen[OpeningChanged].opening is Opening.OPEN


def test_a_recording_arrived_when_it_was_published() -> None:
    decoded = read(publication(site()), recorded=True)
    assert {seen.received_at for seen in decoded.observations} == {datetime(2026, 5, 4, 12, tzinfo=UTC)}
    assert decoded.ends_at == datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize("lie", ["2027-01-01T00:00:00Z", "soon", ""])
def test_a_publication_time_that_cannot_be_moves_nobodys_clock(lie: str) -> None:
    decoded = read(publication(site(), at=lie), recorded=True)
    assert {seen.received_at for seen in decoded.observations} == {ARRIVED}


def test_a_record_without_a_time_is_as_old_as_its_publication() -> None:
    count = kinds(publication(site(time=None)))[SiteCounted]
    assert (count.observed_at, count.time_basis) == (datetime(2026, 5, 4, 12, tzinfo=UTC), TimeBasis.GATEWAY)
    bare = kinds(publication(site(time=None), at=""))[SiteCounted]
    assert (bare.observed_at, bare.time_basis) == (ARRIVED, TimeBasis.ARRIVAL)


def test_seven_digits_of_a_second_and_no_offset_are_read() -> None:
    assert kinds(publication(site(time="2026-05-04T13:58:00.8822571+02:00")))[SiteCounted].observed_at.second == 0
    assert kinds(publication(site(time="2026-05-04T13:58:00")))[SiteCounted].observed_at.hour == 11  # Berlin


@pytest.mark.parametrize(
    ("time", "why"),
    [
        ("1970-01-01T01:00:00.000+01:00", RejectReason.BAD_TIME),
        ("2026-05-04", RejectReason.BAD_TIME),
        ("2026-02-30T10:00:00Z", RejectReason.BAD_TIME),
        ("0001-01-01T00:00:00+14:00", RejectReason.BAD_TIME),
        ("2026-05-04T12:10:00Z", RejectReason.FUTURE_TIME),
    ],
)
def test_a_time_that_cannot_be_costs_the_record(time: str, why: RejectReason) -> None:
    assert reason(publication(site(time=time))) is why


def test_publishers_number_alike_and_are_kept_apart() -> None:
    here, there = (only(publication(site(), publisher=name)) for name in ("DE-MDM-Aachen", "Toll Collect"))
    ids = {seen.device_id for seen in (*here.values(), *there.values())}
    assert ids == {"DE-MDM-Aachen:P1", "Toll-Collect:P1"}


def test_a_remark_in_brackets_is_no_part_of_an_id() -> None:
    assert kinds(publication(site("1035[P+R Bondorf]")))[SiteCounted].device_id == "DE-X:1035"


@pytest.mark.parametrize("bad", ["", " ", "x" * 130, "a\u200bb"])
def test_an_id_that_names_nothing_is_refused(bad: str) -> None:
    assert reason(publication(site(bad))) in (RejectReason.MISSING_FIELD, RejectReason.MALFORMED_RECORD)


def test_a_slash_in_an_id_can_still_be_a_place() -> None:
    payload = publication(site("A/1"))
    assert [place.id for place in declared(payload).places] == [kinds(payload)[SiteCounted].device_id]


@pytest.mark.parametrize(
    ("word", "opening"),
    [
        ("open", Opening.OPEN),
        ("closed", Opening.CLOSED),
        ("closedAbnormal", Opening.CLOSED_ABNORMAL),
        ("openingTimesInForce", Opening.UNKNOWN),
        ("other", Opening.UNKNOWN),
    ],
)
def test_the_opening_is_the_houses_word(word: str, opening: Opening) -> None:
    assert kinds(publication(site(opening=word)))[OpeningChanged].opening is opening


def test_where_nobody_may_park_it_is_closed() -> None:
    assert kinds(publication(site(parkingNotAllowed="true")))[OpeningChanged].opening is Opening.CLOSED


def test_without_an_opening_nothing_is_said_of_it() -> None:
    assert OpeningChanged not in kinds(publication(site(opening=None)))


@pytest.mark.parametrize(
    "record",
    [
        site(opening="ajar"),
        site(more="<parkingSiteStatus>crowded</parkingSiteStatus>"),
        site(more="<parkingFault>gremlins</parkingFault>"),
    ],
)
def test_a_word_that_nobody_explained_is_refused(record: str) -> None:
    assert reason(publication(record)) is RejectReason.UNKNOWN_STATUS


def test_a_status_of_unknown_with_0_of_0_is_a_fault_not_a_full_car_park() -> None:
    record = site(spaces=0, vacant=0, opening="closed", more="<parkingSiteStatus>unknown</parkingSiteStatus>")
    seen = kinds(publication(record))
    assert SiteCounted not in seen
    assert seen[DeviceFault].fault is Fault.COUNTING_OUT_OF_SERVICE
    assert seen[OpeningChanged].opening is Opening.CLOSED


def test_a_fault_of_the_count_silences_it_and_one_of_the_barrier_does_not() -> None:
    broken = kinds(publication(site(more="<parkingFault>erroneousOccupancyInformation</parkingFault>")))
    assert SiteCounted not in broken
    assert broken[DeviceFault].fault is Fault.COUNTING_OUT_OF_SERVICE
    barrier = kinds(publication(site(more="<parkingFault>barrierMalfunction</parkingFault>")))
    assert barrier.keys() == {SiteCounted, OpeningChanged}


def test_a_missing_number_is_unknown_never_zero() -> None:
    assert kinds(publication(site(spaces=None)))[SiteCounted].capacity is None
    assert SiteCounted not in kinds(publication(site(vacant=None)))
    assert SiteCounted not in kinds(publication(site(vacant="", spaces=None)))
    assert reason(publication(site(vacant=None, opening=None))) is RejectReason.MISSING_FIELD


def test_a_bound_is_no_count() -> None:
    assert SiteCounted not in kinds(publication(site(vacant=None, parkingNumberOfVacantSpacesLowerThan=10)))


def test_vehicles_of_a_known_capacity_leave_the_rest_vacant() -> None:
    count = kinds(publication(site(vacant=None, parkingNumberOfVehicles=70)))[SiteCounted]
    assert (count.vacant, count.capacity, count.basis) == (30, 100, Basis.DERIVED)
    occupied = kinds(publication(site(vacant=None, parkingNumberOfOccupiedSpaces=60, parkingNumberOfVehicles=70)))
    assert occupied[SiteCounted].vacant == 40


def test_vehicles_alone_are_refused_in_words_that_say_so() -> None:
    payload = publication(site(spaces=None, vacant=None, parkingNumberOfVehicles=3))
    assert reason(payload) is RejectReason.MISSING_FIELD
    assert "counts 3 vehicles" in read(payload).rejects[0].detail
    assert reason(publication(site(vacant=None, parkingNumberOfVehicles=101))) is RejectReason.NEGATIVE_COUNT


@pytest.mark.parametrize(
    ("vacant", "why"),
    [
        (-1, RejectReason.NEGATIVE_COUNT),
        ("many", RejectReason.WRONG_TYPE),
        ("1.5", RejectReason.WRONG_TYPE),
        (101, RejectReason.FREE_ABOVE_CAPACITY),
        (2**31, RejectReason.WRONG_TYPE),
    ],
)
def test_a_bad_record_costs_itself_alone_and_can_be_read_again(vacant: object, why: RejectReason) -> None:
    decoded = read(publication(site("P1", vacant=vacant), site("P2")))
    assert [(reject.reason, reject.device_id) for reject in decoded.rejects] == [(why, "DE-X:P1")]
    assert {seen.device_id for seen in decoded.observations} == {"DE-X:P2"}
    mended = decoded.rejects[0].raw.replace(f"Spaces>{vacant}<".encode(), b"Spaces>40<")
    assert read(mended, recorded=True) == read(publication(site("P1")), recorded=True)


def test_two_large_numbers_do_not_add_up_to_a_capacity() -> None:
    assert reason(publication(site(spaces=None, vacant=2**31 - 1, parkingNumberOfOccupiedSpaces=9))) is (
        RejectReason.WRONG_TYPE
    )


def test_of_a_pair_of_thresholds_the_one_for_filling_up_counts() -> None:
    pairs = tags(almostFullDecreasing=13, almostFullIncreasing=10, fullDecreasing=4, fullIncreasing=2)
    payload = publication(site(more=f"<overrideParkingThresholds>{pairs}</overrideParkingThresholds>"))
    assert kinds(payload)[SiteCounted].full_at == 2
    (place,) = declared(payload, table(described("P1", "Dom", 100))).places
    assert (place.full_at, place.almost_full_at) == (2, 10)


def test_static_thresholds_hold_where_the_status_has_none() -> None:
    own = f"<parkingThresholds>{tags(almostFullIncreasing=9, fullIncreasing=1)}</parkingThresholds>"
    (place,) = declared(publication(site()), table(described("P1", "Dom", 100, own))).places
    assert (place.full_at, place.almost_full_at) == (1, 9)


@pytest.mark.parametrize("values", [{"almostFullIncreasing": 90, "fullIncreasing": 98}, {"fullIncreasing": 98}])
def test_thresholds_that_may_count_vehicles_are_left_out(values: dict[str, int]) -> None:
    more = f"<overrideParkingThresholds>{tags(**values)}</overrideParkingThresholds>"
    assert kinds(publication(site(more=more)))[SiteCounted].full_at is None


def category(vacant: int, spaces: int, name: str = "Behinderte") -> str:
    numbers = tags(parkingNumberOfSpacesOverride=spaces, parkingNumberOfVacantSpaces=vacant)
    return (
        f"<parkingSiteStatusExtension><category><name>{name}</name><parkingOccupancy>{numbers}</parkingOccupancy>"
        "</category></parkingSiteStatusExtension>"
    )


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
    assert SiteCounted not in kinds(facility("open", occupied=3))


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
    assert {seen.device_id for seen in decoded.observations} == {"DE-X:P1"}


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


LATER = datetime(2026, 11, 1, tzinfo=UTC)


def bare(root: ElementTree.Element) -> ElementTree.Element:
    """The same tree without namespaces, for an independent reading."""
    for element in root.iter():
        element.tag = re.sub(r"\{.*\}", "", element.tag)
    return root


def expected_of_sites(root: ElementTree.Element) -> tuple[set, int]:
    """What each record should become, and how many are refused, read with the standard library alone."""
    facts, refused = set(), 0
    for record in root.iter("parkingRecordStatus"):
        name = record.find("parkingRecordReference").get("id").split("[")[0]
        spaces, vacant, vehicles = (
            record.findtext(f"parkingOccupancy/parkingNumberOf{what}")
            for what in ("SpacesOverride", "VacantSpaces", "Vehicles")
        )
        if record.findtext("parkingSiteStatus") == "unknown":
            facts.add((name, "fault"))
        elif vacant is None and vehicles is not None:
            refused += 1
            continue
        elif spaces == "1":
            facts.add((name, "free" if vacant == "1" else "occupied"))
            continue
        elif vacant is not None:
            facts.add((name, int(vacant), int(spaces)))
        if (opening := record.findtext("parkingSiteOpeningStatus")) is not None:
            facts.add((name, "unknown" if opening == "other" else opening))
    return facts, refused


def expected_of_facilities(root: ElementTree.Element) -> tuple[set, int]:
    facts, refused = set(), 0
    for record in root.iter("parkingFacilityStatus"):
        if not len(record):  # the status inside a record has the record's name
            continue
        if record.findtext("parkingFacilityStatusTime").startswith("1970"):
            refused += 1
            continue
        name, words = record[0].get("id"), {one.text for one in record.findall("parkingFacilityStatus")}
        if "statusUnknown" in words:
            facts |= {(name, "fault"), (name, "unknown")}
        facts |= {(name, word) for word in words & {"open", "closed"}}
        for group in record.findall("assignedParkingSpacesStatus"):
            occupied, vacant = (int(one.text) for one in group[0])
            facts.add((name, vacant, vacant + occupied))
    return facts, refused


def fact(seen) -> tuple:
    name = seen.device_id.partition(":")[2]
    match seen:
        case SiteCounted():
            return name, seen.vacant, seen.capacity
        case OpeningChanged():
            return name, str(seen.opening)
        case SpaceObserved():
            return name, str(seen.state)
        case _:
            return name, "fault"


@pytest.mark.parametrize(
    ("city", "observations", "rejected", "declared_places"),
    [
        ("aachen", 34, 0, 17),
        ("friedrichshafen-sensors", 55, 0, 29),
        ("stuttgart", 100, 2, 49),
        ("toll-collect", 109, 1750, 1820),
        ("vrs_bondorf", 1, 0, 1),
        ("vrs_kirchheim", 2, 0, 2),
    ],
)
def test_every_recording_says_what_an_independent_reading_of_it_says(
    city: str, observations: int, rejected: int, declared_places: int
) -> None:
    file = shared(f"datex2/v2_parking/{city}-realtime.xml")
    payload, root = file.read_bytes(), bare(ElementTree.parse(file).getroot())
    decoded = decode(payload, tenant="x", received_at=LATER, recorded=True)
    facts, refused = (expected_of_facilities if city == "stuttgart" else expected_of_sites)(root)
    assert {fact(seen) for seen in decoded.observations} == facts
    assert (len(decoded.observations), len(decoded.rejects)) == (observations, rejected)
    assert len(decoded.rejects) == refused
    published = datetime.fromisoformat(root.findtext("payloadPublication/publicationTime")).astimezone(UTC)
    assert {seen.received_at for seen in decoded.observations} == {decoded.ends_at} == {published}
    beside = {name: (file.parent / name).read_bytes() for name in INFO.sidecars if (file.parent / name).exists()}
    found = places(payload, beside, tenant="x", received_at=LATER)
    assert (len(found.places), found.rejects) == (declared_places, [])
    catalogue = Catalogue(found.places)
    for seen in decoded.observations:
        place = catalogue.find_observed("x", seen.source, seen.device_id, seen.observed_at)
        assert find_refusal(seen, place, LATER) is None


def test_recorded_static_publications_put_every_place_where_its_city_is() -> None:
    centres = {"aachen": (6.08, 50.77), "friedrichshafen-sensors": (9.47, 47.66), "stuttgart": (9.18, 48.78)}
    for city, (lon, lat) in centres.items():
        found = declared(shared(f"datex2/v2_parking/{city}-static.xml").read_bytes())
        assert found.places
        assert not found.rejects
        for place in found.places:
            assert place.point is not None
            assert abs(place.point.lon - lon) < 0.1
            assert abs(place.point.lat - lat) < 0.1


def test_recorded_thresholds_of_aachen_are_a_tenth_and_none() -> None:
    payload = shared("datex2/v2_parking/aachen-realtime.xml").read_bytes()
    by_id = {place.id: place for place in declared(payload).places}
    assert (by_id["DE-MDM-Aachen:P1"].full_at, by_id["DE-MDM-Aachen:P1"].almost_full_at) == (0, 56)
    assert by_id["DE-MDM-Aachen:P5"].full_at is None  # out of service, without thresholds
