"""Times as sources write them, and the arrival of a recording by the times in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.times import (
    commonest_arrival,
    read_instant,
    read_stamp,
    require_arrived,
    sound_times,
    typical_arrival,
)
from tests.support import NOON

PARIS = ZoneInfo("Europe/Paris")


def refusal(value: object, **more) -> RecordRefusedError:
    with pytest.raises(RecordRefusedError) as refused:
        read_instant(value, "at", PARIS, NOON, "d", **more)
    assert refused.value.device_id == "d"
    return refused.value


@pytest.mark.parametrize(
    "text", ["2026-05-04T12:00:00Z", "2026-05-04T14:00:00+02:00", "2026-05-04 14:00:00", "  2026-05-04T14:00  "]
)
def test_a_time_has_its_own_offset_or_is_the_sources_wall_clock(text: str) -> None:
    assert read_instant(text, "at", PARIS, NOON) == NOON


def test_the_hour_that_autumn_repeats_is_decided_by_the_arrival() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert read_instant("2026-10-25T02:30:00", "at", PARIS, first) == first
    assert read_instant("2026-10-25T02:30:00", "at", PARIS, second) == second


def test_a_stamp_keeps_how_it_was_written() -> None:
    local, labelled = (read_stamp(text, "at", PARIS, None) for text in ("2026-05-04T14:00", "2026-05-04T12:00+00:00"))
    assert (local.at, local.written) == (NOON, datetime(2026, 5, 4, 14))  # noqa: DTZ001
    assert labelled.written.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value", [None, 5, True, "", "soon", "2026-13-01", "0001-01-01T00:00:00+14:00", "1970-01-01T01:00:00Z", ["2026"]]
)
def test_what_is_no_time_is_refused_with_its_name_and_value(value: object) -> None:
    refused = refusal(value)
    assert refused.reason is RejectReason.BAD_TIME
    assert refused.detail.startswith(f"at {value!r} is no time: ")


def test_a_source_may_write_times_in_a_way_of_its_own() -> None:
    def parse(text: str) -> datetime:
        return datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007

    assert read_instant("04/05/2026 14:00", "at", PARIS, NOON, "d", parse) == NOON
    assert "does not match" in refusal("2026-05-04", parse=parse).detail


def test_five_minutes_ahead_of_its_arrival_is_a_clock_that_differs_and_more_is_refused() -> None:
    require_arrived(NOON + timedelta(minutes=5), NOON, "at")
    with pytest.raises(RecordRefusedError, match="at 2026-05-04T12:05:01\\+00:00 is later than its arrival"):
        require_arrived(NOON + timedelta(minutes=5, seconds=1), NOON, "at")


def test_only_times_that_can_be_read_and_are_not_ahead_are_sound() -> None:
    torn = RecordRefusedError(RejectReason.MALFORMED_RECORD, "torn")
    records = ["2026-05-04T12:00:00Z", torn, "soon", "2027-05-04T12:00:00Z", ""]
    assert sound_times(records, lambda one: read_instant(one, "at", PARIS, None) if one else None, NOON) == [NOON]


def test_a_recording_arrives_with_the_newest_time_near_the_middle_one() -> None:
    times = [NOON, NOON + timedelta(minutes=5), NOON + timedelta(minutes=9), NOON + timedelta(days=2)]
    assert typical_arrival(times, timedelta(hours=1)) == NOON + timedelta(minutes=9)
    assert typical_arrival([], timedelta(hours=1)) is None


def test_or_near_the_one_that_most_of_its_records_bear() -> None:
    times = [NOON - timedelta(days=9), NOON, NOON, NOON + timedelta(minutes=3), NOON + timedelta(days=1)]
    assert commonest_arrival(times, timedelta(minutes=15)) == NOON + timedelta(minutes=3)
    assert commonest_arrival([], timedelta(minutes=15)) is None
