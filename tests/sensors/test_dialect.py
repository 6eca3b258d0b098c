"""Text as people and portals write it, read alike in feeds and in catalogue files."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sensors.bodies import CsvRecord, csv_records
from sensors.catalogue.reading import read_file
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8, decode_text
from sensors.reading.numbers import read_whole
from sensors.reading.points import read_point
from sensors.registry import ADAPTERS, FRAME_ADAPTERS
from sensors.samples import read_samples

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TABLE = [["id", "name", "address"], ["a", "Été", "1, rue; du | Test"], ["b", "Œuf", "ligne 1\nligne 2"]]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]


def written(separator: str, above: str = "", end: str = "\n") -> str:
    rows = [separator.join(f'"{cell}"' for cell in row) for row in TABLE]
    return (above + "\n".join(rows) + "\n").replace("\n", end)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_dialect_of_a_table_reads_alike(encoding: str, separator: str, end: str) -> None:
    for above in ("", f"sep={separator}\n"):
        body = written(separator, above, end).encode(encoding)
        columns, lines = csv_records(body)
        rows = [line for line in lines if isinstance(line, CsvRecord)]
        assert [columns, *(list(row.fields.values()) for row in rows)] == TABLE
        for row in rows:
            [again] = csv_records(row.raw)[1]
            assert isinstance(again, CsvRecord)
            assert again.fields == row.fields, "a refused line can be read again alone"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_catalogue_file_is_read_alike(encoding: str) -> None:
    text = "sep=;\nid;nom;adresse;Xlong;Ylat\na;Été;rue;-1,5;47,2\n"
    [place] = read_file("b.csv", text.encode(encoding)).places
    assert (place.stated["name"], place.stated["point"].lon) == ("Été", -1.5)


def test_a_stray_quote_costs_its_own_line() -> None:
    _, lines = csv_records(b'a,b\n1,"x\n2,y\n3,"z"\n4,"w\n')
    refused = [isinstance(line, RecordRefusedError) for line in lines]
    assert refused == [True, False, False, True]


@pytest.mark.parametrize("source", sorted(ADAPTERS.keys() - FRAME_ADAPTERS.keys()))
def test_a_mark_or_another_encoding_changes_nothing_of_a_feed(source: str) -> None:
    body = read_samples(source).payload
    wanted = ADAPTERS[source].decode(body, tenant="t", received_at=NOW, recorded=False)
    for encoding in ("utf-8-sig", "utf-16"):
        said = ADAPTERS[source].decode(body.decode().encode(encoding), tenant="t", received_at=NOW, recorded=False)
        assert (said.observations, said.rejects) == (wanted.observations, []), encoding


def test_json_of_windows_is_read_and_one_torn_text_costs_no_other() -> None:
    assert json.loads(as_utf8(json.dumps(["Parc de l’Été"], ensure_ascii=False).encode("cp1252"))) == ["Parc de l’Été"]
    torn = '["é", "'.encode() + b'\xff"]'
    assert as_utf8(torn) == torn


def test_windows_has_its_own_marks() -> None:
    assert decode_text(b"\x80 \x9c \x81") == "€ œ \x81"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 234", 1234), ("1\u202f234", 1234), ("1'234", 1234), ("1.234.567", 1234567), ("70.0", 70), ("70,0", 70),
        ("-2", -2), ("1.000", None), ("1,234", None), ("1.5", None), ("1_000", None), ("", None), ("1 23", None),
        ("\u0661", None),
    ],
)  # fmt: skip
def test_a_whole_number_however_it_is_set(text: str, number: int | None) -> None:
    assert read_whole(text) == number


def test_degrees_may_have_a_decimal_comma() -> None:
    assert read_point("-1,5", "47,25").lat == 47.25
