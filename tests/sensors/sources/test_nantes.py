"""Nantes' records of four decades-worth of shapes, and the traps that the recorded data prove."""

import json
from datetime import UTC, datetime

import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted
from parking.words import Fault, Opening, RejectReason
from sensors.sources.nantes.adapter import INFO, decode, places
from sensors.sources.nantes.places import car_park_ids
from tests.sensors.sources.words import believed, doubted
from tests.support import shared

ARRIVED = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
RECORD = {
    "idobj": "677",
    "grp_nom": "Commerce",
    "grp_identifiant": "007",
    "grp_statut": 5,
    "grp_disponible": 283,
    "disponibilite": 283.0,
    "grp_exploitation": 533,
    "grp_complet": 10,
    "grp_horodatage": "2026-05-04T12:00:00+00:00",
    "location": {"lon": -1.5577, "lat": 47.2131},
}


def record(**changes):
    return {name: value for name, value in (RECORD | changes).items() if value is not ...}


def v21(*records) -> bytes:
    return json.dumps({"total_count": len(records), "results": records}).encode()


def read(payload: bytes, recorded: bool = False):
    return decode(payload, tenant="nantes", received_at=ARRIVED, recorded=recorded)


def only(payload: bytes):
    decoded = read(payload)
    assert not decoded.rejects, decoded.rejects
    return {type(seen): seen for seen in decoded.observations}


def reason(payload: bytes) -> RejectReason:
    decoded = read(payload)
    assert SiteCounted not in map(type, decoded.observations)
    assert len(decoded.rejects) == 1
    assert decoded.rejects[0].detail
    return decoded.rejects[0].reason


XML = """<?xml version="1.0" encoding="UTF-8"?><opendata><answer><data><Groupes_Parking><Groupe_Parking>
<Grp_nom>COMMERCE</Grp_nom><Grp_statut>5</Grp_statut><Grp_disponible>283</Grp_disponible><Grp_complet>2</Grp_complet>
<Grp_exploitation>533</Grp_exploitation><Grp_horodatage>13/12/2011 23:03:40</Grp_horodatage><IdObj>677</IdObj>
</Groupe_Parking></Groupes_Parking></data></answer></opendata>"""


def test_one_record_is_a_count_and_an_opening_of_the_same_time() -> None:
    seen = only(v21(record()))
    count = seen[SiteCounted]
    assert (count.vacant, count.capacity, count.full_at, count.device_id) == (283, 533, 10, "677")
    assert count.observed_at == datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert count.received_at == ARRIVED
    assert seen[OpeningChanged].opening is Opening.OPEN


@pytest.mark.parametrize(
    ("statut", "opening"), [(1, Opening.CLOSED), (2, Opening.SUBSCRIBERS_ONLY), (5, Opening.OPEN), ("5", Opening.OPEN)]
)
def test_the_statut_says_who_may_drive_in(statut: object, opening: Opening) -> None:
    assert only(v21(record(grp_statut=statut)))[OpeningChanged].opening is opening


def test_statut_0_is_a_fault_not_an_empty_car_park() -> None:
    seen = only(v21(record(grp_statut=0, grp_disponible=0, grp_exploitation=0)))
    assert SiteCounted not in seen
    assert seen[DeviceFault].fault is Fault.COUNTING_OUT_OF_SERVICE
    assert seen[OpeningChanged].opening is Opening.UNKNOWN


def test_an_unknown_statut_is_refused() -> None:
    seen = read(v21(record(grp_statut=7)))
    assert [reject.reason for reject in seen.rejects] == [RejectReason.UNKNOWN_STATUS]
    assert [one.opening for one in seen.usable] == [Opening.UNKNOWN]
    assert doubted(seen) == {"677"}


def test_statut_2_with_zero_of_zero_is_kept_as_said() -> None:
    seen = only(v21(record(grp_statut=2, grp_disponible=0, grp_exploitation=0, disponibilite=...)))
    assert (seen[SiteCounted].vacant, seen[SiteCounted].capacity) == (0, 0)


def test_a_missing_number_is_unknown_never_zero() -> None:
    assert SiteCounted not in only(v21(record(grp_disponible=None, disponibilite=...)))
    assert only(v21(record(grp_exploitation=None)))[SiteCounted].capacity is None
    assert only(v21(record(grp_disponible=None)))[SiteCounted].vacant == 283  # its twin field


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"idobj": ...}, RejectReason.MISSING_FIELD),
        ({"idobj": "  "}, RejectReason.MISSING_FIELD),
        ({"grp_statut": ...}, RejectReason.MISSING_FIELD),
        ({"grp_horodatage": None}, RejectReason.MISSING_FIELD),
        ({"grp_horodatage": "yesterday"}, RejectReason.BAD_TIME),
        ({"grp_horodatage": "31/02/2026 10:00:00"}, RejectReason.BAD_TIME),
        ({"grp_disponible": "many"}, RejectReason.WRONG_TYPE),
        ({"grp_disponible": 1.5}, RejectReason.WRONG_TYPE),
        ({"grp_disponible": True}, RejectReason.WRONG_TYPE),
        ({"grp_disponible": 1e300}, RejectReason.WRONG_TYPE),
        ({"grp_disponible": -4}, RejectReason.NEGATIVE_COUNT),
        ({"grp_disponible": 534}, RejectReason.FREE_ABOVE_CAPACITY),
    ],
)
def test_a_bad_record_costs_itself_alone(changes: dict, why: RejectReason) -> None:
    decoded = read(v21(record(**changes), record(idobj="288")))
    assert [reject.reason for reject in decoded.rejects] == [why]
    assert {seen.device_id for seen in believed(decoded)} == {"288"}
    assert doubted(decoded) == ({"677"} if "idobj" not in changes else set())
    assert json.loads(decoded.rejects[0].raw) == record(**changes)


@pytest.mark.parametrize("location", [{"lon": -1.5, "lat": 97}, "here"])
def test_where_it_says_it_lies_is_told_and_costs_no_number(location: object) -> None:
    decoded = read(v21(record(location=location)))
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.BAD_COORDINATES]
    assert [seen.vacant for seen in decoded.observations if isinstance(seen, SiteCounted)] == [283]


def test_what_becomes_impossible_or_is_left_out_ends_the_number_at_its_time_and_keeps_the_gate() -> None:
    for changes in ({"grp_disponible": -2}, {"grp_disponible": 9999}, {"grp_disponible": None, "disponibilite": ...}):
        seen = {type(one): one for one in read(v21(record(**changes))).observations}
        assert seen.keys() == {OpeningChanged, DeviceFault}
        assert seen[OpeningChanged].opening is Opening.OPEN
        assert (seen[DeviceFault].fault, seen[DeviceFault].observed_at) == (
            Fault.UNUSABLE,
            seen[OpeningChanged].observed_at,
        )


def test_a_rejected_record_can_be_decoded_again_from_its_own_bytes() -> None:
    raw = read(v21(record(grp_statut=7))).rejects[0].raw
    assert only(raw.replace(b'"grp_statut":7', b'"grp_statut":5').replace(b'": 7', b'": 5'))[SiteCounted].vacant == 283
    xml = read(XML.replace("<Grp_statut>5", "<Grp_statut>7").encode()).rejects[0].raw
    assert only(xml.replace(b"<Grp_statut>7", b"<Grp_statut>5"))[SiteCounted].vacant == 283


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,", b"<a", b"<html/>", b'{"error":"quota"}', b"\xff\xfe", b'{"results": 5}', b"null"]
)
def test_a_torn_or_foreign_body_is_one_reject_with_its_bytes(body: bytes) -> None:
    assert reason(body) is RejectReason.MALFORMED_BODY
    assert read(body).rejects[0].raw == body


def test_an_entity_bomb_is_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opendata>&b;</opendata>'
    assert reason(bomb) is RejectReason.MALFORMED_BODY


def test_a_record_that_is_no_object_is_refused_alone() -> None:
    decoded = read(v21(5, record()))
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_RECORD]
    assert decoded.rejects[0].raw == b"5"


def test_all_shapes_of_a_record_say_the_same() -> None:
    upper = {name.replace("grp_", "Grp_").replace("idobj", "IdObj"): str(v) for name, v in record(location=...).items()}
    tree = {"opendata": {"answer": {"data": {"Groupes_Parking": {"Groupe_Parking": [upper]}}}}}
    lone = {"opendata": {"answer": {"data": {"Groupes_Parking": {"Groupe_Parking": upper}}}}}
    v1 = {"fields": record(location=[47.2131, -1.5577]), "record_timestamp": "2026-05-04T12:00:20Z"}
    shapes = [[record()], {"results": [record()]}, {"records": [v1]}, [v1], tree, lone, record(), v1]
    counts = [only(json.dumps(shape).encode())[SiteCounted] for shape in shapes]
    assert len(set(counts)) == 1


def test_legacy_times_are_paris_times() -> None:
    seen = read(XML.encode(), recorded=True).observations
    assert {one.observed_at for one in seen} == {datetime(2011, 12, 13, 22, 3, 40, tzinfo=UTC)}
    assert {one.received_at for one in seen} == {datetime(2011, 12, 13, 22, 3, 40, tzinfo=UTC)}


def test_paris_time_labelled_utc_is_undone_and_said() -> None:
    lying = record(grp_horodatage="2026-05-04T14:00:00+00:00")
    count = only(v21(lying))[SiteCounted]
    assert count.observed_at == datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert count.time_shift_s == 7200


def test_an_offset_that_says_what_it_means_is_believed() -> None:
    count = only(v21(record(grp_horodatage="2026-05-04T14:00:00+02:00")))[SiteCounted]
    assert (count.observed_at, count.time_shift_s) == (datetime(2026, 5, 4, 12, tzinfo=UTC), 0)


def test_polling_the_same_record_twice_is_the_same_event() -> None:
    assert read(v21(record())).observations[0].event_id == read(v21(record())).observations[0].event_id


def test_the_catalogue_knows_28_car_parks_and_their_unknowns() -> None:
    declared = places(None, {}, tenant="nantes", received_at=ARRIVED).places
    assert len(car_park_ids()) == 28
    by_id = {place.id: place for place in declared}
    assert len(by_id) == len(declared) == 86
    assert by_id["677"].name == "Parking Commerce"
    assert by_id["4765"].capacity is None
    assert all(place.point and -2 < place.point.lon < -1 and 47 < place.point.lat < 48 for place in declared)
    assert all(place.devices[0].valid_for_s == INFO.valid_for_s == 900 for place in declared)


@pytest.mark.parametrize(
    ("file", "observations", "rejected"),
    [
        ("2011-11-21_getDisponibiliteParkingsPublics.xml", 4, 0),
        ("2011-12-13_getDisponibiliteParkingsPublics.xml", 46, 0),
        ("2015-05-25_disponibilites.json", 56, 0),
        ("2022-10-04_parcs-relais_disponibilites.json", 10, 0),
        ("single_records_2021_2026.json", 6, 2),  # two quoted without idobj
    ],
)
def test_every_recording_is_read_to_the_last_record(file: str, observations: int, rejected: int) -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    decoded = decode(shared(f"nantes/{file}").read_bytes(), tenant="nantes", received_at=later, recorded=True)
    assert (len(decoded.observations), len(decoded.rejects)) == (observations, rejected)


def test_a_reused_name_does_not_move_a_car_park() -> None:
    """idobj 3549 was called FEYDEAU in 2011 and GLORIETTE 1 in 2015; 4320 is FEYDEAU since."""
    of_2011 = read(shared("nantes/2011-12-13_getDisponibiliteParkingsPublics.xml").read_bytes(), recorded=True)
    of_2015 = read(shared("nantes/2015-05-25_disponibilites.json").read_bytes(), recorded=True)
    feydeau = next(s for s in of_2011.observations if isinstance(s, SiteCounted) and s.vacant == 10)
    assert feydeau.device_id == "3549"
    assert {"3549", "4320"} <= {seen.device_id for seen in of_2015.observations}


def test_the_recorded_false_utc_is_undone_by_the_publication_time() -> None:
    seen = read(shared("nantes/2022-10-04_parcs-relais_disponibilites.json").read_bytes(), recorded=True)
    assert {one.observed_at for one in seen.observations} == {datetime(2022, 10, 4, 6, 58, 40, tzinfo=UTC)}
    assert {one.time_shift_s for one in seen.observations} == {7200}


@pytest.mark.parametrize(
    "stamp", ["2026-05-04T16:00:00+02:00", "04/05/2026 15:30:00", "2026-05-04T12:07:00+00:00", "2099-01-01T00:00:00Z"]
)
def test_a_stamp_ahead_that_no_false_label_explains_is_one_reject(stamp: str) -> None:
    assert reason(v21(record(grp_horodatage=stamp))) is RejectReason.FUTURE_TIME


def test_each_recorded_record_is_judged_by_its_own_publication() -> None:
    """The documented case of 2022 beside a record published two hours later."""
    early = {"fields": record(grp_horodatage="2022-10-04T08:58:40+00:00"), "record_timestamp": "2022-10-04T06:59:00Z"}
    late = {
        "fields": record(idobj="288", grp_horodatage="2022-10-04T08:58:40+00:00"),
        "record_timestamp": "2022-10-04T08:59:00Z",
    }
    seen = {one.device_id: one for one in read(json.dumps([early, late]).encode(), recorded=True).observations}
    assert (seen["677"].observed_at.hour, seen["677"].time_shift_s) == (6, 7200)
    assert (seen["288"].observed_at.hour, seen["288"].time_shift_s) == (8, 0)


@pytest.mark.parametrize("year", [2020, 2051])
def test_one_record_from_the_future_does_not_move_a_recording(year: int) -> None:
    sound = [record(idobj=str(n), grp_horodatage="25/05/2015 21:42:40") for n in range(5)]
    decoded = read(json.dumps([*sound, record(grp_horodatage=f"25/05/{year} 21:42:40")]).encode(), recorded=True)
    assert {seen.received_at.year for seen in decoded.observations} == {2015}
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.FUTURE_TIME]
    assert decoded.ends_at.year == 2015


def test_xml_as_deep_as_a_well_is_refused() -> None:
    deep = f"<Groupes_Parking><Groupe_Parking>{'<a>' * 5000}{'</a>' * 5000}</Groupe_Parking></Groupes_Parking>"
    assert reason(deep.encode()) is RejectReason.MALFORMED_RECORD


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"grp_disponible": "1_000"}, RejectReason.WRONG_TYPE),
        ({"grp_horodatage": 20260504}, RejectReason.BAD_TIME),
    ],
)
def test_what_python_would_read_and_no_source_means_is_refused(changes: dict, why: RejectReason) -> None:
    assert reason(v21(record(**changes))) is why
