"""The shape of the series: a header, then one line a car park and reading.

    fecha_lectura,nombre_parking,plazas_libres,capacidad_total,estado
    2026-01-12 14:06:16,Antigone,129,239,Open

Each line is split alone: a stray quote costs its own line and not the rest of the year. A line's own bytes are the
header and the line, so that what was refused can be decoded again by itself.
"""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from parking.words import RejectReason
from sensors.bodies import malformed, require_size
from sensors.contract import RecordRefusedError
from sensors.dialect import TableLine, decode_text, split_table

HEADER = ["fecha_lectura", "nombre_parking", "plazas_libres", "capacidad_total", "estado"]


class Row(NamedTuple):
    """One reading of one car park, every cell as it is written."""

    read_at: str
    name: str
    free: str
    total: str
    status: str


def read_lines(payload: bytes) -> Sequence[str]:
    """The lines below the header. Raises RecordRefusedError where the body is no such table at all."""
    require_size(payload)
    table = split_table(decode_text(payload))
    if [cell.strip() for cell in table.columns] != HEADER:
        raise malformed(f"the header is {table.head!r:.100}, not {','.join(HEADER)}")
    return [row.text if table.separator == "," else _with_commas(row) for row in table.rows]


def _with_commas(row: TableLine) -> str:
    """A line of another dialect as this one's; one that cannot be split stays as it is, and is refused."""
    if row.cells is None:
        return row.text
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(row.cells)
    return written.getvalue()


def read_row(line: str) -> Row:
    """The cells of one line. Raises RecordRefusedError where it cannot be split into five."""
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error:
        cells = []
    if len(cells) != len(HEADER):
        raise RecordRefusedError(
            RejectReason.MALFORMED_RECORD, f"{len(cells)} cells, not {len(HEADER)}: look at its quotes and commas"
        )
    return Row(*[cell.strip() for cell in cells])


def raw_of(line: str) -> bytes:
    """A table of this line alone."""
    return f"{','.join(HEADER)}\n{line}\n".encode()
