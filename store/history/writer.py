"""The writing half of the history: batches of the log into files, each row once, whatever dies when."""

import fcntl
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TextIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from parking.errors import MalformedEventError
from parking.published.availability import Revision
from parking.published.timeline import Published
from store.history import HistoryError, files
from store.history.files import Part, Position, Reached
from store.history.rows import BY_REVISION, read_file, require_storable, to_table, write_file

log = logging.getLogger(__name__)
MAX_PARTS = 8
"""Files of one partition in one tenant's day; with one more they become one. A day that is over has one."""

_KEYS = ["place_id", "revision_epoch", "revision_offset"]
Key = tuple[str, str, Revision]


class Stretch(NamedTuple):
    """Offsets of one partition that were read: ``end`` not included; ``last_logged_ms`` is of the record before it."""

    start: int
    end: int
    last_logged_ms: int


class Batch(NamedTuple):
    """What was read of the log: every readable change in these stretches, and how many records were not readable."""

    stretches: Mapping[int, Stretch]
    published: Sequence[Published]
    unreadable: int = 0


class Rolled(NamedTuple):
    """What became of a batch: rows written, changes that had a row already, records that can have none."""

    written: int = 0
    repeated: int = 0
    unreadable: int = 0


class HistoryWriter:
    """Appends batches to a folder; use as ``with``. Raises HistoryError where another one is at it.

    Memory: a batch, or one partition of one tenant's day while its files are merged.
    """

    def __init__(self, folder: Path, topic: str) -> None:
        self._folder, self._topic = folder, topic
        self._lock: TextIO | None = None
        self.position = Position(topic=topic)

    def __enter__(self) -> "HistoryWriter":
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

    def _find_position(self) -> Position:
        position = files.find_position(self._folder)
        if position is None:
            if files.list_tenants(self._folder):
                raise HistoryError(f"{self._folder} has files but no {files.POSITION}: restore it, or choose another "
                                   f"PLACELIBRE_HISTORY_DIR")  # fmt: skip
            position = Position(topic=self._topic)
            files.put_position(self._folder, position)
        if position.topic != self._topic:
            raise HistoryError(
                f"{self._folder} is the history of topic {position.topic}, not of {self._topic}: set "
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

    def append(self, batch: Batch) -> Rolled:
        """Write what is new in a batch; when this returns it is there for good, and before that nothing of it is.

        Raises HistoryError where a stretch does not follow the position, or the topic's epoch was not raised.
        """
        for partition, stretch in batch.stretches.items():
            if stretch.start < self._reached(partition).next:
                raise HistoryError(f"partition {partition} is rolled up to {self._reached(partition).next} already")
        storable = [one for one in batch.published if self._is_storable(one)]
        refused = len(batch.published) - len(storable)
        fresh = self._unknown(storable)
        groups: dict[tuple[str, date, int], list[Published]] = defaultdict(list)
        for one in fresh:
            groups[one.change.tenant, one.at.date(), one.partition].append(one)
        beginning = {tenant for tenant, day, _ in groups if not self._day(tenant, day).is_dir()}
        for (tenant, day, partition), rows in groups.items():
            stretch = batch.stretches[partition]
            part = Part(self.position.incarnation, partition, stretch.start, stretch.end)
            self._write(self._day(tenant, day) / part.name, to_table(rows))
        rolled = Rolled(len(fresh), len(storable) - len(fresh), batch.unreadable + refused)
        self._commit(self._moved(batch, storable, rolled))
        self._tidy({(tenant, day) for tenant, day, _ in groups}, beginning)
        return rolled

    def _is_storable(self, one: Published) -> bool:
        try:
            require_storable(one)
        except MalformedEventError as error:
            log.error("change at %d/%d cannot be kept and was left out: %s", one.partition, one.offset, error)
            return False
        if one.revision[0] <= self.position.epoch_above:
            raise HistoryError(
                f"topic {self._topic} is not the one that {self._folder} was rolled from (it was made again, or has "
                f"lost records), and its changes are of epoch {one.revision[0]}, as those were: raise "
                f"PLACELIBRE_STREAM_EPOCH above {self.position.epoch_above} for the workers, or choose another "
                f"PLACELIBRE_HISTORY_DIR"
            )
        return True

    def _unknown(self, storable: Iterable[Published]) -> list[Published]:
        """The changes that have no row yet, each once: the one that stood in the log first.

        Only what is not above the greatest revision of its partition can have one, and that is looked up.
        """
        distinct: dict[Key, Published] = {}
        for one in sorted(storable, key=lambda one: (one.partition, one.offset)):
            distinct.setdefault(_key(one), one)
        suspects: dict[tuple[str, date | None], set[str]] = defaultdict(set)
        for (tenant, place_id, revision), one in distinct.items():
            if revision <= self._reached(one.partition).greatest:  # without a clock, its twin may lie on another day
                suspects[tenant, one.at.date() if one.change.concluded_at else None].add(place_id)
        known = {key for (tenant, day), places in suspects.items() for key in self._find_keys(tenant, day, places)}
        return [one for key, one in distinct.items() if key not in known]

    def _find_keys(self, tenant: str, day: date | None, places: set[str]) -> Iterable[Key]:
        """The revisions of these places that have a row: of a day, or of any."""
        wanted = pa.array(sorted(places))
        for one in [day] if day else files.list_days(self._folder, tenant):
            for part in files.list_parts(self._day(tenant, one), self.position):
                table = read_file(self._day(tenant, one) / part.name, _KEYS)
                for row in table.filter(pc.is_in(table["place_id"], wanted)).to_pylist():
                    yield tenant, row["place_id"], (row["revision_epoch"], row["revision_offset"])

    def _moved(self, batch: Batch, storable: Iterable[Published], rolled: Rolled) -> Position:
        """The position after this batch."""
        greatest = {number: self._reached(number).greatest for number in batch.stretches}
        for one in storable:
            greatest[one.partition] = max(greatest[one.partition], one.revision)
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
                tables = [read_file(folder / part.name) for part in parts]
                self._write(folder / whole.name, pa.concat_tables(tables).sort_by(BY_REVISION))
                for part in parts:
                    (folder / part.name).unlink()

    def _write(self, path: Path, table: pa.Table) -> None:
        files.publish(path, lambda aside: write_file(aside, table))

    def _commit(self, position: Position) -> None:
        files.put_position(self._folder, position)
        self.position = position

    def _day(self, tenant: str, day: date) -> Path:
        return files.day_folder(self._folder, tenant, day)

    def _reached(self, partition: int) -> Reached:
        return self.position.reached.get(partition, Reached())


def _key(one: Published) -> Key:
    return one.change.tenant, one.change.place_id, one.revision
