"""A gateway behind a proxy that buffers: who can say so is heard at once, and the page does without a stream."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import async_playwright

from ops.settings import Settings
from store.connecting import open_redis
from store.writer import LiveWriter
from tests.buffering import buffering
from tests.gateways.serving import counted, serving, until_ready
from tests.support import TENANT, site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
async def writer(servers: Settings) -> AsyncIterator[LiveWriter]:
    live = open_redis(servers.redis, 5, 10)
    await live.flushall()
    writer = LiveWriter(live, 1)
    await writer.apply_catalogue(TENANT, [(site(id="p1", name="Parking 1"), (1, 1))])
    await writer.apply_changes(TENANT, 0, [counted("p1", 11, 1)], None)
    yield writer
    await live.aclose()


async def test_a_proxy_that_can_be_told_passes_each_event_on_at_once(servers: Settings, writer: LiveWriter) -> None:
    async with serving(servers.redis) as client:
        await until_ready(client)
        async with buffering(client.base_url.port or 0, obeys=True) as port:
            url = f"http://127.0.0.1:{port}/v1/changes"
            async with httpx.AsyncClient() as behind, behind.stream("GET", url, timeout=10) as events:
                assert events.headers["x-accel-buffering"] == "no"
                assert events.headers["cache-control"] == "no-store"
                lines = events.aiter_lines()
                async with asyncio.timeout(10):
                    while '"vacant":11' not in await anext(lines):
                        pass
                    await writer.apply_changes(TENANT, 0, [counted("p1", 12, 2)], None)
                    began = time.monotonic()
                    while '"vacant":12' not in await anext(lines):
                        pass
                assert time.monotonic() - began < 2


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium")
async def test_behind_one_that_keeps_all_of_it_the_page_asks_instead(servers: Settings, writer: LiveWriter) -> None:
    flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    async with serving(servers.redis) as client, async_playwright() as playwright:
        await until_ready(client)
        async with buffering(client.base_url.port or 0, obeys=False) as port:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            page = await browser.new_page()
            await page.goto(f"http://127.0.0.1:{port}/")
            await page.wait_for_selector("tr[data-place='p1'][data-vacant='11']", timeout=30_000)
            assert await page.get_attribute("#link", "data-link") in ("live", "old")
            await writer.apply_changes(TENANT, 0, [counted("p1", 12, 2)], None)
            await page.wait_for_selector("tr[data-place='p1'][data-vacant='12']", timeout=40_000)
            await browser.close()
