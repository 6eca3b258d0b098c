"""``placelibre simulate``: a made-up city in a folder. No Kafka and no Redis is asked."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from sensors.simulator.files import read_run
from tests.ops.in_process import command_in
from tests.ops.test_cli import NOWHERE


@pytest.fixture
def simulate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """``placelibre simulate`` in this process: its exit code, what it printed, and its complaints."""
    return partial(command_in(NOWHERE, monkeypatch, capsys), "simulate")


def test_a_city_is_written_and_counted(simulate, tmp_path) -> None:
    city = ("--bays", 300, "--car-parks", 2, "--hours", 2, "--date", "2026-11-20", "--seed", 7)
    faults = ("--faulty", 0.4, "--lost", 0.05, "--vendor", "placepod", "--vendor", "tekzipark=2")
    code, shown, _ = simulate("--out", tmp_path / "a", *city, *faults, "--json")
    counted = json.loads(shown)
    run = read_run(tmp_path / "a")
    assert code == 0
    assert counted["messages"] == len(list(run.messages()))
    assert counted["faults"].keys() >= {"lost", "stuck", "dead", "flapping", "coupled"}
    assert {device.source for place in run.places() for device in place.devices} == {"placepod", "tekzipark", "counter"}
    assert {place.tenant for place in run.places()} == {"nantes"}
    code, shown, _ = simulate("--out", tmp_path / "b", *city, *faults)
    assert f"{counted['messages']} messages" in shown
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_without_hours_it_is_the_day_that_clocks_show(simulate, tmp_path) -> None:
    simulate("--out", tmp_path, "--bays", 10, "--car-parks", 0, "--date", "2026-10-25")
    assert read_run(tmp_path).scenario.hours == 25


@pytest.mark.parametrize("wrong", [("--vendor", "acme"), ("--vendor", "placepod=x"), ("--hours", "0")])
def test_what_cannot_be_is_one_sentence(simulate, tmp_path, wrong) -> None:
    code, _, complaint = simulate("--out", tmp_path, *wrong)
    assert code == 2
    assert complaint.startswith("error: ")


def test_a_score_is_printed_for_people_and_for_programs(simulate) -> None:
    city = ("--score", "--bays", 200, "--car-parks", 2, "--hours", 3, "--seed", 5, "--start-share", 1, "--bad-lanes", 0)
    code, shown, _ = simulate(*city, "--miss", 0, "--json")
    card = json.loads(shown)
    assert code == 0
    assert card["folder"] is None
    assert card["rejects"] == {}
    assert card["repairs"]["injected"] == 0
    assert card["repairs"]["precision"] is None or card["repairs"]["listed"] > 0
    assert card["sites"]["mean_error"] < 0.5, "nobody is missed: the sum lags by seconds alone"
    assert card["zones"]["bays_wrong_share"] < 0.01
    assert len(card["places"]) == card["sites"]["places"] + card["zones"]["places"]
    code, shown, _ = simulate(*city, "--skip", 1)
    assert code == 0
    assert "car parks" in shown


def test_where_to_and_how_much_to_skip_are_asked_first(simulate) -> None:
    assert simulate("--bays", 10)[2].startswith("error: nothing to do: give --out")
    assert "leaves nothing of the 1 hours" in simulate("--score", "--hours", 1, "--skip", 1)[2]


def test_a_broker_that_is_not_there_or_a_day_to_come_is_one_sentence(simulate) -> None:
    code, _, complaint = simulate("--mqtt", "http://nowhere", "--bays", 1)
    assert code == 2
    assert "is not the address of a broker" in complaint
