"""Rows without what a long look back has no use for: fast to read, and each day's memory is that of its columns.

What is left out of each: categories, single spaces, shares and confidence. The rest is as ``rows.from_table`` gives it.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from parking.instants import from_us
from parking.published.availability import Availability, Change
from parking.published.timeline import Published
from parking.words import Basis, Fault, FillLevel, Opening
from store.history.rows import read_by_hand

_TIMES = ("concluded_at", "logged_at", "observed_at", "valid_until")
_NUMBERS = ("vacant", "vacant_low", "vacant_high", "capacity", "simulated")
_WORDS = ("level", "opening", "basis")
_KEYS = ("revision_epoch", "revision_offset", "log_partition", "log_offset")
THIN = ("place_id", *_TIMES, *_NUMBERS, *_WORDS, "faults", "by_hand", *_KEYS)
_KINDS = (FillLevel, Opening, Basis)


def walk_places(tenant: str, table: pa.Table) -> Iterator[tuple[str, list[Published]]]:
    """Place by place the rows of a table that is sorted by place."""
    counted = pc.run_end_encode(table["place_id"].combine_chunks()) if table.num_rows else None
    if counted is None:
        return
    start = 0
    for place, end in zip(counted.values.to_pylist(), counted.run_ends.to_pylist(), strict=True):
        yield place, list(_thin_rows(tenant, place, table.slice(start, end - start)))
        start = end


def _thin_rows(tenant: str, place: str, table: pa.Table) -> Iterator[Published]:
    times = (_instants(table[name]) for name in _TIMES)
    numbers = (table[name].to_pylist() for name in (*_NUMBERS, *_KEYS))
    words = (_as_words(table[name], kind) for name, kind in zip(_WORDS, _KINDS, strict=True))
    faults = (tuple(map(Fault, row or ())) for row in table["faults"].to_pylist())
    set_by_hand = (() if row is None else read_by_hand(row).by_hand for row in table["by_hand"].to_pylist())
    for at, logged, seen, until, vacant, low, high, capacity, simulated, epoch, number, part, offset, level, opening, \
            basis, troubles, by_hand in zip(*times, *numbers, *words, faults, set_by_hand, strict=True):  # fmt: skip
        said = Availability(
            vacant=vacant, vacant_low=low, vacant_high=high, capacity=capacity, level=level, opening=opening,
            observed_at=seen, valid_until=until, basis=basis, faults=troubles, simulated=simulated, by_hand=by_hand,
            revision=(epoch, number),
        )  # fmt: skip
        yield Published(Change(tenant, place, said, at), logged, part, offset)


def _instants(column: pa.ChunkedArray) -> list[Any]:
    return [None if us is None else from_us(us) for us in column.cast(pa.int64()).to_pylist()]


def _as_words(column: pa.ChunkedArray, kind: type[Any]) -> list[Any]:
    known = {word: kind(word) for word in pc.unique(column).to_pylist() if word is not None}
    return [known.get(word) for word in column.to_pylist()]
