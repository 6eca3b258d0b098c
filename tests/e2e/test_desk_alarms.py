"""A feed dies, and 28 car parks with it: one alarm, handled by people, the same after kill -9, gone when it returns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parking.instants import in_text
from tests.conftest import House
from tests.e2e.desk_world import Watched
from tests.gateways.desk.watching.servers import Inbox, web_server
from tests.support import at, wait_for


def hooked(outside: Inbox) -> list[dict[str, Any]]:
    return [body for body in outside.bodies if isinstance(body, dict)]


@pytest.fixture
def outside() -> Iterator[Inbox]:
    """Where notices and the dead man's switch arrive."""
    with web_server() as inbox:
        yield inbox


@pytest.fixture
def watched(house: House, tmp_path: Path, outside: Inbox) -> Iterator[Watched]:
    house.create_topics()
    route = {"urls": [f"json://127.0.0.1:{outside.port}/hook"], "repeats": 0, "language": "en"}
    city = Watched(
        house,
        tmp_path,
        PLACELIBRE_DESK_ROUTES=json.dumps({"duty": route}),
        PLACELIBRE_DESK_HEARTBEAT_URL=f"http://127.0.0.1:{outside.port}/alive",
    )
    house.start_worker()
    city.tell(0, tick_at=1)
    city.start_desk()
    yield city
    city.stop_desk(kill=True)


def test_a_dead_feed_is_one_alarm_that_survives_the_desk(watched: Watched, outside: Inbox) -> None:
    wait_for("the desk", watched.is_ready, 60)
    wait_for("its first look", lambda: watched.watch()["is_ours"] and watched.watch()["blind"] is None, 30)
    assert watched.alarms() == [], "all is well"
    wait_for("the dead man's switch", lambda: "/alive" in outside.paths, 20)

    watched.tell(None, tick_at=17)
    watched.wait("feed_silent", phase="pending")
    assert watched.alarms("unacknowledged") == [], "not yet"
    watched.tell(None, tick_at=20)
    raised = watched.wait("feed_silent", state="unacknowledged")
    assert (raised["place_count"], raised["spaces"]) == (28, 2800)
    assert len(watched.alarms("unacknowledged")) == 1, "one cause is one alarm"

    wait_for("the notice", lambda: hooked(outside), 20)
    wait_for("its confirmation", lambda: "acted" in watched.why(f"alarm:{raised['id']}/notice.duty"), 20)
    path = f"alarms/{raised['id']}"
    assert watched.ask("POST", f"{path}/acknowledge", {}, who="guest").status_code == 403
    seen = watched.ask("POST", f"{path}/acknowledge", {})
    assert (seen.status_code, seen.json()["alarm"]["state"]) == (200, "acknowledged")
    shelf = {"until": in_text(at(30)), "reason": "waiting_for_supplier", "note": "called them"}
    assert watched.ask("POST", f"{path}/shelve", shelf).status_code == 428, "say what you have seen"
    assert watched.ask("POST", f"{path}/shelve", shelf, **{"If-Match": '"nobody"'}).status_code == 412
    shelved = watched.ask("POST", f"{path}/shelve", shelf, **{"If-Match": seen.headers["etag"]})
    assert shelved.status_code == 200, shelved.text
    assert shelved.json()["alarm"]["state"] == "shelved"

    watched.stop_desk(kill=True)
    watched.start_desk()
    again = watched.wait("feed_silent", patience_s=60, state="shelved")
    assert again["shelved"]["by"] == "dispatch"
    assert again["raised_at"] == raised["raised_at"], "the same alarm, not another"

    watched.tell(None, tick_at=31)
    watched.wait("feed_silent", state="acknowledged")
    watched.tell(32, tick_at=32)
    watched.wait("feed_silent", phase="clearing")
    watched.tell(34, tick_at=40)
    back = watched.wait("feed_silent", state="normal")
    assert back["returned_at"] is not None
    wait_for("the second notice", lambda: len(hooked(outside)) >= 2, 20)
    assert [each["title"].split(" · ")[0] for each in hooked(outside)] == ["Alarm", "Over"], "each once, over kill -9"
    assert [each for each in watched.alarms("unacknowledged") if each["kind"] == "feed_silent"] == []
