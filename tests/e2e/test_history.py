"""A night through the house and into the history, asked for several moments; the judge reads the file."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.published.freshness import as_of
from store.history.reader import HistoryReader
from tests.conftest import House
from tests.e2e import independent, recordings
from tests.e2e.test_recordings import KNOWN

MOMENTS = [timedelta(minutes=minutes) for minutes in (7, 67, 202.5, 380)]
"""After midnight; by the last, everything that the night said has expired or nearly so."""

NIGHT = timedelta(hours=3)


def the_night_of(day: recordings.GermanDay, folder: Path) -> recordings.GermanDay:
    """The first hours of a day, beside what is known of its lots: they take seconds."""
    header, *rows = day.path.read_text().splitlines(keepends=True)
    night = [row for row in rows if datetime.fromisoformat(row.partition(",")[0]) < day.hour(0) + NIGHT]
    folder.mkdir()
    (folder / day.path.name).write_text("".join([header, *night]))
    (folder / day.meta.name).write_bytes(day.meta.read_bytes())
    return recordings.GermanDay(folder / day.path.name, folder / day.meta.name)


@recordings.BOTH
def test_a_night_is_told_as_it_was_at_any_moment_of_it(house: House, tmp_path: Path, origin: str) -> None:
    night = the_night_of(recordings.german_day(origin, tmp_path), tmp_path / "night")
    house.start_worker()
    house.run("replay", night.path, "--source", "german_series")
    house.wait_for_clock("germany", night.clock)
    assert "0 were there already, 0 unreadable and 0 lost" in house.run("history").stdout

    seen = set()
    for moment in MOMENTS:
        time = night.hour(0) + moment
        _, expected, _ = independent.germany(night.path, night.meta, time)
        found = {
            one.change.place_id: (said.observed_at, said.vacant)
            for one in HistoryReader(tmp_path / "history").list_standing("germany", time)
            if (said := as_of(one.change.availability, time))
        }
        heard = {lot: row for lot, row in expected.items() if row["observed_at"]}
        assert found == {lot: (row["observed_at"], row["vacant"]) for lot, row in heard.items()}
        seen |= {vacant is None for _, vacant in found.values()}
    assert seen == {True, False}, "known and expired numbers were compared"


@recordings.BOTH
def test_a_recording_of_one_moment_is_the_history_of_that_moment(house: House, tmp_path: Path, origin: str) -> None:
    path = recordings.of_one_moment(origin).file(tmp_path)
    clock, expected = independent.nantes(path, KNOWN)
    house.start_worker()
    house.run("replay", path, "--source", "nantes")
    house.wait_for_clock("nantes", clock)
    house.run("history")
    answer = json.loads(house.run("at", clock, "--json").stdout)
    assert answer["history"]["first"] == clock.replace("+00:00", "Z")
    found = {row["id"]: row["vacant"] for row in answer["places"]}
    assert found == {site: row["vacant"] for site, row in expected.items()}
    assert next(row["name"] for row in answer["places"] if row["id"] == "677") != "677"
