"""What a line showed from when to when, by its decisions and what the sign said to them.

A face counts as shown once the sign has confirmed it, and until its number expires: the controller has it dark by then.
Between a decision and its confirmation, after a refusal, and after a limit about which nobody decided any more, what
stood there is not known, and nobody is accused of it.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise, zip_longest
from typing import NamedTuple

from parking.decisions.acting import ActResult, DecisionNow
from parking.decisions.model import Decision
from parking.signs.words import LineState


class Showing(NamedTuple):
    """From ``start`` until before ``end`` the line showed what this decision says; None: that is not known."""

    start: datetime
    end: datetime
    decision: Decision | None

    @property
    def state(self) -> LineState | None:
        """What the line said; None where it is not known, or in a word that this version does not have."""
        said = self.decision.output.get("state") if self.decision else None
        return LineState(str(said)) if said in set(LineState) else None


class _Turn(NamedTuple):
    """From ``at`` on, this; a dark line has no limit."""

    at: datetime
    decision: Decision | None
    until: datetime | None = None


def list_showings(decided: Iterable[DecisionNow], start: datetime, end: datetime) -> list[Showing]:
    """What one line showed from ``start`` to ``end``, without a hole and without an overlap."""
    turns = [_Turn(start, None), *_turns(decided), _Turn(end, None)]
    spans: list[Showing] = []
    for turn, after in pairwise(turns):
        ends = min(turn.until, after.at) if turn.until else after.at
        spans += _clipped(turn.at, ends, turn.decision, start, end)
        spans += _clipped(max(ends, turn.at), after.at, None, start, end)
    return spans


def _clipped(
    since: datetime, until: datetime, decision: Decision | None, start: datetime, end: datetime
) -> list[Showing]:
    since, until = max(since, start), min(until, end)
    return [Showing(since, until, decision)] if since < until else []


def _turns(decided: Iterable[DecisionNow]) -> list[_Turn]:
    """In the order of time; one that is said again, as a number gets a new limit, leaves no doubt between."""
    told = sorted(decided, key=lambda known: known.decision.decided_at)
    turns: list[_Turn] = []
    for known, after in zip_longest(told, told[1:]):
        decision, said = known.decision, known.confirmation
        before = turns[-1].decision if turns else None
        if before is None or not _reads_same(before, decision):
            turns.append(_Turn(decision.decided_at, None))
        if said is None or said.result is not ActResult.ACTED:
            turns.append(_Turn(decision.decided_at, None))
        elif after is None or said.at <= after.decision.decided_at:
            is_dark = decision.output.get("state") == LineState.DARK.value
            turns.append(_Turn(said.at, decision, None if is_dark else decision.valid_until))
    return turns


def _reads_same(one: Decision, other: Decision) -> bool:
    return all(one.output.get(part) == other.output.get(part) for part in ("state", "legend", "value"))
