"""Signing in at a real identity provider: npm's oidc-provider, which the OpenID Foundation has certified."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from gateways.desk.access import door
from gateways.desk.access.keeping import KeptInMemory
from gateways.desk.access.provider.people import RENEWED_EVERY_S
from gateways.desk.access.provider.setup import ProviderSetup
from gateways.desk.access.serve import create_access
from serving.connections import Doors
from serving.server import serve_beside
from tests.gateways.desk.access.small_provider import GRANTS
from tests.gateways.desk.access.world import HOLDERS, Clock, desk_app
from tests.support import free_ports, wait_for

HERE = Path(__file__).parent / "provider"
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECRET = "a-secret-of-tests-that-is-long-enough"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not NODE, reason="no node here: install Node.js 20 or newer"),
    pytest.mark.skipif(not (HERE / "node_modules").is_dir(), reason="oidc-provider is not there: make provider"),
]


class RealProvider:
    """The provider as a process of its own, which knows a desk at an address."""

    def __init__(self, desk: str, folder: Path, refresh: bool = True) -> None:
        port = free_ports()
        self.issuer = f"http://127.0.0.1:{port}"
        told = {
            "port": port, "redirectUris": [f"{desk}/callback"], "afterLogout": [f"{desk}/signed-out"],
            "secret": SECRET, "refresh": refresh,
        }  # fmt: skip
        self.log = folder / "provider.log"
        with self.log.open("wb") as log:
            words = [str(NODE), "provider.mjs", json.dumps(told)]
            self.process = subprocess.Popen(words, cwd=HERE, stdout=log, stderr=subprocess.STDOUT)
        wait_for("the provider", lambda: "ready" in self.log.read_text())
        self.setup = ProviderSetup(self.issuer, "placelibre", SECRET, GRANTS)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class World:
    """A desk, its provider, and the time of the desk, which runs on from now by what a test adds to it."""

    def __init__(self, folder: Path, refresh: bool = True) -> None:
        self.port = free_ports()
        self.desk = f"http://127.0.0.1:{self.port}"
        self.provider = RealProvider(self.desk, folder, refresh)
        self.clock = AddedClock()
        self.kept = KeptInMemory(self.clock.monotonic)
        self.access = create_access(self.kept, HOLDERS, (), self.provider.setup, self.clock)
        self.app = desk_app(self.access)

    def browser(self) -> httpx.AsyncClient:
        """Follows the provider's redirects over the network, and the desk's to the app."""
        desk = httpx.ASGITransport(self.app, client=("127.0.0.1", 40000))
        return httpx.AsyncClient(follow_redirects=True, mounts={self.desk: desk}, timeout=10)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The desk on a real port."""
        serving = asyncio.create_task(serve_beside(self.app, ("127.0.0.1", self.port), Doors()))
        try:
            yield self.desk
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


class AddedClock(Clock):
    """The real time, and what was added: the provider cannot be told another."""

    def __init__(self) -> None:
        super().__init__()
        self.start = self.now

    def __call__(self) -> Any:
        return datetime.now(UTC) + (self.now - self.start)

    def monotonic(self) -> float:
        return float(self().timestamp())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    one = World(tmp_path)
    async with one.access.running():
        yield one
    one.provider.stop()


async def sign_in(browser: httpx.AsyncClient, world: World, who: str, there: str = "/") -> httpx.Response:
    """Fill in the provider's pages: who it is, and that the desk may know it."""
    page = await browser.get(f"{world.desk}/login", params={"next": there})
    for _ in range(3):
        form = re.search(r'<form[^>]*action="([^"]+)"', page.text)
        if form is None or not str(page.url).startswith(world.provider.issuer):
            break
        fields = dict(re.findall(r'name="(prompt)" value="([^"]*)"', page.text))
        page = await browser.post(form[1], data=fields | {"login": who, "password": "any"})
    return page


async def me(browser: httpx.AsyncClient, world: World) -> Any:
    return await browser.get(f"{world.desk}/v1/desk/me")


async def test_a_person_signs_in_acts_and_signs_out(world: World) -> None:
    async with world.browser() as browser:
        page = await sign_in(browser, world, "m.durand", "/?place=bouffay")
        assert str(page.url) == f"{world.desk}/?place=bouffay", page.text
        known = (await me(browser, world)).json()
        assert (known["name"], known["roles"]) == ("m.durand", {"nantes": ["operate"]})
        csrf = {door.CSRF_HEADER: known["csrf"]}
        assert (await browser.post(f"{world.desk}/v1/desk/act", headers=csrf)).json() == "m.durand"
        there = await browser.post(f"{world.desk}/logout", headers=csrf | {"accept": "application/json"})
        page = await browser.get(there.json()["location"])
        form = re.search(r'action="([^"]+)"', page.text)
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert form, page.text
        assert xsrf, page.text
        page = await browser.post(form[1], data={"xsrf": xsrf[1], "logout": "yes"})
        assert "Vous n’êtes plus connecté" in page.text
        assert (await me(browser, world)).status_code == 401
        page = await browser.get(f"{world.desk}/login")
        assert str(page.url).startswith(world.provider.issuer), "the provider asks again who it is"


async def test_who_has_no_role_here_is_told_so(world: World) -> None:
    async with world.browser() as browser:
        page = await sign_in(browser, world, "j.petit")
        assert (page.status_code, "j.petit" in page.text) == (403, True)
        assert (await me(browser, world)).status_code == 401


async def test_a_callback_that_is_played_again_lets_nobody_in(world: World) -> None:
    async with world.browser() as browser:
        page = await sign_in(browser, world, "m.durand")
        callback = next(str(one.url) for one in page.history if "/callback?" in str(one.url))
        assert (await browser.get(callback)).status_code == 403
        assert (await me(browser, world)).status_code == 200, "and throws nobody out"
    async with world.browser() as thief:
        assert (await thief.get(callback)).status_code == 403


async def test_the_provider_is_asked_again_and_a_removed_person_is_out(world: World) -> None:
    async with world.browser() as browser:
        await sign_in(browser, world, "a.chef")
        for _ in range(3):
            world.clock.later(seconds=RENEWED_EVERY_S + 1)
            assert (await me(browser, world)).json()["roles"] == {"*": ["admin"]}, "its refresh tokens rotate"
        async with httpx.AsyncClient() as keeper:
            await keeper.get(f"{world.provider.issuer}/tests/remove/a.chef")
        assert (await me(browser, world)).status_code == 200
        world.clock.later(seconds=RENEWED_EVERY_S + 1)
        assert (await me(browser, world)).status_code == 401


async def test_a_provider_that_is_gone_is_a_sentence(world: World) -> None:
    world.provider.stop()
    async with world.browser() as browser:
        page = await browser.get(f"{world.desk}/login")
        assert (page.status_code, "ne peut pas être joint" in page.text) == (503, True)


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium")
async def test_in_a_real_browser_the_cookie_comes_back_from_the_provider_and_scripts_see_none(world: World) -> None:
    async with world.served() as desk, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await (await chromium.new_context()).new_page()
        await page.goto(f"{desk}/?place=bouffay")
        await page.fill("[name=login]", "m.durand")
        await page.fill("[name=password]", "any")
        await page.click("button[type=submit]")
        await page.click("button[type=submit]")
        await page.wait_for_url(f"{desk}/?place=bouffay")
        assert "m.durand" in await page.inner_text("body")
        assert await page.evaluate("document.cookie") == ""
        own = "fetch('/v1/desk/act', {method: 'POST', headers: {'x-placelibre-csrf': CSRF}}).then((one) => one.status)"
        csrf = await page.evaluate("fetch('/v1/desk/me').then((one) => one.json()).then((one) => one.csrf)")
        assert await page.evaluate(own.replace("CSRF", json.dumps(csrf))) == 200
        assert await page.evaluate(own.replace("CSRF", "'none'")) == 403
        await page.goto(f"{world.provider.issuer}/.well-known/openid-configuration")  # a page of another origin
        sent = f"fetch('{desk}/v1/desk/act', {{method: 'POST', mode: 'no-cors', credentials: 'include'}})"
        async with page.expect_response(f"{desk}/v1/desk/act") as answered:
            await page.evaluate(f"{sent}.then(() => 1, () => 0)")
        # 401 would say that no cookie came: another port of one host is the same site, and Lax is no help there.
        assert (await answered.value).status == 403
        await page.goto(f"{desk}/")
        leave = "fetch('/logout', {method: 'POST', headers: {'accept': 'application/json', 'x-placelibre-csrf': CSRF}})"
        leave += ".then((one) => one.json()).then((one) => location.assign(one.location))"
        async with page.expect_navigation(url=f"{world.provider.issuer}/session/end**"):
            await page.evaluate(leave.replace("CSRF", json.dumps(csrf)))
        await page.click("button[value=yes]")
        await page.wait_for_url(f"{desk}/signed-out")
        assert "Vous n’êtes plus connecté" in await page.inner_text("main")
        await chromium.close()
