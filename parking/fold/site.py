"""The honesty rule: what a city is told about a car park that is known by its counts.

**Whom to believe, in this order.**

1. *The operator's word on the gate* says who may drive in, until it expires; the number is shown beside it.
2. *The last count of ordinary spaces*, by a counter or by somebody's eye: the greatest in the total order, whoever sent
   it and whenever it arrived. A later word that is no count, a level or bounds, takes its place; it makes no number.
3. *What lanes have counted since*, added to that count, within an interval that widens with every car (``tally``).
4. Where none of these holds any more, **the number is unknown**. It is never the last number, never 0, never full:
   a driver who finds no place where one was promised does not come back to the map.

**What is said beside the number, and why.**

- *Faults* are reasons, so each stands only as long as it explains something. A fault ends when its device counts again;
  one that let cars pass uncounted ends when somebody counts. Silence is named only if nobody gave a better reason.
- *Capacity and the sign's threshold* come from the count if it says them (it knows of the level closed for works),
  else from the catalogue.
- *observed_at* is the newest word in the number. Where there is no count of ordinary spaces there is no number, and
  the newest word of any kind says that somebody is alive.
- *valid_until* is the first instant at which anything said here stops being true, for a reader to whom nobody ever
  speaks again. Where all has expired it is when the last of it did, so that a reader sees since when.
- *simulated* if anything in it is: a made-up part makes a made-up whole.
"""

from datetime import datetime
from typing import NamedTuple

from parking.catalogue.model import Place
from parking.fold.state import Counted, Faulted, Levelled, PlaceState, Register
from parking.fold.tally import (
    NEVER_COUNTED,
    LastWord,
    Tally,
    capacity_for,
    has_healed,
    heard_by_lanes,
    is_later,
    is_silenced,
    last_words,
    lets_cars_pass_uncounted,
)
from parking.published.availability import NEVER_OBSERVED, Availability, CategoryCount
from parking.published.freshness import is_stale
from parking.published.level import fill_level
from parking.words import Audience, Fault, FillLevel, Opening


def conclude(
    state: PlaceState, place: Place, clock: datetime | None, opening: Opening, opening_until: datetime | None
) -> tuple[Availability, datetime | None]:
    """The availability of a car park at ``clock``, and when the clock alone will change it (or None).

    ``opening`` is what may be said of its gate at ``clock``; that expires (or expired) at ``opening_until``.
    """
    registers = _registers(state)
    if not registers and state.lanes is None:
        return NEVER_OBSERVED, None
    said = last_words(state, place, clock)
    word, shown = said.get(Audience.PUBLIC, (None, NEVER_COUNTED))
    capacity, full_at = _measures(word, place)
    limits = _limits(said, opening_until, clock)
    availability = Availability(
        vacant=shown.vacant,
        vacant_low=shown.low,
        vacant_high=shown.high,
        capacity=capacity,
        level=_level(shown, capacity, opening, full_at, place),
        opening=opening,
        by_category={
            audience: CategoryCount(held.tally.vacant, capacity_for(audience, held.word, place))
            for audience, held in said.items()
        },
        reporting_share=1.0 if shown.says_something else 0.0,
        observed_at=_newest(registers, word, state),
        valid_until=limits.soonest or limits.last,
        basis=shown.basis,
        faults=_faults(said, state, clock),
        simulated=any(held.simulated for held in registers) or (state.lanes is not None and state.lanes.simulated),
    )
    return availability, limits.soonest


def _registers(state: PlaceState) -> list[Register]:
    words = (*state.counts.values(), *state.levels.values(), *state.faults.values())
    return [*words, *([state.opening] if state.opening else [])]


# -- numbers ----------------------------------------------------------------------------------------------------------


def _measures(word: Counted | Levelled | None, place: Place) -> tuple[int | None, int | None]:
    """How many spaces there are, and the vacancy at which its sign reads full."""
    if word is None:
        return place.capacity, place.full_at
    full_at = word.full_at if isinstance(word, Counted) and word.full_at is not None else place.full_at
    return capacity_for(Audience.PUBLIC, word, place), full_at


def _level(shown: Tally, capacity: int | None, opening: Opening, full_at: int | None, place: Place) -> FillLevel:
    """The source's own word where it said no number; else what the number makes it. At a closed gate neither."""
    if shown.level is FillLevel.UNKNOWN:
        return fill_level(shown.low, shown.high, capacity, opening, full_at, place.almost_full_at)
    return FillLevel.UNKNOWN if opening in (Opening.CLOSED, Opening.CLOSED_ABNORMAL) else shown.level


def _newest(registers: list[Register], word: Counted | Levelled | None, state: PlaceState) -> datetime:
    # A fault, or a word on the gate, is newer than the count and makes the count no newer: with a count, only what the
    # number is made of has a say in its time.
    times = [held.observed_at for held in ([word] if word else registers)]
    for audience in [] if isinstance(word, Levelled) else [Audience.PUBLIC] if word else list(Audience):
        times += heard_by_lanes(state, audience).values()
    return max(times)


# -- faults -----------------------------------------------------------------------------------------------------------


def _faults(said: dict[Audience, LastWord], state: PlaceState, clock: datetime | None) -> tuple[Fault, ...]:
    faults = {fault.fault for fault in state.faults.values() if not _is_over(fault, state)}
    public = said.get(Audience.PUBLIC)
    if (
        public is not None
        and is_stale(public.tally.until, clock)
        and not is_silenced(Audience.PUBLIC, public.word, state)
    ):
        faults.add(Fault.COMMUNICATIONS_FAILURE)
    if any(held.tally.drifted for held in said.values()):
        faults.add(Fault.COUNTER_DRIFT)
    if any(held.tally.flooded for held in said.values()):
        faults.add(Fault.COUNTING_OUT_OF_SERVICE)
    return tuple(sorted(faults))


def _is_over(fault: Faulted, state: PlaceState) -> bool:
    """Whether the device has counted since, and where cars passed uncounted, somebody has counted anew."""
    if not _has_counted_since(fault, state):
        return False
    uncounted = state.lanes is not None and lets_cars_pass_uncounted(fault, state)
    counts = [held for whom, held in state.counts.items() if fault.category in (None, whom)]
    return not uncounted or any(has_healed(held, fault) for held in counts)


def _has_counted_since(fault: Faulted, state: PlaceState) -> bool:
    """Whether the device has, and of a word of no use about one audience: whether anybody has counted that."""
    if fault.category is not None:
        said = (state.counts.get(fault.category), state.levels.get(fault.category))
        return any(held is not None and is_later(held, fault) for held in said)
    lanes_heard = state.lanes.heard.values() if state.lanes is not None else ()
    spoke = [heard.get(fault.device) for heard in (*lanes_heard, state.last_counts)]
    last = max(filter(None, spoke), default=None)
    if last is not None and last > fault.observed_at:
        return True
    again = fault.fault is Fault.UNUSABLE  # in the same instant: a source that repeats its stamp has come to its senses
    words = (*state.counts.values(), *state.levels.values())
    return again and any(held.device == fault.device and is_later(held, fault) for held in words)


# -- limits -----------------------------------------------------------------------------------------------------------


class _Limits(NamedTuple):
    """The first limit that is still to come, and the last that there is; None where there is none."""

    soonest: datetime | None
    last: datetime | None


def _limits(said: dict[Audience, LastWord], opening_until: datetime | None, clock: datetime | None) -> _Limits:
    # Of every audience, not of the public one alone: when the count of disabled bays expires, the answer to who asks
    # for one changes, and somebody must conclude and publish it then.
    every = [*(held.tally.until for held in said.values()), opening_until]
    limits = [until for until in every if until is not None]
    to_come = [until for until in limits if not is_stale(until, clock)]
    return _Limits(min(to_come, default=None), max(limits, default=None))
