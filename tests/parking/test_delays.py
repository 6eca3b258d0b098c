"""How long to wait: one rule for every edge."""

from __future__ import annotations

from itertools import islice

import pytest

from parking.delays import SPREAD, delays


def test_each_pause_is_twice_the_one_before_up_to_the_longest() -> None:
    assert list(islice(delays(0.5, 3.0, lambda: 0.5), 5)) == [0.5, 1.0, 2.0, 3.0, 3.0]


@pytest.mark.parametrize(("chance", "share"), [(0.0, 1 - SPREAD), (1.0, 1 + SPREAD)])
def test_chance_makes_a_pause_longer_or_shorter_and_the_next_ones_no_more_than_that(
    chance: float, share: float
) -> None:
    assert list(islice(delays(1.0, 4.0, lambda: chance), 4)) == [share, 2 * share, 4 * share, 4 * share]
