"""What stood published when, and what was so as far as it is known today: changes in the order of time, as spans."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from parking.published.availability import Availability, Change, Revision
from parking.published.freshness import as_of
from parking.words import FillLevel


class Published(NamedTuple):
    """A change as the log holds it: ``logged_at`` is the log's append time, the rest is where it stands there."""

    change: Change
    logged_at: datetime
    partition: int
    offset: int

    @property
    def at(self) -> datetime:
        """When it was published: by the tenant's clock, or by the log's before the tenant's first tick."""
        return self.change.concluded_at or self.logged_at

    @property
    def tenant(self) -> str:
        """The city that it is about."""
        return self.change.tenant

    @property
    def revision(self) -> Revision:
        """The revision of what it says."""
        return self.change.availability.revision


class Span(NamedTuple):
    """From ``start`` until before ``end`` this stood published; None where nothing had been said yet."""

    start: datetime
    end: datetime
    availability: Availability | None

    @property
    def vacant(self) -> int | None:
        """The number that stood published; None is unknown."""
        return self.availability.vacant if self.availability else None


def list_spans(published: Iterable[Published], start: datetime, end: datetime) -> list[Span]:
    """What stood published about one place from ``start`` to ``end``, without a hole and without an overlap.

    A number past its ``valid_until`` is a span of its own, in which it is unknown: readers treated it so by themselves.
    """
    spans: list[Span] = []
    standing: Published | None = None
    since = start
    for change in sorted(published, key=lambda change: (change.at, change.revision)):
        if standing is not None and change.revision <= standing.revision:
            continue  # a worker that died published it before, or publishes it again
        if change.at >= end:
            break
        spans += _aged(standing and standing.change.availability, since, max(change.at, start))
        standing, since = change, max(change.at, start)
    return spans + _aged(standing and standing.change.availability, since, end)


def list_revised(published: Iterable[Published], start: datetime, end: datetime) -> list[Span]:
    """What was so about one place from ``start`` to ``end``, as far as it became known up to the last of these changes.

    Where ``list_spans`` tells what readers were told, here a number holds from when it was observed, and what was said
    later of that time stands: a late observation, a correction, one that was taken back. That nothing is known any
    more, or that a place was shut while its number stayed, holds from when it was published.
    """
    points: list[tuple[datetime, Availability]] = []
    revision = None
    for change in sorted(published, key=lambda change: change.revision):
        if change.revision == revision:
            continue
        revision, said = change.revision, change.change.availability
        since = _begins(change, points[-1][1] if points else None)
        while points and points[-1][0] >= since:
            points.pop()
        points.append((since, said))
    spans: list[Span] = []
    standing: Availability | None = None
    at = start
    for since, said in points:
        spans += _aged(standing, at, min(max(since, start), end))
        standing, at = said, min(max(since, start), end)
    return spans + _aged(standing, at, end)


def _begins(change: Published, before: Availability | None) -> datetime:
    """From when on it is so."""
    said = change.change.availability
    is_told = _told(said) != (None, None, None, FillLevel.UNKNOWN)
    is_new = before is None or (said.observed_at, _told(said)) != (before.observed_at, _told(before))
    if said.observed_at is None or not is_told or not is_new:
        return change.at
    return min(said.observed_at, change.at)


def _told(said: Availability) -> tuple[int | None, int | None, int | None, FillLevel]:
    return said.vacant, said.vacant_low, said.vacant_high, said.level


def _aged(availability: Availability | None, start: datetime, end: datetime) -> list[Span]:
    """One span, or two where the number expires on the way; none where there is no time at all."""
    if start >= end:
        return []
    if availability is None:
        return [Span(start, end, None)]
    limit = availability.valid_until
    if limit is None or not start < limit < end:
        return [Span(start, end, as_of(availability, start))]
    return [Span(start, limit, availability), Span(limit, end, as_of(availability, limit))]
