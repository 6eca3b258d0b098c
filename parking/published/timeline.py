"""What stood published when: changes put in the order of time, as an answer for an instant and as spans for a curve."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from parking.published.availability import Availability, Change, Revision
from parking.published.freshness import as_of


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
        spans += _aged(standing, since, max(change.at, start))
        standing, since = change, max(change.at, start)
    return spans + _aged(standing, since, end)


def _aged(standing: Published | None, start: datetime, end: datetime) -> list[Span]:
    """One span, or two where the number expires on the way; none where there is no time at all."""
    if start >= end:
        return []
    if standing is None:
        return [Span(start, end, None)]
    availability = standing.change.availability
    limit = availability.valid_until
    if limit is None or not start < limit < end:
        return [Span(start, end, as_of(availability, start))]
    return [Span(start, limit, availability), Span(limit, end, as_of(availability, limit))]
