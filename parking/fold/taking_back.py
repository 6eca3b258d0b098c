"""What was stamped by a clock that had leapt ahead is forgotten: it would win against every true word until that time.

``forget_later`` is asked where a tick says that a wall clock has leapt, or takes a city's clock back (decision 25). A
register that is forgotten is empty: the place is unknown until it speaks again, for what stood there before has been
written over. Of a sum nobody can tell what was missed meanwhile, so it is unknown until somebody counts.
"""

from bisect import bisect_right
from datetime import datetime
from typing import TypeVar

import msgspec

from parking.fold import totals
from parking.fold.lanes import LaneLedger, before, window_start
from parking.fold.spaces import without_later
from parking.fold.state import PlaceState, Register
from parking.instants import AHEAD_TOLERANCE, to_us

K = TypeVar("K")
R = TypeVar("R", bound=Register)
_DAY_US = 24 * 3600 * 1_000_000


def forget_later(state: PlaceState, now: datetime, is_taken_back: bool = False) -> PlaceState:
    """The state without what claims to be from later than ``now`` allows; the same object where there is no such thing.

    ``is_taken_back``: the city's clock stood ahead of ``now``, and sums were closed by it.
    """
    limit = now + AHEAD_TOLERANCE
    opening = state.opening if state.opening is not None and state.opening.observed_at <= limit else None
    kept = msgspec.structs.replace(
        state,
        counts=_until(state.counts, limit),
        levels=_until(state.levels, limit),
        last_counts={device: at for device, at in state.last_counts.items() if at <= limit},
        opening=opening,
        faults=_until(state.faults, limit),
        orders=_until(state.orders, limit),
        rivals={audience: kept for audience, held in state.rivals.items() if (kept := _until(held, limit))},
        spaces=without_later(state.spaces, to_us(limit)),
        recounts={  # with sums that were closed by a clock that was wrong nobody is judged
            audience: said
            for audience, held in (() if is_taken_back else state.recounts.items())
            if (said := tuple(one for one in held if one.at_us <= to_us(limit)))
        },
        lanes=_lanes(state.lanes, limit, now, is_taken_back),
        ranges={
            device: days
            for device, ranges in state.ranges.items()
            if (days := tuple(one for one in ranges if one.day <= to_us(limit) // _DAY_US))
        },
    )
    return state if kept == state else kept


def _until(registers: dict[K, R], limit: datetime) -> dict[K, R]:
    return {name: held for name, held in registers.items() if held.observed_at <= limit}


def _lanes(ledger: LaneLedger | None, limit: datetime, now: datetime, is_taken_back: bool) -> LaneLedger | None:
    if ledger is None:
        return None
    limit_us = to_us(limit)
    heard = {
        audience: spoken
        for audience, lanes in ledger.heard.items()
        if (spoken := {lane: at for lane, at in lanes.items() if at <= limit})
    }
    spoke = {
        audience: {lane: times[: bisect_right(times, limit_us)] for lane, times in lanes.items()}
        for audience, lanes in ledger.spoke.items()
    }
    pulses = before(ledger.pulses, limit_us + 1)
    lost_us = ledger.lost_us if ledger.lost_us <= limit_us else to_us(now)
    kept = msgspec.structs.replace(
        ledger, heard=heard, spoke=spoke, pulses=pulses, lost_us=lost_us, totals=totals.until(ledger.totals, limit_us)
    )
    if not is_taken_back and kept == ledger:
        return ledger
    if not heard:
        return None
    # Cars may have passed that were refused as late, or are forgotten now: as after a lane's silence, a count heals it.
    gaps = {audience: to_us(now) for audience in heard}
    start = min(ledger.start_us, window_start(now))
    return msgspec.structs.replace(kept, start_us=start, gaps=gaps)
