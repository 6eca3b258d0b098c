"""What leaves as a table runs nothing, steers nothing, and is what it was."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from gateways.desk.tables import ReportTable, write_csv, write_xlsx, write_zip
from tests.support import NOON

PARIS = ZoneInfo("Europe/Paris")
HOSTILE = [
    "=HYPERLINK(1)",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "\x1b[2J\x1b]0;x\x07",
    "a\u202eb",
    "\u200b=1",
]
NAMES = [("Nom", "Name"), ("Nombre", "Number"), ("Quand", "When"), ("Vrai", "True")]
ROWS = [[text, number, NOON + timedelta(hours=number), True] for number, text in enumerate(HOSTILE)]


def table(name: str = "places") -> ReportTable:
    return ReportTable(name, "Lieux", "Places", NAMES, iter([*ROWS, [None, None, None, None], ["12", -3, NOON, False]]))


def read_csv() -> list[list[str]]:
    body = b"".join(write_csv(table(), PARIS))
    assert body.startswith(b"\xef\xbb\xbf"), "a program for tables knows by it that this is UTF-8"
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_cell_of_a_csv_is_a_formula_or_steers_anything(number: int) -> None:
    cell = read_csv()[number + 1][0]
    assert cell.isprintable()
    assert cell.lstrip()[0] not in "=+-@＝"


def test_a_csv_has_french_first_numbers_as_numbers_and_nothing_where_nothing_is_known() -> None:
    rows = read_csv()
    assert rows[0] == ["Nom / Name", "Nombre / Number", "Quand / When", "Vrai / True"]
    assert rows[-2] == ["", "", "", ""]
    assert rows[-1] == ["12", "-3", "2026-05-04T14:00:00+02:00", "false"]


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers() -> None:
    to = io.BytesIO()
    write_xlsx([table(), table("more")._replace(title_fr="Autres")], PARIS, to)
    book = openpyxl.load_workbook(io.BytesIO(to.getvalue()))
    assert book.sheetnames == ["Lieux", "Autres"]
    cells = list(book["Lieux"].iter_rows())
    for row, text in zip(cells[1:], HOSTILE, strict=False):
        assert row[0].data_type == "s"
        assert row[0].value.isprintable()
        assert row[0].value == text or not text.isprintable()
        assert (row[1].data_type, row[3].data_type) == ("n", "b")
    assert cells[1][2].value == "2026-05-04T14:00:00+02:00"
    assert [cell.value for cell in cells[-2]] == [None] * 4
    assert [cell.value for cell in cells[-1]] == ["12", -3, "2026-05-04T14:00:00+02:00", False]


def test_an_archive_has_a_file_a_table() -> None:
    to = io.BytesIO()
    write_zip([table(), table("more")], PARIS, to)
    with zipfile.ZipFile(to) as archive:
        assert archive.namelist() == ["places.csv", "more.csv"]
        assert archive.read("places.csv") == archive.read("more.csv") == b"".join(write_csv(table(), PARIS))
