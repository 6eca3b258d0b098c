"""What the picture shows, as pure functions: stretches that are drawn in one go, and those where nothing is known.

A curve is drawn where a number stood published, and nowhere else: what is unknown is a gap, never a line and never 0.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby
from typing import NamedTuple, TypeVar

from parking.published.timeline import Span
from parking.words import Basis

T = TypeVar("T")


@dataclass(frozen=True)
class Curve:
    """A place's day. ``spans`` fill ``start`` to ``end``; outside ``known_from..known_to`` the history is silent."""

    name: str
    place_id: str
    tenant: str
    source: str
    zone: tzinfo
    start: datetime
    end: datetime
    known_from: datetime
    known_to: datetime
    spans: Sequence[Span]

    @property
    def told(self) -> list[Span]:
        """The spans of which the history tells."""
        cut = (Span(max(s.start, self.known_from), min(s.end, self.known_to), s.availability) for s in self.spans)
        return [span for span in cut if span.start < span.end]


class UnbrokenRun(NamedTuple):
    """Numbers without a pause between them; each holds from its time to the next one's, the last to ``end``."""

    times: list[datetime]
    values: list[tuple[int, int, int]]
    simulated: bool
    end: datetime
    by_hand: bool = False


class UnknownStretch(NamedTuple):
    """From ``start`` until before ``end``."""

    start: datetime
    end: datetime


def list_runs(spans: Iterable[Span]) -> list[UnbrokenRun]:
    """The known stretches, as (vacant, low, high) over time. Counted, made-up and set by hand never share a run."""
    runs = []
    for kind, group in groupby(spans, key=_kind):
        stretch = list(group)
        if kind is not None:
            times, values = [span.start for span in stretch], list(map(_numbers, stretch))
            runs.append(UnbrokenRun(times, values, kind.simulated, stretch[-1].end, kind.by_hand))
    return runs


class _Kind(NamedTuple):
    simulated: bool
    by_hand: bool


def _kind(span: Span) -> _Kind | None:
    """Whether the number is simulated, or set by a person; None where there is none."""
    said = span.availability
    if said is None or said.vacant is None:
        return None
    return _Kind(said.simulated, said.basis is Basis.SET_BY_HAND)


def _numbers(span: Span) -> tuple[int, int, int]:
    said, vacant = span.availability, span.vacant
    assert said is not None
    assert vacant is not None
    low = vacant if said.vacant_low is None else said.vacant_low
    return vacant, low, vacant if said.vacant_high is None else said.vacant_high


def list_gaps(curve: Curve) -> list[UnknownStretch]:
    """Where nothing was known of the place, though the history tells of that time."""
    return [stretch for stretch, unknown in _joined(curve.told, lambda span: span.vacant is None) if unknown]


def list_silences(curve: Curve) -> list[UnknownStretch]:
    """Where the history itself says nothing: before its first change, and after its last."""
    ends = (
        UnknownStretch(curve.start, min(curve.end, curve.known_from)),
        UnknownStretch(max(curve.start, curve.known_to), curve.end),
    )
    return [stretch for stretch in ends if stretch.start < stretch.end]


def list_capacities(spans: Iterable[Span]) -> list[tuple[UnknownStretch, int]]:
    """How many spaces there are, as long as it was stated."""
    return [(stretch, capacity) for stretch, capacity in _joined(spans, _capacity) if capacity is not None]


def _capacity(span: Span) -> int | None:
    return span.availability.capacity if span.availability else None


def _joined(spans: Iterable[Span], key: Callable[[Span], T]) -> list[tuple[UnknownStretch, T]]:
    """Neighbours that have the same key as one stretch."""
    groups = ((value, list(group)) for value, group in groupby(spans, key=key))
    return [(UnknownStretch(group[0].start, group[-1].end), value) for value, group in groups]
