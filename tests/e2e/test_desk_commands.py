"""A person's word over real Kafka and Redis: it shows to drivers, ends by the clock, and outlives kill -9."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import House
from tests.e2e.desk_world import TOKENS, Watched
from tests.gateways.serving import serving, until_ready
from tests.support import at, wait_for

TOKENS["editor"] = {"token": "a-token-of-an-editor", "roles": ["catalogue"]}


@pytest.fixture
def watched(house: House, tmp_path: Path) -> Iterator[Watched]:
    house.create_topics()
    city = Watched(house, tmp_path)
    house.start_worker()
    city.tell(0, tick_at=1)
    city.start_desk()
    yield city
    city.stop_desk(kill=True)


def published(house: House, place: str = "p0") -> dict[str, Any]:
    """What the driver's gateway says."""

    async def ask() -> dict[str, Any]:
        async with serving(house.settings.redis) as client:
            await until_ready(client)
            found: dict[str, Any] = (await client.get(f"/v1/sites/{place}")).json()
            return found

    return asyncio.run(ask())


def vacant(house: House, place: str = "p0") -> Any:
    said = published(house, place)
    return said.get("availability", said)["vacant"]


def number(minute: float, **more: Any) -> dict[str, Any]:
    said = {"aspect": "number", "category": "public", "vacant": 3, "reason": "counting_fault"}
    return said | {"expires_at": at(minute).isoformat()} | more


def order(watched: Watched, path: str, body: Any, who: str = "dispatch", **headers: str) -> httpx.Response:
    return watched.ask("POST", f"places/p0/{path}", body, who, **{n.replace("_", "-"): v for n, v in headers.items()})


def test_a_number_by_hand_shows_ends_by_the_clock_and_is_released(house: House, watched: Watched) -> None:
    wait_for("the desk", watched.is_ready, 60)
    assert vacant(house) == 10
    assert order(watched, "overrides", number(20), "guest").status_code == 403
    reply = order(watched, "overrides", number(20), Idempotency_Key="one")
    assert (reply.status_code, reply.json()["state"]) == (201, "acted"), reply.text
    wait_for("the number by hand", lambda: vacant(house) == 3, 20)
    shown = watched.ask("GET", reply.headers["location"].removeprefix("/v1/desk/")).json()
    assert (shown["holds"], shown["shows"], shown["author"]) == (True, True, "dispatch")

    again = order(watched, "overrides", number(20), Idempotency_Key="one")
    assert again.json()["id"] == reply.json()["id"]
    watched.tell(19, tick_at=21)
    assert vacant(house) == 10, "its time is over: what devices say holds again"

    second = order(watched, "overrides", {"aspect": "opening", "opening": "closed", "reason": "incident",
                                          "expires_at": at(60).isoformat()})  # fmt: skip
    assert second.status_code == 201, second.text
    wait_for("the closure", lambda: "closed" in str(published(house)), 20)
    released = order(watched, "releases", {"aspect": "opening"}, If_Match=second.headers["etag"])
    assert released.status_code == 200, released.text
    wait_for("the release", lambda: watched.ask("GET", f"commands/{released.json()['id']}").json()["shows"], 20)

    edited = watched.ask("GET", "places/p0/catalogue")
    changed = watched.ask("PATCH", "places/p0/catalogue", {"fields": {"name": "Commerce"}}, "editor",
                          **{"If-Match": edited.headers["etag"]})  # fmt: skip
    assert changed.json()["state"] == "acted", changed.text
    wait_for("the name", lambda: published(house)["name"] == "Commerce", 20)
    undone = watched.ask("POST", "places/p0/catalogue/undo", {"undoes": changed.json()["id"]}, "editor",
                         **{"If-Match": changed.headers["etag"]})  # fmt: skip
    assert undone.status_code == 200, undone.text
    wait_for("the name of before", lambda: published(house)["name"] == "P0", 20)


@pytest.mark.parametrize("point", ["record->act", "act->confirm"])
def test_a_desk_that_is_killed_in_the_middle_finishes_once_when_it_starts(
    house: House, tmp_path: Path, point: str
) -> None:
    house.create_topics()
    house.start_worker()
    watched = Watched(house, tmp_path, PLACELIBRE_FAULT=point)
    watched.tell(0, tick_at=1)
    watched.start_desk()
    wait_for("the desk", watched.is_ready, 60)
    with pytest.raises(httpx.HTTPError):
        order(watched, "overrides", number(20), Idempotency_Key="one")
    assert watched.process is not None
    assert watched.process.wait(20) == -9
    if point == "record->act":
        assert vacant(house) == 10, "it was not done yet"
    again = Watched(house, tmp_path)
    again.start_desk()
    try:
        wait_for("the desk", again.is_ready, 60)
        held = wait_for("what came of it", lambda: [
            one for one in again.ask("GET", "places/p0/commands").json()["commands"] if one["state"] == "acted"
        ], 30)  # fmt: skip
        wait_for("the number", lambda: vacant(house) == 3, 20)
        told = order(again, "overrides", number(20), Idempotency_Key="one")
        assert told.json()["id"] == held[0]["id"], "the same command, and not another"
        assert len(again.ask("GET", "audit?since=2000-01-01T00:00:00Z&rule=desk.").json()["entries"]) == 1
    finally:
        again.stop_desk(kill=True)
