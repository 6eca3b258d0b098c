"""Opening hours: what can be read closes a place by the clock, what cannot closes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from parking.health.alarms.hours import is_closed_by_hours, was_just_closed
from parking.words import Fault, FillLevel
from tests.parking.health.alarms.city import City
from tests.support import at

MONDAY = datetime(2026, 5, 4, tzinfo=ZoneInfo("Europe/Paris"))


def is_closed(text: str, day: int, hour: float) -> bool:
    return is_closed_by_hours(text, MONDAY + timedelta(days=day, hours=hour))


@pytest.mark.parametrize(
    ("text", "day", "hour", "closed"),
    [
        ("24/7", 3, 3, False),
        ("Mo-Sa 07:00-21:00; Su off", 0, 6.99, True),
        ("Mo-Sa 07:00-21:00; Su off", 0, 7, False),
        ("Mo-Sa 07:00-21:00; Su off", 0, 21, True),
        ("Mo-Sa 07:00-21:00; Su off", 6, 12, True),
        ("Mo-Sa 07:00-21:00", 6, 12, True),
        ("07:00-21:00", 6, 12, False),
        ("Mo,We 08:00-12:00,14:00-26:00", 0, 13, True),
        ("Mo,We 08:00-12:00,14:00-26:00", 1, 1.5, False),
        ("Mo,We 08:00-12:00,14:00-26:00", 1, 2, True),
        ("Fr-Mo 20:00-02:00", 1, 1, False),
        ("Fr-Mo 20:00-02:00", 3, 21, True),
        ("Mo-Su 06:00-24:00; We closed", 2, 12, True),
        ("Mo-Su 06:00-24:00; PH off", 2, 12, False),
    ],
)
def test_weekdays_and_times_are_read(text: str, day: int, hour: float, *, closed: bool) -> None:
    assert is_closed(text, day, hour) is closed


@pytest.mark.parametrize(
    "text",
    ["", "  ", "PH 10:00-12:00", "Apr-Oct: Mo-Su 08:00-20:00", "sunrise-sunset", "Mo 25:00-26:00", "Mo 08:60-09:00",
     'Mo-Fr "on request"', "lundi 8h-20h", "Mo-Fr 08:00+", "Xx 08:00-09:00", "Mo 8-12", "\u202e24/7", ";;;x"],
)  # fmt: skip
def test_what_cannot_be_read_closes_nothing(text: str) -> None:
    assert not any(is_closed(text, day, hour) for day in range(7) for hour in range(24))


def test_what_has_just_opened_may_still_be_waking_up() -> None:
    opened = MONDAY + timedelta(hours=7, minutes=10)
    assert was_just_closed("07:00-21:00", opened, timedelta(minutes=15))
    assert not was_just_closed("07:00-21:00", opened + timedelta(minutes=10), timedelta(minutes=15))


def test_a_place_that_is_closed_by_its_hours_needs_no_number_by_the_citys_clock() -> None:
    city = City()
    city.places["P1"] = msgspec.structs.replace(city.places["P1"], opening_hours="14:05-24:00")
    city.lose("P1", at(0), Fault.COMMUNICATIONS_FAILURE)
    assert len(city.roots(at(0))) == 1, "in which zone nobody has said"
    city.zone = ZoneInfo("Europe/Paris")  # it is 14:00 there
    assert city.roots(at(0)) == []
    city.all_well(at(25), "P1")
    city.lose("P1", at(25), Fault.COMMUNICATIONS_FAILURE)
    assert city.said["P1"].level is FillLevel.UNKNOWN
    assert len(city.roots(at(25))) == 1
