"""No cell of an export is a formula, and what was exported comes back as it was."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.merging import merge
from parking.catalogue.model import Device
from parking.catalogue.rows import join
from parking.formulas import as_it_was, as_text
from sensors.catalogue.reading import read_file
from sensors.catalogue.writing import write_tables
from tests.support import TENANT, site

EVIL = [
    "=HYPERLINK(\"http://evil.example\";\"free\")", "=1+1", "+33 2 40 00 00 00", "-2+3", "@SUM(A1)", "'=1", "''=1",
    " =1", "\t=1", "\r=1", "＝1+1", "－2+3", "＠x", "=cmd|' /C calc'!A0", "-",
]  # fmt: skip
PLAIN = ["Decré-Bouffay", "l'Île", "'s Gravenhage", "-12", "+12", "-1.5", "12", "", "a=b", "'", "''"]


@pytest.mark.parametrize("text", EVIL)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert as_text(text) == f"'{text}"
    assert as_it_was(as_text(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_names_stay_as_they_are(text: str) -> None:
    assert as_text(text) == as_it_was(text) == text


@given(st.text(st.sampled_from("=+-@'\t\r\n 1a.,＝")) | st.text())
def test_it_comes_back_as_it_was_whatever_it_is(text: str) -> None:
    assert as_it_was(as_text(text)) == text


NAMES = [text for text in EVIL if text.isprintable() and text == text.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_a_catalogue_with_such_names_goes_out_harmless_and_comes_back_unchanged(name: str) -> None:
    devices = (Device(source="counter", id=name),)
    place = site(id="p", name=name, address=name, devices=devices)
    files = write_tables([place])
    for text in files.values():
        for row in csv.reader(text.splitlines()):
            assert not any(cell.lstrip()[:1] in tuple("=+@-＝＋－＠") for cell in row if not _is_number(cell)), row
    found = merge(TENANT, [place], join([read_file(file, text.encode()) for file, text in files.items()]))
    assert not found.refusals
    assert list(found.changed) == []


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell == ""
    return True
