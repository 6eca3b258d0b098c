"""Headers of every answer, and what a browser asks first."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.headers import ANY_ORIGIN, OpenToAnyOrigin, WithHeaders, fixed_headers
from serving.policy import NO_POLICY
from serving.problems import problem_handlers
from tests.serving.asking import app_of, ask, scope_of


async def test_every_answer_says_that_its_type_is_meant_and_what_it_varies_with() -> None:
    answer = await ask(WithHeaders(app_of(b"{}"), fixed_headers()))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "strict-transport-security" not in answer.headers, "over plain HTTP it would be wrong"


async def test_a_mistake_of_ours_is_answered_with_them_too() -> None:
    async def broken(request: Request) -> Response:
        raise ZeroDivisionError

    app = Starlette(
        routes=[Route("/v1/x", broken)],
        middleware=NO_POLICY.for_readers(("/v1/",), ANY_ORIGIN),
        exception_handlers=problem_handlers(lambda request, error: "", "a mistake", ANY_ORIGIN),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.get("/v1/x")
    assert (answer.status_code, answer.json()["detail"]) == (500, "a mistake")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_hsts_is_said_where_the_city_says_so() -> None:
    answer = await ask(WithHeaders(app_of(b"{}"), fixed_headers(31_536_000)))
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_preflight_for_the_headers_of_an_event_stream_is_allowed() -> None:
    app = OpenToAnyOrigin(app_of(b"{}"), ("/v1/",))
    asked = {
        "Origin": "https://ville.example",
        "Access_Control_Request_Method": "GET",
        "Access_Control_Request_Headers": "last-event-id,if-none-match",
    }
    answer = await ask(app, scope_of("OPTIONS", "/v1/changes", **asked))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {"last-event-id", "if-none-match"} <= set(allowed)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_elsewhere_options_is_the_apps_own_business() -> None:
    app = OpenToAnyOrigin(app_of(b"{}", status=405), ("/v1/",))
    assert (await ask(app, scope_of("OPTIONS", "/static/main.js"))).status == 405
    assert (await ask(app, scope_of("GET", "/v1/sites"))).status == 405
