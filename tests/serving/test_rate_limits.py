"""Limits by client: who asks too much is told so and when to come again, and nobody else is."""

from __future__ import annotations

import json

import pytest

from serving.clients import ClientFinder
from serving.headers import ANY_ORIGIN, WithHeaders
from serving.rate_limits import Allowance, ClientWindows, RateLimited, read_limits
from tests.serving.asking import Answer, app_of, ask, scope_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def ask_as(app: RateLimited | WithHeaders, client: str) -> Answer:
    return await ask(app, scope_of(client=client))


def limited(text: str, clock: Clock) -> WithHeaders:
    windows = ClientWindows(read_limits(text), clock)
    return WithHeaders(RateLimited(app_of(b"{}"), windows, ClientFinder(), ANY_ORIGIN), {})


async def test_over_the_limit_is_429_with_what_the_client_needs_to_know_and_others_go_on() -> None:
    clock = Clock()
    app = limited("3/minute", clock)
    mine = [await ask_as(app, "192.0.2.1") for _ in range(5)]
    clock.now += 12.5
    later, other = await ask_as(app, "192.0.2.1"), await ask_as(app, "192.0.2.2")
    assert [one.status for one in mine] == [200, 200, 200, 429, 429]
    told = [one.headers.get("ratelimit") for one in mine]
    assert told == [None, *(f'"per-minute";r={left};t=60' for left in (1, 0, 0, 0))], "from half the limit on"
    assert {one.headers["ratelimit-policy"] for one in mine[1:]} == {'"per-minute";q=3;w=60'}
    assert (later.status, later.headers["retry-after"], later.headers["ratelimit"]) == (
        429,
        "48",
        '"per-minute";r=0;t=48',
    )
    assert later.headers["content-type"] == "application/problem+json"
    assert later.headers["access-control-allow-origin"] == "*", "a script of another origin may read why"
    problem = json.loads(later.body)
    assert (problem["status"], "ask again in 48 s" in problem["detail"]) == (429, True)
    assert other.status == 200
    clock.now += 48
    assert (await ask_as(app, "192.0.2.1")).status == 200


async def test_of_several_limits_the_nearest_counts() -> None:
    clock = Clock()
    app = limited("2/second; 3/minute", clock)
    first = [await ask_as(app, "192.0.2.1") for _ in range(2)]
    clock.now += 1
    then = [await ask_as(app, "192.0.2.1") for _ in range(2)]
    assert [one.status for one in first + then] == [200, 200, 200, 429]
    assert then[1].headers["ratelimit"] == '"per-minute";r=0;t=59'
    assert then[1].headers["ratelimit-policy"] == '"per-second";q=2;w=1, "per-minute";q=3;w=60'


async def test_who_is_over_several_limits_is_told_to_wait_for_the_longest() -> None:
    clock = Clock()
    app = limited("2/second; 3/minute", clock)
    refused = [await ask_as(app, "192.0.2.1") for _ in range(12)][-1]
    assert (refused.status, refused.headers["retry-after"]) == (429, "60"), "in a second it would be refused again"


def test_memory_is_bounded_whoever_asks() -> None:
    windows = ClientWindows(read_limits("5/minute"), Clock(), most=100)
    for number in range(1_000):
        windows.take(f"client {number}")
    assert len(windows) == 100
    windows.take("client 999")
    assert windows.take("client 999") == Allowance(windows.policies[0], 2, 60), "who was there last is not forgotten"


@pytest.mark.parametrize("off", ["0", "", " 0 "])
def test_0_is_no_limit(off: str) -> None:
    assert read_limits(off) == ()


@pytest.mark.parametrize("wrong", ["many", "10", "10/fortnight"])
def test_what_is_no_limit_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_limits(wrong)


async def test_a_proxy_that_nobody_named_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    app = limited("1/minute", Clock())
    for _ in range(4):
        await ask(app, scope_of(client="172.18.0.2", X_Forwarded_For="198.51.100.7"))
        await ask(app, scope_of(client="203.0.113.66", X_Forwarded_For="198.51.100.7"))
    [said] = [record.getMessage() for record in caplog.records]
    assert said.startswith("172.18.0.2 is refused as one client")
    assert "PLACELIBRE_TRUSTED_PROXIES" in said, "and not a word for whoever on the internet writes such a header"
