"""A wall clock that leaps is not told: what has really passed is, until the clock is back or has proved itself."""

from datetime import timedelta

import pytest

from parking.wall import BELIEVED_AFTER, LEAP, TimeTold, WallWatch
from tests.support import at

LEAPS = {
    "31 seconds ahead": timedelta(seconds=31),
    "minutes ahead": timedelta(minutes=7),
    "a day ahead": timedelta(days=1),
    "a year ahead": timedelta(days=365),
    "an hour back": timedelta(hours=-1),
    "a year back": timedelta(days=-365),
}


def watch(*off: timedelta, every_s: float = 5.0) -> list[TimeTold]:
    """What is told of a clock that was right for an hour and then is off by so much at each reading."""
    watched = WallWatch()
    watched.tell(at(-60), 0.0)
    return [
        watched.tell(at() + timedelta(seconds=n * every_s) + leapt, 3600 + n * every_s) for n, leapt in enumerate(off)
    ]


def right(count: int, every_s: float = 5.0) -> list[TimeTold]:
    return [TimeTold(at() + timedelta(seconds=n * every_s)) for n in range(count)]


@pytest.mark.parametrize("leap", LEAPS.values(), ids=LEAPS)
def test_a_leap_of_half_a_minute_and_back_is_never_told(leap: timedelta) -> None:
    told = watch(timedelta(0), *[leap] * 6, timedelta(0))
    assert [one.at for one in told] == [one.at for one in right(8)]
    assert [one.leapt for one in told] == [timedelta(0), *[leap] * 6, timedelta(0)]


def test_a_clock_that_is_merely_set_is_followed() -> None:
    told = watch(timedelta(0), LEAP, LEAP, LEAP * 2)
    assert [one.at - plain.at for one, plain in zip(told, right(4), strict=True)] == [
        timedelta(0), LEAP, LEAP, LEAP * 2,
    ]  # fmt: skip
    assert not any(one.leapt for one in told)


@pytest.mark.parametrize("leap", LEAPS.values(), ids=LEAPS)
def test_a_clock_that_keeps_its_new_time_is_believed_after_ten_minutes(leap: timedelta) -> None:
    told = watch(timedelta(0), *[leap] * 12, every_s=60)
    believed = [n for n, one in enumerate(told) if n and not one.leapt]
    assert believed[0] == 1 + BELIEVED_AFTER.total_seconds() / 60
    assert told[-1].at == right(13, every_s=60)[-1].at + leap


def test_a_time_that_was_kept_for_a_moment_only_is_no_better_a_witness_than_the_next() -> None:
    """A machine starts with the time at which it was switched off, and finds a time server half a minute later."""
    watched, hours = WallWatch(), timedelta(hours=3)
    told = [
        watched.tell(at() + timedelta(seconds=s) + (hours if s >= 30 else timedelta(0)), s) for s in range(0, 91, 5)
    ]
    assert [s for s, one in zip(range(0, 91, 5), told, strict=True) if one.leapt] == [30, 35, 40, 45, 50, 55]
    assert told[-1] == TimeTold(at(1.5) + hours)


def test_another_leap_begins_to_prove_itself_anew() -> None:
    day, hour = timedelta(days=1), timedelta(hours=1)
    told = watch(timedelta(0), *[day] * 9, *[hour] * 9, every_s=60)
    assert all(one.leapt for one in told[1:])


def test_a_leap_that_kafka_does_not_share_is_never_believed() -> None:
    watched = WallWatch()
    watched.tell(at(-600), -36_000.0)
    told = [watched.tell(at(n) + timedelta(days=1), n * 60.0, confirmed=True) for n in range(1, 100)]
    assert [one.at for one in told] == [at(n) for n in range(1, 100)]


def test_a_machine_that_slept_has_not_leapt() -> None:
    watched = WallWatch()
    watched.tell(at(), 0.0)
    assert watched.tell(at(600), 600 * 60.0) == TimeTold(at(600)), "its clock of being up counts the sleep"


def test_the_first_reading_is_all_there_is_to_go_by() -> None:
    assert WallWatch().tell(at(1), 5.0) == TimeTold(at(1))
