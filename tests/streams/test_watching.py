"""A worker that waits for ever is noticed; one that is slow, or settled, is not disturbed."""

from __future__ import annotations

from streams.watching import STUCK_S, Watch


def test_nothing_that_moves_for_two_minutes_is_stuck() -> None:
    watch = Watch()
    assert not watch.is_stuck(False, (1, {}), 0)
    assert not watch.is_stuck(False, (1, {}), STUCK_S - 1)
    assert watch.is_stuck(False, (1, {}), STUCK_S)


def test_progress_and_being_settled_begin_the_time_anew() -> None:
    watch = Watch()
    for step in range(10):
        assert not watch.is_stuck(False, (1, {"tp": step}), step * STUCK_S)
    assert not watch.is_stuck(True, (1, {"tp": 9}), 100 * STUCK_S)
    assert not watch.is_stuck(False, (1, {"tp": 9}), 100 * STUCK_S + 1)
