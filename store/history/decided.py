"""The history of decisions: every record of the topic once, as it stood there, with columns to find it by.

| column                                | meaning                                                                |
|---------------------------------------|------------------------------------------------------------------------|
| tenant, subject, decision, decided_at | whose, about what, the decision's id, and which occasion of it         |
| kind                                  | `decision`, or `confirmation` of one                                   |
| at                                    | `decided_at` of a decision; when the other side answered               |
| rule, result                          | the rule of a decision; acted, refused or failed of a confirmation     |
| chain, number                         | which link it is (``parking.decisions.chain``)                         |
| record                                | the bytes that Kafka had: all is in them, and chains are checked by them |
| logged_at, log_partition, log_offset  | when Kafka took it, and where it stood                                 |

All times are UTC, in microseconds. It lies in the folder ``decisions`` beside the cities of the history.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from parking.decisions.acting import DecisionNow, pair
from parking.decisions.chain import DECISIONS_VERSION, LoggedEntry
from parking.decisions.codec import decode_entry
from parking.decisions.model import Decision
from parking.instants import from_ms
from parking.published.availability import Revision
from store.history import HistoryError, files
from store.history.folder import FolderWriter
from store.history.rows import TIME, VERSION_KEY, read_file
from store.history.runs import last_of_runs

FOLDER = "decisions"
_READABLE_DECISIONS = (DECISIONS_VERSION,)
_WHEN = ["subject", "kind", "at", "log_offset"]
_TEXTS = ("tenant", "subject", "kind", "decision")
DECISIONS_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in _TEXTS),
        *(pa.field(name, TIME, nullable=False) for name in ("decided_at", "at", "logged_at")),
        ("rule", pa.string()),
        ("result", pa.string()),
        pa.field("chain", pa.string(), nullable=False),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("number", "log_partition", "log_offset")),
        pa.field("record", pa.binary(), nullable=False),
    ],
    metadata={VERSION_KEY: str(DECISIONS_VERSION).encode()},
)
BY_SUBJECT = [("subject", "ascending"), ("log_partition", "ascending"), ("log_offset", "ascending")]


class DecidedWriter(FolderWriter[LoggedEntry]):
    """The folder of what was decided. The log's repeats stay: who reads takes an occasion once."""

    order = BY_SUBJECT

    def understand(self, value: bytes, logged_at: datetime, partition: int, offset: int) -> LoggedEntry:
        """An entry as the log holds it."""
        return LoggedEntry(decode_entry(value), value, partition, offset, logged_at)

    def to_table(self, rows: Iterable[LoggedEntry]) -> pa.Table:
        """Entries as rows, by subject and in the order of the log."""
        return pa.Table.from_pylist(list(map(_to_row, rows)), schema=DECISIONS_SCHEMA).sort_by(BY_SUBJECT)

    def read_file(self, path: Path) -> pa.Table:
        """A file of decisions."""
        return read_file(path, readable=_READABLE_DECISIONS)

    def revision_of(self, entry: LoggedEntry) -> Revision:
        """Where it stood: a record is a row of its own, so nothing is looked up by it."""
        return (0, entry.offset)

    def _is_storable(self, entry: LoggedEntry) -> bool:
        return True  # its type has refused whatever could not be

    def _unknown(self, storable: Iterable[LoggedEntry]) -> list[LoggedEntry]:
        return list(storable)  # each offset is read once, since the position says how far it was


def _to_row(entry: LoggedEntry) -> dict[str, Any]:
    event, link = entry.event, entry.entry.link
    is_decision = isinstance(event, Decision)
    _, subject, decision, decided_at = event.occasion
    return {
        "tenant": event.tenant,
        "subject": subject,
        "kind": "decision" if is_decision else "confirmation",
        "decision": decision,
        "decided_at": decided_at,
        "at": entry.at,
        "logged_at": entry.logged_at,
        "rule": event.rule if isinstance(event, Decision) else None,
        "result": None if isinstance(event, Decision) else event.result.value,
        "chain": link.chain,
        "number": link.number,
        "log_partition": entry.partition,
        "log_offset": entry.offset,
        "record": entry.value,
    }


class DecidedReader:
    """Answers from the folder of decisions, also while it is being written. Times are aware UTC.

    Every method raises HistoryError where nothing was ever rolled there, or a file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_standing(self, tenant: str, subject: str, at: datetime) -> DecisionNow | None:
        """The last decision about a subject up to ``at``, or None."""
        found = pair(entry.event for entry in self.list_entries(tenant, subject))
        return next((known for known in reversed(found) if known.decision.decided_at <= at), None)

    def find_rolled_until(self) -> datetime | None:
        """When Kafka took the last record that was rolled; None where none was."""
        position = files.find_rolled(self._folder)
        reached = [one.last_logged_ms for one in position.reached.values()] if position is not None else []
        return from_ms(max(reached)) if any(reached) else None

    def list_entries(self, tenant: str, subject: str | None = None) -> list[LoggedEntry]:
        """Every record of a city (about one subject, or all) as Kafka had it, in the order of the log."""
        return self._steadily(tenant, lambda table, _: _of_subject(table, subject))

    def list_standing(self, tenant: str, at: datetime, since: date) -> list[DecisionNow]:
        """Of each subject the last decision up to ``at`` of those since a UTC day, with what was said to it by then.

        Looks at a few columns of each day, and reads whole what it found.
        """
        for _ in range(20):
            with suppress(FileNotFoundError, files.MovedOnError):
                return self._read_standing(tenant, at, since)
        raise HistoryError(f"the files in {self._folder} change faster than they can be read: try again")

    def _read_standing(self, tenant: str, at: datetime, since: date) -> list[DecisionNow]:
        last: dict[tuple[str, str], tuple[tuple[datetime, int], Path, int]] = {}
        for _, path in self._list_parts(tenant, since, at.date()):
            table = read_file(path, _WHEN, _READABLE_DECISIONS)
            is_by_then = pc.less_equal(table["at"], pa.scalar(at, TIME))
            for kind in ("decision", "confirmation"):
                is_meant = pc.and_(is_by_then, pc.equal(table["kind"], kind))
                for number, row in last_of_runs(table, is_meant, "subject"):
                    name, when = (kind, row["subject"]), (row["at"], row["log_offset"])
                    if name not in last or last[name][0] < when:
                        last[name] = when, path, number
        rows: dict[Path, list[int]] = defaultdict(list)
        for _, path, number in last.values():
            rows[path].append(number)
        found = [read_file(path, ["record"], _READABLE_DECISIONS).take(pa.array(taken)) for path, taken in rows.items()]
        events = [decode_entry(record).event for table in found for record in table["record"].to_pylist()]
        decided = [event for event in events if isinstance(event, Decision)]
        return pair([*sorted(decided, key=lambda one: one.subject), *(one for one in events if one not in decided)])

    def list_stretch(self, tenant: str, prefix: str, before: date, first: date, last: date) -> list[LoggedEntry]:
        """Every record of the UTC days ``first`` to ``last`` about subjects that begin so, as ``list_entries``.

        And of the days from ``before`` on what stood last of each subject: a decision may hold for days.
        """

        def select(table: pa.Table, day: date) -> pa.Table:
            table = table.filter(pc.starts_with(table["subject"], prefix))
            return table if day >= first else _last_decided(table)

        return self._steadily(tenant, select, before, last)

    def _steadily(
        self, tenant: str, select: Callable[[pa.Table, date], pa.Table], first: date = date.min, last: date = date.max
    ) -> list[LoggedEntry]:
        for _ in range(20):
            with suppress(FileNotFoundError, files.MovedOnError):
                return sorted(
                    self._read(tenant, select, first, last), key=lambda entry: (entry.partition, entry.offset)
                )
        raise HistoryError(f"the files in {self._folder} change faster than they can be read: try again")

    def _read(
        self, tenant: str, select: Callable[[pa.Table, date], pa.Table], first: date, last: date
    ) -> Iterator[LoggedEntry]:
        for day, path in self._list_parts(tenant, first, last):
            yield from map(_from_row, select(read_file(path, readable=_READABLE_DECISIONS), day).to_pylist())

    def _list_parts(self, tenant: str, first: date, last: date) -> Iterator[tuple[date, Path]]:
        position = files.find_rolled(self._folder)
        if position is None:
            raise HistoryError(f"there is no history of decisions in {self._folder}: `placelibre history` writes it")
        for day in (day for day in files.list_days(self._folder, tenant) if first <= day <= last):
            folder = files.day_folder(self._folder, tenant, day)
            yield from ((day, folder / part.name) for part in files.list_parts(folder, position))


def _of_subject(table: pa.Table, subject: str | None) -> pa.Table:
    return table if subject is None else table.filter(pc.equal(table["subject"], subject))


def _last_decided(table: pa.Table) -> pa.Table:
    """The rows about the last decision of each subject."""
    subjects = table["subject"].to_pylist()
    times = table["decided_at"].cast(pa.int64()).to_pylist()
    last: dict[str, int] = {}
    for subject, at in zip(subjects, times, strict=True):
        last[subject] = max(at, last.get(subject, at))
    return table.filter(
        pa.array([last[subject] == at for subject, at in zip(subjects, times, strict=True)], pa.bool_())
    )


def _from_row(row: dict[str, Any]) -> LoggedEntry:
    entry = decode_entry(row["record"])
    logged_at = row["logged_at"].replace(tzinfo=UTC)
    return LoggedEntry(entry, row["record"], row["log_partition"], row["log_offset"], logged_at)
