"""The month report over a history that lies on disk: its files are read back, and its sums are those of the minutes."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from gateways.desk.past import REPORT_TABLES
from ops.desk_past import DeskPast
from ops.settings import load_settings
from parking.desk.commands import PlaceRecount, SaidCommand, to_decision
from parking.desk.operators import Operator
from parking.published.freshness import as_of
from store.history.decided import FOLDER
from store.history.reader import HistoryReader
from tests.gateways.desk.test_looking_back import ask
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.store.history_logs import append, said
from tests.store.test_decided_history import log_of, roll

CITY = "nantes"
HOSTILE = '=cmd|"/C calc"!A1'
FIRST, LAST = datetime(2026, 9, 30, 20, tzinfo=UTC), datetime(2026, 10, 4, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From 30 September to 4 October: one place all the time, one with holes, one heard from on the 2nd only."""
    where, log = tmp_path_factory.mktemp("past"), []
    now = FIRST
    while now <= LAST:
        minute = round((now - FIRST).total_seconds() / 60)
        for place in ("steady", "holes", HOSTILE):
            hole = place == "holes" and minute % 100 > 60
            late = place == HOSTILE and now < datetime(2026, 10, 2, tzinfo=UTC)
            if not hole and not late:
                number = len(log)
                vacant = None if place == "holes" and minute % 40 == 0 else minute % 200
                log.append(said(number, (1, number), place, now, CITY, vacant, logged=now))
        now += timedelta(minutes=10)
    append(where, log)
    said_at = datetime(2026, 10, 2, 12, 5, tzinfo=UTC)
    recount = SaidCommand(place="steady", command=PlaceRecount(vacant=3), said_at=said_at)
    roll(where / FOLDER, log_of(to_decision(recount, CITY, Operator(name="Ada", subject="1"))))
    return where


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    return NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(folder)}


@pytest.fixture
def command(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return command_in(environment, monkeypatch, capsys)


@pytest.fixture
def past(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> DeskPast:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return DeskPast(load_settings(), CITY)


def test_the_sums_are_those_of_every_minute(command: Command, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    done = command(
        "desk", "report", "2026-10", "--form", "csv", "--table", "places", "--out", file, "--tenant", CITY
    )  # fmt: skip
    assert done.code == 0, done.stderr
    rows = {row["Lieu (id) / Place (id)"]: row for row in csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))}
    assert set(rows) == {"steady", "holes", f"'{HOSTILE}", "*"}
    reader, start = HistoryReader(folder), datetime(2026, 9, 30, 22, tzinfo=UTC)
    minutes = round((LAST - start) / timedelta(minutes=1))
    for place in ("steady", "holes"):
        known = 0
        changes = reader.list_published(CITY, place, start, LAST)
        for minute in range(minutes):
            now = start + timedelta(minutes=minute)
            standing = [one for one in changes if one.at <= now]
            known += bool(standing) and as_of(standing[-1].change.availability, now).vacant is not None
        assert float(rows[place]["Part connue / Share known"]) == pytest.approx(known / minutes, abs=1e-5)
        assert int(rows[place]["Changements / Changes"]) == sum(one.at >= start for one in changes)
    late = rows[f"'{HOSTILE}"]
    assert float(late["Inconnu : jamais entendu (h) / Unknown: never heard (h)"]) == 26, "before it was first heard"


def test_a_workbook_has_every_table_and_runs_nothing(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "month.xlsx"
    assert command("desk", "report", "2026-10", "--out", file, "--tenant", CITY).code == 0
    book = openpyxl.load_workbook(file)
    assert len(book.sheetnames) == len(REPORT_TABLES)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}, "no formula"
    texts = [cell.value for cell in cells if str(cell.value).startswith("=cmd")]
    assert texts == [HOSTILE, HOSTILE.replace("/", "�")], "an id and the name made of it are texts"
    summary = {row[1].value: row[2].value for row in book["Résumé"].iter_rows(min_row=2)}
    assert summary["Known to the history, to"] == "2026-10-04T08:00:00+02:00"
    assert (summary["Whole month"], summary["Minutes of wrong signs"]) == (False, 0)


def test_a_recount_at_the_desk_is_held_against_what_stood(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "recounts.csv"
    command("desk", "report", "2026-10", "--form", "csv", "--table", "recounts", "--out", file, "--tenant", CITY)
    [row] = csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))
    stood = round((datetime(2026, 10, 2, 12, tzinfo=UTC) - FIRST).total_seconds() / 60) % 200
    assert [row["Publié / Published"], row["Écart / Error"]] == [str(stood), str(stood - 3)]
    assert row["Compté à / Counted at"] == "2026-10-02T14:05:00+02:00"


async def test_over_http_it_is_the_same_file(past: DeskPast) -> None:
    answer = await ask(past, "/v1/desk/report?month=2026-10&form=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="nantes-2026-10.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == [f"{name}.csv" for name in REPORT_TABLES]
    alone = await ask(past, "/v1/desk/report?month=2026-10&form=csv&table=places")
    assert alone.headers["content-type"].startswith("text/csv")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("places.csv") == alone.content


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?month=2026-13", 409), ("?month=2019-01", 409), ("?month=2026-10&table=x", 400), ("?form=pdf", 400)],
)
async def test_a_month_that_is_none_is_refused_with_a_sentence(past: DeskPast, query: str, status: int) -> None:
    answer = await ask(past, f"/v1/desk/report{query}")
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
