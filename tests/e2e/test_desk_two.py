"""Two desks of one city: one watches and tells; when it is killed the other goes on with the same alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import House
from tests.e2e.desk_world import Watched
from tests.gateways.desk.watching.servers import Inbox, web_server
from tests.support import wait_for


@pytest.fixture
def outside() -> Iterator[Inbox]:
    with web_server() as inbox:
        yield inbox


@pytest.fixture
def desks(house: House, tmp_path: Path, outside: Inbox) -> Iterator[tuple[Watched, Watched]]:
    house.create_topics()
    route = {"urls": [f"json://127.0.0.1:{outside.port}/hook"], "repeats": 0, "language": "fr"}
    first, second = (
        Watched(house, folder, PLACELIBRE_DESK_ROUTES=json.dumps({"duty": route}))
        for folder in (tmp_path, tmp_path / "second")
    )
    (tmp_path / "second").mkdir()
    house.start_worker()
    first.tell(0, tick_at=1)
    yield first, second
    for desk in (first, second):
        if desk.process is not None:
            desk.stop_desk(kill=True)


def is_ours(desk: Watched) -> bool:
    return desk.is_ready() and bool(desk.watch()["is_ours"]) and desk.watch()["blind"] is None


def notices(outside: Inbox) -> list[Any]:
    return [body for body in outside.bodies if isinstance(body, dict)]


def test_the_second_takes_over_and_tells_nobody_again(desks: tuple[Watched, Watched], outside: Inbox) -> None:
    first, second = desks
    first.start_desk()
    wait_for("the first", lambda: is_ours(first), 60)
    second.start_desk()
    wait_for("the second", second.is_ready, 60)
    wait_for("that it only looks on", lambda: not second.watch()["is_ours"], 20)
    first.tell(None, tick_at=17)
    first.wait("feed_silent", phase="pending")
    first.tell(None, tick_at=20)
    raised = first.wait("feed_silent", state="unacknowledged")
    second.wait("feed_silent", state="unacknowledged", raised_at=raised["raised_at"])
    wait_for("the notice", lambda: notices(outside), 20)

    said = second.ask("POST", f"alarms/{raised['id']}/own", {})
    assert said.status_code == 200, "who looks on takes words all the same"
    first.wait("feed_silent", owner="dispatch")
    first.stop_desk(kill=True)
    wait_for("the second's turn", lambda: second.watch()["is_ours"], 30)
    second.tell(None, tick_at=25)
    same = second.wait("feed_silent", state="unacknowledged")
    assert (same["raised_at"], same["owner"]) == (raised["raised_at"], "dispatch")
    second.tell(26, tick_at=26)
    second.wait("feed_silent", phase="clearing")
    assert len(notices(outside)) == 1
