"""Who comes in by a token or by the local link, and what keeps everybody else out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAwayError
from starlette.requests import Request

from gateways.desk.access import door
from gateways.desk.access.front import local_path
from gateways.desk.access.keeping import KeptInMemory
from gateways.desk.access.sessions import SESSION_IDLE_S, SESSION_LASTS_S
from parking.desk.operators import Role
from tests.gateways.desk.access.world import TOKEN, LocalDesk


async def signed_in(desk: LocalDesk, **how: Any) -> Any:
    client = desk.client(**how)
    reply = await client.get(await desk.access.make_local_link("m.durand"))
    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    return client


async def csrf_of(client: Any) -> dict[str, str]:
    return {door.CSRF_HEADER: (await client.get("/v1/desk/me")).json()["csrf"]}


async def test_a_system_with_a_token_does_what_it_was_given_where_it_was_given_it() -> None:
    desk = LocalDesk()
    client = desk.client(authorization=f"Bearer {TOKEN}")
    assert (await client.post("/v1/desk/act")).json() == "dispatch"
    assert (await client.get("/v1/desk/me")).json()["roles"] == {"nantes": ["operate"]}
    operator = (await desk.access.find_visit(request_with(TOKEN))).operator  # type: ignore[union-attr]
    assert operator.may(Role.VIEW, "nantes")
    assert not operator.may(Role.OPERATE, "rennes")
    assert not operator.may(Role.SIGNS, "nantes")


def request_with(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers})


@pytest.mark.parametrize(
    "given", ["Bearer made-up", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer " + "é" * 9000]
)
async def test_a_token_that_is_nobodys_is_refused_and_not_repeated(given: str) -> None:
    reply = await LocalDesk().client().post("/v1/desk/act", headers={"authorization": given.encode()})
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert given[7:30] not in reply.text


async def test_nobody_is_told_where_to_sign_in_and_a_browser_is_sent_there() -> None:
    client = LocalDesk().client()
    reply = await client.get("/v1/desk/act")
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert "/login" in reply.json()["detail"]
    reply = await client.get("/?place=bouffay", headers={"accept": "text/html"})
    assert (reply.status_code, reply.headers["location"]) == (303, "/login?next=%2F%3Fplace%3Dbouffay")
    assert "lien à usage unique" in (await client.get("/login")).text


async def test_the_local_link_lets_one_browser_in_once() -> None:
    desk = LocalDesk()
    link = await desk.access.make_local_link("m.durand")
    first, second = desk.client(), desk.client()
    assert (await first.head(link)).status_code == 200, "a look at it does not use it up"
    assert (await first.get(link)).status_code == 303
    assert (await second.get(link)).status_code == 403
    assert (await first.get("/")).json() == "m.durand"
    assert (await second.get("/")).status_code == 401


async def test_the_local_link_runs_out_and_a_made_up_one_is_none() -> None:
    desk = LocalDesk()
    link = await desk.access.make_local_link()
    desk.clock.later(seconds=601)
    assert (await desk.client().get(link)).status_code == 403
    for once in ("x", "A" * 43, "A" * 9000, "%00" * 43):
        assert (await desk.client().get(f"/local/{once}")).status_code == 403


@pytest.mark.parametrize(
    ("address", "base", "headers"),
    [
        ("10.0.0.9", "http://127.0.0.1:18110", {}),
        ("127.0.0.1", "http://desk.evil.example", {}),
        ("127.0.0.1", "http://127.0.0.1:18110", {"x-forwarded-for": "203.0.113.7"}),
        ("10.0.0.9", "http://127.0.0.1:18110", {"x-forwarded-for": "127.0.0.1"}),
    ],
)
async def test_the_local_link_is_for_this_machine_alone(address: str, base: str, headers: dict[str, str]) -> None:
    desk = LocalDesk()
    link = await desk.access.make_local_link()
    assert (await desk.client(address, base, **headers).get(link)).status_code == 403
    assert (await desk.client("::1", "http://[::1]:18110").get(link)).status_code == 303, "and it was not used up"


async def test_a_session_needs_its_csrf_token_for_what_changes_something() -> None:
    desk = LocalDesk()
    client, other = await signed_in(desk), await signed_in(desk)
    assert (await client.post("/v1/desk/act")).status_code == 403
    assert (await client.post("/v1/desk/act", headers=await csrf_of(other))).status_code == 403
    assert (await client.post("/v1/desk/act", headers=await csrf_of(client))).json() == "m.durand"


@pytest.mark.parametrize(
    "sent",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:18111"},
        {"origin": "https://127.0.0.1:18110"},
        {"origin": "http://[broken"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_a_page_of_another_origin_acts_for_nobody_even_with_the_csrf_token(sent: dict[str, str]) -> None:
    client = await signed_in(LocalDesk())
    reply = await client.post("/v1/desk/act", headers=await csrf_of(client) | sent)
    assert reply.status_code == 403
    assert "trusted_proxies" in reply.json()["detail"]
    own = {"origin": "http://127.0.0.1:18110", "sec-fetch-site": "same-origin"}
    assert (await client.post("/v1/desk/act", headers=await csrf_of(client) | own)).status_code == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_by_tls_of_other_hosts() -> None:
    desk = LocalDesk()
    plain = (await desk.client().get(await desk.access.make_local_link())).headers["set-cookie"]
    assert plain.startswith("placelibre_desk=")
    assert "httponly" in plain.lower()
    assert "samesite=lax" in plain.lower()
    assert "secure" not in plain.lower()
    by_tls = desk.client(**{"x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1"})
    secure = (await by_tls.get(await desk.access.make_local_link())).headers["set-cookie"]
    assert secure.startswith("__Host-placelibre_desk=")
    assert "; secure" in secure.lower()
    assert "path=/" in secure.lower()
    assert "domain" not in secure.lower()


async def test_nobody_says_by_which_scheme_they_came_but_a_trusted_proxy() -> None:
    desk = LocalDesk(trusted="10.0.0.5")
    said = {"x-forwarded-proto": "https"}
    assert "secure" not in (await desk.client(**said).get(await desk.access.make_local_link())).headers["set-cookie"]


async def test_a_session_has_a_new_id_whatever_the_browser_brought() -> None:
    desk = LocalDesk()
    planted = "A" * 43
    client = desk.client()
    client.cookies.set("placelibre_desk", planted, domain="127.0.0.1")
    await client.get(await desk.access.make_local_link("m.durand"))
    ids = [cookie.value for cookie in client.cookies.jar]
    assert any(value != planted for value in ids)
    victim = desk.client(cookie=f"placelibre_desk={planted}")
    assert (await victim.get("/v1/desk/me")).status_code == 401


async def test_signing_in_again_ends_the_session_before() -> None:
    desk = LocalDesk()
    client = await signed_in(desk)
    before = client.cookies["placelibre_desk"]
    await client.get(await desk.access.make_local_link("m.durand"))
    assert client.cookies["placelibre_desk"] != before
    assert (await desk.client(cookie=f"placelibre_desk={before}").get("/")).status_code == 401


async def test_what_is_kept_holds_no_id() -> None:
    desk = LocalDesk()
    client = await signed_in(desk)
    assert isinstance(desk.kept, KeptInMemory)
    assert client.cookies["placelibre_desk"] not in repr(vars(desk.kept))


@pytest.mark.parametrize("value", ["", "x", "A" * 43, "A" * 100_000, "%00", "é", '"; drop', "A" * 42 + "\n"])
async def test_a_cookie_that_is_none_is_nobody(value: str) -> None:
    reply = await LocalDesk().client(cookie=f"placelibre_desk={value}".encode()).get("/v1/desk/act")  # type: ignore[arg-type]
    assert reply.status_code == 401


async def test_a_session_ends_when_nobody_is_seen_and_at_its_end_whoever_is() -> None:
    desk = LocalDesk()
    idle, busy = await signed_in(desk), await signed_in(desk)
    for _ in range(int(SESSION_LASTS_S / SESSION_IDLE_S * 2) - 1):
        desk.clock.later(seconds=SESSION_IDLE_S / 2)
        assert (await busy.get("/")).status_code == 200
    assert (await idle.get("/")).status_code == 401
    desk.clock.later(seconds=SESSION_IDLE_S / 2)
    assert (await busy.get("/")).status_code == 401


async def test_logout_ends_it_here_and_needs_a_page_of_ours() -> None:
    desk = LocalDesk()
    client = await signed_in(desk)
    cookie, csrf = client.cookies["placelibre_desk"], await csrf_of(client)
    assert (await client.post("/logout")).status_code == 403
    assert (await client.post("/logout", headers={"origin": "https://evil.example"} | csrf)).status_code == 403
    assert (await client.get("/logout")).status_code == 405
    reply = await client.post("/logout", data={"csrf": csrf[door.CSRF_HEADER]})
    assert (reply.status_code, reply.headers["location"]) == (303, "/signed-out")
    assert "placelibre_desk" not in client.cookies
    assert (await desk.client(cookie=f"placelibre_desk={cookie}").get("/")).status_code == 401
    assert (await client.post("/logout", headers={"accept": "application/json"})).json() == {"location": "/signed-out"}
    assert "Vous n’êtes plus connecté" in (await client.get("/signed-out")).text


async def test_a_person_lists_and_ends_their_sessions_and_nobody_elses() -> None:
    desk = LocalDesk()
    here, there = await signed_in(desk), await signed_in(desk)
    stranger = desk.client()
    await stranger.get(await desk.access.make_local_link("j.petit"))
    listed = (await here.get("/v1/desk/me/sessions")).json()["sessions"]
    assert [one["this"] for one in listed] == [True, False]
    path, csrf = f"/v1/desk/me/sessions/{listed[1]['id']}", await csrf_of(here)
    assert (await stranger.delete(path, headers=await csrf_of(stranger))).status_code == 404
    assert (await here.delete(path)).status_code == 403
    assert (await here.delete(path, headers=csrf)).status_code == 204
    assert (await there.get("/")).status_code == 401
    assert (await here.delete(path, headers=csrf)).status_code == 404


class Away(KeptInMemory):
    """A store that does not answer any more."""

    async def find_in_use(self, key: str, ttl_s: float) -> bytes | None:
        raise RedisAwayError("gone")


async def test_without_the_store_nobody_is_let_in_by_a_cookie_and_that_is_said() -> None:
    desk = LocalDesk(Away())
    reply = await desk.client(cookie=f"placelibre_desk={'A' * 43}").post("/v1/desk/act")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
    assert (await desk.client(authorization=f"Bearer {TOKEN}").post("/v1/desk/act")).status_code == 200


def request_of(client: Any) -> Request:
    cookie = f"placelibre_desk={client.cookies['placelibre_desk']}".encode()
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http", "client": None}
    return Request(scope | {"headers": [(b"cookie", cookie)]})


async def test_a_stream_ends_when_its_session_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SEEN_EVERY_S", 0.05)
    desk = LocalDesk()
    client = await signed_in(desk)
    request = request_of(client)
    closed: list[bool] = []

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"data"
                await asyncio.sleep(0.01)
        finally:
            closed.append(True)

    heard = 0
    async with asyncio.timeout(5):
        async for _ in desk.access.while_signed_in(request, pieces()):
            heard += 1
            if heard == 10:
                await client.post("/logout", headers=await csrf_of(client))
    assert heard >= 10
    assert closed == [True]


@pytest.mark.parametrize(
    "asked",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\/evil", "/\t/evil", "/\n/evil", "javascript:x", "",
     "evil", "/é", "/" + "a" * 600, " /x", "/%0d%0a\r\nset-cookie: a"],
)  # fmt: skip
def test_the_way_back_is_a_path_of_ours(asked: str) -> None:
    assert local_path(asked) == "/"


def test_a_path_of_ours_is_kept() -> None:
    assert local_path("/places/bouffay?at=2026-11-28#now") == "/places/bouffay?at=2026-11-28#now"


async def test_a_stream_ends_when_nobody_can_say_any_more_whether_its_session_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "SEEN_EVERY_S", 0.02)
    monkeypatch.setattr(door, "UNSURE_FOR_S", 0.2)
    desk = LocalDesk()
    client = await signed_in(desk)
    request = request_of(client)

    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"data"
            await asyncio.sleep(0.01)

    async def away(key: str, ttl_s: float) -> bytes | None:
        raise RedisAwayError("gone")

    heard = 0
    async with asyncio.timeout(5):
        async for _ in desk.access.while_signed_in(request, pieces()):
            heard += 1
            if heard == 1:
                monkeypatch.setattr(desk.kept, "find_in_use", away)
    assert heard > 3, "not at once: Redis may be back"
