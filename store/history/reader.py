"""The reading half of the history: what stood published, and everything about one place."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from parking.published.availability import Revision
from parking.published.timeline import Published
from store.history import HistoryError, files
from store.history.files import RolledPosition
from store.history.rows import BY_REVISION, CHANGES_SCHEMA, TIME, from_table, read_file
from store.history.runs import last_of_runs
from store.history.thin import THIN, walk_places

T = TypeVar("T")
_TRIES = 20
_WHEN = ["place_id", "revision_epoch", "revision_offset", "concluded_at", "logged_at"]


class Period(NamedTuple):
    """When the first and the last change of a tenant were published."""

    first: datetime
    last: datetime


class HistoryReader:
    """Answers from a folder, also while it is being written: each answer is that of one moment of the rolling.

    Times are aware UTC. Every method raises HistoryError where nothing was ever rolled there, or a file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list_tenants(self) -> list[str]:
        """The tenants of which something is known, by name."""
        return self._steadily(
            lambda position: [
                tenant for tenant in files.list_tenants(self._folder) if self._list_days(tenant, position)
            ]
        )

    def get_bounds(self, tenant: str) -> Period:
        """From when to when the history of a tenant goes. Raises HistoryError where there is none."""
        return self._steadily(lambda position: self._get_bounds(tenant, position))

    def list_standing(self, tenant: str, time: datetime, place_id: str | None = None) -> list[Published]:
        """Of each place (or of one) the change that stood at ``time``, by place.

        Looks at every day up to then, as a place may have been silent for long: of each day at three columns.
        """

        def read(position: RolledPosition) -> list[Published]:
            last: dict[str, tuple[Revision, Path, int]] = {}
            for path in self._list_parts(tenant, position, time.date()):
                for place, revision, row in _last_rows(read_file(path, _WHEN), time, place_id):
                    if place not in last or revision >= last[place][0]:
                        last[place] = revision, path, row
            rows: dict[Path, list[int]] = defaultdict(list)
            for _, path, row in last.values():
                rows[path].append(row)
            standing = [read_file(path).take(pa.array(taken)) for path, taken in rows.items()]
            return from_table(pa.concat_tables([CHANGES_SCHEMA.empty_table(), *standing]).sort_by(BY_REVISION))

        return self._steadily(read)

    def list_published(self, tenant: str, place_id: str, start: datetime, end: datetime) -> list[Published]:
        """All changes of a place from ``start`` to before ``end``, by revision, after the one that stood before."""

        def read(position: RolledPosition) -> list[Published]:
            days = [day for day in self._list_days(tenant, position) if start.date() <= day <= end.date()]
            rows = [
                published for day in days for published in from_table(self._read_day(tenant, day, position, place_id))
            ]
            return sorted(
                (published for published in rows if start <= published.at < end),
                key=lambda published: published.revision,
            )

        before = [published for published in self.list_standing(tenant, start, place_id) if published.at < start]
        return before + self._steadily(read)

    def read_day(self, tenant: str, day: date) -> list[Published]:
        """Everything published on a UTC day, by place and revision."""
        return self._steadily(
            lambda position: from_table(self._read_day(tenant, day, position, None).sort_by(BY_REVISION))
        )

    def walk_day(
        self, tenant: str, day: date, only: Collection[str] | None = None
    ) -> Iterator[tuple[str, list[Published]]]:
        """Place by place (all, or those) what was published on a UTC day, by revision, without what ``thin`` leaves."""
        table = self._steadily(lambda position: self._read_day(tenant, day, position, None, list(THIN)))
        if only is not None:
            table = table.filter(pc.is_in(table["place_id"], pa.array(sorted(only), pa.string())))
        yield from walk_places(tenant, table.sort_by(BY_REVISION))

    def list_days(self, tenant: str) -> list[date]:
        """The UTC days on which something was published, oldest first."""
        return self._steadily(lambda position: self._list_days(tenant, position))

    def _steadily(self, read: Callable[[RolledPosition], T]) -> T:
        """Read again where the writer has merged files in the meantime; what it adds does not count for us yet."""
        for _ in range(_TRIES):
            position = files.find_rolled(self._folder)
            if position is None:
                raise HistoryError(f"there is no history in {self._folder} yet: `placelibre history` writes it")
            with suppress(FileNotFoundError, files.MovedOnError):
                return read(position)
        raise HistoryError(f"the files in {self._folder} change faster than they can be read: try again")

    def _list_days(self, tenant: str, position: RolledPosition) -> list[date]:
        return [
            day
            for day in files.list_days(self._folder, tenant)
            if files.list_parts(files.day_folder(self._folder, tenant, day), position)
        ]

    def _get_bounds(self, tenant: str, position: RolledPosition) -> Period:
        days = self._list_days(tenant, position)
        if not days:
            known = ", ".join(self._known(position)) or "none"
            raise HistoryError(f"there is no history of city {tenant!r} in {self._folder} (known: {known})")
        ends = (self._read_day(tenant, day, position, None, _WHEN) for day in (days[0], days[-1]))
        first, last = map(_published_at, ends)
        return Period(pc.min(first).as_py().astimezone(UTC), pc.max(last).as_py().astimezone(UTC))

    def _known(self, position: RolledPosition) -> Iterator[str]:
        return (name for name in files.list_tenants(self._folder) if self._list_days(name, position))

    def _list_parts(self, tenant: str, position: RolledPosition, last: date) -> Iterator[Path]:
        """The files of every day up to this one, oldest first."""
        for day in files.list_days(self._folder, tenant):
            if day <= last:
                folder = files.day_folder(self._folder, tenant, day)
                yield from (folder / part.name for part in files.list_parts(folder, position))

    def _read_day(
        self,
        tenant: str,
        day: date,
        position: RolledPosition,
        place_id: str | None,
        columns: list[str] | None = None,
    ) -> pa.Table:
        folder = files.day_folder(self._folder, tenant, day)
        names = columns or CHANGES_SCHEMA.names
        tables = [
            _of_place(read_file(folder / part.name, columns).select(names), place_id)
            for part in files.list_parts(folder, position)
        ]
        return pa.concat_tables([CHANGES_SCHEMA.empty_table().select(names), *tables])


def _published_at(table: pa.Table) -> pa.ChunkedArray:
    return pc.coalesce(table["concluded_at"], table["logged_at"])


def _of_place(table: pa.Table, place_id: str | None) -> pa.Table:
    return table if place_id is None else table.filter(pc.equal(table["place_id"], place_id))


def _last_rows(table: pa.Table, time: datetime, place_id: str | None) -> Iterator[tuple[str, Revision, int]]:
    """Of each place in a file (which is in their order) the greatest revision published by then, and its row."""
    is_meant = pc.less_equal(_published_at(table), pa.scalar(time, TIME))
    if place_id is not None:
        is_meant = pc.and_(is_meant, pc.equal(table["place_id"], place_id))
    for number, row in last_of_runs(table, is_meant, "place_id"):
        yield row["place_id"], (row["revision_epoch"], row["revision_offset"]), number
