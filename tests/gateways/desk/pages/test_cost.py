"""What the pages cost the desk, counted and not timed: nothing here may grow with how many look."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request

from gateways.desk.pages.live import DeskView
from gateways.desk.pages.serve import DeskPages
from gateways.desk.watching.book import BookEntry
from parking.desk.operators import Operator, Role
from tests.gateways.desk.live.test_overview import World


class NoBook:
    """A city without alarms."""

    version = 0

    def listed(self, now: datetime) -> list[BookEntry]:
        return []


def view_of(world: World) -> DeskView:
    """The pages' view of the same city."""
    view = DeskView(world.mirror)
    view.show_alarms(NoBook())
    return view


def test_the_overview_of_500_places_and_20000_bays_holds_the_worst_and_no_bay() -> None:
    pieces = view_of(World()).pieces("fr")
    page = "".join(pieces.values()).encode()
    assert page.count(b'<tr id="place-') <= 40
    assert len(page) < 40_000
    assert len(zlib.compress(page, 5)) < 5_000


async def test_a_change_is_written_once_for_a_hundred_pages_of_one_language() -> None:
    world = World(20, 100, 4)
    view = view_of(world)
    pages = [view.stream.listen("fr") for _ in range(100)]
    for page in pages:
        await anext(page)  # how it begins
    world.tell(321)
    view.changed([world.said[-1]])
    heard = [await anext(page) for page in pages]
    assert len({id(piece) for piece in heard}) == 1
    assert b"321" in heard[0]
    assert len(heard[0]) < 2_000
    for page in pages:
        await page.aclose()  # type: ignore[attr-defined]


def test_a_language_that_nobody_reads_costs_nothing() -> None:
    world = World(20, 100, 4)
    view = view_of(world)
    world.tell(321)
    view.changed([world.said[-1]])
    assert view.stream.languages() == []


class NobodyAsked:
    """A port that must not be asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was read from Redis")


async def let_in(request: Request, role: Role, tenant: str) -> Operator:
    return Operator(name="anybody", subject="1")


async def test_the_overview_and_the_list_of_places_ask_redis_for_nothing() -> None:
    world = World(20, 100, 4)
    desk = DeskPages(view_of(world), NobodyAsked(), let_in, lambda request, pieces: pieces)
    app = Starlette(routes=list(desk.room().routes))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        answers = [await client.get(path) for path in ("/", "/places", "/")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[1].text.count('<tr id="place-') == 20
