"""One number of a car park: the last count for an audience, or what its lanes have made of that count since.

Whatever may have let a car pass uncounted takes the number away, and only a new count brings it back: a sum forgets
nothing, so it never forgets a mistake either.
"""

from datetime import datetime
from typing import NamedTuple

from parking.catalogue.model import Place
from parking.fold import lanes
from parking.fold.contracts import LaneContracts, is_retired, lane_until, valid_until
from parking.fold.state import Counted, Faulted, Levelled, PlaceState, Register, unusable_key
from parking.published.freshness import is_stale
from parking.words import Audience, Basis, Fault, FillLevel


class Tally(NamedTuple):
    """What may be said of one audience: None where nothing, and until when it could be (or could have been).

    ``drifted``: what was added up is less than none or more than all; ``vacant`` is then a bound, or None.
    ``flooded``: lanes have said more since the count than is kept, so there is no sum. ``level``: the source's own
    word, where that is all it said.
    """

    vacant: int | None = None
    low: int | None = None
    high: int | None = None
    basis: Basis | None = None
    until: datetime | None = None
    drifted: bool = False
    flooded: bool = False
    level: FillLevel = FillLevel.UNKNOWN

    @property
    def says_something(self) -> bool:
        """Whether it says how full it is: a number, a bound, or a level."""
        bounds = (self.vacant, self.low, self.high)
        return self.level is not FillLevel.UNKNOWN or any(one is not None for one in bounds)


NEVER_COUNTED = Tally()
"""Of an audience that was never counted."""


class LastWord(NamedTuple):
    """The word that holds of an audience, and what may be said by it."""

    word: Counted | Levelled
    tally: Tally


def last_words(state: PlaceState, place: Place, clock: datetime | None) -> dict[Audience, LastWord]:
    """The word that holds of each audience of which one was ever said."""
    audiences = sorted({*state.counts, *state.levels}) if state.levels else state.counts
    words = {audience: _last_word(audience, state, place, clock) for audience in audiences}
    return {audience: said for audience, said in words.items() if said is not None}


def _last_word(audience: Audience, state: PlaceState, place: Place, clock: datetime | None) -> LastWord | None:
    """The count or the level: the later one; of one instant the count, which says more.

    What lanes have made of a count since is as late as their last word. A level that is not older than the count itself
    stands all the same where the count, or the sum, says nothing: a lamp tells on where lanes have lost the number.
    """
    count, level = state.counts.get(audience), state.levels.get(audience)
    if count is None:
        return LastWord(level, _of_level(audience, level, state, place, clock)) if level is not None else None
    newest = max([count.observed_at, *heard_by_lanes(state, audience).values()])
    said_last = level is not None and level.observed_at == newest == count.observed_at and level.seq > count.seq
    if level is not None and (level.observed_at > newest or said_last):
        return LastWord(level, _of_level(audience, level, state, place, clock))
    counted = _of_count(audience, count, state, place, clock)
    if level is None or counted.vacant is not None or level.observed_at < count.observed_at:
        return LastWord(count, counted)
    if is_silenced(audience, level, state):
        return LastWord(count, counted)
    told = _of_level(audience, level, state, place, clock)
    return LastWord(level, told._replace(drifted=counted.drifted, flooded=counted.flooded))


def _of_level(audience: Audience, said: Levelled, state: PlaceState, place: Place, clock: datetime | None) -> Tally:
    """The source's own word, and the bounds that it states within what the place has; no number is made of them."""
    until = valid_until(said, place)
    if is_stale(until, clock) or is_silenced(audience, said, state):
        return Tally(until=until)
    low, high, capacity = said.low, said.high, capacity_for(audience, said, place)
    if low is None and high is None:
        return Tally(until=until, level=said.level)
    low = low or 0
    if capacity is not None and low <= capacity:
        high = capacity if high is None else min(high, capacity)
    if high == 0 and said.level in (FillLevel.SPACES_AVAILABLE, FillLevel.ALMOST_FULL):
        return Tally(until=until)  # some, and none: which of both is true nobody can tell
    return Tally(low=low, high=high, until=until, level=said.level)


def _of_count(audience: Audience, count: Counted, state: PlaceState, place: Place, clock: datetime | None) -> Tally:
    """A count, or what lanes have made of it since: a sum within an interval that widens with all that passed."""
    heard = heard_by_lanes(state, audience)
    working = {lane: last for lane, last in heard.items() if not is_retired(lane, last, state, place, clock)}
    until = _until(count, working, place)
    is_sum = any(last > count.observed_at for last in heard.values())
    if is_stale(until, clock) or is_silenced(audience, count, state) or _went_uncounted(audience, count, state):
        return Tally(until=until)
    if is_sum and lanes.is_lost(state.lanes, count.observed_at):
        return Tally(until=until, flooded=True)
    if is_sum and _may_have_missed_cars(audience, count, working, state, place):
        return Tally(until=until)
    vacant, basis, error = count.vacant, count.basis, 0
    if is_sum and state.lanes is not None:
        net, gross = lanes.passed_since(state.lanes, audience, count.observed_at)
        vacant, basis, error = vacant - net, Basis.DERIVED, lanes.error_of(gross)
    if basis is not Basis.DERIVED:
        return Tally(vacant, vacant, vacant, basis, until)
    return _within_what_can_be(vacant, error, capacity_for(audience, count, place), until)


def _within_what_can_be(vacant: int, error: int, capacity: int | None, until: datetime) -> Tally:
    """A sum outside 0..capacity cannot be true, and says that the counter drifted.

    Where its interval reaches into what can be, that part of it holds, and the nearest bound stands for the number;
    else nothing does.
    """
    least, most = max(0, vacant - error), vacant + error
    if capacity is not None:
        most = min(most, capacity)
    if least > most:
        return Tally(until=until, drifted=True)
    nearest = min(max(vacant, least), most)
    return Tally(nearest, least, most, Basis.DERIVED, until, drifted=nearest != vacant)


def _until(count: Counted, working: dict[str, datetime], place: Place) -> datetime:
    # A sum is as good as the lane that has been silent longest: cars may be passing it. A count begins everybody's
    # time anew, because whatever passed before it is in it.
    if not working:
        return valid_until(count, place)
    return min(lane_until(lane, max(last, count.observed_at), place) for lane, last in working.items())


def _may_have_missed_cars(
    audience: Audience, count: Counted, working: dict[str, datetime], state: PlaceState, place: Place
) -> bool:
    """Whether a lane says that it cannot tell, or was silent since the count for longer than its contract."""
    if any(lane in state.faults and state.faults[lane].observed_at >= last for lane, last in working.items()):
        return True
    return state.lanes is not None and lanes.was_silent(state.lanes, audience, count.observed_at, LaneContracts(place))


def capacity_for(audience: Audience, count: Counted | Levelled, place: Place) -> int | None:
    """The count's own capacity first: it knows of the level closed for works. The catalogue knows the public one."""
    return count.capacity if count.capacity is not None or audience is not Audience.PUBLIC else place.capacity


def heard_by_lanes(state: PlaceState, audience: Audience) -> dict[str, datetime]:
    """When each lane last spoke of this audience, even to say that nobody passed."""
    return state.lanes.heard.get(audience, {}) if state.lanes is not None else {}


def is_silenced(audience: Audience, count: Register, state: PlaceState) -> bool:
    """Whether the device that said it has said since, or in the same instant, that it cannot tell, or what is no use.

    Of one instant's words the one with the greater sequence was said last, and holds; of equal ones the doubt does.
    """
    fault = state.faults.get(count.device)
    if fault is not None and fault.observed_at >= count.observed_at:
        return True
    unusable = (state.faults.get(unusable_key(count.device, whom)) for whom in (None, audience))
    return any(word is not None and not is_later(count, word) for word in unusable)


def is_later(count: Register, word: Faulted) -> bool:
    """Whether a count was said after a word that was of no use, or is that word, which can be used by now.

    A count above the catalogue's capacity comes in when that was mended and the reject is sent again.
    """
    return count.event_id == word.event_id or (count.observed_at, count.seq) > (word.observed_at, word.seq)


def lets_cars_pass_uncounted(fault: Faulted, state: PlaceState) -> bool:
    """Whether cars may have come or gone unseen: a barrier stands open, or what a lane said could not be used."""
    if fault.fault is Fault.COUNTING_OUT_OF_SERVICE:
        return True
    heard = state.lanes.heard.values() if state.lanes is not None else ()
    return fault.fault is Fault.UNUSABLE and any(fault.device in lanes_heard for lanes_heard in heard)


def _went_uncounted(audience: Audience, count: Counted, state: PlaceState) -> bool:
    """Whether since the count cars may have passed uncounted: what is counted at that lane later heals nothing."""
    return any(
        fault.category in (None, audience) and not has_healed(count, fault) and lets_cars_pass_uncounted(fault, state)
        for fault in state.faults.values()
    )


def has_healed(count: Counted, fault: Faulted) -> bool:
    """Whether a count tells how many there are after what passed uncounted; of one instant its own device's alone."""
    if count.observed_at > fault.observed_at:
        return True
    return fault.fault is Fault.UNUSABLE and fault.device == count.device and is_later(count, fault)
