"""A simulated morning of faulty sensors: frames, a real broker, Kafka, a worker, Redis; and its score."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sensors.simulator.scenario import VENDORS
from tests.conftest import House
from tests.sensors.brokers import Mosquitto
from tests.support import ROOT, wait_for

TENANT = "simulated-city"
CITY = ("--bays", 500, "--car-parks", 4, "--hours", 12, "--seed", 3, "--date", "2026-11-20", "--start-share", 1,
        "--faulty", 0.08, "--lost", 0.01, "--duplicated", 0.03, "--delayed", 0.005, "--disorder", 0.01)  # fmt: skip


@contextmanager
def listening(house: House, broker: Mosquitto, folder: Path) -> Iterator[None]:
    """``placelibre mqtt``, living by the simulation's clock."""
    maps = [*(f"{vendor}={vendor}" for vendor in VENDORS), "counters/+/events=counter"]
    command = [
        sys.executable, "-m", "ops", "mqtt", f"mqtt://127.0.0.1:{broker.port}", "--tenant", TENANT, "--clock", "event",
        *(word for one in maps for word in ("--map", one)),
    ]  # fmt: skip
    log = folder / "mqtt.log"
    with log.open("wb") as lines:
        child = subprocess.Popen(command, cwd=ROOT, env=os.environ | house.env, stdout=lines, stderr=lines)
    try:
        wait_for("the subscription", lambda: b"connected" in log.read_bytes(), 30)
        yield
    finally:
        child.terminate()
        child.wait(20)


def test_a_simulated_morning_is_published_as_it_is_folded_here(house: House, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, "max_queued_messages 0")
    try:
        house.create_topics()
        house.start_worker()
        with listening(house, broker, tmp_path):
            url = f"mqtt://127.0.0.1:{broker.port}"
            through = json.loads(
                house.run(
                    "simulate", *CITY, "--mqtt", url, "--speed", "max", "--tenant", TENANT, "--score", "--json"
                ).stdout
            )
        here = json.loads(house.run("simulate", *CITY, "--tenant", TENANT, "--score", "--json").stdout)
        assert through["told"] == through["messages"] == here["messages"] > 5_000
        for places in ("sites", "zones"):
            for share in ("mean_error", "wrong_share", "far_share", "unknown_share"):
                assert abs(through[places][share] - here[places][share]) < 0.02, (places, share)
        assert through["sites"]["mean_error"] < 6  # one of four has a lane that misses a car in twenty
        assert through["zones"]["bays_wrong_share"] < 0.04
        assert json.loads(house.run("rejects", "list", "--tenant", TENANT, "--json").stdout) == []
        found = through["repairs"]
        assert found["injected"] >= 20
        assert found["precision"] > 0.75
        assert found["recall"] > 0.5
        assert found["by_kind"]["flapping"]["found"] == found["by_kind"]["flapping"]["of"]

        listed = json.loads(house.run("devices", "--health", "--tenant", TENANT, "--json").stdout)
        assert len(listed) >= found["listed"]
        assert [one["rank"] for one in listed] == list(range(1, len(listed) + 1))
        assert sorted((one["urgency"] for one in listed), reverse=True) == [one["urgency"] for one in listed]
        flapping = house.run("devices", "--problem", "flapping", "--tenant", TENANT).stdout
        assert "keeps changing" in flapping
        assert "in all" in house.run("devices", "--tenant", TENANT).stdout
        assert all(row["simulated"] for row in house.sites(TENANT).values())

        again = house.run("simulate", *CITY, "--mqtt", url, "--tenant", TENANT, check=False)
        assert again.returncode == 2
        assert "a clock never goes back" in " ".join(again.stderr.split())
    finally:
        broker.kill()
