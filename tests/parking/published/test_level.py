import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.published.level import fill_level
from parking.words import FillLevel, Opening

COUNTS = st.integers(0, 2000)


@pytest.mark.parametrize(
    ("vacant", "capacity", "full_at", "level"),
    [
        (250, 500, 10, FillLevel.SPACES_AVAILABLE),
        (11, 500, 10, FillLevel.ALMOST_FULL),
        (10, 500, 10, FillLevel.FULL),  # Nantes: at or below grp_complet the sign says COMPLET
        (0, 500, None, FillLevel.FULL),
        (50, 500, None, FillLevel.ALMOST_FULL),
        (51, 500, None, FillLevel.SPACES_AVAILABLE),
        (1, None, None, FillLevel.SPACES_AVAILABLE),  # without a capacity only full and not full can be told
        (0, None, None, FillLevel.FULL),
    ],
)
def test_the_level_follows_the_number(vacant: int, capacity: int | None, full_at: int | None, level: FillLevel) -> None:
    assert fill_level(vacant, vacant, capacity, Opening.OPEN, full_at) is level


def test_zero_of_zero_is_not_full() -> None:
    assert fill_level(0, 0, 0, Opening.SUBSCRIBERS_ONLY) is FillLevel.UNKNOWN


@pytest.mark.parametrize("opening", [Opening.CLOSED, Opening.CLOSED_ABNORMAL])
def test_a_closed_place_is_never_called_full(opening: Opening) -> None:
    assert fill_level(0, 0, 100, opening) is FillLevel.UNKNOWN


def test_missing_is_never_full_nor_free() -> None:
    assert fill_level(None, None, 100, Opening.OPEN) is FillLevel.UNKNOWN


@given(COUNTS, COUNTS, st.none() | COUNTS, st.none() | COUNTS)
def test_an_interval_has_a_level_only_where_both_ends_agree(
    one: int, other: int, capacity: int | None, full_at: int | None
) -> None:
    low, high = sorted((one, other))
    level = fill_level(low, high, capacity, Opening.OPEN, full_at)
    ends = {fill_level(end, end, capacity, Opening.OPEN, full_at) for end in (low, high)}
    assert level is (ends.pop() if len(ends) == 1 else FillLevel.UNKNOWN)


@given(COUNTS, COUNTS, COUNTS)
def test_more_vacancy_never_reads_fuller(capacity: int, full_at: int, vacant: int) -> None:
    rank = [FillLevel.FULL, FillLevel.ALMOST_FULL, FillLevel.SPACES_AVAILABLE, FillLevel.UNKNOWN]
    fewer = fill_level(vacant, vacant, capacity, Opening.OPEN, full_at)
    more = fill_level(vacant + 1, vacant + 1, capacity, Opening.OPEN, full_at)
    assert rank.index(fewer) <= rank.index(more)
