"""What of a place's number may be told on a sign, and what a line's places say together.

Of several places the line says the sum of those that can be trusted, which is less than there is and never more. That
there is nothing left it says only where all of them are known to have nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from parking.catalogue.model import Place
from parking.published.availability import Availability
from parking.published.freshness import is_stale
from parking.signs.model import LineRule
from parking.signs.words import DarkBecause, LineState
from parking.words import Basis, FillLevel, Opening

_SHUT = {
    Opening.CLOSED: LineState.CLOSED,
    Opening.CLOSED_ABNORMAL: LineState.CLOSED,
    Opening.SUBSCRIBERS_ONLY: LineState.SUBSCRIBERS,
}

_SOME = (FillLevel.SPACES_AVAILABLE, FillLevel.ALMOST_FULL)


class Judged(NamedTuple):
    """What one place may be said to have: ``low`` spaces at least, ``high`` at most, None where only a level is known.

    ``shut`` is why nobody is let in. ``because`` is why nothing may be told of it.
    """

    low: int | None = None
    high: int | None = None
    capacity: int | None = None
    level: FillLevel = FillLevel.UNKNOWN
    shut: LineState | None = None
    because: DarkBecause | None = None
    full_at: int | None = None
    almost_full_at: int | None = None


def judge(
    place: Place | None, said: Availability | None, rule: LineRule, accepts_made_up: bool, now: datetime
) -> Judged:
    """What may be told of a place. A profile, a limit that has passed, an impossible number tell nothing."""
    because = _why_not(place, said, rule, accepts_made_up, now)
    if because is not None or said is None or place is None:
        return Judged(because=because or DarkBecause.NOT_CATALOGUED)
    low = said.vacant if said.vacant_low is None else said.vacant_low
    high = said.vacant if said.vacant_high is None else said.vacant_high
    shut = _SHUT.get(said.opening)
    if said.level is FillLevel.FULL:  # its own word, though a few are left
        low, high = 0, 0
    judged = Judged(low, high, said.capacity or place.capacity, said.level, shut, None, place.full_at,
                    place.almost_full_at)  # fmt: skip
    if shut is None and low is None and said.level is FillLevel.UNKNOWN:
        return judged._replace(because=DarkBecause.UNKNOWN)
    return judged


def _why_not(
    place: Place | None, said: Availability | None, rule: LineRule, accepts_made_up: bool, now: datetime
) -> DarkBecause | None:
    if place is None or said is None:
        return DarkBecause.NOT_CATALOGUED
    if said.observed_at is None or said.valid_until is None or said.basis is Basis.EXPECTED:
        return DarkBecause.UNKNOWN
    if is_stale(said.valid_until, now):
        return DarkBecause.STALE
    if said.simulated and not accepts_made_up:
        return DarkBecause.SIMULATED
    if _is_impossible(place, said):
        return DarkBecause.IMPOSSIBLE
    if said.reporting_share is not None and said.reporting_share < rule.min_share:
        return DarkBecause.FEW_REPORT
    if said.capacity == 0 and said.opening not in _SHUT:  # nobody knows what 0 of 0 means
        return DarkBecause.UNKNOWN
    return None


def _is_impossible(place: Place, said: Availability) -> bool:
    bounds = [bound for bound in (said.vacant_low, said.vacant, said.vacant_high) if bound is not None]
    most = place.capacity if said.capacity is None else said.capacity
    told = [bound for bound in (said.vacant_low, said.vacant) if bound is not None]
    is_above = most is not None and max(told, default=0) > most
    contradicts = (
        said.level in _SOME and max(bounds, default=1) == 0 and said.opening not in _SHUT
    )  # it has spaces, and none
    return min(bounds, default=0) < 0 or bounds != sorted(bounds) or is_above or contradicts


class Together(NamedTuple):
    """A line's places as one: at least ``low`` spaces; or nobody is let in; or dark, and why."""

    low: int | None
    high: int | None
    capacity: int | None
    level: FillLevel
    shut: LineState | None
    because: DarkBecause | None
    full_at: int | None
    almost_full_at: int | None


def put_together(members: Sequence[Judged]) -> Together:
    """One or several places as one. ``high`` is None where one of them is not trusted: there might be any number."""
    alone = members[0] if len(members) == 1 else None
    trusted = [member if alone else _by_its_own(member) for member in members if member.because is None]
    if not trusted:
        return _dark(_first_doubt(members))
    is_whole = len(trusted) == len(members)
    open_ = [member for member in trusted if member.shut is None]
    if not open_:
        return _shut(trusted) if is_whole else _dark(_first_doubt(members))
    lows = [member.low for member in open_ if member.low is not None]
    highs = [member.high for member in open_]
    return Together(
        low=sum(lows) if lows else None,
        high=sum(high for high in highs if high is not None) if is_whole and None not in highs else None,
        capacity=_sum(member.capacity for member in open_),
        level=_level(open_, is_whole),
        shut=None,
        because=None,
        full_at=alone.full_at if alone else None,
        almost_full_at=alone.almost_full_at if alone else None,
    )


def _by_its_own(member: Judged) -> Judged:
    """A place of several that is full by its own threshold brings nothing: one that is not must not hide behind it."""
    if member.high is None or member.full_at is None or member.high > member.full_at:
        return member
    return member._replace(low=0, high=0, level=FillLevel.FULL)


def _level(open_: Sequence[Judged], is_whole: bool) -> FillLevel:
    levels = {member.level for member in open_}
    if levels == {FillLevel.FULL}:
        return FillLevel.FULL if is_whole else FillLevel.UNKNOWN
    if FillLevel.SPACES_AVAILABLE in levels:
        return FillLevel.SPACES_AVAILABLE
    return FillLevel.ALMOST_FULL if levels <= {FillLevel.ALMOST_FULL, FillLevel.FULL} else FillLevel.UNKNOWN


def _sum(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else sum(count for count in known if count is not None)


def _shut(trusted: Sequence[Judged]) -> Together:
    states = {member.shut for member in trusted}
    shut = LineState.SUBSCRIBERS if states == {LineState.SUBSCRIBERS} else LineState.CLOSED
    return Together(None, None, None, FillLevel.UNKNOWN, shut, None, None, None)


def _dark(because: DarkBecause) -> Together:
    return Together(None, None, None, FillLevel.UNKNOWN, None, because, None, None)


def _first_doubt(members: Sequence[Judged]) -> DarkBecause:
    """Of several reasons the one that is listed first, in whichever order the places are."""
    found = {member.because for member in members}
    return next(because for because in DarkBecause if because in found)


def judge_all(
    names: Sequence[str],
    places: Mapping[str, Place],
    said: Mapping[str, Availability],
    rule: LineRule,
    accepts_made_up: bool,
    now: datetime,
) -> list[Judged]:
    """Each place of a line."""
    return [judge(places.get(name), said.get(name), rule, accepts_made_up, now) for name in names]
