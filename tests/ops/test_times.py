from zoneinfo import ZoneInfo

import pytest

from ops.times import TimeError, local_day, understand

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "utc", "assumed"),
    [
        ("2026-05-04T14:30", "2026-05-04T12:30:00+00:00", True),
        ("2026-05-04 14:30:05", "2026-05-04T12:30:05+00:00", True),
        ("2026-05-04", "2026-05-03T22:00:00+00:00", True),
        ("2026-05-04T12:30Z", "2026-05-04T12:30:00+00:00", False),
        ("2026-05-04T14:30+05:30", "2026-05-04T09:00:00+00:00", False),
        ("2026-10-25T02:30", "2026-10-25T01:30:00+00:00", True),  # twice that night: the later one
        ("2026-03-29T02:30", "2026-03-29T01:30:00+00:00", True),  # never that night: 03:30
    ],
)
def test_a_time_without_an_offset_is_the_citys(text: str, utc: str, assumed: bool) -> None:
    understood = understand(text, PARIS)
    assert (understood.instant.isoformat(), understood.assumed) == (utc, assumed)


@pytest.mark.parametrize(
    "text", ["", "noon", "14:30", "2026-13-04T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"]
)
def test_what_is_no_time_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(TimeError, match="write 2026-05-04T14:30"):
        understand(text, PARIS)


@pytest.mark.parametrize("text", ["", "today", "2026-02-30", "9999-12-31"])
def test_what_is_no_day_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(TimeError, match="like 2026-05-04"):
        local_day(text, PARIS)
