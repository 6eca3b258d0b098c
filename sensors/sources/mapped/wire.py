"""A body of whatever format into records, each with its own bytes, so that one that is refused can be read again alone.

Those bytes are the record as it came where the mapping needs no more of the body; else a body of that one record, with
what stood around it.
"""

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from sensors.bodies import CsvRecord, csv_records, malformed
from sensors.contract import RecordRefusedError
from sensors.sources.mapped.paths import CELL, COLUMN, Around
from sensors.sources.mapped.plan import MappingPlan
from sensors.sources.mapped.wire_json import split_json
from sensors.sources.mapped.wire_xml import split_xml


class MappedRecord(NamedTuple):
    """One record in its body, and how to write it alone."""

    around: Around
    write: Callable[[], bytes]

    @property
    def raw(self) -> bytes:
        """A body of this record alone."""
        return self.write()


Split = Iterator[MappedRecord | RecordRefusedError]


def split(payload: bytes, plan: MappingPlan) -> Split:
    """The records of a body that are meant. Raises RecordRefusedError where it is none of this mapping."""
    for record in split_all(payload, plan):
        if isinstance(record, RecordRefusedError) or plan.meant.passes(record.around):
            yield record


def split_all(payload: bytes, plan: MappingPlan) -> Split:
    """All records of a body, those too that [body] leaves out."""
    return _READERS[plan.said.body.format](payload, plan)


def _json(payload: bytes, plan: MappingPlan) -> Split:
    for found in split_json(payload, plan):
        yield found if isinstance(found, RecordRefusedError) else MappedRecord(*found)


def _xml(payload: bytes, plan: MappingPlan) -> Split:
    for found in split_xml(payload, plan):
        yield found if isinstance(found, RecordRefusedError) else MappedRecord(*found)


def _csv(payload: bytes, plan: MappingPlan) -> Split:
    columns, lines = csv_records(payload)
    needed = plan.said.body.wide or [path.text for path in plan.id.paths]
    if not (set(needed) & set(columns)):
        raise malformed(f"the columns are {', '.join(columns)[:120]}; there is none of {', '.join(needed)}")
    for line in lines:
        if isinstance(line, RecordRefusedError):
            yield line
        elif plan.said.body.wide:
            yield from _cells(line, plan.said.body.wide)
        else:
            yield MappedRecord(Around(line.fields, (), line.fields), partial(bytes, line.raw))


def _cells(line: CsvRecord, wide: list[str]) -> Iterator[MappedRecord]:
    """Each cell of a wide table is a record; an empty one says nothing, for it may be an unchanged count."""
    row = {name: line.fields.get(name, "") for name in wide}
    for column, cell in line.fields.items():
        if column not in row and cell.strip():
            around = Around(row, (), row, {COLUMN: column, CELL: cell})
            yield MappedRecord(around, partial(_table, row, column, cell))


def _table(row: dict[str, str], column: str, cell: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([[*row, column], [*row.values(), cell]])
    return written.getvalue().rstrip("\n").encode()


_READERS = {"json": _json, "geojson": _json, "xml": _xml, "csv": _csv}
