"""Asking about the past from the command line, over a folder written by hand: no Kafka and no Redis answers here."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from tests.ops.in_process import Command, Done, command_in
from tests.ops.test_cli import NOWHERE
from tests.store.history_logs import append, said
from tests.support import NOON

HOURS = 60


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history of a city: one day, of which 13:30 to 15:00 UTC is unknown of the one car park."""
    folder = tmp_path_factory.mktemp("past")
    log = []
    for number in range(40):
        concluded = NOON + timedelta(minutes=15 * number - 5 * HOURS)
        if not 5 < number - 20 < 12:
            log.append(said(number, (1, number), "677", concluded, "nantes", 100 - number, capacity=120))
    log.append(said(40, (1, 40), "odd/id \x07", NOON, "nantes", 5))
    append(folder, log)
    return folder


@pytest.fixture
def command(past: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``placelibre`` over that history."""
    return command_in(NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(past)}, monkeypatch, capsys)


def asked(command: Command, *args: str) -> dict:
    return json.loads(command("at", *args, "--json").stdout)


def test_at_says_what_was_published_then(command: Command) -> None:
    answer = asked(command, "2026-05-04T14:07", "--tenant", "nantes")
    assert (answer["at"], answer["understood"]) == ("2026-05-04T12:07:00Z", "2026-05-04T14:07:00+02:00")
    assert answer["zone_assumed"]
    rows = {row["id"]: row for row in answer["places"]}
    assert (rows["677"]["vacant"], rows["677"]["capacity"], rows["677"]["age_s"]) == (80, 120, 420)
    assert rows["677"]["published_at"] == "2026-05-04T12:00:00Z"
    assert rows["odd/id \x07"]["vacant"] == 5
    same = asked(command, "2026-05-04T12:07Z")
    assert (same["places"], same["zone_assumed"]) == (answer["places"], False)


def test_a_number_that_had_expired_is_unknown_and_keeps_its_time(command: Command) -> None:
    row = asked(command, "2026-05-04T14:00Z", "--site", "677")
    assert (row["vacant"], row["level"], row["observed_at"]) == (None, "unknown", "2026-05-04T13:15:00Z")
    assert row["faults"] == ["communications_failure"]


def test_people_get_a_table_and_are_told_which_time_was_understood(command: Command) -> None:
    done = command("at", "2026-05-04T14:07")
    assert "understood: 2026-05-04T14:07:00+02:00 (Europe/Paris)" in done.stderr
    assert "the history goes to 4 May 2026, 18:45" in " ".join(done.stdout.split())
    assert "odd�id" in done.stdout
    assert "unknown" in command("at", "2026-05-04T14:00Z", "--site", "677").stdout


def test_plot_draws_the_day(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pip install 'placelibre[history]'")
    path = tmp_path / "day.png"
    assert command("plot", "677", "--day", "2026-05-04", "--out", path) == Done(0, f"{path}\n", "")
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["at", "noon"], "write 2026-05-04T14:30"),
        (["at", "2026-05-04T14:30", "--tenant", "atlantis"], "no history of city 'atlantis'"),
        (["at", "2026-05-04T06:59Z"], "the history of nantes begins at 2026-05-04T09:00:00+02:00"),
        (["at", "2026-05-04T12:00Z", "--site", "678"], "no place '678' in the history of nantes; `placelibre at 2026"),
        (["at", "2026-05-04T08:00Z", "--site", "odd/id \x07"], "had been published about place"),
        (["plot", "677", "--day", "yesterday"], "write it like 2026-05-04"),
        (["plot", "677", "--day", "2026-05-06"], "its history goes from 2026-05-04T09:00:00+02:00 to"),
        (["plot", "678", "--day", "2026-05-04"], "no place '678'"),
        (["plot", "677", "--day", "2026-05-04", "--out", "/no/such/folder/x.png"], "give another --out"),
        (["history"], "is the history of topic test.changes, not of placelibre.changes"),
        (["history", "--every", "0"], "Invalid value for '--every'"),
    ],
)
def test_bad_questions_are_answered_with_what_there_is(command: Command, args: list[str], said: str) -> None:
    done = command(*args)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def test_without_kafka_nothing_is_rolled_and_the_error_says_so(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACELIBRE_HISTORY_DIR", str(tmp_path))
    assert "Kafka does not answer" in command("history").stderr
    assert "no history of any city" in command("at", "2026-05-04").stderr
    assert "no history of city 'nantes'" in command("at", "2026-05-04", "--tenant", "nantes").stderr


def test_without_any_history_the_way_to_one_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACELIBRE_HISTORY_DIR", "/nowhere")
    assert "`placelibre history` writes it" in command("at", "2026-05-04").stderr


def test_without_pyarrow_the_extra_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("store.history")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for args in (["history"], ["at", "2026-05-04"]):
        assert "needs pyarrow: pip install 'placelibre[history]'" in command(*args).stderr


def test_without_matplotlib_the_extra_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gateways.plot.render", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = command("plot", "677", "--day", "2026-05-04").stderr
    assert "plots need matplotlib: pip install 'placelibre[history]'" in said
