"""How good a shift's alarms were: how many in ten minutes, how many stood, and how many told of something true.

From what was recorded alone; what was true is known only where faults were put in on purpose (``InjectedFault``). EEMUA
191 asks for at most one alarm in ten minutes on average, and ten in the ten minutes after an upset.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from parking.health.alarms.kinds import RULES, TroubleKind, Urgency
from parking.health.alarms.model import AlarmWord

PEAK_SPAN = timedelta(minutes=10)
STANDS_AFTER = timedelta(hours=24)
CHATTERS_AT = 3
"""An alarm that was raised so often in the span is counted as chattering."""


class InjectedFault(msgspec.Struct, frozen=True, kw_only=True):
    """What was put wrong on purpose, from when to when, and which alarms tell of it.

    An alarm tells of it if it is of one of ``kinds`` and, where ``causes`` are given, of one of these; if it was raised
    while the fault lasted, or within ``echo`` after it, since what was felled takes its time to come back.
    """

    name: str
    kinds: frozenset[TroubleKind]
    causes: frozenset[str] = frozenset()
    start: datetime
    end: datetime
    echo: timedelta = timedelta(minutes=15)

    def is_told_by(self, raising: "Raising") -> bool:
        """Whether this raising of an alarm tells of the fault."""
        return (
            raising.kind in self.kinds
            and (not self.causes or raising.cause in self.causes)
            and self.start <= raising.at <= self.end + self.echo
        )


class Raising(NamedTuple):
    """One time that an alarm was raised, and when it returned (None: it stands)."""

    alarm: str
    kind: TroubleKind
    cause: str
    urgency: Urgency
    at: datetime
    returned_at: datetime | None


class FaultFound(NamedTuple):
    """A fault that was put in, the first alarm that told of it and how long that took; None: it was missed."""

    fault: InjectedFault
    by: Raising | None
    after: timedelta | None
    alarms: int


class AlarmMeasures(msgspec.Struct, frozen=True, kw_only=True):
    """A span's alarms in figures. ``false`` tell of nothing that was put in; None where it is not known what was."""

    raised: int
    per_ten_minutes: float
    peak: int
    busiest_at: datetime | None
    most_standing: int
    stale: int
    chattering: int
    found: tuple[FaultFound, ...] = ()
    false: tuple[Raising, ...] | None = None

    @property
    def true_share(self) -> float | None:
        """The share of alarms that told of something true; None where that is not known, or there was none."""
        if self.false is None or not self.raised:
            return None
        return 1 - len(self.false) / self.raised

    @property
    def missed(self) -> list[InjectedFault]:
        """The faults that no alarm told of."""
        return [one.fault for one in self.found if one.by is None]


def list_raisings(words: Iterable[AlarmWord]) -> list[Raising]:
    """Every raising that the words tell of, by its time; words in any order, repeated or not."""
    raisings: dict[tuple[str, datetime], Raising] = {}
    for word in sorted(words, key=lambda word: word.number):
        if word.raised_at is None:
            continue
        name = (word.id, word.raised_at)
        first = raisings.get(name)
        returned_at = word.returned_at or (first.returned_at if first else None)
        kind, cause = word.condition.kind, word.condition.cause
        raisings[name] = Raising(word.id, kind, cause, RULES[kind].urgency, word.raised_at, returned_at)
    return sorted(raisings.values(), key=lambda one: (one.at, one.alarm))


def measure(
    words: Iterable[AlarmWord], start: datetime, end: datetime, faults: Sequence[InjectedFault] | None = None
) -> AlarmMeasures:
    """The alarms that were raised from ``start`` to before ``end``, against ``faults`` that were put in, if known."""
    every = list_raisings(words)
    raisings = [one for one in every if start <= one.at < end]
    peak, busiest_at = _peak([one.at for one in raisings])
    tens = max((end - start) / PEAK_SPAN, 1.0)
    names = [one.alarm for one in raisings]
    return AlarmMeasures(
        raised=len(raisings),
        per_ten_minutes=len(raisings) / tens,
        peak=peak,
        busiest_at=busiest_at,
        most_standing=_most_standing(every, start, end),
        stale=sum((one.returned_at or end) - one.at >= STANDS_AFTER for one in every if one.at < end),
        chattering=len({name for name in names if names.count(name) >= CHATTERS_AT}),
        found=tuple(_find(fault, raisings) for fault in faults or ()),
        false=None if faults is None else tuple(
            one for one in raisings if not any(fault.is_told_by(one) for fault in faults)
        ),
    )  # fmt: skip


def _peak(times: list[datetime]) -> tuple[int, datetime | None]:
    """The most that were raised within any ten minutes, and when these began."""
    best: tuple[int, datetime | None] = (0, None)
    first = 0
    for last, at in enumerate(times):
        while at - times[first] >= PEAK_SPAN:
            first += 1
        if last - first + 1 > best[0]:
            best = (last - first + 1, times[first])
    return best


def _most_standing(raisings: Sequence[Raising], start: datetime, end: datetime) -> int:
    """The most that stood at one time."""
    marks = [(max(one.at, start), 1) for one in raisings if one.at < end]
    marks += [(one.returned_at, -1) for one in raisings if one.at < end and one.returned_at is not None]
    standing = most = 0
    for _, step in sorted(marks):
        standing += step
        most = max(most, standing)
    return most


def _find(fault: InjectedFault, raisings: Sequence[Raising]) -> FaultFound:
    telling = [one for one in raisings if fault.is_told_by(one)]
    first = telling[0] if telling else None
    return FaultFound(fault, first, first.at - fault.start if first else None, len(telling))
