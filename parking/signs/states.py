"""A line's state by its thresholds, each with its way back, and the texts that say it.

A threshold of vacancies turns the line one way, and a greater one turns it back (DATEX II's pairs), so that a count
that flaps at one of them changes nothing. A level that the site itself says goes before any threshold.
"""

from typing import NamedTuple

from parking.signs.judging import Together
from parking.signs.model import LineRule
from parking.signs.vocabulary import forms_of
from parking.signs.words import DarkBecause, LineState, Rounding
from parking.words import FillLevel

WAY_BACK = 5
WAY_BACK_SHARE = 50
"""Of a capacity, one in fifty."""

ALMOST_SHARE = 10
MUCH_PERCENT, FIVES_PERCENT = 80, 5
"""Of a capacity that is vacant: above the first a number by word says LIBRE, down to the second it goes in fives."""


class LineStated(NamedTuple):
    """A state, and why it is dark where it is."""

    state: LineState
    because: DarkBecause | None = None


def state_of(told: Together, rule: LineRule, before: LineState) -> LineStated:
    """What a line is in now, that was ``before``."""
    if told.because is not None:
        return LineStated(LineState.DARK, told.because)
    if told.shut is not None:
        return LineStated(told.shut)
    if told.level is FillLevel.FULL:
        return LineStated(LineState.FULL)
    if told.low is None:
        return _by_level(told.level)
    full_at = rule.full_at if rule.full_at is not None else told.full_at or 0
    full_until = stays_until(full_at, rule.full_clears_at, told.capacity, before is LineState.FULL)
    if told.high is not None and told.high <= full_until:
        return LineStated(LineState.FULL)
    if told.low <= full_at:  # there may be more, and nobody knows
        return LineStated(LineState.DARK, DarkBecause.UNKNOWN)
    almost_at = rule.almost_full_at if rule.almost_full_at is not None else told.almost_full_at
    if almost_at is None:
        almost_at = (told.capacity or 0) // ALMOST_SHARE
    was_almost = before in (LineState.ALMOST_FULL, LineState.FULL)
    almost_until = stays_until(almost_at, rule.almost_full_clears_at, told.capacity, was_almost)
    least = told.low if rule.almost_full_as_number else told.high  # a word is said of what is sure
    is_almost = told.level is FillLevel.ALMOST_FULL or (least is not None and least <= almost_until)
    return LineStated(LineState.ALMOST_FULL if is_almost else LineState.SPACES)


def _by_level(level: FillLevel) -> LineStated:
    if level is FillLevel.SPACES_AVAILABLE:
        return LineStated(LineState.SPACES)
    if level is FillLevel.ALMOST_FULL:
        return LineStated(LineState.ALMOST_FULL)
    return LineStated(LineState.DARK, DarkBecause.UNKNOWN)


def stays_until(threshold: int, clears_at: int | None, capacity: int | None, is_in: bool) -> int:
    """The greatest vacancy at which a line is in a state: its threshold, or once it is in, below the way back."""
    if not is_in:
        return threshold
    if clears_at is None:
        clears_at = threshold + max(WAY_BACK, (capacity or 0) // WAY_BACK_SHARE)
        if capacity:  # a small street must be able to come back
            clears_at = min(clears_at, max(threshold + 1, capacity // 2))
    return max(threshold, clears_at - 1)


def texts_of(state: LineState, told: Together, rule: LineRule, language: str) -> tuple[str, ...]:
    """What may be said of a state, the first that fits: never more than is known to be free."""
    is_number = told.low is not None and (
        state is LineState.SPACES or (state is LineState.ALMOST_FULL and rule.almost_full_as_number)
    )
    if not is_number or told.low is None:
        return forms_of(state, language)
    number = rounded(told.low, told.capacity, rule.rounding)
    words = forms_of(LineState.SPACES, language)[:1]
    if number is None:
        return (*words, *_floors(told.low))
    floors = _floors(number)
    return (floors[0], *words, *floors[1:]) if state is LineState.SPACES else floors


def rounded(low: int, capacity: int | None, rounding: Rounding) -> int | None:
    """The number to say, never above ``low`` and never 0 for what is not; None where a word says it."""
    if rounding is Rounding.WORD:
        share = 100 * low // capacity if capacity else 0
        if share >= MUCH_PERCENT:
            return None
        rounding = Rounding.FIVES if share >= FIVES_PERCENT else Rounding.UNITS
    step = {Rounding.UNITS: 1, Rounding.FIVES: 5, Rounding.TENS: 10}[rounding]
    return low // step * step or low


def _floors(number: int) -> tuple[str, ...]:
    """The number, and for narrow cells the greatest of fewer digits: at least so many there are."""
    return (str(number), *("9" * digits for digits in range(len(str(number)) - 1, 0, -1)))
