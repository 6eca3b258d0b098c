"""The desk is put together of rooms: their routes, their words in the document, their troubles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateways.desk.serve import DeskRoom, create_desk_app


@asynccontextmanager
async def asking(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test") as client,
    ):
        yield client


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def test_each_room_brings_routes_words_and_what_runs_beside_them() -> None:
    happened = []

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        happened.append("entered")
        yield
        happened.append("left")

    room = DeskRoom(
        "greeting", [Route("/v1/desk/hello", hello)], paths={"/v1/desk/hello": {"get": {}}}, running=running
    )
    async with asking(create_desk_app([room, DeskRoom("empty")])) as client:
        assert (await client.get("/v1/desk/hello")).text == "hello"
        assert (await client.get("/openapi.json")).json()["paths"] == {"/v1/desk/hello": {"get": {}}}
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        assert happened == ["entered"]
    assert happened == ["entered", "left"]


async def test_a_room_in_trouble_is_said_and_the_desk_lives() -> None:
    room = DeskRoom("sad", find_trouble=lambda: "Kafka does not answer")
    async with asking(create_desk_app([room])) as client:
        assert (await client.get("/healthz")).status_code == 200
        refused = await client.get("/readyz")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "Kafka does not answer"


async def test_what_is_not_there_is_a_problem_and_no_other_origin_is_let_in() -> None:
    async with asking(create_desk_app([])) as client:
        missing = await client.get("/v1/desk/nothing", headers={"Origin": "https://elsewhere.example"})
    assert missing.status_code == 404
    assert "openapi.json" in missing.json()["detail"]
    assert "access-control-allow-origin" not in missing.headers
