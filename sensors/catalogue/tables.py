"""The bytes of a table into rows of cells, in whatever dialect; one bad line costs one line."""

from collections.abc import Sequence
from typing import NamedTuple

from parking.catalogue.rows import RowRefusal, Where
from parking.formulas import as_it_was
from sensors.bodies import MAX_BODY_BYTES
from sensors.dialect import decode_text, split_table


class CatalogueTable(NamedTuple):
    """Cells by column, each line with where it stands. Columns are in lower case, without spaces around them."""

    columns: Sequence[str]
    rows: Sequence[tuple[Where, dict[str, str]]]
    refusals: Sequence[RowRefusal]


def read_table(file: str, payload: bytes) -> CatalogueTable:
    """The table in these bytes; a file without a usable header is one refusal."""
    if len(payload) > MAX_BODY_BYTES:
        return _no_table(file, f"{len(payload)} bytes; at most {MAX_BODY_BYTES} are read: split it")
    table = split_table(decode_text(payload))
    columns = [name.strip().casefold() for name in table.columns]
    named = [name for name in columns if name]
    if len(named) < 2 or len(set(named)) != len(named):
        return _no_table(
            file, "the first line must name the columns, each once, between commas, semicolons, tabs or bars"
        )
    rows, refusals = [], []
    for number, _, cells in table.rows:
        where = Where(file, number)
        if cells is None or len(cells) != len(columns):
            found = "cannot be split into" if cells is None else f"has {len(cells)} of"
            detail = (
                f"{found} {len(columns)} cells: look at its quotes, its line breaks and the mark {table.separator!r}"
            )
            refusals.append(RowRefusal(where, "", detail))
        else:
            rows.append(
                (where, {name: as_it_was(cell.strip()) for name, cell in zip(columns, cells, strict=True) if name})
            )
    return CatalogueTable(named, rows, refusals)


def _no_table(file: str, detail: str) -> CatalogueTable:
    return CatalogueTable((), (), (RowRefusal(Where(file, 0), "", detail),))
