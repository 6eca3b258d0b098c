"""The bytes of a table into rows of cells: UTF-8 or Latin-1, comma or semicolon, one bad line costs one line."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from parking.catalogue.rows import RowRefusal, Where
from sensors.bodies import MAX_BODY_BYTES


class CatalogueTable(NamedTuple):
    """Cells by column, each line with where it stands. Columns are in lower case, without spaces around them."""

    columns: Sequence[str]
    rows: Sequence[tuple[Where, dict[str, str]]]
    refusals: Sequence[RowRefusal]


def read_table(file: str, payload: bytes) -> CatalogueTable:
    """The table in these bytes; a file without a usable header is one refusal. A cell cannot hold a line break."""
    if len(payload) > MAX_BODY_BYTES:
        return _no_table(file, f"{len(payload)} bytes; at most {MAX_BODY_BYTES} are read: split it")
    head, *lines = _text(payload).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    split = {mark: _cells(head, mark) or [] for mark in (",", ";")}
    delimiter = max(split, key=lambda mark: len(split[mark]))
    columns = [name.strip().casefold() for name in split[delimiter]]
    named = [name for name in columns if name]
    if len(named) < 2 or len(set(named)) != len(named):
        return _no_table(file, "the first line must name the columns, each once, between commas or semicolons")
    rows, refusals = [], []
    for number, line in enumerate(lines, start=2):
        where, cells = Where(file, number), _cells(line, delimiter)
        if not line.strip(f"{delimiter} \t"):
            continue
        if cells is None or len(cells) != len(columns):
            found = "cannot be split into" if cells is None else f"has {len(cells)} of"
            detail = f"{found} {len(columns)} cells: look at its quotes, its line breaks and the mark {delimiter!r}"
            refusals.append(RowRefusal(where, "", detail))
        else:
            rows.append((where, {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if name}))
    return CatalogueTable(named, rows, refusals)


def _no_table(file: str, detail: str) -> CatalogueTable:
    return CatalogueTable((), (), (RowRefusal(Where(file, 0), "", detail),))


def _text(payload: bytes) -> str:
    """UTF-8 where it is that, else Latin-1, which everything is."""
    try:
        return payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def _cells(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
