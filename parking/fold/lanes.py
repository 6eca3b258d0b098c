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

A lane that was silent for too long may have missed cars; what it says later heals nothing, a count does.
"""

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Protocol

import msgspec

from parking.instants import to_us
from parking.observations import LaneCounted
from parking.published.eligibility import AUDIENCES
from parking.words import Audience

LATENESS = timedelta(minutes=15)
"""How late a pulse, or a count of a place with lanes, may arrive and still be put where it belongs."""

MISCOUNT = Fraction(1, 100)
"""Which share of what passes a lane is assumed to miscount, one way or the other (decision 0011): not measured yet."""

_PULSE = struct.Struct("<qQIIB")
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


class Contract(Protocol):
    """What the catalogue says of the lanes of a place; microseconds since 1970."""

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


def put(ledger: LaneLedger | None, seen: LaneCounted, clock: datetime | None) -> LaneLedger:
    """The ledger with this pulse; the same object where it was in already, or closed before (it is read again)."""
    if ledger is None:
        ledger = LaneLedger(window_start(clock))
    at = to_us(seen.observed_at)
    if at < ledger.start_us:  # admission refuses what is so late: this one was in before, and is read again
        return ledger
    lane = f"{seen.source}/{seen.device_id}"
    held = ledger.heard.get(seen.category, {})
    ledger = _with_word(ledger, seen.category, lane, at)
    if lane not in held or held[lane] < seen.observed_at:
        mine = dict(sorted({**held, lane: seen.observed_at}.items()))
        ledger = msgspec.structs.replace(ledger, heard=dict(sorted({**ledger.heard, seen.category: mine}.items())))
    if seen.simulated and not ledger.simulated:
        ledger = msgspec.structs.replace(ledger, simulated=True)
    if not seen.entries and not seen.exits:  # that nobody passed was news of the lane, and adds nothing to a sum
        return ledger
    # Sorted by time and id: a duplicate is found where it would go in, and equal sets are equal bytes.
    pulses = list(_PULSE.iter_unpack(ledger.pulses))
    new: Pulse = (at, int(seen.event_id, 16), seen.entries, seen.exits, AUDIENCES.index(seen.category))
    where = bisect_left(pulses, new[:2], key=lambda pulse: pulse[:2])
    if where < len(pulses) and pulses[where][:2] == new[:2]:
        return ledger
    pulses.insert(where, new)
    return msgspec.structs.replace(ledger, pulses=_pack(pulses))


def _with_word(ledger: LaneLedger, audience: Audience, lane: str, at: int) -> LaneLedger:
    lanes = ledger.spoke.get(audience, {})
    last = ledger.heard.get(audience, {}).get(lane)
    times = lanes.get(lane, (to_us(last),) if last else ())  # a ledger from before this was kept knows the last alone
    if at in times:
        return ledger
    mine = dict(sorted({**lanes, lane: tuple(sorted((*times, at)))}.items()))
    return msgspec.structs.replace(ledger, spoke=dict(sorted({**ledger.spoke, audience: mine}.items())))


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
        net, gross = _add_up(pulses[:cut], audience, counted_at)
        net, gross = net + ledger.base.get(audience, 0), gross + _closed_gross(ledger, audience)
        if net:
            base[audience] = net
        if gross:
            passed[audience] = gross
    gaps, spoke = dict(ledger.gaps), {}
    for audience, lanes in ledger.spoke.items():
        counted_us = to_us(counts[audience]) if audience in counts else None
        late = [at for at in _after_silence(ledger, audience, counted_us, contract) if (counted_us or 0) < at < start]
        if late:
            gaps[audience] = max(*late, gaps.get(audience, 0))
        # The last word before the window stays: the next silence is measured from it.
        spoke[audience] = {lane: times[max(0, bisect_left(times, start) - 1) :] for lane, times in lanes.items()}
    return LaneLedger(
        start, base, ledger.heard, _pack(pulses[cut:]), ledger.simulated, passed, spoke, dict(sorted(gaps.items()))
    )


def was_silent(ledger: LaneLedger, audience: Audience, counted_at: datetime, contract: Contract) -> bool:
    """Whether a lane has spoken since a count after it had been silent for longer than its contract."""
    counted_us = to_us(counted_at)
    if ledger.gaps.get(audience, 0) > counted_us:
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
            if before and at > contract.holds_until(lane, before):
                yield at


def passed_since(ledger: LaneLedger, audience: Audience, counted_at: datetime) -> tuple[int, int]:
    """Entries minus exits, and entries plus exits, of everything observed after a count."""
    net, gross = _add_up(_PULSE.iter_unpack(ledger.pulses), audience, counted_at)
    return net + ledger.base.get(audience, 0), gross + _closed_gross(ledger, audience)


def error_of(gross: int) -> int:
    """How far off a sum may be in which so many vehicles passed, whichever way they went."""
    return math.ceil(gross * MISCOUNT)


def _closed_gross(ledger: LaneLedger, audience: Audience) -> int:
    """A ledger from before ``gross`` was kept knows the difference alone: no fewer than that have passed."""
    return max(ledger.gross.get(audience, 0), abs(ledger.base.get(audience, 0)))


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
    return pulses[: bisect_left(list(_PULSE.iter_unpack(pulses)), (until_us,), key=lambda one: one[:1]) * _PULSE.size]


def _pack(pulses: Iterable[Pulse]) -> bytes:
    return b"".join(_PULSE.pack(*pulse) for pulse in pulses)
