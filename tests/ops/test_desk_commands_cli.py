"""What people order at a terminal goes to a desk over HTTP, with their token and what they have seen."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from ops.cli.main import app
from ops.desk_client import DeskSaysNoError
from serving.server import make_server
from tests.gateways.desk.commands_world import PEOPLE, DeskUnderTest
from tests.support import free_ports, wait_for

TOKEN = "a-token-at-a-terminal"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    made, port = DeskUnderTest(), free_ports()
    server = make_server(made.app, "127.0.0.1", port)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    wait_for("the desk", lambda: server.started, 10)
    monkeypatch.setenv("PLACELIBRE_DESK_LISTEN", f"127.0.0.1:{port}")
    monkeypatch.setenv("PLACELIBRE_DESK_TOKEN", TOKEN)
    monkeypatch.setitem(PEOPLE, TOKEN, PEOPLE["durand"])
    yield made
    server.should_exit = True
    thread.join(10)


def ask(*words: str) -> Result:
    return CliRunner().invoke(app, ["desk", *words])


def test_a_place_is_closed_looked_at_and_released(desk: DeskUnderTest) -> None:
    closing = ("override", "p1", "--opening", "closed", "--reason", "incident", "--for", "2h", "--json")
    done = ask(*closing)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["state"], said["author"]) == ("acted", "m.durand")
    again = ask(*closing)
    assert isinstance(again.exception, DeskSaysNoError)
    assert "--replace" in str(again.exception)
    assert ask(*closing, "--replace").exit_code == 0
    assert "acted" in ask("status", said["id"]).stdout
    released = ask("release", "p1", "--opening", "--note", "it is dry")
    assert "place:p1/opening" in released.stdout
    assert isinstance(ask("release", "p1", "--opening").exception, DeskSaysNoError)


def test_a_recount_and_an_edit_with_its_undo(desk: DeskUnderTest) -> None:
    assert "acted" in ask("recount", "p1", "7").stdout
    assert "p1 capacity: 100 → 80" in ask("edit", "p1", "capacity=80", "--dry-run").stdout
    done = json.loads(ask("edit", "p1", "capacity=80", "name=Commerce 2", "--json").stdout)
    assert desk.world.catalogue["p1"].capacity == 80
    assert ask("undo", "p1", done["id"]).exit_code == 0
    assert (desk.world.catalogue["p1"].capacity, desk.world.catalogue["p1"].name) == (100, "Commerce")


def test_what_the_desk_refuses_is_its_own_sentence(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = ask("recount", "p1", "1000")
    assert "more than the 100 spaces" in str(refused.exception)
    assert "name one thing" in str(ask("release", "p1").exception)
    desk.world.refusal = "belongs to no place"
    assert ask("recount", "p1", "5").exit_code == 1
    monkeypatch.setenv("PLACELIBRE_DESK_LISTEN", "127.0.0.1:9")
    assert "does not answer" in str(ask("recount", "p1", "5").exception)
