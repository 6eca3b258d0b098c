"""Whole days through the whole house: file, Kafka, Faust, Redis, command line; judged by an independent reading."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from sensors.sources.nantes.adapter import places
from tests.conftest import House
from tests.e2e import independent, recordings
from tests.support import NOON, wait_for

KNOWN = {place.id for place in places(None, {}, tenant="x", received_at=NOON).places}


def agree(found: dict[str, dict], expected: dict[str, dict]) -> None:
    """Every expected field of every site, and nothing heard that was not expected."""
    heard = {site for site, row in found.items() if row["observed_at"]}
    assert heard == {site for site, row in expected.items() if row["observed_at"]}
    for site, row in expected.items():
        shown = dict(found[site])
        shown["observed_at"] = shown["observed_at"] and datetime.fromisoformat(shown["observed_at"])
        assert {name: shown[name] for name in row} == row, site


@pytest.mark.parametrize("snapshot", recordings.SNAPSHOTS, ids=lambda one: one.name)
def test_a_body_of_nantes_ends_as_an_independent_reading_says(
    house: House, tmp_path: Path, snapshot: recordings.Snapshot
) -> None:
    path = snapshot.file(tmp_path)
    clock, expected = independent.nantes(path, KNOWN)
    house.start_worker()
    house.run("replay", path, "--source", "nantes", "--clock", "event", "--speed", "max")
    house.wait_for_clock("nantes", clock)
    found = house.sites("nantes")
    assert set(found) == KNOWN
    agree(found, expected)
    by_reason = json.loads(house.run("rejects", "--json").stdout)["by_reason"]
    assert {
        reason: sum(row["count"] for row in rows.values()) for reason, rows in by_reason.items()
    } == snapshot.rejected


@recordings.BOTH
def test_an_entry_of_this_morning_is_unknown_tonight_and_keeps_its_time(
    house: House, tmp_path: Path, origin: str
) -> None:
    path = recordings.stale(origin).file(tmp_path)
    clock, _ = independent.nantes(path, KNOWN)
    house.start_worker()
    house.run("replay", path, "--source", "nantes")
    house.wait_for_clock("nantes", clock)
    site = json.loads(house.run("site", "284", "--json").stdout)
    assert (site["vacant"], site["level"], site["opening"]) == (None, "unknown", "unknown")
    assert (site["observed_at"][11:], site["age_s"]) == ("11:23:40Z", 38400)
    assert site["faults"] == ["communications_failure"]
    nearest = json.loads(house.run("nearest", "-1.5577", "47.2131", "--k", "5", "--json").stdout)
    assert nearest[0]["id"] == "677"
    assert len({hit["id"] for hit in nearest}) == 5
    assert all(hit["vacant_for_need"] > 0 and hit["distance_kind"] == "straight_line" for hit in nearest)
    assert "284" not in {hit["id"] for hit in nearest}, "nobody is sent to an unknown"
    assert [hit["distance_m"] for hit in nearest] == sorted(hit["distance_m"] for hit in nearest)


@recordings.BOTH
def test_a_german_day_ends_as_an_independent_reading_says(house: House, tmp_path: Path, origin: str) -> None:
    day = recordings.german_day(origin, tmp_path)
    clock, expected, unusable = independent.germany(day.path, day.meta)
    house.start_worker()
    house.run("replay", day.path, "--source", "german_series", "--speed", "max")
    house.wait_for_clock("germany", clock)
    agree(house.sites("germany"), expected)
    summary = json.loads(house.run("rejects", "--json").stdout)
    assert set(summary["by_reason"]) == {"negative_count", "free_above_capacity"}
    assert summary["total"] == unusable


@recordings.BOTH
def test_an_older_recording_is_not_replayed_over_a_newer_one(house: House, tmp_path: Path, origin: str) -> None:
    newer, older = recordings.of_one_moment(origin).file(tmp_path), recordings.stale(origin).file(tmp_path)
    clock, _ = independent.nantes(older, KNOWN)
    elsewhere = f"nantes-{clock[:10]}"
    house.start_worker()
    house.run("replay", newer, "--source", "nantes")
    house.wait_for_clock("nantes", independent.nantes(newer, KNOWN)[0])
    refused = house.run("replay", older, "--source", "nantes", check=False)
    assert refused.returncode == 2
    assert f"--tenant {elsewhere}" in refused.stderr
    house.run("replay", older, "--source", "nantes", "--tenant", elsewhere)
    house.wait_for_clock(elsewhere, clock)


@recordings.BOTH
def test_under_the_wall_clock_a_recording_plays_as_if_now_and_is_labelled(
    house: House, tmp_path: Path, origin: str
) -> None:
    house.start_worker()
    house.run("replay", recordings.of_one_moment(origin).file(tmp_path), "--source", "nantes", "--clock", "wall")

    wait_for("28 car parks", lambda: sum(row["vacant"] is not None for row in house.sites("nantes").values()) == 28)
    row = house.sites("nantes")["677"]
    assert row["simulated"]
    assert row["age_s"] < 120
