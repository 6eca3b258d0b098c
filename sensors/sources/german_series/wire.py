"""The shape of a day: a header of lot ids, then a row a quarter of an hour, wide.

    timestamp,bonn-…,braunschweig-…,…
    2025-12-15T00:00:01+00:00,222,,49,…

An empty cell says nothing: the count was unchanged *or* was not recorded. Rows are UTC.
"""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from parking.words import RejectReason
from sensors.contract import RecordRefusedError

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
    try:
        head, *lines = payload.decode("utf-8-sig").splitlines() or [""]
    except UnicodeDecodeError as error:
        raise RecordRefusedError(RejectReason.MALFORMED_BODY, f"not UTF-8: {error}") from error
    header = _split(head) or []
    if header[:1] != [FIRST_COLUMN] or len(header) < 2:
        raise RecordRefusedError(
            RejectReason.MALFORMED_BODY,
            f"the first column is {header[:1]!r:.60}, not {FIRST_COLUMN!r}, or there is no lot",
        )
    if len(set(header)) != len(header):
        raise RecordRefusedError(RejectReason.MALFORMED_BODY, "a lot stands in two columns")
    return SeriesTable(head, header[1:], [Line(line, _split(line)) for line in lines if line.strip()])


def _split(line: str) -> list[str] | None:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None
