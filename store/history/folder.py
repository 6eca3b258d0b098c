"""A folder that a topic is rolled into: batches of the log become files, each row once, whatever dies when.

What a row is, and which of them is new, say the two kinds: ``writer.HistoryWriter`` (changes) and
``decided.DecidedWriter`` (decisions).
"""

import fcntl
import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Generic, NamedTuple, Protocol, Self, TextIO, TypeVar

import msgspec
import pyarrow as pa

from parking.published.availability import Revision
from store.history import HistoryError, files
from store.history.files import Part, Reached, RolledPosition
from store.history.rows import write_file

log = logging.getLogger(__name__)
MAX_PARTS = 8
"""Files of one partition in one tenant's day; with one more they become one. A day that is over has one."""


class LoggedRow(Protocol):
    """A record of the log that can be a row: whose it is, on which of its days it lies, and where it stood."""

    @property
    def tenant(self) -> str:
        """The city."""
        ...

    @property
    def at(self) -> datetime:
        """The time that says on which UTC day it lies."""
        ...

    @property
    def partition(self) -> int:
        """Of the log."""
        ...

    @property
    def offset(self) -> int:
        """In that partition."""
        ...


R = TypeVar("R", bound=LoggedRow)


class Stretch(NamedTuple):
    """Offsets of one partition that were read: ``end`` not included; ``last_logged_ms`` is of the record before it."""

    start: int
    end: int
    last_logged_ms: int


class Batch(NamedTuple, Generic[R]):
    """What was read of the log: every readable record in these stretches, and how many were not readable."""

    stretches: Mapping[int, Stretch]
    published: Sequence[R]
    unreadable: int = 0


class Rolled(NamedTuple):
    """What became of a batch: rows written, records that had a row already, records that can have none."""

    written: int = 0
    repeated: int = 0
    unreadable: int = 0


class FolderWriter(ABC, Generic[R]):
    """Appends batches to a folder; use as ``with``. Raises HistoryError where another one is at it.

    Memory: a batch, or one partition of one tenant's day while its files are merged.
    """

    order: Sequence[tuple[str, str]]
    """The columns by which a file is sorted, each with "ascending"."""

    @abstractmethod
    def understand(self, value: bytes, logged_at: datetime, partition: int, offset: int) -> R:
        """The row that a record of the log is. Raises ParkingError where it is none."""

    @abstractmethod
    def to_table(self, rows: Iterable[R]) -> pa.Table:
        """Storable rows as a table, in order."""

    @abstractmethod
    def read_file(self, path: Path) -> pa.Table:
        """A file of this kind."""

    @abstractmethod
    def _is_storable(self, published: R) -> bool:
        """Whether it can be a row; where not, that is logged."""

    @abstractmethod
    def _unknown(self, storable: Iterable[R]) -> list[R]:
        """Those that have no row yet."""

    @abstractmethod
    def revision_of(self, published: R) -> Revision:
        """What grows within a partition; of the greatest is kept account."""

    def __init__(self, folder: Path, topic: str) -> None:
        self._folder, self.topic = folder, topic
        self._lock: TextIO | None = None
        self.position = RolledPosition(topic=topic)

    def __enter__(self) -> Self:
        files.make_folder(self._folder)
        self._lock = (self._folder / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go of it, however we end
            self.position = self._find_position()
            for tenant in files.list_tenants(self._folder):
                for day in files.list_days(self._folder, tenant):
                    files.sweep(files.day_folder(self._folder, tenant, day), self.position)
        except BlockingIOError as error:
            self._lock.close()
            raise HistoryError(f"another `placelibre history` is writing to {self._folder}: one is enough") from error
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.close()

    def _find_position(self) -> RolledPosition:
        position = files.find_rolled(self._folder)
        if position is None:
            if files.list_tenants(self._folder):
                raise HistoryError(f"{self._folder} has files but no {files.POSITION}: restore it, or choose another "
                                   f"PLACELIBRE_HISTORY_DIR")  # fmt: skip
            position = RolledPosition(topic=self.topic)
            files.put_position(self._folder, position)
        if position.topic != self.topic:
            raise HistoryError(
                f"{self._folder} is the history of topic {position.topic}, not of {self.topic}: set "
                f"PLACELIBRE_NAMESPACE or PLACELIBRE_HISTORY_DIR"
            )
        return position

    def begin_anew(self) -> None:
        """The topic was deleted and made again: its offsets begin at 0, and its epoch must be a greater one."""
        epochs = [reached.greatest[0] for reached in self.position.reached.values()]
        self._commit(
            msgspec.structs.replace(
                self.position,
                incarnation=self.position.incarnation + 1,
                epoch_above=max([self.position.epoch_above, *epochs]),
                reached={},
            )
        )

    def note_lost(self, count: int) -> None:
        """So many records were gone from the log before they were read."""
        self._commit(msgspec.structs.replace(self.position, lost=self.position.lost + count))

    def append(self, batch: Batch[R]) -> Rolled:
        """Write what is new in a batch; when this returns it is there for good, and before that nothing of it is.

        Raises HistoryError where a stretch does not follow the position, or the topic's epoch was not raised, and
        DiskError where the disk takes no more.
        """
        for partition, stretch in batch.stretches.items():
            if stretch.start < self._reached(partition).next:
                raise HistoryError(f"partition {partition} is rolled up to {self._reached(partition).next} already")
        storable = [published for published in batch.published if self._is_storable(published)]
        refused = len(batch.published) - len(storable)
        fresh = self._unknown(storable)
        groups: dict[tuple[str, date, int], list[R]] = defaultdict(list)
        for published in fresh:
            groups[published.tenant, published.at.date(), published.partition].append(published)
        beginning = {tenant for tenant, day, _ in groups if not self._day(tenant, day).is_dir()}
        tables: dict[Path, Iterable[R]] = {}
        for (tenant, day, partition), rows in groups.items():
            stretch = batch.stretches[partition]
            part = Part(self.position.incarnation, partition, stretch.start, stretch.end)
            tables[self._day(tenant, day) / part.name] = rows
        self._write_all(tables)
        rolled = Rolled(len(fresh), len(storable) - len(fresh), batch.unreadable + refused)
        self._commit(self._moved(batch, storable, rolled))
        try:
            self._tidy({(tenant, day) for tenant, day, _ in groups}, beginning)
        except OSError as error:  # all rows are there, in more files than there should be
            log.warning("%s; files that were to become one stay as they are", files.disk_error(self._folder, error))
        return rolled

    def _write_all(self, tables: Mapping[Path, Iterable[R]]) -> None:
        """Write these files, or none: those of a batch that the disk has no room for would fill it for ever."""
        written: list[Path] = []
        try:
            for path, rows in tables.items():
                self._write(path, self.to_table(rows))
                written.append(path)
        except OSError as error:
            for path in written:
                with suppress(OSError):
                    path.unlink()
            raise files.disk_error(self._folder, error) from error

    def _moved(self, batch: Batch[R], storable: Iterable[R], rolled: Rolled) -> RolledPosition:
        """The position after this batch."""
        greatest = {number: self._reached(number).greatest for number in batch.stretches}
        for published in storable:
            greatest[published.partition] = max(greatest[published.partition], self.revision_of(published))
        reached = {
            number: Reached(stretch.end, stretch.last_logged_ms, greatest[number])
            for number, stretch in batch.stretches.items()
        }
        return msgspec.structs.replace(
            self.position,
            reached=self.position.reached | reached,
            unreadable=self.position.unreadable + rolled.unreadable,
        )

    def _tidy(self, touched: set[tuple[str, date]], beginning: set[str]) -> None:
        """Merge the files of touched days that became too many, and of all other days where a new one has begun."""
        for tenant, day in touched:
            self._merge(self._day(tenant, day), MAX_PARTS)
        for tenant in beginning:
            for day in files.list_days(self._folder, tenant):
                if (tenant, day) not in touched:
                    self._merge(self._day(tenant, day), 1)

    def _merge(self, folder: Path, most: int) -> None:
        """Make one of a partition's files in a day where they are more than ``most``: rename, then remove."""
        by_partition: dict[tuple[int, int], list[Part]] = defaultdict(list)
        for part in files.list_parts(folder, self.position):
            by_partition[part[:2]].append(part)
        for parts in by_partition.values():
            if len(parts) > most:
                whole = parts[0]._replace(end=parts[-1].end)
                tables = [self.read_file(folder / part.name) for part in parts]
                self._write(folder / whole.name, pa.concat_tables(tables).sort_by(self.order))
                for part in parts:
                    (folder / part.name).unlink()

    def _write(self, path: Path, table: pa.Table) -> None:
        files.publish(path, lambda aside: write_file(aside, table))

    def _commit(self, position: RolledPosition) -> None:
        try:
            files.put_position(self._folder, position)
        except OSError as error:  # it may be there all the same: files that it may have passed stay
            raise files.disk_error(self._folder, error) from error
        self.position = position

    def _day(self, tenant: str, day: date) -> Path:
        return files.day_folder(self._folder, tenant, day)

    def _reached(self, partition: int) -> Reached:
        return self.position.reached.get(partition, Reached())
