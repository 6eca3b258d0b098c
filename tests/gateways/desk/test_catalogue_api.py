"""The catalogue by hand: validated, before and after in the record, two at once, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parking.catalogue.provenance import feed_says
from tests.gateways.desk.commands_world import DeskUnderTest, car_park


@pytest.fixture
async def desk() -> AsyncIterator[DeskUnderTest]:
    one = DeskUnderTest()
    yield one
    await one.client.aclose()


async def edit(desk: DeskUnderTest, body: Any, who: str = "durand", place: str = "p1", seen: str | None = None) -> Any:
    tag = seen or (await desk.ask("GET", f"places/{place}/catalogue")).headers["etag"]
    return await desk.ask("PATCH", f"places/{place}/catalogue", body, who, If_Match=tag)


async def test_a_capacity_is_edited_and_undone_by_a_successor(desk: DeskUnderTest) -> None:
    done = await edit(desk, {"fields": {"capacity": 80, "full_at": 3}, "note": "level 2 is shut"})
    assert done.status_code == 200, done.text
    assert done.json()["changes"][0]["fields"]["capacity"]["before"] == 100
    assert (desk.world.catalogue["p1"].capacity, desk.world.catalogue["p1"].full_at) == (80, 3)
    undone = await desk.ask(
        "POST", "places/p1/catalogue/undo", {"undoes": done.json()["id"]}, If_Match=done.headers["etag"]
    )
    assert undone.status_code == 200, undone.text
    assert desk.world.catalogue["p1"] == car_park()
    history = (await desk.ask("GET", "places/p1/catalogue/history")).json()["edits"]
    assert [(one["undoes"], one["author"]) for one in history] == [(done.json()["id"], "m.durand"), (None, "m.durand")]


async def test_what_was_changed_again_since_is_not_undone_blindly(desk: DeskUnderTest) -> None:
    first = await edit(desk, {"fields": {"capacity": 80}})
    second = await edit(desk, {"fields": {"capacity": 70}})
    tag = second.headers["etag"]
    refused = await desk.ask("POST", "places/p1/catalogue/undo", {"undoes": first.json()["id"]}, If_Match=tag)
    assert (refused.status_code, refused.json()["field"]) == (422, "undoes")
    unknown = await desk.ask("POST", "places/p1/catalogue/undo", {"undoes": "0" * 32}, If_Match=tag)
    assert unknown.status_code == 404


async def test_of_two_edits_the_second_sees_the_first(desk: DeskUnderTest) -> None:
    tag = (await desk.ask("GET", "places/p1/catalogue")).headers["etag"]
    assert (await edit(desk, {"fields": {"capacity": 80}}, seen=tag)).status_code == 200
    late = await edit(desk, {"fields": {"capacity": 90}}, "leroy", seen=tag)
    assert late.status_code == 412
    assert "m.durand" in late.json()["detail"]
    assert desk.world.catalogue["p1"].capacity == 80
    assert (await desk.ask("PATCH", "places/p1/catalogue", {"fields": {"capacity": 1}})).status_code == 428


async def test_a_feeds_word_comes_back_as_the_feeds(desk: DeskUnderTest) -> None:
    bare = car_park(capacity=None)
    desk.world.catalogue["p1"] = fed = feed_says(bare, car_park(capacity=120), "nantes")
    assert fed.said_by == {"capacity": "nantes"}
    done = await edit(desk, {"fields": {"capacity": 80}})
    assert desk.world.catalogue["p1"].who_said("capacity") == ""
    await desk.ask("POST", "places/p1/catalogue/undo", {"undoes": done.json()["id"]}, If_Match=done.headers["etag"])
    assert desk.world.catalogue["p1"].capacity == 120
    assert desk.world.catalogue["p1"].who_said("capacity") == "nantes"


async def test_what_a_feed_says_meanwhile_of_other_fields_stays(desk: DeskUnderTest) -> None:
    desk.world.away = {"effects"}
    await edit(desk, {"fields": {"capacity": 80}})
    desk.world.catalogue["p1"] = feed_says(desk.world.catalogue["p1"], car_park(address="quai 1"), "nantes")
    desk.world.away = set()
    async with desk.finisher.running():
        await desk.finisher.finish_open()
    assert (desk.world.catalogue["p1"].capacity, desk.world.catalogue["p1"].address) == (80, "quai 1")


async def test_a_device_is_replaced_and_another_moves_here(desk: DeskUnderTest) -> None:
    at = "2026-05-04T12:30:00Z"
    replaced = await edit(
        desk, {"devices": [{"source": "pavement", "device": "S9", "space": "b1", "replaces": "S0", "starts_at": at}]},
        place="z1",
    )  # fmt: skip
    assert replaced.status_code == 200, replaced.text
    by_id = {(one.id, one.slot): one for one in desk.world.catalogue["z1"].devices}
    assert by_id["S0", 0].valid_to == by_id["S9", 0].valid_from
    moved = await edit(desk, {"devices": [{"source": "nantes", "device": "C1", "starts_at": at}]}, place="z1")
    assert moved.status_code == 200, moved.text
    assert {change["place"] for change in moved.json()["changes"]} == {"p1", "z1"}
    assert desk.world.catalogue["p1"].devices[0].valid_to is not None
    tag = moved.headers["etag"]
    await desk.ask("POST", "places/z1/catalogue/undo", {"undoes": moved.json()["id"]}, If_Match=tag)
    assert desk.world.catalogue["p1"].devices == car_park().devices


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"fields": {"capacity": -1}}, 422),
    ({"fields": {"capacity": 2**40}}, 422),
    ({"fields": {"capacity": "many"}}, 422),
    ({"fields": {"capacity": 100}}, 422),
    ({"fields": {"colour": "red"}}, 422),
    ({"fields": {"said_by": {}}}, 422),
    ({"fields": {"name": None}}, 422),
    ({"fields": {"name": ""}}, 422),
    ({"fields": {"name": "\u202eegaraG"}}, 422),
    ({"fields": {"name": "\x1b]0;x\x07"}}, 422),
    ({"fields": {"name": "n" * 5000}}, 422),
    ({"fields": {"height_cm": 0}}, 422),
    ({"fields": {"url": "javascript:alert(1)"}}, 422),
    ({"fields": {"point": [200, 0]}}, 422),
    ({"fields": {"outline": []}}, 422),
    ({"fields": {}}, 422),
    ({"fields": {"capacity": 1}, "tenant": "lemans"}, 400),
    ({"devices": [{"source": "nantes", "device": "C1"}]}, 422),
    ({"devices": [{"source": "nantes", "device": "C9", "ends_at": "2026-05-04T12:30:00Z"}]}, 422),
    ({"devices": [{"source": "x", "device": "y", "space": "b7", "starts_at": "2026-05-04T12:30:00Z"}]}, 422),
    ({"devices": [{"source": "x", "device": "y", "starts_at": "2026-05-04T12:30:00Z", "valid_for_s": -1}]}, 422),
    ({"devices": [{"source": "x", "device": "y", "starts_at": "9999-12-31T23:59:59-10:00"}]}, 422),
]


@pytest.mark.parametrize(("body", "status"), WRONG)
async def test_what_cannot_be_is_a_sentence_and_leaves_no_trace(desk: DeskUnderTest, body: Any, status: int) -> None:
    reply = await edit(desk, body)
    assert reply.status_code == status, reply.text
    assert reply.json()["detail"].isprintable()
    assert desk.world.events == []
    assert desk.world.catalogue["p1"] == car_park()


async def test_markup_in_a_name_is_a_name(desk: DeskUnderTest) -> None:
    assert (await edit(desk, {"fields": {"name": "<script>alert(1)</script> =1+1"}})).status_code == 200
    assert desk.world.catalogue["p1"].name == "<script>alert(1)</script> =1+1"


async def test_an_edit_is_previewed_without_a_trace(desk: DeskUnderTest) -> None:
    reply = await desk.ask("POST", "places/p1/catalogue/preview", {"fields": {"capacity": 80}})
    assert reply.json()["changes"][0]["fields"]["capacity"]["after"] == 80
    assert desk.world.events == []
