"""Lane pulses: cars counted in and out, as a sum that does not depend on the order or the number of arrivals.

A sum needs a set. Pulses of the last quarter of an hour (the lateness bound) are kept one by one, so that a duplicate
is known by its id and a late recount finds what happened after it; older ones are closed into a base, relative to the
count they follow. What is observed before ``start`` has been closed; ``start`` moves by whole minutes, with the clock.

    vacant = count.vacant - (entries - exits of everything observed after the count)
    error  = MISCOUNT of (entries + exits of everything observed after the count), rounded up

    base      per audience: entries - exits closed since the count it follows
    heard     per audience: when each lane last spoke of it, even to say that nobody passed
    simulated whether any pulse was ever made up
    pulses    25 bytes each, little-endian, sorted: observed_at int64 µs, event_id uint64, entries uint32, exits uint32,
              audience uint8 (index into AUDIENCES)
    gross     per audience: entries + exits closed since the count it follows
    spoke     per audience: the microseconds at which each lane spoke, those in the window and the last before it
    gaps      per audience: the last closed word of a lane that had been silent for longer than its contract before
    totals    per audience and lane: running totals, those in the window and the last before it (``totals``)
    lost_us   before this microsecond lanes said more than is kept: no sum reaches back beyond it

A lane that was silent for too long may have missed cars; what it says later heals nothing, a count does.

**Bounds** (decision 26). Whatever is sent, a place keeps at most ``MAX_HELD`` words and pulses, half a megabyte. Where
a minute has more than ``MAX_A_MINUTE``, all that was said before its end is let go of, and what still comes of it is
refused; where there are too many in all, which needs a clock that stands still, the oldest minute goes. Which those
are depends on what was said alone, never on the order in which it came. A count from later than that heals it.
"""

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import chain
from typing import Protocol

import msgspec

from parking.catalogue.model import MAX_DEVICES_PER_PLACE
from parking.fold import totals
from parking.fold.totals import NOT_COUNTED, Total
from parking.instants import to_us
from parking.observations import LaneCounted, LaneTotalled
from parking.published.eligibility import AUDIENCES
from parking.words import Audience

LATENESS = timedelta(minutes=15)
"""How late a pulse, or a count of a place with lanes, may arrive and still be put where it belongs."""

MISCOUNT = Fraction(1, 100)
"""Which share of what passes a lane is assumed to miscount, one way or the other (decision 0011): not measured yet."""

MAX_A_MINUTE = 600
"""Words and pulses, together, of one minute of one place: five cars a second, each told by a message of its own."""

MAX_HELD = 32 * MAX_A_MINUTE
"""Words and pulses of one place, whatever the clock does. The window of 15 minutes, and what is ahead, has fewer."""

_PULSE = struct.Struct("<qQIIB")
_AT_AND_ID = struct.Struct("<qQ")
_MINUTE_US = 60_000_000
Pulse = tuple[int, int, int, int, int]


class LaneLedger(msgspec.Struct, frozen=True, array_like=True):
    """The lanes of one place; laid out as above."""

    start_us: int = 0
    base: dict[Audience, int] = {}
    heard: dict[Audience, dict[str, datetime]] = {}
    pulses: bytes = b""
    simulated: bool = False
    gross: dict[Audience, int] = {}
    spoke: dict[Audience, dict[str, tuple[int, ...]]] = {}
    gaps: dict[Audience, int] = {}
    lost_us: int = 0
    totals: dict[Audience, dict[str, tuple[Total, ...]]] = {}


class Contract(Protocol):
    """What the catalogue says of the lanes of a place; microseconds since 1970."""

    @property
    def shortest_us(self) -> int:
        """So long at least a word of any of its lanes holds."""

    def holds_until(self, lane: str, at_us: int) -> int:
        """Until when a word of that moment holds."""

    def began(self, lane: str, at_us: int) -> int:
        """Since when the lane that spoke then is there; 0 where that is not known."""


def window_start(clock: datetime | None) -> int:
    """The microsecond before which nothing is put in any more at ``clock``; 0 before the first tick."""
    if clock is None:
        return 0
    # By whole minutes: a clock ticks every few seconds, and each step of the window rewrites the state of every place
    # with lanes.
    return max(0, to_us(clock - LATENESS) // _MINUTE_US * _MINUTE_US)


def is_late(observed_at: datetime, clock: datetime | None) -> bool:
    """Whether something observed then comes too late for a sum at ``clock``."""
    return to_us(observed_at) < window_start(clock)


def put(ledger: LaneLedger | None, seen: LaneCounted | LaneTotalled, clock: datetime | None) -> LaneLedger:
    """The ledger with this pulse or these totals; the same object where they were in already, or closed before.

    What was closed before is only read again. Of a word that comes too late for a sum that was let go of (``is_lost``)
    it keeps that the lane spoke.
    """
    if ledger is None:
        ledger = LaneLedger(window_start(clock))
    at = to_us(seen.observed_at)
    if at < ledger.start_us:  # admission refuses what is so late: this one was in before, and is read again
        return ledger
    lane = f"{seen.source}/{seen.device_id}"
    last = ledger.heard.get(seen.category, {}).get(lane)
    ledger = _with_lane(ledger, seen, lane, last)
    if at < ledger.lost_us:
        return ledger
    told = _with_word(ledger, seen.category, lane, at, last)
    more = _with_pulse(told, seen, at) if isinstance(seen, LaneCounted) else _with_totals(told, seen, lane, at)
    return ledger if more is ledger else _within_bounds(more, at)


def is_whole(ledger: LaneLedger | None) -> bool:
    """Whether the pulses are ones that ``put`` may have written: anybody may write into Kafka."""
    if ledger is None:
        return True
    pulses = ledger.pulses
    return len(pulses) % _PULSE.size == 0 and all(
        whose < len(AUDIENCES) for whose in pulses[_PULSE.size - 1 :: _PULSE.size]
    )


def is_lost(ledger: LaneLedger | None, observed_at: datetime) -> bool:
    """Whether lanes said more, until after that instant, than is kept: no sum goes back to it."""
    return ledger is not None and to_us(observed_at) < ledger.lost_us


def _with_lane(ledger: LaneLedger, seen: LaneCounted | LaneTotalled, lane: str, last: datetime | None) -> LaneLedger:
    if last is None or last < seen.observed_at:
        mine = dict(sorted({**ledger.heard.get(seen.category, {}), lane: seen.observed_at}.items()))
        if (
            len(mine) > MAX_DEVICES_PER_PLACE
        ):  # of a catalogue that exchanges them: what the one forgotten counted is in no sum
            oldest = min(mine, key=lambda lane: (mine[lane], lane))
            ledger = _let_go(ledger, to_us(mine.pop(oldest)) + 1)
        ledger = msgspec.structs.replace(ledger, heard=dict(sorted({**ledger.heard, seen.category: mine}.items())))
    if seen.simulated and not ledger.simulated:
        ledger = msgspec.structs.replace(ledger, simulated=True)
    return ledger


def _with_word(ledger: LaneLedger, audience: Audience, lane: str, at: int, last: datetime | None) -> LaneLedger:
    lanes = ledger.spoke.get(audience, {})
    times = lanes.get(lane)
    if times is None:  # a ledger from before this was kept knows the last alone
        times = (to_us(last),) if last is not None and not is_lost(ledger, last) else ()
    where = bisect_left(times, at)
    if times[where : where + 1] == (at,):
        return ledger
    mine = dict(sorted({**lanes, lane: (*times[:where], at, *times[where:])}.items()))
    return msgspec.structs.replace(ledger, spoke=dict(sorted({**ledger.spoke, audience: mine}.items())))


def _with_pulse(ledger: LaneLedger, seen: LaneCounted, at: int) -> LaneLedger:
    if not seen.entries and not seen.exits:  # that nobody passed was news of the lane, and adds nothing to a sum
        return ledger
    # Sorted by time and id: a duplicate is found where it would go in, and equal sets are equal bytes. They are never
    # unpacked for it: thousands are put in one after the other when a counter sends a whole day.
    event_id = int(seen.event_id, 16)
    where = _place_of(ledger.pulses, (at, event_id))
    if ledger.pulses[where : where + _AT_AND_ID.size] == _AT_AND_ID.pack(at, event_id):
        return ledger
    new = _PULSE.pack(at, event_id, seen.entries, seen.exits, AUDIENCES.index(seen.category))
    return msgspec.structs.replace(ledger, pulses=ledger.pulses[:where] + new + ledger.pulses[where:])


def _with_totals(ledger: LaneLedger, seen: LaneTotalled, lane: str, at: int) -> LaneLedger:
    # No more of them than words, of which there is one at an instant: the bounds hold for both.
    entries, exits = (NOT_COUNTED if total is None else total for total in (seen.entries, seen.exits))
    held = totals.put(ledger.totals, seen.category, lane, (at, entries, exits))
    return ledger if held == ledger.totals else msgspec.structs.replace(ledger, totals=held)


def _place_of(pulses: bytes, key: tuple[int, ...]) -> int:
    """The byte at which the first pulse begins that does not come before ``key``: (at,) or (at, event_id)."""
    low, high = 0, len(pulses) // _PULSE.size
    while low < high:
        middle = (low + high) // 2
        if _AT_AND_ID.unpack_from(pulses, middle * _PULSE.size) < key:
            low = middle + 1
        else:
            high = middle
    return low * _PULSE.size


# -- bounds -----------------------------------------------------------------------------------------------------------


def _within_bounds(ledger: LaneLedger, at: int) -> LaneLedger:
    """The ledger after something was put in at ``at``, without what is more than is kept."""
    ends = _end_of_minute(at)
    if _count_held(ledger, ends - _MINUTE_US, ends) > MAX_A_MINUTE:
        ledger = _let_go(ledger, ends)
    while _count_held(ledger) > MAX_HELD:
        ledger = _let_go(ledger, _end_of_minute(_oldest(ledger)))
    return ledger


def _end_of_minute(at: int) -> int:
    return (at // _MINUTE_US + 1) * _MINUTE_US


def _count_held(ledger: LaneLedger, since: int | None = None, until: int = 0) -> int:
    """Words and pulses, all of them or those from ``since`` to before ``until``."""
    words = [times for lanes in ledger.spoke.values() for times in lanes.values()]
    if since is None:
        return len(ledger.pulses) // _PULSE.size + sum(map(len, words))
    pulses = (_place_of(ledger.pulses, (until,)) - _place_of(ledger.pulses, (since,))) // _PULSE.size
    return pulses + sum(bisect_left(times, until) - bisect_left(times, since) for times in words)


def _oldest(ledger: LaneLedger) -> int:
    words = [times[0] for lanes in ledger.spoke.values() for times in lanes.values() if times]
    pulses: list[int] = [_PULSE.unpack_from(ledger.pulses)[0]] if ledger.pulses else []
    return min(words + pulses)


def _let_go(ledger: LaneLedger, until: int) -> LaneLedger:
    """The ledger without anything from before ``until``, closed or not: no sum reaches back beyond it any more."""
    spoke = {}
    for audience, lanes in ledger.spoke.items():
        kept = {lane: times[bisect_left(times, until) :] for lane, times in lanes.items() if times[-1:] >= (until,)}
        if kept:
            spoke[audience] = kept
    pulses = ledger.pulses[_place_of(ledger.pulses, (until,)) :]
    return LaneLedger(ledger.start_us, heard=ledger.heard, pulses=pulses, simulated=ledger.simulated,
                      spoke=spoke, lost_us=max(until, ledger.lost_us),
                      totals=totals.since(ledger.totals, until, False))  # fmt: skip


# -- closing ----------------------------------------------------------------------------------------------------------


def rebase(ledger: LaneLedger, audience: Audience) -> LaneLedger:
    """The ledger after a count of ``audience`` from a later instant: what was closed came before it."""
    closed = {name: getattr(ledger, name) for name in ("base", "gross", "gaps")}
    if not any(audience in sums for sums in closed.values()):
        return ledger
    kept = {name: {a: value for a, value in sums.items() if a is not audience} for name, sums in closed.items()}
    return msgspec.structs.replace(ledger, **kept)


def close(ledger: LaneLedger, clock: datetime, counts: dict[Audience, datetime], contract: Contract) -> LaneLedger:
    """Close what lies before the window at ``clock``; ``counts`` is when each audience was last counted."""
    start = window_start(clock)
    if start <= ledger.start_us:
        return ledger
    pulses = list(_PULSE.iter_unpack(ledger.pulses))
    cut = bisect_left(pulses, (start,), key=lambda pulse: pulse[:1])
    base, passed = {}, {}
    for audience, counted_at in sorted(counts.items()):
        net, gross = _add_up(_all_of(audience, pulses[:cut], ledger, start), audience, counted_at)
        net, gross = net + ledger.base.get(audience, 0), gross + _closed_gross(ledger, audience)
        if net:
            base[audience] = net
        if gross:
            passed[audience] = gross
    gaps, spoke = dict(ledger.gaps), {}
    for audience, lanes in ledger.spoke.items():
        counted_us = to_us(counts[audience]) if audience in counts else None
        uncounted = (*_after_silence(ledger, audience, counted_us, contract), *totals.resets(ledger.totals, audience))
        late = [at for at in uncounted if (counted_us or 0) < at < start]
        if late:
            gaps[audience] = max(*late, gaps.get(audience, 0))
        # The last word before the window stays: the next silence is measured from it.
        spoke[audience] = {lane: times[max(0, bisect_left(times, start) - 1) :] for lane, times in lanes.items()}
    return LaneLedger(
        start, base, ledger.heard, ledger.pulses[cut * _PULSE.size :], ledger.simulated, passed, spoke,
        dict(sorted(gaps.items())), ledger.lost_us, totals.since(ledger.totals, start, True),
    )  # fmt: skip


def closing(ledger: LaneLedger, clock: datetime) -> Iterable[Pulse]:
    """What ``close`` would close at ``clock``, of all audiences."""
    start = window_start(clock)
    if start <= ledger.start_us:
        return ()
    pulses: Iterable[Pulse] = _PULSE.iter_unpack(before(ledger.pulses, start))
    return chain(pulses, *(_all_of(audience, (), ledger, start) for audience in ledger.totals))


def was_silent(ledger: LaneLedger, audience: Audience, counted_at: datetime, contract: Contract) -> bool:
    """Whether a lane has spoken since a count after it was silent for longer than its contract, or was reset."""
    counted_us = to_us(counted_at)
    if ledger.gaps.get(audience, 0) > counted_us:
        return True
    if any(at > counted_us for at in totals.resets(ledger.totals, audience)):
        return True
    return any(at > counted_us for at in _after_silence(ledger, audience, counted_us, contract))


def _after_silence(ledger: LaneLedger, audience: Audience, counted_us: int | None, contract: Contract) -> Iterator[int]:
    """The words, not judged before, that came too long after the one before, or after the count if that is later."""
    for lane, times in ledger.spoke.get(audience, {}).items():
        for place, at in enumerate(times):
            if at < ledger.start_us:
                continue
            # A lane's first word has none before it. With a count to go on from, it should have spoken since it was put
            # in; without a count there is no sum that cars could be missing from.
            before = times[place - 1] if place else contract.began(lane, at) if counted_us is not None else 0
            if counted_us is not None and before < counted_us < at:
                before = counted_us  # what passed before the count is in it, heard or not
            # Most words come soon after the one before, and the catalogue need not be asked about each.
            if before and at - before > contract.shortest_us and at > contract.holds_until(lane, before):
                yield at


def passed_since(ledger: LaneLedger, audience: Audience, counted_at: datetime) -> tuple[int, int]:
    """Entries minus exits, and entries plus exits, of everything observed after a count."""
    net, gross = _add_up(_all_of(audience, _PULSE.iter_unpack(ledger.pulses), ledger), audience, counted_at)
    return net + ledger.base.get(audience, 0), gross + _closed_gross(ledger, audience)


def error_of(gross: int) -> int:
    """How far off a sum may be in which so many vehicles passed, whichever way they went."""
    return math.ceil(gross * MISCOUNT)


def _closed_gross(ledger: LaneLedger, audience: Audience) -> int:
    """A ledger from before ``gross`` was kept knows the difference alone: no fewer than that have passed."""
    return max(ledger.gross.get(audience, 0), abs(ledger.base.get(audience, 0)))


def _all_of(
    audience: Audience, pulses: Iterable[Pulse], ledger: LaneLedger, until_us: int | None = None
) -> Iterable[Pulse]:
    """The pulses, and what totals of this audience say passed before ``until_us``, as pulses without an id."""
    if audience not in ledger.totals:
        return pulses
    index = AUDIENCES.index(audience)
    steps = totals.passages(ledger.totals, audience)
    told = ((at, 0, entries, exits, index) for at, entries, exits in steps if until_us is None or at < until_us)
    return chain(pulses, told)


def _add_up(pulses: Iterable[Pulse], audience: Audience, counted_at: datetime) -> tuple[int, int]:
    """Entries minus exits, and entries plus exits, of what was observed after a count."""
    index, after_us = AUDIENCES.index(audience), to_us(counted_at)
    net = gross = 0
    for at, _, entries, exits, whose in pulses:
        if whose == index and at > after_us:
            net, gross = net + entries - exits, gross + entries + exits
    return net, gross


def before(pulses: bytes, until_us: int) -> bytes:
    """The pulses observed before that microsecond."""
    return pulses[: _place_of(pulses, (until_us,))]
