from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.errors import NaiveTimeError
from parking.instants import from_local, from_us, in_text, require_utc, to_us, undo_false_utc

PARIS = ZoneInfo("Europe/Paris")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_instant_is_written_in_one_form_whatever_its_zone() -> None:
    noon = utc("2026-05-04T12:00")
    assert in_text(noon) == in_text(noon.astimezone(PARIS)) == "2026-05-04T12:00:00Z"
    assert in_text(noon.replace(microsecond=5)) == "2026-05-04T12:00:00.000005Z"


def test_naive_and_local_times_are_refused() -> None:
    with pytest.raises(NaiveTimeError, match="aware UTC"):
        require_utc(datetime(2026, 1, 1), "observed_at")  # noqa: DTZ001
    with pytest.raises(NaiveTimeError):
        require_utc(datetime(2026, 1, 1, tzinfo=PARIS), "observed_at")


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_microseconds_are_exact_both_ways(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    assert from_us(to_us(instant)) == instant


def test_the_park_and_ride_feed_of_2022_labelled_paris_time_as_utc() -> None:
    lying, published = utc("2022-10-04T08:58:40"), utc("2022-10-04T06:59:00")
    assert undo_false_utc(lying, published, PARIS) == utc("2022-10-04T06:58:40")


def test_the_winter_lie_is_one_hour() -> None:
    assert undo_false_utc(utc("2022-01-10T09:58:40"), utc("2022-01-10T08:59:00"), PARIS) == utc("2022-01-10T08:58:40")


def test_true_utc_is_never_touched_even_when_it_is_old() -> None:
    true, later = utc("2023-09-01T22:53:41"), utc("2023-09-02T08:00:00")
    assert undo_false_utc(true, later, PARIS) == true


def test_a_stamp_that_no_zone_explains_stays_ahead_to_be_rejected() -> None:
    future, arrival = utc("2026-05-04T20:00:00"), utc("2026-05-04T12:00:00")
    assert undo_false_utc(future, arrival, PARIS) == future


def test_the_hour_that_autumn_repeats_is_the_later_one_unless_that_lies_ahead() -> None:
    twice = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    assert from_local(twice, PARIS, None) == utc("2026-10-25T01:30:00")
    assert from_local(twice, PARIS, utc("2026-10-25T00:31:00")) == utc("2026-10-25T00:30:00")
    assert from_local(twice, PARIS, utc("2026-10-25T01:31:00")) == utc("2026-10-25T01:30:00")


def test_the_hour_that_spring_skips_moves_forward() -> None:
    assert from_local(datetime(2026, 3, 29, 2, 30), PARIS, None) == utc("2026-03-29T01:30:00")  # noqa: DTZ001


@given(
    st.datetimes(min_value=datetime(2010, 1, 1), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001
    st.integers(-900, 299),
)
def test_any_honest_stamp_survives_the_repair(naive: datetime, offset_s: int) -> None:
    observed = naive.replace(tzinfo=UTC)
    assert undo_false_utc(observed, observed - timedelta(seconds=offset_s), PARIS) == observed


def test_the_zone_must_explain_the_stamp_not_merely_move_it_back() -> None:
    arrival = utc("2026-05-04T12:00:00")
    six_minutes_ahead = utc("2026-05-04T12:06:00")  # a bad clock, not a bad label: two hours back would be 10:06
    assert undo_false_utc(six_minutes_ahead, arrival, PARIS) == six_minutes_ahead
