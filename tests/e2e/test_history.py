"""A recorded night through the house and into the history, asked for several moments; the judge reads the file."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.published.freshness import as_of
from store.history.reader import HistoryReader
from tests.conftest import House
from tests.e2e import independent
from tests.e2e.test_recordings import DAY, KNOWN, META
from tests.support import shared

MOMENTS = [
    "2025-12-15T00:07:00+00:00",
    "2025-12-15T01:07:00+00:00",
    "2025-12-15T03:22:30+00:00",
    "2025-12-15T06:20:00+00:00",
]
ROWS = 25


def the_night_of(day: Path, folder: Path) -> Path:
    """The first hours of a recorded day, beside what is known of its lots: they take seconds."""
    path = folder / day.name
    path.write_text("".join(day.read_text().splitlines(keepends=True)[: ROWS + 1]))
    (folder / Path(META).name).write_bytes(shared(META).read_bytes())
    return path


def test_a_recorded_night_is_told_as_it_was_at_any_moment_of_it(house: House, tmp_path: Path) -> None:
    day, meta = the_night_of(shared(DAY), tmp_path), shared(META)
    clock, _, _ = independent.germany(day, meta)
    house.start_worker()
    house.run("replay", day, "--source", "german_series")
    house.wait_for_clock("germany", clock)
    assert "0 were there already, 0 unreadable and 0 lost" in house.run("history").stdout

    seen = set()
    for moment in MOMENTS:
        time = datetime.fromisoformat(moment)
        _, expected, _ = independent.germany(day, meta, time)
        found = {
            one.change.place_id: (said.observed_at, said.vacant)
            for one in HistoryReader(tmp_path / "history").list_standing("germany", time)
            if (said := as_of(one.change.availability, time))
        }
        heard = {lot: row for lot, row in expected.items() if row["observed_at"]}
        assert found == {lot: (row["observed_at"], row["vacant"]) for lot, row in heard.items()}
        seen |= {vacant is None for _, vacant in found.values()}
    assert seen == {True, False}, "known and expired numbers were compared"


def test_a_recording_of_one_moment_is_the_history_of_that_moment(house: House) -> None:
    path = shared("nantes/2015-05-25_disponibilites.json")
    clock, expected = independent.nantes(path, KNOWN)
    house.start_worker()
    house.run("replay", path, "--source", "nantes")
    house.wait_for_clock("nantes", clock)
    house.run("history")
    answer = json.loads(house.run("at", clock, "--json").stdout)
    assert answer["history"]["first"] == clock
    found = {row["id"]: row["vacant"] for row in answer["places"]}
    assert found == {site: row["vacant"] for site, row in expected.items()}
    assert next(row["name"] for row in answer["places"] if row["id"] == "677") != "677"
