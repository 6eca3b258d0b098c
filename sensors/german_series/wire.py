"""The shape of a day: a header of lot ids, then a row a quarter of an hour, wide.

    timestamp,bonn-…,braunschweig-…,…
    2025-12-15T00:00:01+00:00,222,,49,…

An empty cell says nothing: the count was unchanged *or* was not recorded. Rows are UTC.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parking.words import RejectReason
from sensors.contract import RecordRefusedError

FIRST_COLUMN = "timestamp"


class Table(NamedTuple):
    """A header and the rows below it, each a list of cells."""

    lots: Sequence[str]
    rows: Iterator[list[str]]


def read_table(payload: bytes) -> Table:
    """Open a day. Raises RecordRefusedError where the body is not such a table at all."""
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordRefusedError(RejectReason.MALFORMED_BODY, f"not UTF-8: {error}") from error
    lines = csv.reader(text.splitlines())
    try:
        header = next(lines, [])
    except csv.Error as error:
        raise RecordRefusedError(RejectReason.MALFORMED_BODY, f"not CSV: {error}") from error
    if header[:1] != [FIRST_COLUMN] or len(header) < 2:
        raise RecordRefusedError(
            RejectReason.MALFORMED_BODY, f"first column is {header[:1]}, not {FIRST_COLUMN!r}, or there is no lot"
        )
    if len(set(header)) != len(header):
        raise RecordRefusedError(RejectReason.MALFORMED_BODY, "a lot stands in two columns")
    return Table(header[1:], lines)
