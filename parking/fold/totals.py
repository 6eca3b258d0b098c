"""Running totals of lanes: what passed between two of them, whether they rolled over, and whether one was reset.

A counter that never goes back says how many ever passed. What passed is the difference to its total before, so a lost
message loses nothing. The first total is a base and adds nothing. Kept are, for each audience and lane, the totals of
the lateness window and the last before it, by time: as a set they are the same in whatever order they came.

A total below the one before has rolled over where that explains it: the counter is as wide as one of ``SIZES``, and no
more passed meanwhile than can. Else the lane was reset, and so it was where a total leaps by more than can have passed:
nobody knows how many did, which is as if the lane had been silent. A count heals it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TypeAlias

from parking.words import Audience

SIZES = (10_000, 2**16, 10**5, 10**6, 10**7, 10**8, 10**9, 2**31, 2**32)
"""After how many vehicles a counter may begin again at 0: by its digits or its bits."""

FASTEST_PER_S = 1
"""More than that do not pass a lane: at full flow it is one in two seconds."""

AT_ONCE = 60
"""So many may pass within any time, since the clock that a total comes by is not exact."""

NOT_COUNTED = -1
Total: TypeAlias = tuple[int, int, int]
"""Microseconds since 1970; entries and exits ever, NOT_COUNTED where the lane does not count that way."""

Totals: TypeAlias = Mapping[Audience, Mapping[str, tuple[Total, ...]]]
_SECOND_US = 1_000_000


def put(totals: Totals, audience: Audience, lane: str, new: Total) -> dict[Audience, dict[str, tuple[Total, ...]]]:
    """The totals with this one. Of two at one instant the greater counts, whichever came first."""
    held = totals.get(audience, {}).get(lane, ())
    where = bisect_left(held, new[:1], key=lambda total: total[:1])
    if held[where : where + 1] and held[where][0] == new[0]:
        kept = (*held[:where], max(held[where], new), *held[where + 1 :])
    else:
        kept = (*held[:where], new, *held[where:])
    mine = dict(sorted({**totals.get(audience, {}), lane: kept}.items()))
    return dict(sorted({**{name: dict(lanes) for name, lanes in totals.items()}, audience: mine}.items()))


def since(totals: Totals, start_us: int, with_last_before: bool) -> dict[Audience, dict[str, tuple[Total, ...]]]:
    """Those from ``start_us`` on, and each lane's last before, from which the next difference is taken."""
    kept: dict[Audience, dict[str, tuple[Total, ...]]] = {}
    for audience, lanes in totals.items():
        cuts = {lane: bisect_left(held, (start_us,)) - with_last_before for lane, held in lanes.items()}
        mine = {lane: rest for lane, cut in cuts.items() if (rest := lanes[lane][max(0, cut) :])}
        if mine:
            kept[audience] = mine
    return kept


def until(totals: Totals, limit_us: int) -> dict[Audience, dict[str, tuple[Total, ...]]]:
    """Those up to ``limit_us``."""
    kept: dict[Audience, dict[str, tuple[Total, ...]]] = {}
    for audience, lanes in totals.items():
        mine = {lane: rest for lane, held in lanes.items() if (rest := held[: bisect_left(held, (limit_us + 1,))])}
        if mine:
            kept[audience] = mine
    return kept


def passages(totals: Totals, audience: Audience) -> Iterator[tuple[int, int, int]]:
    """When, how many entries and how many exits since the total before, where that can be told."""
    for at, entries, exits in _steps(totals, audience):
        if entries is not None and exits is not None:
            yield at, entries, exits


def resets(totals: Totals, audience: Audience) -> Iterator[int]:
    """When a lane said a total that does not follow from the one before."""
    return (at for at, entries, exits in _steps(totals, audience) if entries is None or exits is None)


def _steps(totals: Totals, audience: Audience) -> Iterator[tuple[int, int | None, int | None]]:
    for held in totals.get(audience, {}).values():
        for (before_us, *before), (at, *now) in pairwise(held):
            entries, exits = (passed(was, total, at - before_us) for was, total in zip(before, now, strict=True))
            yield at, entries, exits


def passed(before: int, now: int, elapsed_us: int) -> int | None:
    """How many passed between two totals; None where the counter was reset. A way that is not counted has none."""
    if NOT_COUNTED in (before, now):
        return 0
    most = max(AT_ONCE, elapsed_us // _SECOND_US * FASTEST_PER_S)
    if now >= before:
        return now - before if now - before <= most else None
    return next((size - before + now for size in SIZES if before < size and size - before + now <= most), None)
