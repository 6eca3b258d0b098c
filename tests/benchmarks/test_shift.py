"""The replay of a shift, on a small made-up day: nothing wrong is no alarm, and each fault is one that tells of it."""

from __future__ import annotations

import csv
import random
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.shift import midnight, replay
from benchmarks.shift_suite.days import CITIES, LIKE
from benchmarks.shift_suite.faults import FROZEN, IMPOSSIBLE, list_injections
from parking.health.alarms.measures import list_raisings, measure

DAY = "2026-03-09"
LOTS = [*LIKE.values(), FROZEN, IMPOSSIBLE, *(f"{city}-parken-{number}" for city in CITIES for number in range(12))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of walks between empty and full, a row each five minutes."""
    made, chance = tmp_path_factory.mktemp("series"), random.Random(5)
    with (made / "meta-data.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["place_id", "place_name", "city_name", "num_all", "address", "latitude", "longitude"])
        rows.writerows([lot, lot, "Stadt", 1059, "", 50, 7] for lot in LOTS)
    vacant = {lot: chance.randrange(100, 300) for lot in LOTS}
    with (made / f"{DAY}.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["timestamp", *LOTS])
        for row in range(288):
            vacant = {lot: min(max(count + chance.randint(-6, 6), 0), 390) for lot, count in vacant.items()}
            at = midnight(DAY) + row * timedelta(minutes=5, seconds=0) + timedelta(seconds=1)
            rows.writerow([at.isoformat(), *vacant.values()])
    return made


def test_a_day_on_which_all_goes_well_has_no_alarm(folder: Path) -> None:
    assert list_raisings(replay(folder, {}, [DAY]).words) == []


def test_each_fault_is_found_and_no_alarm_tells_of_nothing(folder: Path) -> None:
    start = midnight(DAY)
    injections = list_injections(start, start)
    del injections["stuck"]  # that takes more than three days to tell
    faults = [injection.fault for injection in injections.values()]
    words = replay(folder, injections, [DAY]).words
    measured = measure(words, start, start + timedelta(days=1), faults)
    assert [fault.name for fault in measured.missed] == []
    assert measured.false == ()
    assert measured.per_ten_minutes <= 1
