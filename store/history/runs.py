"""Rows that lie together: of a table in the order of a column, the last row of each of its values."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def last_of_runs(table: pa.Table, is_meant: pa.ChunkedArray, column: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Of each value of ``column`` the last row that is meant, and which row of the table it is."""
    rows = pc.indices_nonzero(is_meant)
    if len(rows):
        ends = pc.run_end_encode(table[column].filter(is_meant).combine_chunks()).run_ends
        last = rows.take(pc.subtract(ends, 1))
        yield from zip(last.to_pylist(), table.take(last).to_pylist(), strict=True)
