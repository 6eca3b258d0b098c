"""The gateway's HTTP over a real socket: codings, 304, HEAD, OPTIONS, limits, and events that do not wait."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateways.api.city import ServedCity
from gateways.api.follower import Follower
from gateways.api.openapi import describe
from gateways.api.pages import WEB
from gateways.api.serve import create_app
from gateways.api.timed_tags import HELD_S, find_young, timed_tag
from ops.http import policy_of
from ops.settings import Settings
from serving.policy import ServingPolicy
from serving.probes import Wellbeing
from serving.rate_limits import read_limits
from store.connecting import open_redis
from store.writer import LiveWriter
from tests.gateways.serving import counted, serving, told, until_ready
from tests.support import TENANT, site

NEAREST = "/v1/nearest?lon=-1.55&lat=47.21&include_unknown=1"
PATHS = [
    "/v1/sites",
    "/v1/sites/p1",
    "/v1/areas",
    "/v1/about",
    NEAREST,
    "/openapi.json",
    "/",
    "/docs",
    "/static/main.js",
]


async def fill(settings: Settings, places: int = 60) -> LiveWriter:
    live = open_redis(settings.redis, 5, 10)
    await live.flushall()
    writer = LiveWriter(live, 1)
    rows = [(site(id=f"p{number}", name=f"Parking {number}"), (1, number)) for number in range(places)]
    await writer.apply_catalogue(TENANT, rows)
    await writer.apply_changes(TENANT, 0, [counted(f"p{number}", number, number) for number in range(places)], None)
    await live.aclose()
    return writer


@pytest.fixture
async def api(servers: Settings) -> AsyncIterator[httpx.AsyncClient]:
    await fill(servers)
    async with serving(servers.redis) as client:
        await until_ready(client)
        yield client


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_comes_in_any_coding_and_says_the_same(api: httpx.AsyncClient, path: str) -> None:
    for accepted, coding in (("gzip, br", "br"), ("gzip;q=0.5, br;q=0", "gzip"), ("identity", None)):
        reply = await api.get(path, headers={"Accept-Encoding": accepted})
        assert reply.status_code == 200
        assert reply.headers["vary"] == "Accept-Encoding"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers.get("content-encoding") in (coding, None)
        if coding is None or len(reply.content) >= 1_000:
            assert reply.headers.get("content-encoding") == coding
        assert int(reply.headers["content-length"]) == reply.num_bytes_downloaded
        assert reply.headers["content-type"].startswith(("application/json", "text/"))


async def test_the_whole_city_costs_a_tenth_on_the_wire(api: httpx.AsyncClient) -> None:
    sizes = {
        accepted: (await api.get("/v1/sites", headers={"Accept-Encoding": accepted})).num_bytes_downloaded
        for accepted in ("identity", "gzip", "br")
    }
    print(f"/v1/sites of 60 places on the wire: {sizes}")
    assert sizes["identity"] > 30_000
    assert max(sizes["gzip"], sizes["br"]) < sizes["identity"] / 8


async def test_head_says_what_get_would_and_sends_nothing(api: httpx.AsyncClient) -> None:
    for path in PATHS:
        head = await api.head(path)
        assert (head.status_code, head.num_bytes_downloaded) == (200, 0)
        assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize("path", ["/v1/areas", "/v1/about", "/openapi.json", "/", "/static/main.js", "/v1/sites"])
async def test_who_holds_it_already_gets_304_in_whatever_coding(api: httpx.AsyncClient, path: str) -> None:
    for accepted in ("br", "gzip", "identity"):
        held = (await api.get(path, headers={"Accept-Encoding": accepted})).headers["etag"]
        again = await api.get(path, headers={"Accept-Encoding": accepted, "If-None-Match": f'"other", {held}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", held)
        assert again.headers["vary"] == "Accept-Encoding"
        assert (await api.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_304_of_the_city_ends_with_the_next_change(api: httpx.AsyncClient, servers: Settings) -> None:
    held = (await api.get("/v1/sites")).headers["etag"]
    live = open_redis(servers.redis, 5, 10)
    await LiveWriter(live, 1).apply_changes(TENANT, 0, [counted("p7", 99, 1_000)], None)
    await live.aclose()
    until = time.monotonic() + HELD_S - 1
    while (reply := await api.get("/v1/sites", headers={"If-None-Match": held})).status_code == 304:
        assert time.monotonic() < until, "a change was told by a 304"
    assert {place["id"]: place["vacant"] for place in reply.json()["places"]}["p7"] == 99
    one = (await api.get("/v1/sites/p7")).headers["etag"]
    assert (await api.get("/v1/sites/p7", headers={"If-None-Match": one})).status_code == 304
    assert "etag" not in (await api.get(NEAREST)).headers, "it is another answer each time, and says so"


def test_a_tag_of_ages_holds_for_seconds_and_never_for_another_word() -> None:
    body = b'{"now":"2026-11-27T21:00:00+00:00","places":[{"age_s":12,"vacant":3},{"age_s":null,"vacant":null}]}'
    older = body.replace(b":00:00+", b":00:05+").replace(b'"age_s":12', b'"age_s":17')
    other = body.replace(b'"vacant":3', b'"vacant":4')
    then = datetime(2026, 11, 27, 21, tzinfo=UTC)
    held = timed_tag(body, then)
    for later_s, found in ((0, held), (5, held), (HELD_S, held), (HELD_S + 1, None), (-1, None)):
        assert find_young(held, timed_tag(older, then + timedelta(seconds=later_s))) == found
    assert find_young(held, timed_tag(other, then)) is None
    assert find_young(f'"x", {held}', timed_tag(body, then)) == held
    assert find_young("*", timed_tag(body, then)) is None, "anything held may be old"


def test_the_tag_of_a_city_without_ages_and_now_is_the_same_in_every_gateway() -> None:
    now = datetime(2026, 11, 27, 21, tzinfo=UTC)
    bodies = [ServedCity(TENANT).sites_body(now + timedelta(milliseconds=offset)) for offset in (0, 300)]
    assert bodies[0] != bodies[1]
    assert timed_tag(bodies[0], now) == timed_tag(bodies[1], now)
    assert re.fullmatch(r'W/"[0-9a-f]{24}\.\d+"', timed_tag(bodies[0], now))


async def test_a_script_of_another_origin_may_ask_with_its_own_headers(api: httpx.AsyncClient) -> None:
    asking = {"Origin": "https://ville.example", "Access-Control-Request-Method": "GET"}
    for path in ("/v1/changes", "/v1/sites", "/openapi.json"):
        preflight = await api.options(path, headers=asking | {"Access-Control-Request-Headers": "last-event-id"})
        assert (preflight.status_code, preflight.content) == (204, b"")
        assert "Last-Event-ID" in preflight.headers["access-control-allow-headers"]
        assert "If-None-Match" in preflight.headers["access-control-allow-headers"]
    reply = await api.get("/v1/sites", headers={"Origin": "https://ville.example"})
    assert "ETag" in reply.headers["access-control-expose-headers"]
    assert (await api.options("/static/main.js")).status_code == 405


async def test_the_page_says_what_a_browser_may_do_with_it(api: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/static/main.js"):
        headers = (await api.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["permissions-policy"].startswith("geolocation=(self)")
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert "access-control-allow-origin" not in headers


async def test_hsts_and_limits_are_settings(servers: Settings) -> None:
    await fill(servers, 2)
    settings = servers.model_copy(update={"hsts_s": 3600, "rate_limit": "40/minute"})
    async with serving(servers.redis, policy=policy_of(settings, settings.rate_limit)) as client:
        await until_ready(client)
        replies = [await client.get("/v1/about") for _ in range(60)]
        refused = replies[-1]
        assert {one.status_code for one in replies} == {200, 429}
        assert all(one.headers["strict-transport-security"] == "max-age=3600" for one in replies)
        assert {one.headers.get("ratelimit-policy") for one in replies[-40:]} == {'"per-minute";q=40;w=60'}
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        elsewhere = await client.get("/v1/about", headers={"X-Forwarded-For": "198.51.100.7"})
        assert elsewhere.status_code == 200, "a proxy on this machine is believed by default"
        assert 'status="429"' in await told(client, "/metrics")


async def test_nobody_is_refused_who_is_not_limited(servers: Settings) -> None:
    await fill(servers, 2)
    async with serving(servers.redis, policy=ServingPolicy(read_limits("0"))) as client:
        await until_ready(client)
        assert "ratelimit" not in (await client.get("/v1/about")).headers


async def test_a_gateway_that_can_no_longer_follow_says_so_and_by_which_mistake(
    servers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(servers, 2)

    async def break_down(self: Follower) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(Follower, "run", break_down)
    live = open_redis(servers.redis, 5, 10)
    app = create_app(live, TENANT)
    gateway = app.state.gateway
    transport = httpx.ASGITransport(app)
    async with gateway.running(app), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        while gateway.broken is None:
            await asyncio.sleep(0)
        for path in ("/v1/sites", "/readyz"):
            assert (await client.get(path)).status_code == 503
        assert gateway.probes().health() == Wellbeing(False, {"status": "broken"})
    await live.aclose()
    assert isinstance(gateway.broken, KeyError)


@pytest.mark.parametrize("accepted", ["identity", "gzip, deflate, br", "br"])
async def test_the_first_event_does_not_wait_for_the_second(api: httpx.AsyncClient, accepted: str) -> None:
    began = time.perf_counter()
    async with api.stream("GET", "/v1/changes", headers={"Accept-Encoding": accepted}, timeout=10) as stream:
        coded = stream.headers.get("content-encoding")
        assert coded == ("gzip" if "gzip" in accepted else None)
        seen: dict[str, float] = {}
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                seen[line.removeprefix("event: ")] = time.perf_counter() - began
            if line.startswith("data: ") and "snapshot" in seen:
                assert len(json.loads(line.removeprefix("data: "))["places"]) == 60
                break
        first, whole = 1000 * seen["status"], 1000 * (time.perf_counter() - began)
        print(
            f"{accepted}: status after {first:.1f} ms, snapshot after {whole:.1f} ms, {stream.num_bytes_downloaded} B"
        )
        assert whole < 2_000, "the next event comes 15 s later"


def test_every_page_of_the_gateway_names_only_files_that_are_served() -> None:
    for page in ("index.html", "docs.html"):
        for name in re.findall(r'(?:src|href)="/static/([^"#]+)', (WEB / page).read_text()):
            assert "/" not in name
            assert (WEB / "static" / name).is_file()


def test_the_description_says_what_can_come_of_every_path() -> None:
    document = describe()
    for path, operations in document["paths"].items():
        answers = operations["get"]["responses"]
        assert {"200", "429", "503", "default"} <= answers.keys(), path
        assert ("400" in answers) == path.startswith("/v1/"), path
        assert ("404" in answers) == ("{" in path), path
        assert {"RateLimit", "RateLimit-Policy"} <= answers["200"]["headers"].keys()
        is_tagged = path in ("/v1/sites", "/v1/sites/{id}", "/v1/areas", "/v1/about")
        assert ("304" in answers) == ("ETag" in answers["200"]["headers"]) == is_tagged
        assert ("options" in operations) == path.startswith("/v1/")
    ids = [
        one["operationId"] for path in document["paths"].values() for one in (path["get"], path.get("options")) if one
    ]
    assert len(set(ids)) == len(ids) > 8
    refused = document["components"]["responses"]["TooManyRequests"]
    assert {"Retry-After", "RateLimit", "RateLimit-Policy"} == refused["headers"].keys()
    assert "application/problem+json" in refused["content"]
