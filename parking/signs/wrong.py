"""How wrong were we: for how long a line showed what is known today not to have been so.

What it showed is its decisions and what the sign confirmed (``showing``); what was so is what was published of its
places, each number from when it was observed and with all that was said later (``published.timeline.list_revised``). It
is called wrong only where that is certain: of bounds the one that favours the sign, and a place of which nothing was
known might have had any number. A dark line is never wrong, and what an operator or a schedule says is not judged.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from parking.decisions.model import Decision
from parking.published.availability import Availability
from parking.published.timeline import Span
from parking.signs.model import LineRule
from parking.signs.showing import Showing
from parking.signs.states import stays_until
from parking.signs.words import LineState
from parking.words import Basis, FillLevel, Opening

TOLERANCE = 5
"""Spaces by which a number may be above what was free before it is called wrong."""

HOUSE_RULE = LineRule()
"""Of a line that the inventory does not have any more."""

_SHUT = (Opening.CLOSED, Opening.CLOSED_ABNORMAL, Opening.SUBSCRIBERS_ONLY)
_LIT = (LineState.SPACES, LineState.ALMOST_FULL)
_BARRED = (LineState.CLOSED, LineState.SUBSCRIBERS)
NO_TIME = timedelta(0)


class WrongKind(StrEnum):
    """What was wrong: a number too great, spaces where there was none or nobody is let in, and the other way round."""

    MORE_THAN_FREE = "more_than_free"
    SPACES_WHILE_FULL = "spaces_while_full"
    SPACES_WHILE_SHUT = "spaces_while_shut"
    FULL_WHILE_FREE = "full_while_free"
    SHUT_WHILE_OPEN = "shut_while_open"


class WrongExample(NamedTuple):
    """From ``start`` to ``end`` it showed ``text``, at its worst wrong by so many; ``free`` is what was so then."""

    kind: WrongKind
    text: str
    by: int
    free: int
    start: datetime
    end: datetime
    decision: str

    @property
    def weight(self) -> tuple[float, int, datetime]:
        """By which the worst is found: spaces wrong for so many seconds."""
        return (self.by * (self.end - self.start).total_seconds(), self.by, self.start)


class LineRecord(NamedTuple):
    """A line's time from one instant to another, each moment once: lit + dark + unknown is all of it.

    Of what is lit, ``ordered`` was said by people and ``unjudged`` cannot be held against anything; ``found`` is what
    was wrong, in the order of time.
    """

    lit: timedelta = NO_TIME
    dark: timedelta = NO_TIME
    unknown: timedelta = NO_TIME
    ordered: timedelta = NO_TIME
    unjudged: timedelta = NO_TIME
    found: tuple[WrongExample, ...] = ()

    @property
    def wrong_by_kind(self) -> dict[WrongKind, timedelta]:
        """For how long it was wrong, and how."""
        lengths = dict.fromkeys(sorted({one.kind for one in self.found}), NO_TIME)
        for one in self.found:
            lengths[one.kind] += one.end - one.start
        return lengths

    @property
    def worst(self) -> WrongExample | None:
        """What sent most people astray; None where nothing was wrong."""
        return max(self.found, key=lambda one: one.weight, default=None)


def time_wrong(records: Iterable[LineRecord]) -> timedelta:
    """For how long at least one of a sign's lines was wrong."""
    total, reached = NO_TIME, None
    for start, end in sorted((one.start, one.end) for record in records for one in record.found):
        begins = start if reached is None else max(start, reached)
        total += max(end - begins, NO_TIME)
        reached = end if reached is None else max(end, reached)
    return total


class _Was(NamedTuple):
    """What was so of a place: at least and at most so many; None is not known. ``is_shut``: nobody was let in.

    ``is_free``: it said without a number that it had spaces.
    """

    low: int | None
    high: int | None
    capacity: int = 0
    is_shut: bool = False
    is_free: bool = False


_NOT_KNOWN = _Was(None, None)


class _Finding(NamedTuple):
    """What a moment was: wrong in some way, or (kind None) not to be judged."""

    kind: WrongKind | None
    by: int = 0
    free: int = 0


_NOT_JUDGED = _Finding(None)


def judge_line(
    showings: Iterable[Showing],
    was: Mapping[str, Sequence[Span]],
    rule: LineRule = HOUSE_RULE,
    tolerance: int = TOLERANCE,
) -> LineRecord:
    """Hold what a line showed against what was so of each place (``list_revised``), by its id.

    By the line's ``rule`` it rightly says full up to its threshold, and on its way back from there.
    """
    pasts = {place: _Past(spans) for place, spans in was.items()}
    found: list[WrongExample] = []
    spent = dict.fromkeys(("lit", "dark", "unknown", "ordered", "unjudged"), NO_TIME)
    for showing in showings:
        spent[_sort(showing)] += showing.end - showing.start
        if _sort(showing) != "lit" or (decision := showing.decision) is None:
            continue
        if not _places_of(decision):  # said by a schedule or an operator
            spent["ordered"] += showing.end - showing.start
            continue
        for start, end, (kind, by, free) in _findings(showing, decision, pasts, rule, tolerance):
            if kind is None:
                spent["unjudged"] += end - start
                continue
            text = str(decision.output.get("text", ""))
            _add(found, WrongExample(kind, text, by, free, start, end, decision.id))
    return LineRecord(**spent, found=tuple(found))


def _add(found: list[WrongExample], one: WrongExample) -> None:
    """As it is, or as the going on of the one before, which then was wrong by the greater of both."""
    before = found[-1] if found else None
    if before and (before.kind, before.decision, before.end) == (one.kind, one.decision, one.start):
        found[-1] = max(before, one, key=lambda example: example.by)._replace(start=before.start, end=one.end)
    else:
        found.append(one)


def _sort(showing: Showing) -> str:
    if showing.state is None:
        return "unknown"
    return "dark" if showing.state is LineState.DARK else "lit"


def _places_of(decision: Decision) -> list[str]:
    return [given.place_id for given in decision.inputs if given.place_id is not None]


class _Past:
    """What was so of one place, to be found by its time."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.marks = [*(span.start for span in spans), *(span.end for span in spans[-1:])]
        self._was = [_what_was(span.availability) for span in spans] + [_NOT_KNOWN]

    def at(self, at: datetime) -> _Was:
        """What was so then."""
        number = bisect_right(self.marks, at)
        return self._was[number - 1] if number else _NOT_KNOWN

    def cuts(self, start: datetime, end: datetime) -> list[datetime]:
        """When it changed between the two."""
        return self.marks[bisect_right(self.marks, start) : bisect_left(self.marks, end)]


def _findings(
    showing: Showing, decision: Decision, pasts: Mapping[str, _Past], rule: LineRule, tolerance: int
) -> Iterator[tuple[datetime, datetime, _Finding]]:
    """The pieces of a showing that are wrong or cannot be judged; in each nothing changed."""
    members = [pasts.get(place, _Past(())) for place in _places_of(decision)]
    marks = {at for past in members for at in past.cuts(showing.start, showing.end)}
    for start, end in pairwise(sorted({showing.start, showing.end} | marks)):
        finding = _judge(showing.state, decision, [past.at(start) for past in members], rule, tolerance)
        if finding is not None:
            yield start, end, finding


def _what_was(said: Availability | None) -> _Was:
    if said is None or said.basis is Basis.EXPECTED:
        return _NOT_KNOWN
    capacity = said.capacity or 0
    if said.opening in _SHUT:
        return _Was(0, 0, capacity, is_shut=True)
    if said.level is FillLevel.FULL:
        return _Was(0, 0, capacity)
    low = said.vacant if said.vacant_low is None else said.vacant_low
    high = said.vacant if said.vacant_high is None else said.vacant_high
    if low is None and said.level in (FillLevel.SPACES_AVAILABLE, FillLevel.ALMOST_FULL):
        return _Was(1, high, capacity, is_free=said.level is FillLevel.SPACES_AVAILABLE)
    return _Was(low, high, capacity)


def _judge(
    state: LineState | None, decision: Decision, was: Sequence[_Was], rule: LineRule, tolerance: int
) -> _Finding | None:
    """What is wrong with it, or None where it was so."""
    if state in _LIT:
        return _judge_lit(decision, was, tolerance)
    free = sum(one.low or 0 for one in was)
    allowed = 0
    if state is LineState.FULL:
        allowed = stays_until(rule.full_at or 0, rule.full_clears_at, sum(one.capacity for one in was), is_in=True)
    if free > allowed or any(one.is_free for one in was):
        return _Finding(WrongKind.FULL_WHILE_FREE if state is LineState.FULL else WrongKind.SHUT_WHILE_OPEN, free, free)
    return _NOT_JUDGED if _NOT_KNOWN in was else None


def _judge_lit(decision: Decision, was: Sequence[_Was], tolerance: int) -> _Finding | None:
    value = str(decision.output.get("value", ""))
    said = int(value) if value.isascii() and value.isdecimal() else 1
    if all(one.is_shut for one in was):
        return _Finding(WrongKind.SPACES_WHILE_SHUT, said, 0)
    highs = [one.high for one in was if one.high is not None]
    if len(highs) < len(was):  # there might have been any number
        return None if said <= sum(one.low or 0 for one in was) else _NOT_JUDGED
    free = sum(highs)
    if free == 0 and said > 0:
        return _Finding(WrongKind.SPACES_WHILE_FULL, said, 0)
    if said > free + tolerance:
        return _Finding(WrongKind.MORE_THAN_FREE, said - free, free)
    return None
