"""The month report of a city: what was known and what was not, and why; how many alarms. Sums of what is given.

Times are of the part of the month that the history covers (``ReportWindow``): what lies outside is not kept, and is in
no sum. Unknown time is known to have been unknown, and by cause; what nobody measured is None, never 0.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from parking.decisions.model import Decision
from parking.desk.curve import UNKNOWN_CAUSES, TimeKind, sort_time
from parking.health.alarms.measures import AlarmMeasures, list_raisings, measure
from parking.health.alarms.model import AlarmWord
from parking.health.alarms.recorded import ALARM_SUBJECTS, handling_from_decision, word_from_decision
from parking.published.timeline import Span
from parking.signs.wrong import NO_TIME

W = TypeVar("W", bound=str)


class ReportWindow(NamedTuple):
    """The month from ``start`` to ``end``, and the part of it that the history covers."""

    start: datetime
    end: datetime
    known_from: datetime
    known_until: datetime

    @property
    def covered(self) -> timedelta:
        """How much of the month is known."""
        return max(self.known_until - self.known_from, NO_TIME)

    @property
    def is_whole(self) -> bool:
        """Whether all of the month is."""
        return self.known_from <= self.start and self.known_until >= self.end


class PlaceMonth(NamedTuple):
    """A place's time by what it was; ``unknown`` by cause is all of TimeKind.UNKNOWN. ``changes`` were published.

    ``by_hand`` is the time in which people had set anything of it: a number, an opening, a space, a device ignored.
    """

    spent: Mapping[TimeKind, timedelta] = {}
    unknown: Mapping[str, timedelta] = {}
    changes: int = 0
    by_hand: timedelta = NO_TIME

    def plus(self, other: "PlaceMonth") -> "PlaceMonth":
        """Both together."""
        return PlaceMonth(
            _added(self.spent, other.spent),
            _added(self.unknown, other.unknown),
            self.changes + other.changes,
            self.by_hand + other.by_hand,
        )

    @property
    def total(self) -> timedelta:
        """All of its time."""
        return sum(self.spent.values(), NO_TIME)

    def share(self, *kinds: TimeKind) -> float | None:
        """The share of its time that was of these kinds; None where it has none."""
        total = self.total
        return sum((self.spent.get(kind, NO_TIME) for kind in kinds), NO_TIME) / total if total else None

    @property
    def share_known(self) -> float | None:
        """The share of its time that was not unknown."""
        return self.share(*(kind for kind in TimeKind if kind is not TimeKind.UNKNOWN))


def sum_spans(spans: Iterable[Span], changes: int = 0) -> PlaceMonth:
    """What spans of a place were, with so many changes."""
    spent: dict[TimeKind, timedelta] = {}
    unknown: dict[str, timedelta] = {}
    by_hand = NO_TIME
    for span in spans:
        kind, cause = sort_time(span)
        length = span.end - span.start
        spent[kind] = spent.get(kind, NO_TIME) + length
        if span.availability is not None and span.availability.by_hand:
            by_hand += length
        if cause is not None:
            unknown[cause] = unknown.get(cause, NO_TIME) + length
    return PlaceMonth(spent, {cause: unknown[cause] for cause in UNKNOWN_CAUSES if cause in unknown}, changes, by_hand)


def sum_places(months: Iterable[PlaceMonth]) -> PlaceMonth:
    """All places together."""
    total = PlaceMonth()
    for month in months:
        total = total.plus(month)
    return total


def _added(one: Mapping[W, timedelta], other: Mapping[W, timedelta]) -> dict[W, timedelta]:
    return {name: one.get(name, NO_TIME) + other.get(name, NO_TIME) for name in sorted({*one, *other})}


class AlarmsMonth(NamedTuple):
    """The alarms of a month: their figures, how many of each kind, and how soon people had acknowledged them.

    Delays are from raising to the first acknowledgement; None where there was none.
    """

    measures: AlarmMeasures
    by_kind: Mapping[str, int]
    acknowledged: int
    median_delay: timedelta | None
    slowest_tenth: timedelta | None


def sum_alarms(decisions: Iterable[Decision], window: ReportWindow) -> AlarmsMonth:
    """What a record says of the alarms raised in the part of the month that it covers, in whatever order it is read."""
    words: list[AlarmWord] = []
    seen: dict[tuple[str, datetime], datetime] = {}
    for decision in decisions:
        if (word := word_from_decision(decision)) is not None:
            words.append(word)
        elif (handling := handling_from_decision(decision)) is not None and handling.acknowledged is not None:
            alarm = decision.subject.removeprefix(ALARM_SUBJECTS).removesuffix("/handling")
            said = handling.acknowledged
            seen[alarm, said.raised_at] = min(said.at, seen.get((alarm, said.raised_at), said.at))
    start, end = window.known_from, window.known_until
    raisings = [one for one in list_raisings(words) if start <= one.at < end]
    delays = sorted(seen[one.alarm, one.at] - one.at for one in raisings if (one.alarm, one.at) in seen)
    by_kind = Counter(one.kind.value for one in raisings)
    return AlarmsMonth(
        measure(words, start, end), dict(sorted(by_kind.items())), len(delays), _reached(delays, 50),
        _reached(delays, 90),
    )  # fmt: skip


def _reached(delays: Sequence[timedelta], percent: int) -> timedelta | None:
    """The shortest delay within which so many percent were acknowledged."""
    return delays[max(-(-len(delays) * percent // 100) - 1, 0)] if delays else None


class EnergyFound(NamedTuple):
    """What processes have used since they started, by their own meters; None where nobody measured it.

    ``work`` is how many observations or answers they have done.
    """

    what: str
    process: str
    started_at: datetime | None
    work: float | None
    cpu_s: float | None
    bytes: float | None
    per: float

    def rate(self, used: float | None) -> float | None:
        """Of what was used, for so much work as ``per`` says; None where one of both is not known, or no work done."""
        return None if used is None or not self.work else used / self.work * self.per
