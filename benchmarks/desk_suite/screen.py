"""The overview in a real Chromium: when it can be used, how it moves, and when a number that was written is painted.

Everything is timed by the page's own clock, which is the machine's, and so is the writer's. Only ``PAGE``, ``ROWS`` and
``CLICKED`` know how the page is made.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, async_playwright

from benchmarks.desk_suite.house import DeskProcess

PAGE = "/"
ROWS = "html.live main tbody tr"
CLICKED = "main thead th button, main summary, main button"
_WAIT_S = 20
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_WATCH = """(({ rows, clicked }) => {
  const seen = { shifted: 0, long: [], numbers: {}, paint: null, rows: null, answered: null };
  window.__seen = seen;
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shifted += entry.value; });
  watch("longtask", (entry) => seen.long.push([Math.round(entry.startTime), entry.duration]));
  watch("paint", (entry) => { if (entry.name === "first-contentful-paint") seen.paint = entry.startTime; });
  const painted = (then) => requestAnimationFrame(() => setTimeout(then, 0));
  const note = (text) => {
    for (const [number] of (text ?? "").matchAll(/(?<![\\d\\u202f\\u00a0])\\d{3}(?![\\d\\u202f\\u00a0])/g)) {
      painted(() => (seen.numbers[number] ??= []).push(performance.timeOrigin + performance.now()));
    }
  };
  let asked = false;
  const look = (changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "characterData") note(target.data);
      else if (type === "childList") for (const node of addedNodes) {
        const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        if (node.nodeType === Node.TEXT_NODE) note(node.data);
        while (texts.nextNode()) note(texts.currentNode.data);
      }
    }
    if (asked || !document.querySelector(rows)) return;
    asked = true;
    painted(() => {
      seen.rows = performance.now();
      const button = document.querySelector(clicked);
      if (!button) return;
      new MutationObserver((_, me) => {
        me.disconnect();
        painted(() => { seen.answered = performance.now(); });
      }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true });
      button.click();
    });
  };
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, characterData: true, attributeFilter: ["class"],
  });
})"""


class Screen:
    """One page of one operator."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.bytes = self.requests = 0

    async def seen(self) -> dict[str, Any]:
        """What the page has noted so far."""
        found: dict[str, Any] = await self.page.evaluate("window.__seen")
        return found

    async def loaded(self) -> dict[str, Any]:
        """Wait until it can be used, and a moment for whatever still moves."""
        async with asyncio.timeout(_WAIT_S):  # wait_for_function would be against the page's policy
            while (await self.seen())["answered"] is None:
                await self.page.wait_for_timeout(100)
        await self.page.wait_for_timeout(1_500)
        return await self.seen()


@asynccontextmanager
async def screens(desk: DeskProcess) -> AsyncIterator["Browser"]:
    """A browser, for the block."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield Browser(chromium, desk)
        finally:
            await chromium.close()


class Browser:
    """Opens the overview, each time as somebody whose browser has never seen it."""

    def __init__(self, chromium: Any, desk: DeskProcess) -> None:
        self._chromium, self._desk = chromium, desk

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Screen]:
        """A cold load."""
        name, value = await self._desk.come_in("screen")
        context = await self._chromium.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
        await context.add_cookies([{"name": name, "value": value, "url": self._desk.url}])
        page = await context.new_page()
        screen = Screen(page)
        await page.add_init_script(f"({_WATCH})({{ rows: {ROWS!r}, clicked: {CLICKED!r} }})")
        wire = await context.new_cdp_session(page)
        await wire.send("Network.enable")
        wire.on("Network.dataReceived", lambda said: _add(screen, said["encodedDataLength"]))
        wire.on("Network.requestWillBeSent", lambda _: _count(screen))
        await page.goto(self._desk.url + PAGE, wait_until="commit")
        try:
            yield screen
        finally:
            await context.close()


def _add(screen: Screen, size: int) -> None:
    screen.bytes += size


def _count(screen: Screen) -> None:
    screen.requests += 1


async def time_loads(browser: Browser, count: int) -> list[dict[str, Any]]:
    """So many cold loads, one after another: milliseconds from the start of navigation, shifts, long tasks, bytes."""
    found = []
    for _ in range(count):
        async with browser.opened() as screen:
            seen = await screen.loaded()
            long = [length for _, length in seen["long"]]
            found.append(
                {
                    "paint_ms": seen["paint"], "rows_ms": seen["rows"], "interactive_ms": seen["answered"],
                    "cls": seen["shifted"], "longest_task_ms": max(long, default=0.0),
                    "blocked_ms": sum(length - 50 for length in long), "bytes": screen.bytes,
                    "requests": screen.requests,
                }
            )  # fmt: skip
        await asyncio.sleep(0.2)
    return found
