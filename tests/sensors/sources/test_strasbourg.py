"""Strasbourg's records in three shapes, and the traps that the recorded ones prove."""

import json
from datetime import UTC, datetime

import pytest

from parking.catalogue.model import Catalogue
from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled
from parking.words import Fault, FillLevel, Opening, RejectReason, TimeBasis
from sensors.sources.strasbourg.adapter import INFO, decode, places
from tests.sensors.sources.words import believed
from tests.support import shared

ARRIVED = datetime(2020, 12, 20, 12, 52, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
RECORD = {
    "nom_parking": "Parking Gutenberg",
    "etat": 1,
    "ident": "11",
    "infousager": "90",
    "idsurfs": "1383_DEP_9",
    "libre": 93,
    "total": 233,
    "etat_descriptif": "Ouvert",
}
STAMP = "2020-12-20T12:51:00.704000+00:00"


def record(**changes):
    return {name: value for name, value in (RECORD | changes).items() if value is not ...}


def v1(*records, stamp: object = STAMP) -> bytes:
    wrapped = [{"recordid": "x", "fields": one, "record_timestamp": stamp} for one in records]
    return json.dumps({"nhits": len(records), "records": wrapped}).encode()


def v21(*records) -> bytes:
    return json.dumps({"total_count": len(records), "results": records}).encode()


def legacy(*records, stamp: object = "mer. 03 avril 2019 à 08:00") -> bytes:
    return json.dumps({"d": [], "s": records, "calltime": 10000, "datatime": stamp}).encode()


def read(payload: bytes, recorded: bool = False, received_at: datetime = ARRIVED):
    return decode(payload, tenant="strasbourg", received_at=received_at, recorded=recorded)


def only(payload: bytes):
    decoded = read(payload)
    assert not decoded.rejects, decoded.rejects
    return {type(seen): seen for seen in decoded.observations}


def declared(payload: bytes | None):
    return places(payload, {}, tenant="strasbourg", received_at=ARRIVED)


@pytest.mark.parametrize("ident", ["11", 11, " 11 "])
def test_one_record_is_a_count_and_an_opening_of_the_same_key_whatever_its_type(ident: object) -> None:
    seen = only(v1(record(ident=ident)))
    count = seen[SiteCounted]
    assert (count.vacant, count.capacity, count.device_id) == (93, 233, "11")
    assert (count.observed_at.minute, count.time_basis) == (51, TimeBasis.GATEWAY)
    assert seen[OpeningChanged].opening is Opening.OPEN


@pytest.mark.parametrize(
    ("sign", "level"),
    [("LIBRE", FillLevel.SPACES_AVAILABLE), (" libre ", FillLevel.SPACES_AVAILABLE), ("COMPLET", FillLevel.FULL)],
)
@pytest.mark.parametrize("missing", [{"libre": None}, {"libre": ...}, {"etat": 0, "libre": 0}])
def test_without_a_number_the_sign_says_how_full_it_is(sign: str, level: FillLevel, missing: dict) -> None:
    seen = only(v1(record(infousager=sign, **missing)))
    assert (seen[SiteLevelled].level, seen[SiteLevelled].capacity) == (level, 233)
    assert seen[OpeningChanged].opening is Opening.OPEN
    assert SiteCounted not in seen
    assert DeviceFault not in seen


@pytest.mark.parametrize("sign", ["90", "OUVERT", "", None, 5])
def test_a_sign_that_says_no_level_makes_none(sign: object) -> None:
    assert only(v1(record(infousager=sign, libre=None)))[DeviceFault].fault is Fault.UNUSABLE
    assert only(v1(record(infousager=sign, etat=0)))[DeviceFault].fault is Fault.COUNTING_OUT_OF_SERVICE


def test_a_number_goes_before_the_sign_and_a_closed_gate_before_both() -> None:
    assert only(v1(record(infousager="COMPLET")))[SiteCounted].vacant == 93
    assert set(only(v1(record(infousager="COMPLET", etat=2)))) == {OpeningChanged}


def test_the_live_shape_has_no_time_and_says_so() -> None:
    for payload in (v21(record()), json.dumps([record()]).encode()):
        count = only(payload)[SiteCounted]
        assert (count.observed_at, count.time_basis) == (ARRIVED, TimeBasis.ARRIVAL)


def test_the_older_feed_is_read_in_paris_time() -> None:
    count = only(legacy({"id": "10", "ds": "status_1", "df": "76", "dt": "955"}))[SiteCounted]
    assert (count.device_id, count.vacant, count.capacity) == ("10", 76, 955)
    assert (count.observed_at, count.time_basis) == (datetime(2019, 4, 3, 6, tzinfo=UTC), TimeBasis.GATEWAY)


@pytest.mark.parametrize(
    ("stamp", "read_as"),
    [
        ("03 avril 2019 à 08:00", datetime(2019, 4, 3, 6, tzinfo=UTC)),
        ("ven. 1 Février 2019 à 9:05", datetime(2019, 2, 1, 8, 5, tzinfo=UTC)),
        ("dim. 27 octobre 2019 à 02:30", datetime(2019, 10, 27, 1, 30, tzinfo=UTC)),
        ("dim. 31 mars 2019 à 02:30", datetime(2019, 3, 31, 1, 30, tzinfo=UTC)),
    ],
)
def test_french_words_are_a_time(stamp: str, read_as: datetime) -> None:
    body = legacy({"id": "10", "ds": "status_1", "df": "76", "dt": "955"}, stamp=stamp)
    assert only(body)[SiteCounted].observed_at == read_as


@pytest.mark.parametrize(
    "body", [v1(record(etat=2, libre=0, infousager="FERME")), legacy({"id": "11", "ds": "status_4", "df": "0"})]
)
def test_closed_is_not_shown_as_full(body: bytes) -> None:
    seen = only(body)
    assert SiteCounted not in seen
    assert seen[OpeningChanged].opening is Opening.CLOSED


def test_no_count_in_real_time_is_a_fault_and_the_sign_says_whether_it_is_open() -> None:
    seen = only(v1(record(etat=0, libre=0, infousager="OUVERT")))
    assert SiteCounted not in seen
    assert seen[DeviceFault].fault is Fault.COUNTING_OUT_OF_SERVICE
    assert seen[OpeningChanged].opening is Opening.OPEN
    mute = only(legacy({"id": "28", "ds": "status_0", "df": "0", "dt": "800"}))
    assert mute[OpeningChanged].opening is Opening.UNKNOWN


def test_a_missing_number_is_unknown_never_zero() -> None:
    assert SiteCounted not in only(v1(record(libre=None)))
    assert SiteCounted not in only(v1(record(libre=...)))
    assert only(v1(record(total=0)))[SiteCounted].capacity is None
    assert only(v1(record(total=...)))[SiteCounted].capacity is None


def test_a_record_without_a_name_counts_all_the_same() -> None:
    assert only(v1(record(nom_parking=..., idsurfs=...)))[SiteCounted].vacant == 93


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ident": ...}, RejectReason.MISSING_FIELD),
        ({"ident": True}, RejectReason.MISSING_FIELD),
        ({"etat": 3}, RejectReason.UNKNOWN_STATUS),
        ({"etat": True}, RejectReason.UNKNOWN_STATUS),
        ({"etat": None}, RejectReason.UNKNOWN_STATUS),
        ({"etat": "status_2"}, RejectReason.UNKNOWN_STATUS),
        ({"libre": "beaucoup"}, RejectReason.WRONG_TYPE),
        ({"libre": -2}, RejectReason.NEGATIVE_COUNT),
        ({"libre": 234}, RejectReason.FREE_ABOVE_CAPACITY),
    ],
)
def test_a_bad_record_costs_itself_alone_and_can_be_read_again(changes: dict, why: RejectReason) -> None:
    decoded = read(v1(record(**changes), record(ident=12)))
    assert [reject.reason for reject in decoded.rejects] == [why]
    assert {seen.device_id for seen in believed(decoded)} == {"12"}
    again = json.loads(decoded.rejects[0].raw)
    assert again["fields"] == record(**changes)
    again["fields"] = record()
    assert only(json.dumps(again).encode())[SiteCounted].vacant == 93


@pytest.mark.parametrize(
    ("stamp", "why"),
    [
        ("hier", RejectReason.BAD_TIME),
        ("32 avril 2019 à 08:00", RejectReason.BAD_TIME),
        ("3 floréal 2019 à 08:00", RejectReason.BAD_TIME),
        (2019, RejectReason.BAD_TIME),
        ("2020-12-20T14:00:00+00:00", RejectReason.FUTURE_TIME),
    ],
)
def test_a_stamp_that_is_no_time_of_ours_is_refused(stamp: object, why: RejectReason) -> None:
    assert [reject.reason for reject in read(v1(record(), stamp=stamp)).rejects] == [why]


def test_an_older_record_that_was_refused_can_be_read_again() -> None:
    raw = read(legacy({"id": "1", "ds": "status_3", "df": "1", "dt": "2"}, 5)).rejects
    assert [reject.reason for reject in raw] == [RejectReason.UNKNOWN_STATUS, RejectReason.MALFORMED_RECORD]
    assert only(raw[0].raw.replace(b"status_3", b"status_1"))[SiteCounted].vacant == 1
    assert json.loads(raw[1].raw)["s"] == [5]


@pytest.mark.parametrize("body", [b"", b"[1", b"{}", b'{"error": "quota"}', b'{"s": 5, "datatime": ""}', b"\xff", b"3"])
def test_a_foreign_body_is_one_reject(body: bytes) -> None:
    assert [reject.reason for reject in read(body).rejects] == [RejectReason.MALFORMED_BODY]
    assert len(declared(body).places) == 31


def test_one_record_from_the_future_does_not_move_a_recording() -> None:
    body = json.loads(v1(record(), record(ident=12), record(ident=13)))
    body["records"][2]["record_timestamp"] = "2023-01-01T00:00:00+00:00"
    decoded = read(json.dumps(body).encode(), recorded=True, received_at=LATER)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.FUTURE_TIME]
    assert decoded.ends_at.year == 2020


def test_places_are_our_list_and_what_a_recording_adds() -> None:
    known = {place.id: place for place in declared(None).places}
    assert len(known) == 31
    assert known["10"].name == "Parking Gare Wodli"
    assert known["30"].name == "Strasbourg 30"
    assert all(7.6 < place.point.lon < 7.8 and 48.5 < place.point.lat < 48.7 for place in known.values() if place.point)
    assert sum(place.point is None for place in known.values()) == 3
    found = declared(v1(record(ident=77, nom_parking="Parking Neuf"), record(ident="a/b")))
    assert found.places[-1].name == "Parking Neuf"
    assert [reject.reason for reject in found.rejects] == [RejectReason.MALFORMED_RECORD]


@pytest.mark.parametrize(
    ("file", "counts", "faults", "arrived"),
    [
        ("StatusResponse.json", 26, 2, datetime(2019, 4, 3, 6, tzinfo=UTC)),
        ("data.strasbourg.eu_status.json", 9, 1, datetime(2019, 4, 3, 8, 57, tzinfo=UTC)),
        ("status_error.json", 28, 1, datetime(2020, 12, 20, 12, 51, 0, 704_000, tzinfo=UTC)),
    ],
)
def test_every_recording_says_what_the_standard_library_reads_in_it(
    file: str, counts: int, faults: int, arrived: datetime
) -> None:
    payload = shared(f"other_french/strasbourg/{file}").read_bytes()
    decoded = read(payload, recorded=True, received_at=LATER)
    body = json.loads(payload)
    if "s" in body:
        told = {one["id"]: int(one["df"]) for one in body["s"] if one["ds"] == "status_1"}
        records = len(body["s"])
    else:
        fields = [one["fields"] for one in body["records"]]
        told = {str(one["ident"]): one["libre"] for one in fields if one["etat_descriptif"] == "Ouvert"}
        records = len(fields)
    seen = [one for one in decoded.observations if isinstance(one, SiteCounted)]
    assert {one.device_id: one.vacant for one in seen} == told
    assert not decoded.rejects
    assert len(seen) == counts
    assert sum(isinstance(one, DeviceFault) for one in decoded.observations) == faults
    assert sum(isinstance(one, OpeningChanged) for one in decoded.observations) == records
    assert {one.observed_at for one in decoded.observations} == {decoded.ends_at} == {arrived}
    catalogue = Catalogue(declared(payload).places)
    assert len(catalogue) == 31
    assert all(catalogue.find_observed("strasbourg", INFO.id, one.device_id, arrived) for one in decoded.observations)
