"""Time travel over a recorded day of three German cities: through the real fold into a history."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from benchmarks.shift_suite.days import CITIES, TENANT, as_body, read_places, read_rows
from ops.desk_past import DeskPast
from ops.settings import load_settings
from parking.catalogue.model import Catalogue
from parking.codec import encode_event
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import Record
from parking.published.timeline import Published
from parking.words import ClockBasis
from sensors.sources.german_series.adapter import decode
from streams.producer import make_tick
from tests.gateways.desk.test_looking_back import ask
from tests.ops.in_process import command_in
from tests.ops.test_cli import NOWHERE
from tests.store.history_logs import append
from tests.support import shared

DAY = "2025-12-18"


def publish(series: Path, day: str) -> list[Published]:
    """Every change that a worker publishes of a day."""
    places = read_places(series, day)
    catalogue, partition, log, offset = Catalogue(places), Partition(), list[Published](), 0
    for row in read_rows(series, [day]):
        records = []
        for city in CITIES:
            for seen in decode(as_body(row, city), tenant=TENANT, received_at=row.at, recorded=True).observations:
                key = f"{TENANT}/{seen.device_id}".encode()
                value = encode_event(msgspec.structs.replace(seen, source=city))
                records.append((key, value))
        records.append((None, encode_event(make_tick(TENANT, row.at, ClockBasis.EVENT))))
        ms = round(row.at.timestamp() * 1000)
        batch = [Record(offset + n, key, value, ms) for n, (key, value) in enumerate(records, start=1)]
        offset += len(batch)
        changes = fold_batch(partition, batch, catalogue.find_place, 1).changes
        log += [Published(change, row.at, 0, len(log) + n) for n, change in enumerate(changes)]
    return log


def test_it_is_what_placelibre_at_says_all_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = publish(shared("series/germany_parking-data"), DAY)
    append(tmp_path, log)
    first, last = log[0].at, log[-1].at
    assert last - first > timedelta(hours=20)
    environment = NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(tmp_path)}
    command = command_in(environment, monkeypatch, capsys)
    past = DeskPast(load_settings(), TENANT)
    instants: list[datetime] = [first + number * (last - first) / 12 for number in range(13)]
    instants += [log[len(log) // 2].at, log[len(log) // 2].at - timedelta(microseconds=1), last + timedelta(days=1)]
    shown = set()
    for instant in instants:
        text = instant.isoformat()
        then = asyncio.run(ask(past, f"/v1/desk/at?time={text.replace('+', '%2B')}")).json()
        assert then["places"] == command("at", text, "--tenant", TENANT, "--json").document["places"]
        shown.add(str([row["vacant"] for row in then["places"]]))
    assert len(shown) > 10, "the day moved"
