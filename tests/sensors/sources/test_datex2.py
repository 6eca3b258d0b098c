"""DATEX II 2.3, status publications of car parks: numbers, times, openings, thresholds."""

from datetime import UTC, datetime

import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted
from parking.words import Basis, Fault, Opening, RejectReason, TimeBasis
from tests.sensors.sources.datex2_bodies import (
    ARRIVED,
    declared,
    described,
    kinds,
    only,
    publication,
    read,
    reason,
    site,
    table,
    tags,
)
from tests.sensors.sources.words import believed


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
    decoded = read(payload)
    assert [one.reason for one in decoded.rejects] == [RejectReason.MISSING_FIELD]
    assert "counts 3 vehicles" in decoded.rejects[0].detail
    gate, end = decoded.observations
    assert isinstance(gate, OpeningChanged)
    assert isinstance(end, DeviceFault)
    assert (gate.opening, end.fault) == (Opening.OPEN, Fault.UNUSABLE), "the gate does not hang on the number"
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
    assert {seen.device_id for seen in believed(decoded)} == {"DE-X:P2"}
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
