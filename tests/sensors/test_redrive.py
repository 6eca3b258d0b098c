"""A reject's bytes are read again by whoever reads such bytes today."""

import pytest

from parking.codec import encode_event
from parking.observations import OpeningChanged, SiteCounted
from parking.rejects import MAX_RAW_BYTES, make_reject
from parking.words import ClockBasis, RejectReason
from sensors.intake.redrive import read_again
from tests.support import NOON, TENANT, at, envelope


def refused(raw: bytes, source: str = "nantes", place: str | None = None):
    return make_reject(TENANT, source, RejectReason.UNKNOWN_STATUS, "because", raw, NOON, place_id=place)


def test_a_record_of_a_source_is_read_by_its_adapter_as_of_its_arrival() -> None:
    raw = (
        b'{"idobj":"284","grp_statut":5,"grp_disponible":12,"grp_exploitation":300,'
        b'"grp_horodatage":"2026-05-04T11:59:00+00:00"}'
    )
    again = read_again(refused(raw), ClockBasis.WALL)
    assert [type(seen) for seen in again.observations] == [OpeningChanged, SiteCounted]
    assert {seen.seq for seen in again.observations} == {int(NOON.timestamp()) + 1}, "later than its refusal"
    assert {seen.received_at for seen in again.observations} == {NOON}
    assert {seen.observed_at for seen in again.observations} == {at(-1)}


def test_a_record_of_a_recording_is_later_than_any_doubt_that_the_recording_left() -> None:
    raw = (
        b'{"idobj":"284","grp_statut":5,"grp_disponible":12,"grp_exploitation":300,'
        b'"grp_horodatage":"2026-05-04T09:00:00+00:00"}'
    )
    again = read_again(refused(raw), ClockBasis.EVENT)
    assert {seen.seq for seen in again.observations} == {int(NOON.timestamp()) + 1}, "later than its refusal"


def test_what_an_adapter_still_refuses_is_still_refused() -> None:
    raw = b'{"idobj":"284","grp_statut":9,"grp_horodatage":"2026-05-04T11:59:00+00:00"}'
    again = read_again(refused(raw), ClockBasis.WALL)
    assert [reject.reason for reject in again.rejects] == [RejectReason.UNKNOWN_STATUS]


def test_observations_are_read_by_their_codec_one_a_line() -> None:
    seen = [SiteCounted(**envelope(n), vacant=n) for n in range(3)]
    assert read_again(refused(b"\n".join(map(encode_event, seen)), "src"), ClockBasis.EVENT).observations == seen
    assert read_again(refused(encode_event(seen[0]), "kafka"), ClockBasis.EVENT).observations == seen[:1]


@pytest.mark.parametrize("named", [{"source": "operator"}, {"tenant": "nantes"}])
def test_bytes_that_name_another_source_or_city_than_sent_them_are_not_sent_again(named: dict[str, str]) -> None:
    raw = encode_event(SiteCounted(**envelope(**named), vacant=1))
    again = read_again(refused(raw, "src"), ClockBasis.WALL)
    assert not again.observations
    assert "it is not sent again" in (again.problem or "")


def test_a_record_that_nobody_could_read_goes_back_as_it_was() -> None:
    again = read_again(refused(b"\xff", "kafka", "testville/p1"), ClockBasis.EVENT)
    assert again.raw_key == b"testville/p1"


@pytest.mark.parametrize(
    ("raw", "source", "why"),
    [
        (b"x" * (MAX_RAW_BYTES + 1), "nantes", "send the body again"),
        (b"x", "no-such-source", "known are"),
        (b'{"type":"space_observed"}', "src", "not an observation"),
    ],
)
def test_what_cannot_be_read_again_says_why(raw: bytes, source: str, why: str) -> None:
    problem = read_again(refused(raw, source), ClockBasis.WALL).problem
    assert problem is not None
    assert why in problem
