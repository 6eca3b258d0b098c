"""Tables that leave the house as CSV and XLSX: numbers as numbers, times with their zone, texts that are texts.

What others wrote (names, notes, ids) is data: a program for tables runs nothing of it, no letter in it steers a
terminal or turns a text round, and an unknown value is an empty cell, never zero. Headings are French, with English
beside.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from math import isfinite
from typing import IO, Any, NamedTuple, TypeAlias

import xlsxwriter

from parking.formulas import as_text
from parking.printable import visible

Value: TypeAlias = str | int | float | bool | datetime | None
MOST_ROWS = 1_000_000
"""Of a sheet; XLSX has no room for more than 1,048,576. What is beyond is said in its last row."""

_BOM = "\ufeff"
_WIDEST = 60


class ReportTable(NamedTuple):
    """A table by ``name``: for each column its French and English heading; rows may be made while they are written."""

    name: str
    title_fr: str
    title_en: str
    columns: Sequence[tuple[str, str]]
    rows: Iterable[Sequence[Value]]


def write_csv(table: ReportTable, zone: tzinfo) -> Iterator[bytes]:
    """The table as CSV, in pieces: UTF-8 with a mark, comma, CRLF; texts guarded (``parking.formulas``)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BOM)
    writer.writerow([_heading(*names) for names in table.columns])
    for row in table.rows:
        writer.writerow([_plain(value, zone) for value in row])
        if buffer.tell() > 64_000:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_zip(tables: Iterable[ReportTable], zone: tzinfo, to: IO[bytes]) -> None:
    """A CSV file a table, in one archive."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            with archive.open(f"{table.name}.csv", "w", force_zip64=True) as file:
                for piece in write_csv(table, zone):
                    file.write(piece)


def write_xlsx(tables: Iterable[ReportTable], zone: tzinfo, to: IO[bytes]) -> None:
    """A sheet a table, row by row: no more than a row is held in memory."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(to, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for table in tables:
            sheet = book.add_worksheet(table.title_fr[:31])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(len(table.columns) - 1, 0), 18)
            for column, names in enumerate(table.columns):
                sheet.write_string(0, column, _heading(*names), bold)
            for number, row in enumerate(table.rows, start=1):
                if number > MOST_ROWS:
                    sheet.write_string(number, 0, "… la suite est dans le CSV / the rest is in the CSV")
                    break
                for column, value in enumerate(row):
                    _put(sheet, number, column, value, zone)


def write_form(tables: Sequence[ReportTable], zone: tzinfo, form: str, stem: str, to: IO[bytes]) -> str:
    """Write them as "xlsx", or as "csv": one as it is, several in a zip. Returns the name of the file that it is."""
    if form == "xlsx":
        write_xlsx(tables, zone, to)
        return f"{stem}.xlsx"
    if len(tables) > 1:
        write_zip(tables, zone, to)
        return f"{stem}.zip"
    for piece in write_csv(tables[0], zone):
        to.write(piece)
    return f"{stem}-{tables[0].name}.csv"


def _put(sheet: Any, row: int, column: int, value: Value, zone: tzinfo) -> None:
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_string(row, column, _moment(value, zone))
    else:
        sheet.write_string(row, column, visible(value)[:32_000])


def _plain(value: Value, zone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _moment(value, zone)
    return as_text(visible(value)) if isinstance(value, str) else str(value)


def _heading(french: str, english: str) -> str:
    return french if french == english else f"{french} / {english}"


def _moment(instant: datetime, zone: tzinfo) -> str:
    """By the city's clock, with its offset."""
    return instant.astimezone(zone).isoformat(timespec="seconds")
