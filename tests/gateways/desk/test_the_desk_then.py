"""Time travel: the desk at an instant is what `placelibre at` says, and what had been decided and still held."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from ops.desk_past import DeskPast
from ops.settings import load_settings
from parking.decisions.acting import ActResult, Confirmation, confirm
from parking.decisions.model import Decision, decide
from parking.health.alarms.handling import Acknowledged, Handling
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmWord, Phase
from parking.health.alarms.recorded import HANDLING_RULE, handling_subject, word_to_decision
from parking.instants import in_text
from parking.signs.deciding import PLAN_RULE
from parking.signs.orders import OVERRIDE_RULE
from store.history.decided import FOLDER
from tests.gateways.desk.test_looking_back import ask
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.store.history_logs import append, said
from tests.store.test_decided_history import log_of, roll
from tests.support import NOON, at

CITY = "nantes"


def line(minute: int, text: str, holds: int = 10, sign: str = "A12") -> Decision:
    output = {"state": "spaces" if text else "dark", "text": text, "legend": "", "value": text}
    return decide(CITY, f"sign:{sign}/1", PLAN_RULE, (), output, at(minute), at(minute + holds), reason="plan")


def override(minute: int, ends: int | None) -> Decision:
    held = {"reason": "works", "author": "Ada", "expires_at": in_text(at(ends or 0)), "lines": {"1": "closed"}}
    output: dict[str, Any] = {"override": held} if ends else {"released": in_text(at(minute))}
    end = at(ends) if ends else at(minute)
    return decide(CITY, "sign:A12/override", OVERRIDE_RULE, (), output, at(minute), end, author="Ada", reason="works")


def by_hand(minute: int, ends: int) -> Decision:
    output = {"opening": "closed"}
    return decide(
        CITY, "place:p1/opening", ("desk.opening", 1), (), output, at(minute), at(ends), author="Ada", reason="works"
    )


def raised(minute: int, number: int, is_over: bool = False) -> Decision:
    condition = AlarmCondition(kind=next(iter(TroubleKind)), cause="feed:x", name="x\u202e", places=("p1", "p2"))
    phase, at_ = (Phase.RETURNED, minute + 10) if is_over else (Phase.ACTIVE, minute)
    word = AlarmWord(
        condition=condition, phase=phase, phase_since=at(at_), number=number, raised_at=at(minute),
        returned_at=at(at_) if is_over else None,
    )  # fmt: skip
    return word_to_decision(CITY, word, at(at_))


def seen(raised_at: int, minute: int) -> Decision:
    alarm = raised(raised_at, 1).subject.removeprefix("alarm:")
    said = Handling(acknowledged=Acknowledged(at=at(minute), author="Ada", raised_at=at(raised_at)))
    output = {"handling": msgspec.to_builtins(said)}
    return decide(CITY, handling_subject(alarm), HANDLING_RULE, (), output, at(minute), at(minute), reason="seen")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of forty places that speak at random, some of which fall silent; and what was decided around noon."""
    where, chance, log = tmp_path_factory.mktemp("past"), random.Random(7), []
    for minute in range(-720, 720, 4):
        for place in range(40):
            if chance.random() < 0.3 and not (place < 5 and minute > 0):
                number = len(log)
                vacant = None if chance.random() < 0.1 else chance.randint(0, 300)
                spoke = at(minute) + timedelta(seconds=place)
                log.append(said(number, (1, number), f"p{place}", spoke, CITY, vacant, logged=spoke))
    append(where, log)
    lit, again, unheard = line(0, "12"), line(20, "9"), line(0, "5", sign="B7")
    events: list[Decision | Confirmation] = [
        lit, confirm(lit, ActResult.ACTED, {}, at(0.5)), unheard, override(5, 60), by_hand(6, 30), again,
        confirm(again, ActResult.ACTED, {}, at(20.5)), override(40, None),
    ]  # fmt: skip
    events += [raised(10, 1), seen(10, 15), raised(10, 2, is_over=True)]
    roll(where / FOLDER, log_of(*events))
    return where


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    return NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(folder)}


@pytest.fixture
def past(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> DeskPast:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return DeskPast(load_settings(), CITY)


@pytest.fixture
def command(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return command_in(environment, monkeypatch, capsys)


async def then(past: DeskPast, when: datetime) -> Any:
    answer = await ask(past, f"/v1/desk/at?time={in_text(when)}")
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


@pytest.mark.parametrize("minute", [-711, -300, -0.01, 0, 3, 127.5, 719, 900])
def test_it_is_what_placelibre_at_says(past: DeskPast, command: Command, minute: float) -> None:
    import asyncio

    asked = in_text(at(minute))
    shown = json.loads(command("at", asked, "--tenant", CITY, "--json").stdout)
    document = asyncio.run(then(past, at(minute)))
    assert (document["places"], document["at"]) == (shown["places"], shown["at"])
    assert (document["history"], document["understood"]) == (shown["history"], shown["understood"])
    assert document["is_past"]
    assert "passé" in document["label"]["fr"]


@pytest.mark.parametrize(
    ("minute", "text", "is_shown"), [(0.4, "12", None), (1, "12", True), (11, "12", None), (21, "9", True)]
)
async def test_a_sign_stands_as_it_was_commanded(
    past: DeskPast, minute: float, text: str, is_shown: bool | None
) -> None:
    signs = {one["sign"]: one["lines"] for one in (await then(past, at(minute)))["signs"]}
    assert [(one["text"], one["is_shown"]) for one in signs["A12"]] == [(text, is_shown)]
    assert [(one["confirmed"], one["is_shown"]) for one in signs["B7"]] == [("open", None)]


async def test_before_anything_was_decided_there_is_no_sign(past: DeskPast) -> None:
    assert (await then(past, at(-1)))["signs"] == []


@pytest.mark.parametrize(("minute", "signs", "places"), [(4, 0, 0), (6.5, 1, 1), (30, 1, 0), (41, 0, 0)])
async def test_what_people_had_said_holds_until_it_ends(past: DeskPast, minute: float, signs: int, places: int) -> None:
    document = await then(past, at(minute))
    assert (len(document["sign_overrides"]), len(document["set_by_hand"])) == (signs, places)
    assert {one["author"] for one in (*document["sign_overrides"], *document["set_by_hand"])} <= {"Ada"}


@pytest.mark.parametrize(("minute", "states"), [(9, []), (12, ["unacknowledged"]), (15, ["acknowledged"]), (20, [])])
async def test_an_alarm_is_there_while_it_was_one(past: DeskPast, minute: int, states: list[str]) -> None:
    alarms = (await then(past, at(minute)))["alarms"]
    assert [one["state"] for one in alarms] == states
    assert all(one["places"] == ["p1", "p2"] for one in alarms)


async def test_without_decisions_it_says_so_and_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(tmp_path, [said(0, (1, 0), "p1", NOON, CITY)])
    for name, value in (NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    document = await then(DeskPast(load_settings(), CITY), at(1))
    assert (document["signs"], document["decisions"]["is_kept"]) == (None, False)
    assert "placelibre history" in document["decisions"]["trouble"]


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?time=noon", 400), ("?time=2019-01-01T00:00Z", 409)])
async def test_a_time_that_is_none_is_refused_with_a_sentence(past: DeskPast, query: str, status: int) -> None:
    answer = await ask(past, f"/v1/desk/at{query}")
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
