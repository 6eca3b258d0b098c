"""Commands over HTTP: recorded before they are done, once however often they are sent, nobody overtaken unawares."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parking.desk.commands import from_decision
from tests.gateways.desk.commands_world import DeskUnderTest, MadeWorld


@pytest.fixture
async def desk() -> AsyncIterator[DeskUnderTest]:
    one = DeskUnderTest()
    yield one
    await one.client.aclose()


async def test_a_command_is_recorded_with_its_author_then_done_then_confirmed(desk: DeskUnderTest) -> None:
    reply = await desk.ask("POST", "places/p1/overrides", desk.closed(note="pavement is open"))
    assert reply.status_code == 201, reply.text
    told = reply.json()
    assert (told["author"], told["state"], told["reason"]) == ("m.durand", "acted", "works: pavement is open")
    decision = desk.world.decisions[0]
    assert decision.author == "m.durand"
    assert decision.subject == "place:p1/opening"
    assert [one.id for one in desk.world.acted] == [decision.id]
    again = (await desk.ask("GET", f"commands/{decision.id}")).json()
    assert (again["state"], again["holds"]) == ("acted", True)


async def test_the_second_of_two_sees_the_first(desk: DeskUnderTest) -> None:
    first = await desk.ask("POST", "places/p1/overrides", desk.closed())
    blind = await desk.ask("POST", "places/p1/overrides", desk.closed(opening="open"), "leroy")
    assert blind.status_code == 409
    assert blind.headers["etag"] == first.headers["etag"]
    assert "m.durand" in blind.json()["detail"]
    old = await desk.ask("POST", "places/p1/overrides", desk.closed(), "leroy", If_Match='"0000"')
    assert old.status_code == 412
    seen = await desk.ask(
        "POST", "places/p1/overrides", desk.closed(opening="open"), "leroy", If_Match=first.headers["etag"]
    )
    assert seen.status_code == 201
    assert seen.json()["follows"] == first.json()["id"]


async def test_two_at_the_very_same_time_are_one_after_the_other(desk: DeskUnderTest) -> None:
    both = await asyncio.gather(
        *(desk.ask("POST", "places/p1/overrides", desk.closed(), who) for who in ("durand", "leroy"))
    )
    assert sorted(reply.status_code for reply in both) == [201, 409]


async def test_a_release_names_what_it_ends(desk: DeskUnderTest) -> None:
    nothing = await desk.ask("POST", "places/p1/releases", {"aspect": "opening"}, If_Match='"x"')
    assert nothing.status_code == 404
    first = await desk.ask("POST", "places/p1/overrides", desk.closed())
    assert (await desk.ask("POST", "places/p1/releases", {"aspect": "opening"})).status_code == 428
    released = await desk.ask("POST", "places/p1/releases", {"aspect": "opening"}, If_Match=first.headers["etag"])
    assert released.status_code == 200, released.text
    held = (await desk.ask("GET", "places/p1/commands")).json()["commands"]
    assert [(one["rule"], one["holds"]) for one in held] == [("desk.release", False)]


async def test_what_follows_is_later_though_the_citys_clock_stands_between_two_ticks(desk: DeskUnderTest) -> None:
    first = await desk.ask("POST", "places/p1/overrides", desk.closed())
    await desk.ask("POST", "places/p1/releases", {"aspect": "opening"}, If_Match=first.headers["etag"])
    order, release = desk.world.decisions
    assert release.decided_at > order.decided_at, "in the fold the later word holds"


async def test_the_same_key_is_the_same_command_also_after_a_restart(desk: DeskUnderTest) -> None:
    body = desk.closed()
    first = await desk.ask("POST", "places/p1/overrides", body, Idempotency_Key="k1")
    again = await desk.ask("POST", "places/p1/overrides", body, Idempotency_Key="k1")
    assert again.json()["id"] == first.json()["id"]
    restarted = MadeWorld()
    restarted.events, restarted.clock = desk.world.events, desk.world.clock
    other = DeskUnderTest(restarted)
    third = await other.ask("POST", "places/p1/overrides", body, Idempotency_Key="k1")
    assert third.json()["id"] == first.json()["id"]
    assert len(desk.world.decisions) == 1
    theirs = await other.ask("POST", "places/p1/overrides", body, "leroy", Idempotency_Key="k1")
    assert theirs.status_code == 409, "a key is of who gives it"
    changed = await other.ask("POST", "places/p1/overrides", desk.closed(opening="open"), Idempotency_Key="k1")
    assert (changed.status_code, changed.json()["field"]) == (422, "Idempotency-Key")


async def test_while_kafka_does_not_take_it_nothing_is_done_and_that_is_said(desk: DeskUnderTest) -> None:
    desk.world.away, body = {"record"}, desk.closed()
    reply = await desk.ask("POST", "places/p1/overrides", body, Idempotency_Key="k")
    assert reply.status_code == 503
    assert "nothing was done" in reply.json()["detail"]
    assert (desk.world.acted, desk.world.events) == ([], [])
    desk.world.away = set()
    again = await desk.ask("POST", "places/p1/overrides", body, Idempotency_Key="k")
    assert again.status_code == 201
    assert len(desk.world.decisions) == 1
    for what in ("kafka", "redis"):
        desk.world.away = {what}
        assert (await desk.ask("POST", "places/p1/recounts", {"vacant": 3})).status_code == 503
    assert len(desk.world.decisions) == 1


async def test_what_is_recorded_and_could_not_be_done_is_done_later_once(desk: DeskUnderTest) -> None:
    desk.world.away = {"effects"}
    reply = await desk.ask("POST", "places/p1/overrides", desk.closed())
    assert (reply.status_code, reply.json()["state"]) == (202, "open")
    successor = await desk.ask("POST", "places/p1/releases", {"aspect": "opening"}, If_Match=reply.headers["etag"])
    assert successor.status_code == 503, "what was said before is done before anything else is said"
    desk.world.away = set()
    restarted = DeskUnderTest(desk.world)
    async with restarted.finisher.running():
        for _ in range(100):
            if desk.world.acted:
                break
            await asyncio.sleep(0.01)
    told = (await desk.ask("GET", reply.headers["location"].removeprefix("/v1/desk/"))).json()
    assert told["state"] == "acted"
    assert len(desk.world.acted) == 1


async def test_an_override_whose_time_is_over_is_not_done_any_more(desk: DeskUnderTest) -> None:
    desk.world.away = {"effects"}
    reply = await desk.ask("POST", "places/p1/overrides", desk.closed(expires_at=desk.soon(0.05)))
    desk.world.away = set()
    desk.world.clock = desk.world.clock.replace(hour=13)
    async with desk.finisher.running():
        await asyncio.sleep(0.05)
    told = (await desk.ask("GET", f"commands/{reply.json()['id']}")).json()
    assert (told["state"], desk.world.acted) == ("failed", [])
    assert "time was over" in told["told"]["why"]


async def test_what_the_intake_refuses_is_told(desk: DeskUnderTest) -> None:
    desk.world.refusal = "belongs to no place"
    told = (await desk.ask("POST", "places/p1/recounts", {"vacant": 3})).json()
    assert (told["state"], told["told"]["why"]) == ("refused", "belongs to no place")


NUMBER = {"aspect": "number", "category": "public", "opening": None, "vacant": 5}
HOSTILE: list[tuple[dict[str, Any], int, str]] = [
    ({**NUMBER, "vacant": 101}, 422, "vacant"),
    ({**NUMBER, "vacant": -1}, 400, "vacant"),
    ({**NUMBER, "vacant": 10**30}, 400, "vacant"),
    ({**NUMBER, "vacant": "5; DROP"}, 400, "vacant"),
    ({**NUMBER, "category": "lorries"}, 400, "category"),
    ({**NUMBER, "opening": "closed"}, 422, "opening"),
    ({"reason": None}, 400, "reason"),
    ({"reason": "because"}, 400, "reason"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "expires_at"),
    ({"expires_at": "9999-12-31T23:59:59-14:00"}, 422, "expires_at"),
    ({"expires_at": "2026-05-04T13:00:00"}, 400, "expires_at"),
    ({"expires_at": "2036-05-04T13:00:00Z"}, 422, "expires_at"),
    ({"note": "\u202egpj.exe"}, 422, "note"),
    ({"note": "\x1b[31mred"}, 422, "note"),
    ({"note": "two\nlines"}, 422, "note"),
    ({"note": " "}, 422, "note"),
    ({"note": "n" * 301}, 400, "note"),
    ({"opening": "unknown"}, 422, "opening"),
    ({"opening": None}, 422, "opening"),
    ({"aspect": "space", "space": "b1", "opening": None}, 422, "space"),
    ({"aspect": "device", "source": "nantes", "device": "C9", "opening": None}, 422, "device"),
    ({"aspect": "device", "source": "nantes", "opening": None}, 422, "device"),
    ({"author": "somebody else"}, 400, "body"),
    ({"tenant": "lemans"}, 400, "body"),
]


@pytest.mark.parametrize(("wrong", "status", "field"), HOSTILE)
async def test_bad_input_is_a_sentence_and_leaves_no_trace(
    desk: DeskUnderTest, wrong: dict[str, Any], status: int, field: str
) -> None:
    body = {name: value for name, value in desk.closed(**wrong).items() if value is not None}
    reply = await desk.ask("POST", "places/p1/overrides", body)
    assert (reply.status_code, reply.json()["field"]) == (status, field), reply.text
    assert len(reply.json()["detail"]) > 20 or status == 400
    assert desk.world.events == []


@pytest.mark.parametrize(("who", "status"), [("looker", 403), ("abroad", 403), ("removed", 401), ("", 401)])
async def test_nobody_else_may(desk: DeskUnderTest, who: str, status: int) -> None:
    for path, body in (("overrides", desk.closed()), ("recounts", {"vacant": 1}), ("releases", {"aspect": "opening"})):
        assert (await desk.ask("POST", f"places/p1/{path}", body, who)).status_code == status
    assert (await desk.ask("PATCH", "places/p1/catalogue", {"fields": {"capacity": 1}}, who)).status_code == status
    assert desk.world.events == []


async def test_a_place_of_another_city_and_a_body_of_no_use_are_refused(desk: DeskUnderTest) -> None:
    assert (await desk.ask("POST", "places/elsewhere/overrides", desk.closed())).status_code == 404
    for content, kind, status in ((b"{", "application/json", 400), (b"[" * 50_000, "application/json", 413),
                                  (b"[" * 5_000, "application/json", 400), (b"{}", "text/plain", 415),
                                  (b"\xff", "application/json", 400)):  # fmt: skip
        reply = await desk.client.post(
            "/v1/desk/places/p1/overrides", content=content,
            headers={"Authorization": "Bearer durand", "Content-Type": kind},
        )  # fmt: skip
        assert reply.status_code == status
    assert desk.world.events == []


async def test_all_bays_or_one_are_out_of_service_and_a_device_is_ignored(desk: DeskUnderTest) -> None:
    until = {"reason": "works", "expires_at": desk.soon(24 * 60)}
    for more in ({"aspect": "space", "space": "b1"}, {"aspect": "space", "space": "*", "unusable": True},
                 {"aspect": "device", "source": "pavement", "device": "S1"},
                 {"aspect": "number", "category": "public", "unusable": True}):  # fmt: skip
        reply = await desk.ask("POST", "places/z1/overrides", until | more)
        assert reply.status_code == 201, reply.text
    assert [decision.subject for decision in desk.world.decisions] == [
        "place:z1/space.b1", "place:z1/space.*", "place:z1/device.pavement.S1", "place:z1/number.public",
    ]  # fmt: skip
    assert all(from_decision(decision) is not None for decision in desk.world.decisions)
