"""Overrides that take two people, over HTTP: proposed by one token, confirmed by another's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from gateways.signs.serve import create_signs_app
from tests.gateways.signs.desk_world import TOKENS, FakePort, FakeRecord, every_state
from tests.gateways.signs.test_desk_api import Served, soon

ORDER = {"reason": "works", "lines": {"1": "closed"}}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    one = Served()
    one.port = FakePort(*every_state())
    one.record = FakeRecord(one.port)
    await one.client.aclose()
    app = create_signs_app(one.port, one.record, TOKENS, two_persons=True)
    one.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://signs.test")
    yield one
    await one.client.aclose()


async def test_an_override_waits_for_somebody_else(served: Served) -> None:
    reply = await served.order("POST", "shows/override", {**ORDER, "expires_at": soon()})
    assert (reply.status_code, reply.json()["subject"]) == (202, "sign:shows/proposal")
    tag = {"If-Match": reply.headers["etag"]}
    assert (await served.order("GET", "shows/override")).status_code == 404, "nothing is shown by it"
    waiting = await served.order("GET", "shows/proposal", who="s.leroy")
    assert (waiting.json()["override"]["author"], waiting.headers["etag"]) == ("m.durand", tag["If-Match"])
    own = await served.order("POST", "shows/proposal", **tag)
    assert (own.status_code, "somebody else" in own.json()["detail"]) == (403, True)
    assert (await served.order("POST", "shows/proposal", who="s.leroy")).status_code == 428
    confirmed = await served.order("POST", "shows/proposal", who="s.leroy", **tag)
    assert (confirmed.status_code, confirmed.json()["author"]) == (201, "s.leroy")
    held = (await served.order("GET", "shows/override")).json()["override"]
    assert (held["author"], held["confirmed_by"], held["lines"]) == ("m.durand", "s.leroy", {"1": "closed"})
    again = await served.order("POST", "shows/proposal", who="s.leroy", **tag)
    assert again.status_code == 404, "it counts once"


async def test_another_proposal_since_is_seen_first(served: Served) -> None:
    first = await served.order("POST", "shows/override", {**ORDER, "expires_at": soon()})
    await served.order("POST", "shows/override", {**ORDER, "lines": {"2": "full"}, "expires_at": soon()})
    old = {"If-Match": first.headers["etag"]}
    assert (await served.order("POST", "shows/proposal", who="s.leroy", **old)).status_code == 412


async def test_a_proposal_is_withdrawn_and_a_release_takes_one_person(served: Served) -> None:
    for refuse in (True, False):
        reply = await served.order("POST", "shows/override", {**ORDER, "expires_at": soon()})
        tag = {"If-Match": reply.headers["etag"]}
        method = "DELETE" if refuse else "POST"
        done = await served.order(method, "shows/proposal", who="s.leroy", **tag)
        assert done.status_code == (200 if refuse else 201)
        assert (await served.order("GET", "shows/proposal")).status_code == 404
    held = {"If-Match": done.headers["etag"]}
    moved = await served.order("PATCH", "shows/override", {"expires_at": soon(3)}, **held)
    assert (moved.status_code, moved.json()["subject"]) == (202, "sign:shows/proposal"), "another end takes two as well"
    assert (await served.order("DELETE", "shows/override", **held)).status_code == 200
    late = await served.order("POST", "shows/proposal", who="s.leroy", **{"If-Match": moved.headers["etag"]})
    assert late.status_code == 404, "the sign was given back meanwhile"


async def test_without_the_setting_nothing_waits() -> None:
    one = Served()
    reply = await one.order("POST", "shows/override", {**ORDER, "expires_at": soon()})
    assert reply.status_code == 201
    assert (await one.order("GET", "shows/proposal")).status_code == 404
    await one.client.aclose()
