"""The desk's looks back from the command line, over folders written by hand; and what it says where nothing answers."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from store.history.decided import FOLDER
from tests.gateways.desk.test_the_desk_then import CITY, by_hand, line, override
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.store.history_logs import append, said
from tests.store.test_decided_history import log_of, roll
from tests.support import NOON


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    append(tmp_path, [said(0, (1, 0), "p1", NOON, CITY, 41)])
    roll(tmp_path / FOLDER, log_of(line(0, "12"), override(5, 60), by_hand(6, 30)))
    return command_in(NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(tmp_path)}, monkeypatch, capsys)


def test_the_desk_as_it_was_says_that_it_is_the_past(command: Command) -> None:
    shown = command("desk", "at", "2026-05-04T12:07Z", "--tenant", CITY)
    assert shown.code == 0, shown.stderr
    assert "C’est le passé" in shown.stdout or "This is the past" in shown.stdout
    for word in ("41", "sign:A12/1", "place:p1/opening", "Ada"):
        assert word in shown.stdout


def test_the_same_as_json(command: Command) -> None:
    document = command("desk", "at", "2026-05-04T12:07Z", "--tenant", CITY, "--json").document
    assert [one["vacant"] for one in document["places"]] == [41]
    assert [one["author"] for one in document["set_by_hand"]] == ["Ada"]


@pytest.mark.parametrize(
    ("words", "says"), [(("at", "noon"), "is not a time"), (("round", "--start", "here"), "is no LON,LAT")]
)
def test_what_cannot_be_meant_is_said(command: Command, words: tuple[str, ...], says: str) -> None:
    done = command("desk", *words, "--tenant", CITY)
    assert (done.code, says in done.stderr) == (2, True), done.stderr


def test_a_round_without_redis_says_so(command: Command) -> None:
    done = command("desk", "round", "--tenant", CITY)
    assert done.code == 2
    assert "Redis" in done.stderr
