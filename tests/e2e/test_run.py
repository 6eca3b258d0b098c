"""``placelibre run``: everything starts, shows, and leaves no process behind, however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest

from sensors.sources.nantes.adapter import places
from sensors.sources.nantes.places import car_park_ids
from tests.support import NOON, ROOT, free_ports, wait_for


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_run_shows_28_car_parks_and_leaves_nothing_behind(ending: signal.Signals, tmp_path: Path) -> None:
    port = free_ports()
    flags = ["--kafka", f"127.0.0.1:{port}", "--redis", f"redis://127.0.0.1:{port + 2}/0"]
    listen, wall, desk = (f"127.0.0.1:{free_ports()}" for _ in range(3))
    probes = free_ports()
    env = {
        "PLACELIBRE_DATA_DIR": str(tmp_path / "data"),
        "PLACELIBRE_LISTEN": listen,
        "PLACELIBRE_SIGNS_LISTEN": wall,
        "PLACELIBRE_DESK_LISTEN": desk,
        "PLACELIBRE_METRICS": f"127.0.0.1:{probes}",
        "COLUMNS": "200",
    }
    shown = tmp_path / "shown.txt"
    with shown.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "ops", *flags, "run", "--simulate"],
            cwd=ROOT,
            env=os.environ | env,
            stdout=out,
            stderr=out,
        )
    names = [p.name for p in places(None, {}, tenant="x", received_at=NOON).places if p.id in car_park_ids()]
    try:
        wait_for("28 car parks", lambda: _all_shown(running, shown, names), 90)
        wait_for("the map", lambda: httpx.get(f"http://{listen}/readyz").status_code == 200, 20)
        of_worker, of_map, of_history = (
            httpx.get(f"http://127.0.0.1:{port}/metrics").text for port in (probes, probes + 1, probes + 2)
        )
        assert "placelibre_partitions_owned 4.0" in of_worker, "each has an address of its own"
        assert "placelibre_listeners" in of_map
        assert "placelibre_history_" in of_history
        assert httpx.get(f"http://127.0.0.1:{probes}/readyz").json() == {"status": "ready"}
        assert httpx.get(f"http://{listen}/metrics").status_code == 404
        sites = httpx.get(f"http://{listen}/v1/sites").json()["places"]
        assert sum(bool(site["id"].startswith("sim-") and site["vacant"] is not None) for site in sites) > 20
        assert all(site["simulated"] for site in sites if site["vacant"] is not None)
        assert {site["tenant"] for site in sites} == {"nantes-simulated"}, "nothing made up is ever in the real city"
        fed = {site["id"] for site in sites if not site["id"].startswith("sim-")}
        assert fed == car_park_ids(), "a place that nobody feeds is not shown"

        def ask(*question: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "ops", *flags, *question]
            return subprocess.run(command, cwd=ROOT, env=os.environ | env, capture_output=True, text=True)

        asked = ask("sites")
        assert "simulated" in asked.stdout, asked.stderr
        assert "local time (Nantes)" in asked.stdout, "the terminal's clock is the city's"
        wait_for("the history", lambda: ask("at", datetime.now(UTC).isoformat()).returncode == 0, 40)
        wait_for("the signs to be lit", lambda: _count_lit(wall) >= 8, 60)
        page = httpx.get(f"http://{wall}/").text
        assert "Ville simulée" in page
        assert page.count("panneau logiciel") >= 10
        assert "placelibre_sign" in httpx.get(f"http://127.0.0.1:{probes + 3}/metrics").text
        wait_for("the desk", lambda: _is_open(f"http://{desk}/healthz"), 30)
        link = re.search(rf"http://{re.escape(desk)}/local/[\w-]+", shown.read_text())
        assert link, "where no identity provider is set, run says how to come in"
        with httpx.Client(follow_redirects=False) as browser:
            assert browser.get(link[0]).status_code == 303
            assert browser.get(f"http://{desk}/v1/desk/me").json()["roles"] == {"*": ["admin"]}
        assert httpx.get(link[0]).status_code == 403, "once"
        children = psutil.Process(running.pid).children(recursive=True)
        assert len(children) >= 7, "Kafka, Valkey, a worker, a gateway, the history, the signs and the desk"
    finally:
        running.send_signal(ending)
        running.wait(60)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    text = shown.read_text()
    assert "SIMULATED" in text
    assert f"http://{listen}/" in text
    assert f"http://{wall}/" in text
    assert "simulated" in text
    assert "Traceback" not in text
    if ending is not signal.SIGKILL:
        assert "everything has stopped" in text
        assert running.returncode in (0, 130)


def _is_open(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.HTTPError:
        return False


def _count_lit(wall: str) -> int:
    """Signs that say that they show a number or a word, as commanded."""
    signs = httpx.get(f"http://{wall}/v1/signs").json()["signs"]
    return sum(sign["state"] == "showing" and not sign["status"]["alarms"] for sign in signs)


def _all_shown(running: subprocess.Popen[bytes], shown: Path, names: list[str]) -> bool:
    text = shown.read_text()
    assert running.poll() is None, text
    return all(name in text for name in names)
