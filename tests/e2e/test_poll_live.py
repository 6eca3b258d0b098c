"""``placelibre poll`` from a real HTTP server to the live state."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.conftest import House
from tests.stand_in import StandIn
from tests.support import ROOT, wait_for


def record(idobj: str, vacant: int, **more: object) -> dict:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    base = {"idobj": idobj, "grp_statut": 5, "grp_disponible": vacant, "grp_exploitation": 500, "grp_complet": 10}
    return base | {"grp_horodatage": now} | more


def test_a_feed_that_changes_breaks_and_comes_back(house: House) -> None:
    api = StandIn()
    api.records = [record("677", 283), record("288", 9), record("284", 600), record("999999", 1)]
    house.start_worker()
    command = [sys.executable, "-m", "ops", "poll", "--source", "nantes", "--url", api.url, "--every", "1"]
    with (house.log.parent / "poll.log").open("wb") as log:
        poll = subprocess.Popen(command, cwd=ROOT, env=os.environ | house.env, stdout=log, stderr=log)
    try:
        shown = wait_for(
            "Commerce", lambda: house.sites("nantes").get("677", {}).get("vacant") and house.sites("nantes")
        )
        assert (shown["677"]["vacant"], shown["677"]["level"], shown["677"]["opening"]) == (
            283,
            "spaces_available",
            "open",
        )
        assert (shown["288"]["vacant"], shown["288"]["level"]) == (9, "full")
        assert shown["284"]["vacant"] is None, "600 free of 500 is refused, not clamped"
        assert not shown["677"]["simulated"]
        assert shown["677"]["age_s"] < 60
        assert set(shown) == {"677", "288", "284"}, "what no record is about is not in the city"

        api.moods = [("status", 500, {}), ("cut line",), ("status", 429, {"Retry-After": "1"}), ("cut json",)]
        api.records = [
            record("677", 282),
            record("3188", 40, grp_exploitation=156),
        ]  # so that no mood is answered by 304
        wait_for("the bad moods to pass", lambda: not api.moods)
        wait_for("the next count", lambda: house.sites("nantes")["677"]["vacant"] == 282)
        shown = wait_for("the newcomer", lambda: house.sites("nantes").get("3188") and house.sites("nantes"))
        assert shown["3188"]["name"] == "P+R tramway Frachon", "a place comes with its first word"
        assert set(shown) == {"677", "288", "284", "3188"}, "and stays when its feed falls silent"
        by_reason = msgspec.json.decode(house.run("rejects", "--json").stdout)["by_reason"]
        assert by_reason["free_above_capacity"]["nantes"]["count"] >= 1
        assert by_reason["unknown_site"]["nantes"]["count"] >= 1
        assert by_reason["malformed_body"]["nantes"]["count"] >= 1
    finally:
        poll.terminate()
        poll.wait(20)
        api.close()


def test_a_value_expires_for_readers_when_nothing_writes_any_more(house: House) -> None:
    api = StandIn()
    aging = datetime.fromtimestamp(time.time() - 15 * 60 + 12, UTC).isoformat(timespec="seconds")
    api.records = [record("677", 283, grp_horodatage=aging)]
    worker = house.start_worker()
    try:
        house.run("poll", "--source", "nantes", "--url", api.url, "--once")
        wait_for("Commerce", lambda: house.sites("nantes").get("677", {}).get("vacant") == 283, patience_s=11)
        worker.kill()
        wait_for("unknown", lambda: house.sites("nantes")["677"]["vacant"] is None)
        assert house.sites("nantes")["677"]["faults"] == ["communications_failure"]
    finally:
        api.close()


def test_a_car_park_that_is_imported_is_heard_by_a_poll_that_runs_and_by_one_that_starts(
    house: House, tmp_path: Path
) -> None:
    api = StandIn()
    api.records = [record("newcomer", 41)]
    files = (tmp_path / "sites.csv", tmp_path / "devices.csv")
    files[0].write_text("id,name,capacity\nnew-garage,New garage,500\n")
    files[1].write_text("source,device,place\nnantes,newcomer,new-garage\n")
    house.start_worker()
    command = [sys.executable, "-m", "ops", "poll", "--source", "nantes", "--url", api.url, "--every", "1"]
    with (house.log.parent / "poll.log").open("wb") as log:
        poll = subprocess.Popen(command, cwd=ROOT, env=os.environ | house.env, stdout=log, stderr=log)
    try:
        wait_for(
            "a refusal of the stranger", lambda: "unknown_site" in house.run("rejects", "--json", check=False).stdout
        )
        house.run("catalogue", "import", *files, "--tenant", "nantes")
        api.records[0] = record("newcomer", 40)
        wait_for("the newcomer", lambda: house.sites("nantes").get("new-garage", {}).get("vacant") == 40)
        poll.terminate()
        poll.wait(20)
        api.records[0] = record("newcomer", 39)
        house.run("poll", "--source", "nantes", "--url", api.url, "--once")
        wait_for("the newcomer again", lambda: house.sites("nantes")["new-garage"]["vacant"] == 39)
    finally:
        poll.terminate()
        poll.wait(20)
        api.close()
