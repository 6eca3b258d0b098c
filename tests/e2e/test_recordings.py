"""Recordings through the whole house: file, Kafka, Faust, Redis, command line; judged by an independent reading."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from sensors.sources.nantes.adapter import places
from tests.conftest import House
from tests.e2e import independent
from tests.support import NOON, shared, wait_for

KNOWN = {place.id for place in places(None, {}, tenant="x", received_at=NOON).places}
DAY = "series/germany_parking-data/2025-12-15.csv"
META = "series/germany_parking-data/meta-data.csv"


def agree(found: dict[str, dict], expected: dict[str, dict]) -> None:
    """Every expected field of every site, and nothing heard that was not expected."""
    heard = {site for site, row in found.items() if row["observed_at"]}
    assert heard == {site for site, row in expected.items() if row["observed_at"]}
    for site, row in expected.items():
        shown = dict(found[site])
        shown["observed_at"] = shown["observed_at"] and datetime.fromisoformat(shown["observed_at"])
        assert {name: shown[name] for name in row} == row, site


@pytest.mark.parametrize(
    ("file", "rejected"),
    [
        ("2011-11-21_getDisponibiliteParkingsPublics.xml", {"unknown_site": 1}),  # Neptune: gone before the catalogue
        ("2011-12-13_getDisponibiliteParkingsPublics.xml", {}),
        ("2015-05-25_disponibilites.json", {}),
        ("2022-10-04_parcs-relais_disponibilites.json", {}),
        ("single_records_2021_2026.json", {"missing_field": 2}),  # quoted without idobj
    ],
)
def test_a_nantes_recording_ends_as_an_independent_reading_says(house: House, file: str, rejected: dict) -> None:
    path = shared(f"nantes/{file}")
    clock, expected = independent.nantes(path, KNOWN)
    house.start_worker()
    house.run("replay", path, "--source", "nantes", "--clock", "event", "--speed", "max")
    house.wait_for_clock("nantes", clock)
    found = house.sites("nantes")
    assert set(found) == KNOWN
    agree(found, expected)
    by_reason = json.loads(house.run("rejects", "--json").stdout)["by_reason"]
    assert {reason: sum(row["count"] for row in rows.values()) for reason, rows in by_reason.items()} == rejected


def test_the_stale_record_of_2011_is_unknown_and_keeps_its_time(house: House) -> None:
    path = shared("nantes/2011-12-13_getDisponibiliteParkingsPublics.xml")
    house.start_worker()
    house.run("replay", path, "--source", "nantes")
    house.wait_for_clock("nantes", "2011-12-13T22:03:40+00:00")
    site = json.loads(house.run("site", "284", "--json").stdout)
    assert (site["vacant"], site["level"], site["opening"]) == (None, "unknown", "unknown")
    assert (site["observed_at"], site["age_s"]) == ("2011-12-13T11:23:40Z", 38400)
    assert site["faults"] == ["communications_failure"]
    nearest = json.loads(house.run("nearest", "-1.5577", "47.2131", "--k", "5", "--json").stdout)
    assert nearest[0]["id"] == "677"
    assert len({hit["id"] for hit in nearest}) == 5
    assert all(hit["vacant_for_need"] > 0 and hit["distance_kind"] == "straight_line" for hit in nearest)
    assert "284" not in {hit["id"] for hit in nearest}, "nobody is sent to an unknown"
    assert [hit["distance_m"] for hit in nearest] == sorted(hit["distance_m"] for hit in nearest)


def test_a_german_day_ends_as_an_independent_reading_says(house: House) -> None:
    day = shared(DAY)
    clock, expected, unusable = independent.germany(day, shared(META))
    house.start_worker()
    house.run("replay", day, "--source", "german_series", "--speed", "max")
    house.wait_for_clock("germany", clock)
    agree(house.sites("germany"), expected)
    summary = json.loads(house.run("rejects", "--json").stdout)
    assert set(summary["by_reason"]) == {"negative_count", "free_above_capacity"}
    assert summary["total"] == unusable


def test_an_older_recording_is_not_replayed_over_a_newer_one(house: House) -> None:
    house.start_worker()
    house.run("replay", shared("nantes/2015-05-25_disponibilites.json"), "--source", "nantes")
    house.wait_for_clock("nantes", "2015-05-25T19:42:40+00:00")
    older = shared("nantes/2011-12-13_getDisponibiliteParkingsPublics.xml")
    refused = house.run("replay", older, "--source", "nantes", check=False)
    assert refused.returncode == 2
    assert "--tenant nantes-2011-12-13" in refused.stderr
    house.run("replay", older, "--source", "nantes", "--tenant", "nantes-2011-12-13")
    house.wait_for_clock("nantes-2011-12-13", "2011-12-13T22:03:40+00:00")


def test_under_the_wall_clock_a_recording_plays_as_if_now_and_is_labelled(house: House) -> None:
    house.start_worker()
    path = shared("nantes/2015-05-25_disponibilites.json")
    house.run("replay", path, "--source", "nantes", "--clock", "wall")

    wait_for("28 car parks", lambda: sum(row["vacant"] is not None for row in house.sites("nantes").values()) == 28)
    row = house.sites("nantes")["677"]
    assert row["simulated"]
    assert row["age_s"] < 120
