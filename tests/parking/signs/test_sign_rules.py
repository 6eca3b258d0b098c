"""What a sign's inventory may ask for: rules and schedules that cannot be so are refused with a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parking.errors import MalformedEventError
from parking.signs.codec import decode_sign
from parking.signs.model import Sign
from parking.signs.schedule import find_scheduled

PARIS = ZoneInfo("Europe/Paris")


def read(rule: dict[str, Any] | None = None, **more: Any) -> Sign:
    line = {"number": 1, "legend": "COMMERCE", "places": ["p1"], "rule": rule or {}}
    document = {"tenant": "t", "id": "A12", "name": "Quai", "protocol": "ntcip", "address": "10.0.0.1:161"}
    return decode_sign(json.dumps(document | {"lines": [line]} | more).encode())


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"full_at": -1}, "full_at"),
        ({"full_at": 10**30}, "full_at"),
        ({"full_at": 10, "full_clears_at": 9}, "full_clears_at"),
        ({"almost_full_at": 10, "almost_full_clears_at": 3}, "almost_full_clears_at"),
        ({"full_at": 20, "almost_full_at": 10}, "almost_full_at"),
        ({"dwell_s": -1}, "dwell_s"),
        ({"dwell_s": 100_000}, "dwell_s"),
        ({"min_share": -0.1}, "min_share"),
        ({"min_share": 1.1}, "min_share"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedEventError, match=said):
        read(rule)


def test_rules_that_can_be_are_taken() -> None:
    for rule in (
        {}, {"full_at": 0}, {"full_clears_at": 10}, {"full_at": 9, "full_clears_at": 9},
        {"full_at": 3, "full_clears_at": 10, "almost_full_at": 40},
        {"almost_full_at": 5, "full_at": 5}, {"dwell_s": 0}, {"min_share": 0.0},
    ):  # fmt: skip
        read(rule)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"since": "13:00:00Z"}, "city's clock"),
        ({"until": "13:00:00+02:00"}, "city's clock"),
        ({"weekdays": [0]}, "weekdays"),
        ({"weekdays": [8]}, "weekdays"),
        ({"first": "2026-05-05", "last": "2026-05-01"}, "last"),
        ({"weekdays": [1], "first": "2026-05-05"}, "weekdays"),
        ({"lines": [2]}, "no line 2"),
        ({"message": "beer"}, "beer"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedEventError, match=said):
        read(schedule=[{"message": "works"} | entry])


@pytest.mark.parametrize(
    ("entry", "at", "holds"),
    [
        ({"since": "02:15:00", "until": "02:45:00"}, "2026-10-25T00:30:00", True),  # both times that autumn says 2:30
        ({"since": "02:15:00", "until": "02:45:00"}, "2026-10-25T01:30:00", True),
        ({"since": "01:00:00", "until": "03:30:00"}, "2026-03-29T01:29:59", True),  # 3:29 of summer
        ({"since": "01:00:00", "until": "03:30:00"}, "2026-03-29T01:30:00", False),
        ({"since": "22:00:00", "until": "06:00:00", "weekdays": [7]}, "2026-05-04T03:59:59", True),  # Monday 5:59
        ({"since": "22:00:00", "until": "06:00:00", "weekdays": [7]}, "2026-05-04T04:00:00", False),
        ({"since": "22:00:00", "until": "06:00:00", "weekdays": [1]}, "2026-05-04T03:59:59", False),
        ({"since": "22:00:00", "until": "06:00:00", "last": "2026-05-03"}, "2026-05-04T03:59:59", True),
        ({"first": "2026-05-04", "last": "2026-05-04"}, "2026-05-03T22:00:00", True),  # midnight in Paris
        ({"first": "2026-05-04", "last": "2026-05-04"}, "2026-05-04T22:00:00", False),
        ({"since": "08:00:00", "until": "08:00:00", "weekdays": [1]}, "2026-05-05T05:00:00", True),  # a day from 8
        ({"lines": [1]}, "2026-05-04T12:00:00", True),
    ],
)
def test_a_schedule_reads_the_clock_on_the_wall(entry: dict[str, Any], at: str, holds: bool) -> None:
    sign = read(schedule=[{"message": "works"} | entry])
    found = find_scheduled(sign, 1, datetime.fromisoformat(at).replace(tzinfo=UTC), PARIS)
    assert (found is not None) is holds
