"""What lanes made of one recount by the time of the next: how far a car park's counters are off, as people found it.

Of each audience the last recounts are kept, by time, each with what lanes have counted since it and closed. Between two
of them that lie before the window nothing is added any more: what the lanes say is vacant there can be held against
what somebody counted. Which recounts are kept depends on their times alone, so the state is the same in any order.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from parking.fold.lanes import Pulse, error_of
from parking.published.eligibility import AUDIENCES
from parking.words import Audience

KEPT = 4
"""Three checks in a row."""


class Recount(NamedTuple):
    """What was vacant at ``at_us``, and what lanes counted until the next: entries less exits, and both together."""

    at_us: int
    vacant: int
    net: int = 0
    gross: int = 0


class Check(NamedTuple):
    """By a recount lanes had ``lost`` so many (below 0: counted too many); ``error`` is by how much they may err."""

    at_us: int
    lost: int
    error: int


Recounts: TypeAlias = Mapping[Audience, tuple[Recount, ...]]


def put(recounts: Recounts, audience: Audience, at_us: int, vacant: int) -> dict[Audience, tuple[Recount, ...]]:
    """With this recount. Of two at one instant the greater is kept."""
    held = {known.at_us: known for known in recounts.get(audience, ())}
    old = held.get(at_us, Recount(at_us, vacant))
    held[at_us] = old._replace(vacant=max(old.vacant, vacant))
    return dict(sorted({**recounts, audience: tuple(held[at] for at in sorted(held)[-KEPT:])}.items()))


def since(recounts: Recounts, lost_us: int) -> dict[Audience, tuple[Recount, ...]]:
    """Without those from before that instant: what lanes counted until then was let go of (``lanes``)."""
    kept = {audience: tuple(one for one in held if one.at_us >= lost_us) for audience, held in recounts.items()}
    return {audience: held for audience, held in kept.items() if held}


def close(recounts: Recounts, closed: Iterable[Pulse]) -> dict[Audience, tuple[Recount, ...]]:
    """With what has just been closed added to the recount that it came after."""
    sums = {audience: list(held) for audience, held in recounts.items()}
    for at_us, _, entries, exits, index in closed:
        held = sums.get(AUDIENCES[index], [])
        since = bisect_left(held, (at_us,)) - 1
        if since >= 0:
            known = held[since]
            held[since] = known._replace(net=known.net + entries - exits, gross=known.gross + entries + exits)
    return {audience: tuple(held) for audience, held in sums.items()}


def checks(recounts: Recounts, audience: Audience, closed_us: int) -> Iterator[Check]:
    """What lanes said against what was counted, at each recount before ``closed_us`` that they had a base for."""
    held = recounts.get(audience, ())
    for before, now in pairwise(held):
        if now.at_us < closed_us and before.gross:
            yield Check(now.at_us, before.vacant - before.net - now.vacant, error_of(before.gross))


def is_losing(found: Iterable[Check]) -> bool:
    """Whether the last two checks were off the same way by more than lanes may err: one may be a miscount by eye."""
    last = list(found)[-2:]
    return len(last) == 2 and (
        all(check.lost > check.error for check in last) or all(check.lost < -check.error for check in last)
    )
