"""Bordeaux' records, every value a text, and the traps that one recorded list proves."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parking.catalogue.model import Catalogue
from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled
from parking.published.level import fill_level
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, TimeBasis
from sensors.sources.bordeaux.adapter import INFO, decode, places
from tests.sensors.sources.words import believed, doubted
from tests.support import shared

ARRIVED = datetime(2021, 2, 21, 4, 46, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
RECORDING = "other_french/bordeaux/st_park_p_2021-02-20.json"
RECORD = {
    "ident": "CUBPK19",
    "nom": "Capucins ",
    "libre": "222",
    "total": "270",
    "etat": "LIBRE",
    "connecte": "1",
    "infor": "NaN",
    "ta_type": "PAYANT_TARIF_HORAIRE",
    "adresse": "Place des Capucins\n33800 Bordeaux",
    "gabari_max": "2,6",
    "gabari_std": "1,85",
    "geometry": {"point_srsName": "EPSG:4326", "pos": "44.830 -0.567"},
    "mdate": "2021-02-21 05:45:37",
}


def record(**changes):
    return {name: value for name, value in (RECORD | changes).items() if value is not ...}


def body(*records) -> bytes:
    return json.dumps(records).encode()


def read(payload: bytes, recorded: bool = False, received_at: datetime = ARRIVED):
    return decode(payload, tenant="bordeaux", received_at=received_at, recorded=recorded)


def only(payload: bytes):
    decoded = read(payload)
    assert not decoded.rejects, decoded.rejects
    return {type(seen): seen for seen in decoded.observations}


def declared(payload: bytes | None):
    return places(payload, {}, tenant="bordeaux", received_at=ARRIVED)


def test_one_record_is_a_count_and_an_opening_in_paris_time() -> None:
    seen = only(body(record()))
    count = seen[SiteCounted]
    assert (count.vacant, count.capacity, count.full_at, count.device_id) == (222, 270, None, "CUBPK19")
    assert (count.category, count.time_basis) == (Audience.PUBLIC, TimeBasis.GATEWAY)
    assert count.observed_at == datetime(2021, 2, 21, 4, 45, 37, tzinfo=UTC)
    assert seen[OpeningChanged].opening is Opening.OPEN


@pytest.mark.parametrize("etat", ["libre", "LIBRE", "OUVERT"])
def test_open_is_written_in_three_ways(etat: str) -> None:
    assert only(body(record(etat=etat)))[OpeningChanged].opening is Opening.OPEN


def test_complet_with_spaces_left_is_full_and_without_any_too() -> None:
    for libre in (56, 0):
        count = only(body(record(etat="COMPLET", libre=str(libre), total="79")))[SiteCounted]
        assert count.vacant == libre
        level = fill_level(count.vacant, count.vacant, count.capacity, Opening.OPEN, count.full_at)
        assert level is FillLevel.FULL


def test_closed_is_said_beside_the_count() -> None:
    seen = only(body(record(etat="FERME")))
    assert (seen[OpeningChanged].opening, seen[SiteCounted].vacant) == (Opening.CLOSED, 222)


@pytest.mark.parametrize("nothing", ["NaN", "", None, ...])
def test_a_missing_number_is_unknown_never_zero(nothing: object) -> None:
    assert SiteCounted not in only(body(record(libre=nothing)))
    assert only(body(record(total=nothing)))[SiteCounted].capacity is None


@pytest.mark.parametrize(
    ("etat", "level"),
    [("COMPLET", FillLevel.FULL), ("libre", FillLevel.SPACES_AVAILABLE), ("LIBRE", FillLevel.SPACES_AVAILABLE)],
)
@pytest.mark.parametrize("nothing", ["NaN", "", None, ...])
def test_without_a_number_the_word_on_how_full_it_is_stands(etat: str, level: FillLevel, nothing: object) -> None:
    seen = only(body(record(etat=etat, libre=nothing)))
    assert (seen[SiteLevelled].level, seen[SiteLevelled].capacity) == (level, 270)
    assert (seen[SiteLevelled].vacant_low, seen[SiteLevelled].vacant_high) == (None, None)
    assert DeviceFault not in seen
    reserved = only(body(record(etat=etat, libre=nothing, ta_type="PAYANT_RESERVE_ABONNES")))
    assert reserved[SiteLevelled].category is Audience.SUBSCRIBER


@pytest.mark.parametrize("etat", ["OUVERT", "FERME"])
def test_that_it_is_open_or_closed_is_no_word_on_how_full_it_is(etat: str) -> None:
    seen = only(body(record(etat=etat, libre="NaN")))
    assert SiteLevelled not in seen
    assert seen[DeviceFault].fault is Fault.UNUSABLE


def test_a_word_beside_a_number_of_no_use_or_of_one_that_is_cut_off_is_no_level() -> None:
    assert SiteLevelled not in only(body(record(etat="COMPLET", libre="NaN", connecte="0")))
    broken = read(body(record(etat="COMPLET", libre="-2")))
    assert (doubted(broken), [reject.reason for reject in broken.rejects]) == (
        {"CUBPK19"}, [RejectReason.NEGATIVE_COUNT],
    )  # fmt: skip


def test_a_car_park_that_is_cut_off_has_no_count() -> None:
    seen = only(body(record(connecte="0")))
    assert SiteCounted not in seen
    assert seen[DeviceFault].fault is Fault.COMMUNICATIONS_FAILURE
    assert SiteCounted in only(body(record(connecte="NaN")))


@pytest.mark.parametrize(
    "changes",
    [{"ta_type": "PAYANT_RESERVE_ABONNES"}, {"infor": "Réservé abonnés TBM"}, {"infor": "Résidents seulement"}],
)
def test_a_car_park_for_subscribers_is_not_for_everyone(changes: dict) -> None:
    seen = only(body(record(**changes)))
    assert seen[SiteCounted].category is Audience.SUBSCRIBER
    assert seen[OpeningChanged].opening is Opening.SUBSCRIBERS_ONLY
    assert only(body(record(etat="FERME", **changes)))[OpeningChanged].opening is Opening.CLOSED
    assert declared(body(record(**changes))).places[0].capacity is None


@pytest.mark.parametrize("infor", ["Abonnement gratuit pour les vélos", "Parc mixte avec places P+R abonnés", 5])
def test_words_about_subscriptions_do_not_close_it_to_others(infor: object) -> None:
    assert only(body(record(infor=infor)))[SiteCounted].category is Audience.PUBLIC


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ident": "NaN"}, RejectReason.MISSING_FIELD),
        ({"ident": 5}, RejectReason.MISSING_FIELD),
        ({"mdate": "NaN"}, RejectReason.MISSING_FIELD),
        ({"mdate": "hier"}, RejectReason.BAD_TIME),
        ({"mdate": 2021}, RejectReason.BAD_TIME),
        ({"mdate": "2021-02-21 06:45:37"}, RejectReason.FUTURE_TIME),
        ({"etat": "PRESQUE"}, RejectReason.UNKNOWN_STATUS),
        ({"etat": ...}, RejectReason.UNKNOWN_STATUS),
        ({"connecte": "2"}, RejectReason.UNKNOWN_STATUS),
        ({"libre": "277", "total": "252"}, RejectReason.FREE_ABOVE_CAPACITY),
        ({"libre": "-1"}, RejectReason.NEGATIVE_COUNT),
        ({"libre": "1,5"}, RejectReason.WRONG_TYPE),
    ],
)
def test_a_bad_record_costs_itself_alone_and_can_be_read_again(changes: dict, why: RejectReason) -> None:
    decoded = read(body(record(**changes), record(ident="CUBPK24")))
    assert [reject.reason for reject in decoded.rejects] == [why]
    assert {seen.device_id for seen in believed(decoded)} == {"CUBPK24"}
    again = json.loads(decoded.rejects[0].raw)
    assert again == record(**changes)
    assert only(json.dumps(again | record()).encode())[SiteCounted].vacant == 222


@pytest.mark.parametrize("payload", [b"", b"[1", b"{}", b'{"error": 1}', b"\xff", b"null", b"<xml/>"])
def test_a_foreign_body_is_one_reject(payload: bytes) -> None:
    assert [reject.reason for reject in read(payload).rejects] == [RejectReason.MALFORMED_BODY]
    assert declared(payload).places == []


def test_a_place_is_what_its_record_says() -> None:
    (place,) = declared(body(record())).places
    assert (place.name, place.capacity, place.height_cm) == ("Capucins", 270, 185)
    assert place.address == "Place des Capucins 33800 Bordeaux"
    assert (place.point.lon, place.point.lat) == (-0.567, 44.83)
    assert declared(None).places == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"geometry": {"pos": "123.0 -0.5"}}, RejectReason.BAD_COORDINATES),
        ({"geometry": {"pos": "here"}}, RejectReason.BAD_COORDINATES),
        ({"total": "-5"}, RejectReason.NEGATIVE_COUNT),
        ({"nom": "x" * 999}, RejectReason.MALFORMED_RECORD),
    ],
)
def test_an_unusable_description_costs_the_description_not_the_car_park(changes: dict, why: RejectReason) -> None:
    found = declared(body(record(**changes)))
    assert [reject.reason for reject in found.rejects] == [why]
    assert [(place.id, place.name, place.point) for place in found.places] == [("CUBPK19", "CUBPK19", None)]


def test_unknown_points_and_heights_stay_unknown() -> None:
    (place,) = declared(body(record(geometry="NaN", gabari_max="NaN", gabari_std="haut"))).places
    assert (place.point, place.height_cm) == (None, None)


@pytest.mark.parametrize("stamp", ["2021-02-21 09:00:00", "2026-01-01 00:00:00"])
def test_one_record_from_the_future_does_not_move_a_recording(stamp: str) -> None:
    records = [record(ident=str(n)) for n in range(3)]
    decoded = read(body(*records, record(mdate=stamp)), recorded=True, received_at=LATER)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.FUTURE_TIME]
    assert decoded.ends_at == datetime(2021, 2, 21, 4, 45, 37, tzinfo=UTC)


def test_the_whole_recording_says_what_the_standard_library_reads_in_it() -> None:
    payload = shared(RECORDING).read_bytes()
    decoded = read(payload, recorded=True, received_at=LATER)
    rows = json.loads(payload)
    counted = [one for one in rows if one["connecte"] == "1" and int(one["libre"]) <= int(one["total"])]
    paris = ZoneInfo("Europe/Paris")
    assert {
        (one.device_id, one.vacant, one.capacity, one.observed_at)
        for one in decoded.observations
        if isinstance(one, SiteCounted)
    } == {
        (one["ident"], int(one["libre"]), int(one["total"]), datetime.fromisoformat(one["mdate"]).replace(tzinfo=paris))
        for one in counted
    }
    assert len(rows) == 86
    assert Counter(reject.reason for reject in decoded.rejects) == {
        RejectReason.FREE_ABOVE_CAPACITY: 8,
        RejectReason.MISSING_FIELD: 1,
    }
    assert Counter(type(one) for one in decoded.observations) == {SiteCounted: 43, DeviceFault: 42, OpeningChanged: 85}
    assert len(doubted(decoded)) == 32, "24 without a number, and 8 with more than there are"
    assert decoded.ends_at == datetime(2021, 2, 21, 4, 45, 37, tzinfo=UTC)
    fresh = [one for one in decoded.observations if decoded.ends_at - one.observed_at <= timedelta(minutes=15)]
    assert {one.received_at for one in fresh} == {decoded.ends_at}


def test_every_recorded_device_observes_a_place_with_a_point() -> None:
    payload = shared(RECORDING).read_bytes()
    found = declared(payload)
    assert (len(found.places), list(found.rejects)) == (85, [])
    assert all(-0.9 < place.point.lon < -0.4 and 44.7 < place.point.lat < 45 for place in found.places)
    catalogue = Catalogue(found.places)
    assert all(
        catalogue.find_observed("bordeaux", INFO.id, one.device_id, one.observed_at)
        for one in read(payload, recorded=True, received_at=LATER).observations
    )


def test_0_of_a_stated_0_is_no_number_and_not_full() -> None:
    seen = only(body(record(etat="OUVERT", libre="0", total="0")))
    assert SiteCounted not in seen
    assert seen[DeviceFault].fault is Fault.UNUSABLE
    assert only(body(record(etat="COMPLET", libre="0", total="0")))[SiteLevelled].level is FillLevel.FULL
    assert only(body(record(libre="0", total="")))[SiteCounted].vacant == 0
