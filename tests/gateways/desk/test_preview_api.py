"""A preview over HTTP: what the page and the signs would say, nothing recorded, and a sentence for bad input."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from parking.published.availability import Availability, CategoryCount
from parking.signs.model import LineRule, Sign, SignLimits, SignLine
from parking.signs.words import SignProtocol
from parking.words import Audience, Basis, FillLevel, Opening
from tests.gateways.desk.commands_world import CITY, DeskUnderTest, MadeWorld

COUNT = {"command": "recount", "vacant": 40}


@pytest.fixture
async def desk() -> AsyncIterator[DeskUnderTest]:
    world = MadeWorld()
    world.known["p1"] = Availability(
        vacant=60, vacant_low=60, vacant_high=60, capacity=100, level=FillLevel.SPACES_AVAILABLE,
        opening=Opening.OPEN, by_category={Audience.PUBLIC: CategoryCount(60, 100)}, reporting_share=1.0,
        observed_at=world.clock, valid_until=world.clock + timedelta(minutes=10), basis=Basis.COUNTED, revision=(1, 5),
    )  # fmt: skip
    line = SignLine(number=1, legend="COMMERCE", places=("p1",), rule=LineRule(dwell_s=60))
    world.signs = [
        Sign(tenant=CITY, id=name, name="Quai", protocol=SignProtocol.NTCIP, address="10.0.0.1:161", lines=(one,),
             limits=SignLimits(width_px=145, height_px=27, colour_scheme=1, default_font=1))
        for name, one in (("A12", line), ("B1", SignLine(number=1, legend="RUE A", places=("z1",))))
    ]  # fmt: skip
    one = DeskUnderTest(world)
    yield one
    await one.client.aclose()


async def test_a_closure_shows_on_the_page_and_on_the_sign_and_is_not_recorded(desk: DeskUnderTest) -> None:
    reply = await desk.ask("POST", "places/p1/preview", desk.closed(command="override"))
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert (told["is"]["opening"], told["would"]["opening"], told["would"]["level"]) == ("open", "closed", "unknown")
    assert told["would"]["by_hand"][0]["reason"] == "works"
    assert told["would"]["beneath"]["opening"] == "open"
    (sign,) = told["signs"]
    assert sign["id"] == "A12"
    assert [(one["is"]["text"], one["would"]["state"]) for one in sign["lines"]] == [("COMMERCE 60", "closed")]
    assert (desk.world.events, desk.world.acted) == ([], [])


async def test_a_number_and_a_recount_are_shown(desk: DeskUnderTest) -> None:
    number = {"command": "override", "aspect": "number", "category": "public", "vacant": 0, "reason": "counting_fault",
              "expires_at": desk.soon()}  # fmt: skip
    for body, vacant, text in ((number, 0, "COMMERCE COMPLET"), (COUNT, 40, "COMMERCE 40")):
        told = (await desk.ask("POST", "places/p1/preview", body)).json()
        assert told["would"]["vacant"] == vacant
        assert told["signs"][0]["lines"][0]["would"]["text"] == text
    assert desk.world.events == []


async def test_what_cannot_be_told_is_null_with_a_sentence(desk: DeskUnderTest) -> None:
    body = {"command": "override", "aspect": "space", "space": "b1", "reason": "works", "expires_at": desk.soon()}
    told = (await desk.ask("POST", "places/z1/preview", body)).json()
    assert (told["would"], told["signs"]) == (None, None)
    assert "spaces" in told["untold"]


HOSTILE: list[tuple[Any, int, str]] = [
    ({"vacant": 3}, 400, "body"),
    ({**COUNT, "command": "release"}, 400, "body"),
    ({**COUNT, "command": 7}, 400, "body"),
    ({**COUNT, "vacant": 101}, 422, "vacant"),
    ({**COUNT, "vacant": -1}, 400, "vacant"),
    ({**COUNT, "vacant": 10**30}, 400, "vacant"),
    ({**COUNT, "counted_at": "2020-01-01T00:00:00Z"}, 422, "counted_at"),
    ({**COUNT, "counted_at": "9999-12-31T23:59:59-14:00"}, 422, "counted_at"),
    ({**COUNT, "author": "somebody"}, 400, "body"),
    ([], 400, "body"),
    (None, 400, "body"),
]


@pytest.mark.parametrize(("body", "status", "field"), HOSTILE)
async def test_bad_input_is_a_sentence(desk: DeskUnderTest, body: Any, status: int, field: str) -> None:
    content = b"null" if body is None else None
    reply = await desk.client.post(
        "/v1/desk/places/p1/preview", json=None if content else body, content=content,
        headers={"Authorization": "Bearer durand", "Content-Type": "application/json"},
    )  # fmt: skip
    assert (reply.status_code, reply.json()["field"]) == (status, field), reply.text
    assert desk.world.events == []


@pytest.mark.parametrize(("who", "status"), [("looker", 403), ("abroad", 403), ("removed", 401)])
async def test_nobody_else_may(desk: DeskUnderTest, who: str, status: int) -> None:
    assert (await desk.ask("POST", "places/p1/preview", COUNT, who)).status_code == status


async def test_no_such_place_and_what_is_away(desk: DeskUnderTest) -> None:
    assert (await desk.ask("POST", "places/nowhere/preview", COUNT)).status_code == 404
    desk.world.away = {"redis"}
    assert (await desk.ask("POST", "places/p1/preview", COUNT)).status_code == 503
