"""Files from memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import brotli
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.assets import Assets

TEXT = "export const vacant = null;\n" * 200


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "main.js").write_text(TEXT)
    (tmp_path / "small.css").write_text("a{}")
    (tmp_path / "icon.png").write_bytes(b"\x89PNG" + b"0" * 5_000)
    assets = Assets({"Cache-Control": "no-cache"})

    async def serve(request: Request) -> Response:
        return await assets.respond(request, tmp_path / request.path_params["file"])

    transport = httpx.ASGITransport(Starlette(routes=[Route("/{file}", serve)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
        yield asking


async def test_a_file_comes_in_the_coding_that_is_taken_under_a_tag_of_its_own(client: httpx.AsyncClient) -> None:
    tags = set()
    for accepted, coding in (("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)):
        reply = await client.get("/main.js", headers={"Accept-Encoding": accepted})
        assert (reply.status_code, reply.headers.get("content-encoding"), reply.text) == (200, coding, TEXT)
        assert reply.headers["content-type"].startswith("text/javascript")
        assert reply.headers["cache-control"] == "no-cache"
        tags.add(reply.headers["etag"])
        again = await client.get(
            "/main.js", headers={"Accept-Encoding": accepted, "If-None-Match": reply.headers["etag"]}
        )
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", reply.headers["etag"])
    assert len(tags) == 3


async def test_what_gains_nothing_is_left_as_it_is(client: httpx.AsyncClient) -> None:
    for name in ("/small.css", "/icon.png"):
        assert "content-encoding" not in (await client.get(name, headers={"Accept-Encoding": "br"})).headers


async def test_a_file_that_has_changed_is_read_again(client: httpx.AsyncClient, tmp_path: Path) -> None:
    before = (await client.get("/main.js")).headers["etag"]
    (tmp_path / "main.js").write_text(TEXT.replace("null", "283"))
    os.utime(tmp_path / "main.js", (1, 1))
    after = await client.get("/main.js", headers={"If-None-Match": before})
    assert (after.status_code, "283" in after.text) == (200, True)


async def test_head_says_what_get_would(client: httpx.AsyncClient) -> None:
    got = await client.get("/main.js", headers={"Accept-Encoding": "br"})
    head = await client.head("/main.js", headers={"Accept-Encoding": "br"})
    assert dict(head.headers) == dict(got.headers)
    assert int(head.headers["content-length"]) == len(brotli.compress(TEXT.encode(), quality=11))


async def test_a_file_prepared_otherwise_is_another_answer_and_the_last_alone_is_kept(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("in {city}")
    assets = Assets({})

    async def serve(request: Request) -> Response:
        return await assets.respond(request, tmp_path / "page.html", Named(request.query_params["city"]))

    transport = httpx.ASGITransport(Starlette(routes=[Route("/", serve)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
        replies = [await asking.get("/", params={"city": city}) for city in ("Rennes", "Le Mans", "Le Mans")]
    assert [reply.text for reply in replies] == ["in Rennes", "in Le Mans", "in Le Mans"]
    assert len({reply.headers["etag"] for reply in replies}) == 2
    assert len(assets._kept) == 1, "a city may be called anew as often as it likes"


class Named(NamedTuple):
    """Writes a city's name into a page."""

    city: str

    def __call__(self, page: bytes) -> bytes:
        return page.replace(b"{city}", self.city.encode())
