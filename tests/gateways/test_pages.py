"""The page's files as they go out: the city's name before any script runs, and scripts without their comments."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateways.api.pages import WEB, page_routes, without_comments

NODE = shutil.which("node")
TOOLS = Path(__file__).parent / "page"
SCRIPTS = sorted((WEB / "static").glob("*.js"))


def page_of(located: str) -> httpx.AsyncClient:
    gateway = httpx.ASGITransport(Starlette(routes=page_routes(None, lambda: located)))
    return httpx.AsyncClient(transport=gateway, base_url="http://gateway")


async def test_the_page_names_its_city_before_any_script_has_run() -> None:
    async with page_of("au Mans") as client:
        page = (await client.get("/")).text
    assert "<title>Places libres au Mans</title>" in page
    assert 'data-word="page.title">Places libres au Mans</h1>' in page
    assert "stationnement libres au Mans, en direct" in page
    assert "{located}" not in page


async def test_a_city_that_is_not_known_yet_is_not_named_and_one_that_is_has_a_page_of_its_own() -> None:
    said = [""]
    gateway = httpx.ASGITransport(Starlette(routes=page_routes(None, lambda: said[0])))
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        before = await client.get("/")
        assert "<title>Places libres</title>" in before.text
        said[0] = "à <Nantes>"
        after = await client.get("/", headers={"If-None-Match": before.headers["etag"]})
        assert "<title>Places libres à &lt;Nantes&gt;</title>" in after.text


async def test_a_script_keeps_its_lines_and_loses_the_comments_that_fill_them() -> None:
    script = b'// Why.\nconst a = 1; // here\n/**\n * @param {x} y\n */\n  /** one line */\nconst u = "http://b";\n'
    assert without_comments(script) == b'\nconst a = 1; // here\n\n\n\n\nconst u = "http://b";\n'
    async with page_of("") as client:
        for file in SCRIPTS:
            served = (await client.get(f"/static/{file.name}")).text
            assert served.count("\n") == file.read_text().count("\n")
            assert "@param" not in served


@pytest.mark.skipif(NODE is None, reason="no node here to read the page's scripts: install Node.js 20 or newer")
@pytest.mark.skipif(not (TOOLS / "node_modules").is_dir(), reason="the page's tools are not here: make page")
def test_what_is_served_is_the_same_program(tmp_path: Path) -> None:
    pairs = [[file.read_text(), without_comments(file.read_bytes()).decode()] for file in SCRIPTS]
    (tmp_path / "pairs.json").write_text(json.dumps(pairs))
    done = subprocess.run(
        [str(NODE), str(TOOLS / "same.mjs"), str(tmp_path / "pairs.json")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout or "[]")) == (0, [True] * len(SCRIPTS)), done.stderr
