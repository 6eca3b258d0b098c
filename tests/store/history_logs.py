"""A made-up log of changes, and the rolling of it, for the tests of the history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from parking.published.availability import Availability, Change, Revision
from parking.published.timeline import Published
from parking.words import Basis
from store.history.folder import Batch, Rolled, Stretch
from store.history.reader import HistoryReader
from store.history.writer import HistoryWriter
from tests.support import NOON, TENANT

TOPIC = "test.changes"
Row = tuple[str, str, Revision]


def said(
    offset: int,
    revision: Revision,
    place: str = "p1",
    concluded: datetime | None = NOON,
    tenant: str = TENANT,
    vacant: int | None = 7,
    logged: datetime = NOON,
    partition: int = 0,
    **more: object,
) -> Published:
    """A change at an offset of the log."""
    numbers = {"vacant": vacant, "vacant_low": vacant, "vacant_high": vacant}
    times = {"observed_at": concluded, "valid_until": concluded + timedelta(minutes=15)} if concluded else {}
    availability = Availability(**{**numbers, **times, "basis": Basis.COUNTED, "revision": revision, **more})
    return Published(Change(tenant, place, availability, concluded), logged, partition, offset)


def batch_of(published: Iterable[Published], unreadable: int = 0) -> Batch[Published]:
    """What a reader of the log hands over."""
    published = list(published)
    stretches: dict[int, Stretch] = {}
    for one in sorted(published, key=lambda one: one.offset):
        start = stretches[one.partition].start if one.partition in stretches else one.offset
        stretches[one.partition] = Stretch(start, one.offset + 1, int(one.logged_at.timestamp() * 1000))
    return Batch(stretches, published, unreadable)


def append(folder: Path, published: Iterable[Published]) -> Rolled:
    """Roll one batch as a process of its own would."""
    with HistoryWriter(folder, TOPIC) as writer:
        return writer.append(batch_of(published))


def everything(folder: Path) -> list[Published]:
    """Every row that a reader sees, in the order of the log."""
    reader = HistoryReader(folder)
    rows = [
        one
        for tenant in reader.list_tenants()
        for day in reader.list_days(tenant)
        for one in reader.read_day(tenant, day)
    ]
    return sorted(rows, key=lambda one: (one.partition, one.offset))


def once(published: Iterable[Published]) -> list[Published]:
    """The judge: of every place and revision the one that stands in the log first."""
    first: dict[Row, Published] = {}
    for one in sorted(published, key=lambda one: (one.partition, one.offset)):
        first.setdefault((one.change.tenant, one.change.place_id, one.revision), one)
    return list(first.values())
