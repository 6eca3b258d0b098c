"""The signs' server: what anyone may read of them, and orders by those whose token names them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateways.signs.serve import create_signs_app
from parking.signs.orders import find_override
from parking.signs.status import STATUS_HOLDS
from tests.gateways.signs.desk_world import TOKENS, FakePort, FakeRecord, every_state, printed_sign, status_of


class Served:
    """A server over made-up signs."""

    def __init__(self, tokens: dict[str, str] | None = None) -> None:
        self.port = FakePort(*every_state())
        self.record = FakeRecord(self.port)
        app = create_signs_app(self.port, self.record, TOKENS if tokens is None else tokens)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://signs.test")

    async def order(self, method: str, path: str, body: Any = None, who: str = "m.durand", **headers: str) -> Any:
        headers["Authorization"] = f"Bearer {TOKENS.get(who, who)}"
        return await self.client.request(method, f"/v1/signs/{path}", json=body, headers=headers)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    one = Served()
    yield one
    await one.client.aclose()


def soon(hours: float = 2) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


WORKS = {"reason": "works", "lines": {"1": "closed"}}


async def test_every_sign_is_listed_with_what_is_known_of_it(served: Served) -> None:
    reply = await served.client.get("/v1/signs")
    signs = {sign["id"]: sign for sign in reply.json()["signs"]}
    assert signs["shows"]["state"] == "showing"
    assert "123" in signs["shows"]["seen"]["fr"]
    assert signs["shows"]["status"]["alarms"] == [], "what is nothing is said"
    assert signs["dark"]["status"]["lines"][0]["state"] == "dark"
    assert signs["dark"]["seen"]["en"] == "The sign is dark."
    assert signs["invisible"]["seen"]["en"] == "The sign is dark.", "the read-back is right, and the face is off"
    again = await served.client.get("/v1/signs", headers={"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["old", "never", "silent"])
async def test_what_is_old_or_silent_is_not_known_and_never_the_last_face(served: Served, name: str) -> None:
    sign = (await served.client.get(f"/v1/signs/{name}")).json()
    assert sign["seen"] is None
    assert sign["state"] == ("silent" if name == "silent" else "not_known")
    svg = (await served.client.get(f"/v1/signs/{name}/face.svg")).text
    assert "?</text>" in svg, "a question mark"
    assert "123" not in svg


async def test_a_status_ages_while_redis_is_away(served: Served) -> None:
    port = served.port
    port.written = {"shows": status_of("shows", age_s=STATUS_HOLDS.total_seconds() - 1.2)}
    assert (await served.client.get("/v1/signs/shows")).json()["state"] == "showing"
    port.is_away = True
    await asyncio.sleep(1.3)
    assert (await served.client.get("/v1/signs/shows")).json()["state"] == "not_known"
    assert (await served.client.get("/readyz")).status_code == 503
    assert "Redis ne répond pas" in (await served.client.get("/")).text


async def test_nothing_is_said_before_anything_was_read() -> None:
    served = Served()
    served.port.is_away = True
    assert (await served.client.get("/v1/signs")).status_code == 503


async def test_no_address_and_no_name_of_a_person_is_told_to_anyone(served: Served) -> None:
    for path in ("/", "/v1/signs", "/v1/signs/ordered", "/v1/signs/silent"):
        text = (await served.client.get(path)).text
        assert "16161" not in text
        assert "127.0.0.1" not in text
        assert "m.durand" not in text


async def test_faces_are_pictures_of_what_is_shown_and_of_what_was_commanded(served: Served) -> None:
    shown, commanded = [
        (await served.client.get(f"/v1/signs/wrong/face.svg?of={of}")).text for of in ("shown", "commanded")
    ]
    assert "999" in shown
    assert "123" in commanded
    png = await served.client.get("/v1/signs/shows/face.png")
    assert png.headers["content-type"] == "image/png"
    assert png.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("query", ["of=tomorrow", "of=shown&of=shown", "what=1"])
async def test_a_parameter_that_is_none_is_named(served: Served, query: str) -> None:
    reply = await served.client.get(f"/v1/signs/shows/face.svg?{query}")
    assert reply.status_code == 400
    assert reply.json()["field"] in query
    assert reply.json()["allowed"]


async def test_an_order_is_recorded_under_the_tokens_name_and_shown_with_its_etag(served: Served) -> None:
    reply = await served.order("POST", "shows/override", WORKS | {"expires_at": soon()})
    assert reply.status_code == 201, reply.text
    decision = served.record.events[0]
    assert decision.author == "m.durand"
    assert decision.subject == "sign:shows/override"
    held = await served.order("GET", "shows/override", who="s.leroy")
    assert held.headers["etag"] == reply.headers["etag"] == f'"{decision.id}"'
    assert held.json()["override"]["lines"] == {"1": "closed"}
    assert held.json()["state"] == "open"


async def test_nobody_wipes_what_another_has_said_since(served: Served) -> None:
    first = await served.order("POST", "shows/override", WORKS | {"expires_at": soon()})
    blind = await served.order("POST", "shows/override", WORKS | {"expires_at": soon(3)}, who="s.leroy")
    assert blind.status_code == 409
    assert blind.json()["allowed"] == first.headers["etag"]
    longer = {"expires_at": soon(4)}
    assert (await served.order("PATCH", "shows/override", longer)).status_code == 428
    mine = {"If-Match": first.headers["etag"]}
    extended = await served.order("PATCH", "shows/override", longer, **mine)
    assert extended.status_code == 200
    said = find_override(served.record.events[-1])
    assert said is not None
    assert said.lines, "all else stays"
    assert said.expires_at.isoformat() == longer["expires_at"]
    assert (await served.order("PATCH", "shows/override", longer, who="s.leroy", **mine)).status_code == 412
    assert (await served.order("DELETE", "shows/override", **mine)).status_code == 412
    assert len(served.record.events) == 2
    done = await served.order("DELETE", "shows/override", **{"If-Match": extended.headers["etag"]})
    assert done.status_code == 200
    assert (await served.order("GET", "shows/override")).status_code == 404


async def test_of_orders_at_the_same_time_one_is_taken(served: Served) -> None:
    bodies = [WORKS | {"expires_at": soon(hours)} for hours in range(1, 9)]
    replies = await asyncio.gather(*(served.order("POST", "shows/override", body) for body in bodies))
    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 7


BAD = {
    "reason": [({"expires_at": soon()}, 400), ({"reason": "because", "expires_at": soon()}, 400)],
    "expires_at": [
        ({"reason": "works"}, 400),
        ({"reason": "works", "expires_at": soon(-1)}, 422),
        ({"reason": "works", "expires_at": soon(24 * 31)}, 422),
        ({"reason": "works", "expires_at": "2026-05-04T12:00:00"}, 400),
        ({"reason": "works", "expires_at": "9999-12-31T23:59:59-10:00"}, 422),
        ({"reason": "works", "expires_at": 12}, 400),
    ],
    "lines": [
        ({"reason": "works", "expires_at": soon(), "lines": {"7": "closed"}}, 422),
        ({"reason": "works", "expires_at": soon(), "lines": {"1": "BUVEZ"}}, 400),
        ({"reason": "works", "expires_at": soon(), "lines": {"x": "closed"}}, 400),
    ],
    "test": [({"reason": "works", "expires_at": soon(), "lines": {"1": "closed"}, "test": True}, 422)],
    "note": [({"reason": "works", "expires_at": soon(), "note": "a\u202eb"}, 422)],
    "body": [([], 400), ({"reason": "works", "expires_at": soon(), "author": "somebody else"}, 400)],
}


@pytest.mark.parametrize(("field", "body", "status"), [(f, b, s) for f, those in BAD.items() for b, s in those])
async def test_an_order_that_cannot_be_says_which_field_and_what_is_allowed(
    served: Served, field: str, body: Any, status: int
) -> None:
    reply = await served.order("POST", "shows/override", body)
    assert reply.status_code == status, reply.text
    assert reply.json()["field"] == field
    assert reply.json()["allowed"]
    assert served.record.events == []


async def test_who_has_no_token_orders_nothing_and_learns_nothing(served: Served) -> None:
    for path in ("shows", "there-is-none"):
        assert (await served.client.post(f"/v1/signs/{path}/override", json={})).status_code == 401
        assert (await served.order("POST", f"{path}/override", {}, who="guessed")).status_code == 403
        assert (await served.order("GET", f"{path}/override", who="guessed")).status_code == 403
    nobody = Served(tokens={})
    reply = await nobody.order("POST", "shows/override", {})
    assert reply.status_code == 403
    assert "signs_tokens" in reply.json()["detail"]


async def test_a_task_is_asked_once_and_says_what_came_of_it(served: Served) -> None:
    asked = await served.order("POST", "shows/tasks", {"kind": "drill", "reason": "testing"})
    assert asked.status_code == 202
    found = (await served.order("GET", "shows/tasks")).json()
    assert (found["asks"], found["state"], found["author"]) == ("drill", "open", "m.durand")
    wrong = await served.order("POST", "shows/tasks", {"kind": "explode", "reason": "testing"})
    assert wrong.json()["field"] == "kind"
    assert "drill" in wrong.json()["allowed"]


async def test_what_kafka_has_not_taken_is_not_done(served: Served) -> None:
    served.record.is_away = True
    assert (await served.order("POST", "shows/override", WORKS | {"expires_at": soon()})).status_code == 503
    served.record.is_away = False
    assert (await served.order("GET", "shows/override")).status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"reason":"\\ud800"}', b"x" * 20_000])
async def test_no_body_breaks_it(served: Served, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['m.durand']}", "Content-Type": "application/json"}
    reply = await served.client.post("/v1/signs/shows/override", content=body, headers=headers)
    assert reply.status_code in (400, 413)
    assert reply.headers["content-type"] == "application/problem+json"


async def test_the_page_is_whole_without_a_script(served: Served) -> None:
    reply = await served.client.get("/")
    text = reply.text
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script>" not in text
    assert " on" + "click" not in text
    assert "style=" not in text
    for said in ("123", "état inconnu", "nombre trop vieux", "non garantie par ce protocole", "Commandé", "travaux"):
        assert said in text, said
    english = await served.client.get("/?lang=en")
    assert 'lang="en"' in english.text
    assert "not guaranteed by this protocol" in english.text


async def test_the_page_is_the_same_until_something_changes(served: Served) -> None:
    first = await served.client.get("/")
    same = await served.client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304


async def test_names_that_others_wrote_do_nothing_on_the_page() -> None:
    served = Served()
    served.port.inventory = [printed_sign("X", name='<img src=x onerror="1">')]
    text = (await served.client.get("/")).text
    assert "<img src=x" not in text
    assert "&lt;img" in text


async def test_an_override_can_be_seen_before_it_is_given(served: Served) -> None:
    empty = (await served.client.get("/v1/signs/shows/preview.svg")).text
    closed = (await served.client.get("/v1/signs/shows/preview.svg?line=1=full&line=2=blank")).text
    assert "éteint" in empty
    assert "COMMERCE" in closed
    assert "GRASLIN" not in closed.partition("</desc>")[0]
    pattern = await served.client.get("/v1/signs/shows/preview.png?test_pattern=true")
    assert pattern.content.startswith(b"\x89PNG")
    assert served.record.events == [], "nothing is ordered by looking"


@pytest.mark.parametrize(
    "query", ["line=1=BUVEZ", "line=9=full", "line=1", "line=1=full&line=1=closed", "line=1=full&test_pattern=true"]
)
async def test_a_preview_of_what_cannot_be_ordered_says_why(served: Served, query: str) -> None:
    reply = await served.client.get(f"/v1/signs/shows/preview.svg?{query}")
    assert reply.status_code == 422
    assert "closed" in reply.json()["allowed"]


async def test_signs_stand_in_the_order_in_which_people_count() -> None:
    served = Served()
    served.port.inventory = [printed_sign(f"A{number}") for number in (10, 2, 1, 33)]
    listed = (await served.client.get("/v1/signs")).json()["signs"]
    assert [sign["id"] for sign in listed] == ["A1", "A2", "A10", "A33"]
