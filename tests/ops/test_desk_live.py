"""The repair round, the export of trouble and the audit, from a real Valkey; Kafka is away, which the audit says."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
import redis.asyncio as aioredis

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from ops.desk_past import DeskPast
from ops.settings import Settings
from parking.catalogue.model import Device, Place, Point
from parking.desk.last_words import DeviceWord, encode_words
from parking.health.repairs import Finding
from parking.words import Problem
from store.decisions import keep_latest
from store.device_words import write_words
from store.repairs import write_repairs
from store.writer import LiveWriter
from tests.gateways.desk.test_looking_back import ask
from tests.gateways.desk.test_the_desk_then import CITY, by_hand, raised
from tests.ops.in_process import command_in
from tests.store.conftest import client
from tests.store.history_logs import append, said
from tests.store.test_decisions import logged
from tests.support import NOON, at

__all__ = ["client"]


def place(number: int) -> Place:
    point = Point(lon=-1.55 + number / 1000, lat=47.2) if number != 3 else None
    device = Device(source="src", id=f"d{number}")
    return Place(tenant=CITY, id=f"p{number}", name=f"=Place {number}", point=point, devices=(device,))


WORD = DeviceWord(source="src", device_id="d1", heard_at=at(5), said_at=at(4), battery_v=3.1, is_ignored=True)


@pytest.fixture
async def past(client: aioredis.Redis, servers: Settings, tmp_path: Path) -> DeskPast:
    """A city of four places, of which nothing is known; three devices are broken, and an alarm stands."""
    await LiveWriter(client, 1).apply_catalogue(CITY, [(place(n), (1, n)) for n in range(4)])
    found = {
        f"p{n}": [
            Finding(
                place_id=f"p{n}", source="src", device_id=f"d{n}", problem=Problem.SILENT, certainty=0.9, seen_at=NOON,
                weight=n, heard_at=NOON,
            )
        ]
        for n in (1, 2, 3)
    }  # fmt: skip
    await write_repairs(client, CITY, found)
    await write_words(client, CITY, {"p1": encode_words([WORD])})
    await keep_latest(client, CITY, 1, logged(raised(0, 1), by_hand(1, 30)))
    nowhere = {"history_dir": tmp_path / "none", "kafka": "127.0.0.1:9", "tenant": CITY}
    return DeskPast(servers.model_copy(update=nowhere), CITY)


async def test_the_round_over_http_and_as_a_list_to_print(past: DeskPast) -> None:
    document = (await ask(past, "/v1/desk/round?start=-1.55,47.2&stops=1")).json()
    assert [device["device_id"] for stop in document["stops"] for device in stop["devices"]] == ["d2"]
    assert [one["device_id"] for one in document["left_out"]] == ["d1"]
    assert [one["device_id"] for one in document["without_point"]] == ["d3"]
    assert 145 < document["walk_m"] < 155, "two thousandths of a degree of longitude"
    answer = await ask(past, "/v1/desk/round?start=-1.55,47.2&form=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["Arrêt / Stop"], row["Lieu / Place"]) for row in rows] == [
        ("1", "'=Place 1"), ("2", "'=Place 2"), ("", "'=Place 3")
    ]  # fmt: skip


async def test_what_is_wrong_leaves_as_a_workbook(past: DeskPast) -> None:
    answer = await ask(past, "/v1/desk/trouble/export")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheets = {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book}
    assert [row[0] for row in sheets["Lieux inconnus"]] == ["p0", "p1", "p2", "p3"]
    assert {row[3] for row in sheets["Lieux inconnus"]} == {"never"}
    assert [row[3] for row in sheets["Appareils"]] == ["d3", "d2", "d1"]
    [alarm] = sheets["Alarmes"]
    assert (alarm[1], alarm[5]) == ("unacknowledged", 2)


async def test_without_kafka_the_audit_says_what_may_be_missing(past: DeskPast) -> None:
    document = (await ask(past, "/v1/desk/audit?since=2026-05-04T00:00Z&until=2026-05-05T00:00Z")).json()
    assert [one["decision"]["author"] for one in document["entries"]] == ["Ada"]
    assert "Kafka" in document["trouble"]
    everything = await ask(past, "/v1/desk/audit?since=2026-05-04T00:00Z&until=2026-05-05T00:00Z&who=all")
    assert everything.json()["total"] == 2


def test_the_same_from_the_command_line(
    past: DeskPast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = {"PLACELIBRE_REDIS": past._settings.redis, "PLACELIBRE_KAFKA": "127.0.0.1:9", "COLUMNS": "200"}
    command = command_in(nowhere, monkeypatch, capsys)
    shown = command("desk", "round", "--start=-1.55,47.2", "--tenant", CITY)
    assert shown.code == 0, shown.stderr
    assert "src/d1" in shown.stdout
    file = tmp_path / "trouble.xlsx"
    assert command("desk", "trouble", "--out", file, "--tenant", CITY).code == 0
    assert openpyxl.load_workbook(file).sheetnames == ["Lieux inconnus", "Appareils", "Alarmes"]


def test_the_lives_of_sensors_are_those_of_their_last_words(
    past: DeskPast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append(tmp_path / "history", [said(n, (1, n), "p1", at(n), CITY) for n in range(2)])
    here = {"PLACELIBRE_REDIS": past._settings.redis, "PLACELIBRE_HISTORY_DIR": str(tmp_path / "history")}
    command = command_in(here, monkeypatch, capsys)
    file = tmp_path / "devices.csv"
    done = command(
        "desk", "report", "2026-05", "--form", "csv", "--table", "devices", "--out", file, "--tenant", CITY
    )  # fmt: skip
    assert done.code == 0, done.stderr
    rows = {row["Appareil / Device"]: row for row in csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))}
    heard = {name: row["Entendu le / Last heard"] for name, row in rows.items()}
    assert heard == {
        "d0": "", "d1": "2026-05-04T14:05:00+02:00", "d2": "2026-05-04T14:00:00+02:00",
        "d3": "2026-05-04T14:00:00+02:00",
    }  # fmt: skip
    assert (rows["d1"]["Pile (V) / Battery (V)"], rows["d1"]["Ignoré à la main / Ignored by hand"]) == ("3.1", "true")
    assert rows["d0"]["Jours de silence / Days of silence"] == ""
