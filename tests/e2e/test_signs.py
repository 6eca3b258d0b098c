"""Signs at the road, real Kafka and Valkey: what drivers see is true, or they see nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local import process
from parking.signs.status import AlarmKind, SignState
from tests.conftest import House
from tests.e2e.signs_world import CITY, Road, ntcip_sign, tedi_sign
from tests.support import wait_for

ONE_MINUTE = {"PLACELIBRE_SIGNS_MINUTES": "1"}


@pytest.fixture
def road(house: House, tmp_path: Path) -> Iterator[Road]:
    made = Road(house, tmp_path)
    yield made
    made.stop()


def open_road(road: Road, count: int = 1, tedi: int = 0, **more: object) -> None:
    """Signs that run, and a number for each."""
    ports = road.ports(count + tedi)
    signs = [ntcip_sign(n, ports[n], **more) for n in range(count)]
    signs += [tedi_sign(count + n, ports[count + n]) for n in range(tedi)]
    road.declare(signs)
    road.start_signs()
    road.count({f"p{n}": 100 + n for n in range(count + tedi)})


def test_a_number_reaches_the_road_and_the_record_says_so(road: Road) -> None:
    open_road(road, count=2, tedi=1)
    road.start_controller()
    for sign, text in (("N0", "100"), ("N1", "101"), ("T2", "102")):
        road.wait_until_shown(sign, text, 60)
    road.count({"p0": 0})
    road.wait_until_shown("N0", "COMPLET")
    wait_for("the record", lambda: [one.state for one in road.decided("sign:N0/1")] == ["acted", "acted"], 20)
    first, second = road.decided("sign:N0/1")
    assert (first.decision.output["text"], second.decision.output["text"]) == ("COMMERCE 100", "COMMERCE COMPLET")
    assert second.confirmation is not None
    assert "COMPLET" in second.confirmation.said["shown"]
    assert second.decision.fence is not None
    done = road.house.run("why", "sign:N0/1", "--tenant", CITY)
    assert "COMPLET" in done.stdout


def test_killed_signs_are_dark_within_their_duration_though_another_client_polls_them(road: Road) -> None:
    open_road(road, count=2)
    controller = road.start_controller(**ONE_MINUTE)
    road.wait_until_shown("N0", "100", 60)
    road.wait_until_shown("N1", "101", 60)
    controller.send_signal(signal.SIGKILL)
    killed_at = time.monotonic()
    stop = threading.Event()

    def poll() -> None:
        while not stop.wait(1):
            subprocess.run(
                ["snmpget", "-v1", "-c", "Public", road.signs[0].address, "1.3.6.1.4.1.1206.4.2.3.6.5.0"],
                check=False, capture_output=True,
            )  # fmt: skip

    polling = threading.Thread(target=poll)
    polling.start()
    try:
        road.wait_until_shown("N0", "", 70)
        road.wait_until_shown("N1", "", 10)
    finally:
        stop.set()
        polling.join()
    assert time.monotonic() - killed_at < 61


def test_a_stale_feed_is_withdrawn_within_its_contract_and_a_sign_that_is_cut_off_is_dark_in_time(road: Road) -> None:
    open_road(road, count=2, tedi=1)
    road.count({"p1": 55, "p2": 66}, valid_s=110)
    said_at = time.monotonic()
    road.start_controller(**ONE_MINUTE)
    for sign, text in (("N0", "100"), ("N1", "55"), ("T2", "66")):
        road.wait_until_shown(sign, text, 60)
    road.tell("N0", switch="silent", value=True)
    cut_at = time.monotonic()
    wait_for("an alarm", lambda: AlarmKind.SILENT in road.alarms("N0"), 60)
    road.wait_until_shown("N0", "", 62)
    assert time.monotonic() - cut_at < 61
    for sign in ("N1", "T2"):
        road.wait_until_shown(sign, "", 110)
        assert time.monotonic() - said_at < 112
    road.tell("N0", switch="silent", value=False)
    road.wait_until_shown("N0", "100", 70)


def test_redis_gone_a_sign_without_an_end_of_its_own_goes_dark_before_the_lease_runs_out(road: Road) -> None:
    open_road(road, count=1, tedi=1)
    road.start_controller()
    road.wait_until_shown("T1", "101", 60)
    process.stop("valkey", road.house.settings.data_dir)
    gone_at = time.monotonic()
    road.wait_until_shown("T1", "", 15)
    assert time.monotonic() - gone_at < 11
    assert "100" in road.shows("N0"), "its minutes end by themselves"


def test_of_two_controllers_one_paused_and_resumed_one_writes(road: Road) -> None:
    open_road(road)
    first = road.start_controller("first")
    road.wait_until_shown("N0", "100", 60)
    road.start_controller("second")
    os.kill(first.pid, signal.SIGSTOP)
    road.count({"p0": 42})
    road.wait_until_shown("N0", "42", 60)
    before = road.tell("N0")["activations"]
    os.kill(first.pid, signal.SIGCONT)
    time.sleep(5)
    road.count({"p0": 41})
    road.wait_until_shown("N0", "41")
    time.sleep(3)
    assert road.tell("N0")["activations"] == before + 1
    fences = [one.decision.fence for one in road.decided("sign:N0/1")]
    assert fences == sorted(fences), "who was paused decided nothing more"


@pytest.mark.parametrize("point", ["record->act", "act->confirm"])
def test_killed_at_each_fault_point_audit_and_faces_agree_after_the_restart(road: Road, point: str) -> None:
    open_road(road)
    died = road.start_controller("died", PLACELIBRE_FAULT=point)
    assert died.wait(60) == -signal.SIGKILL
    was_shown = point == "act->confirm"
    assert bool(road.shows("N0")) is was_shown
    road.start_controller("next")
    road.wait_until_shown("N0", "100", 60)
    wait_for("the record", lambda: {one.state for one in road.decided("sign:N0/1")} <= {"acted", "failed"}, 30)
    known = road.decided("sign:N0/1")
    assert known[-1].state == "acted"
    assert road.tell("N0")["activations"] == 1, "what stood already was not sent again"


def test_a_lying_sign_is_never_said_to_show(road: Road) -> None:
    open_road(road)
    road.tell("N0", switch="lying", value=True) if _is_up(road) else None
    road.start_controller()
    wait_for("an alarm", lambda: road.status().get("N0") and road.status()["N0"].state is SignState.WRONG, 60)
    assert AlarmKind.DISPLAYED_IS_NOT_COMMANDED in road.alarms("N0")
    assert {one.state for one in road.decided("sign:N0/1")} == {"failed"}


def test_an_override_is_shown_confirmed_and_ends(road: Road) -> None:
    open_road(road)
    road.start_controller()
    road.wait_until_shown("N0", "100", 60)
    common = ("N0", "--tenant", CITY, "--author", "m.durand")
    done = road.house.run(
        "signs", "override", *common, "--reason", "works", "--for", "1h", "--line", "1=closed", "--json"
    )
    assert '"state": "acted"' in done.stdout
    assert "FERME" in road.shows("N0")
    road.count({"p0": 7})
    time.sleep(2)
    assert "FERME" in road.shows("N0"), "no number wipes what an operator says"
    done = road.house.run("signs", "extend", *common, "--for", "2h", "--json")
    assert '"state": "acted"' in done.stdout
    road.house.run("signs", "release", *common)
    road.wait_until_shown("N0", "7")
    refused = road.house.run(
        "signs", "override", *common, "--reason", "works", "--until", "2020-01-01T00:00", check=False
    )
    assert refused.returncode == 2
    assert "ends between" in refused.stderr


def test_a_drill_proves_that_a_sign_goes_dark(road: Road) -> None:
    open_road(road, tedi=1)
    road.start_controller()
    road.wait_until_shown("N0", "100", 60)
    done = road.house.run("signs", "drill", "N0", "--tenant", CITY, "--author", "m.durand")
    assert "went_dark_after_s: 6" in done.stdout
    road.wait_until_shown("N0", "100", 30)
    none = road.house.run("signs", "drill", "T1", "--tenant", CITY, "--author", "m.durand", check=False)
    assert none.returncode == 1
    assert "not guaranteed" in none.stdout


def _is_up(road: Road) -> bool:
    wait_for("the software signs", lambda: road.shows("N0") != "?", 30)
    return True
