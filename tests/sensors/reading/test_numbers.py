"""Counts as sources write them: unknown is never 0, and there are never more vacant spaces than spaces."""

import pytest

from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import find_counted, find_number, require_within, whole_number

NAMES = ("free", "total")


@pytest.mark.parametrize("value", [7, 7.0, "7", " 7 ", "7.0"])
def test_a_whole_number_is_one_however_it_is_written(value: object) -> None:
    assert whole_number(value, "free") == 7


@pytest.mark.parametrize("value", [True, 1.5, "1_000", "seven", "", None, [], 2**31, "nan", "inf", 1e400])
def test_what_is_no_count_is_refused(value: object) -> None:
    with pytest.raises(RecordRefusedError, match=r"free is .*, not a whole number") as refused:
        whole_number(value, "free")
    assert refused.value.reason is RejectReason.WRONG_TYPE


def test_a_negative_count_says_what_to_do() -> None:
    with pytest.raises(RecordRefusedError, match="recalibrate") as refused:
        whole_number(-1, "free")
    assert refused.value.reason is RejectReason.NEGATIVE_COUNT


@pytest.mark.parametrize("fields", [{}, {"free": None}, {"free": ""}])
def test_a_missing_number_is_unknown(fields: dict) -> None:
    assert find_number(fields, "free", "d") is None
    assert find_counted(fields | {"total": "nonsense"}, NAMES, "d", "") is None


def test_what_counts_as_missing_is_the_sources_to_say() -> None:
    with pytest.raises(RecordRefusedError):
        find_number({"free": ""}, "free", "d", (None,))


@pytest.mark.parametrize(("total", "capacity"), [(9, 9), ("9", 9), (0, None), (None, None), ("", None)])
def test_a_capacity_of_0_is_one_that_nobody_knows(total: object, capacity: int | None) -> None:
    assert find_counted({"free": 5, "total": total}, NAMES, "d", "") == (5, capacity)


def test_more_free_than_there_are_is_refused_with_both_names_and_the_advice() -> None:
    with pytest.raises(RecordRefusedError, match="free 10 is above total 9: recount") as refused:
        find_counted({"free": 10, "total": 9}, NAMES, "d", "recount")
    assert (refused.value.reason, refused.value.device_id) == (RejectReason.FREE_ABOVE_CAPACITY, "d")
    require_within(10, None, NAMES, "d", "")
