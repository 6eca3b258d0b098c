"""The shape of a day: a header of lot ids, then a row a quarter of an hour, wide.

    timestamp,bonn-…,braunschweig-…,…
    2025-12-15T00:00:01+00:00,222,,49,…

An empty cell says nothing: the count was unchanged *or* was not recorded. Rows are UTC.
"""

from collections.abc import Sequence
from typing import NamedTuple

from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.dialect import decode_text, split_table

FIRST_COLUMN = "timestamp"


class Line(NamedTuple):
    """One line below the header: its own text, and its cells, or None where it cannot be split."""

    text: str
    cells: list[str] | None


class SeriesTable(NamedTuple):
    """A header's line and lots, and the lines below it."""

    header: str
    lots: Sequence[str]
    lines: Sequence[Line]


def read_table(payload: bytes) -> SeriesTable:
    """Open a day. Raises RecordRefusedError where the body is not such a table at all.

    Each line is split alone: a stray quote costs its own line and not the rest of the day.
    """
    table = split_table(decode_text(payload))
    header = table.columns
    if header[:1] != [FIRST_COLUMN] or len(header) < 2:
        raise RecordRefusedError(
            RejectReason.MALFORMED_BODY,
            f"the first column is {header[:1]!r:.60}, not {FIRST_COLUMN!r}, or there is no lot",
        )
    if len(set(header)) != len(header):
        raise RecordRefusedError(RejectReason.MALFORMED_BODY, "a lot stands in two columns")
    return SeriesTable(table.head, header[1:], [Line(row.text, row.cells) for row in table.rows])
