"""The wall of faces in a real Chromium: readable by everyone, live, and never showing an old face as if it held."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from gateways.signs.serve import create_signs_app
from parking.signs.status import Shown
from serving.server import make_server
from tests.gateways.signs.desk_world import MULTI, FakePort, FakeRecord, every_state, status_of
from tests.support import free_ports, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FIRST_LOADED = "[...document.images].slice(0, 3).every((image) => image.complete && image.naturalWidth > 0)"


class Wall:
    """A server in a thread of its own."""

    def __init__(self) -> None:
        self.port, self.ended, self.at = FakePort(*every_state()), threading.Event(), free_ports()
        self.url = f"http://127.0.0.1:{self.at}"
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.is_open = False

    async def _serve(self) -> None:
        server = make_server(create_signs_app(self.port, FakeRecord(self.port), {}), "127.0.0.1", self.at)
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self.is_open = True
        await asyncio.to_thread(self.ended.wait)
        server.should_exit = True
        await running

    def stop(self) -> None:
        self.ended.set()
        self.thread.join()


@pytest.fixture
def wall() -> Iterator[Wall]:
    one = Wall()
    one.thread.start()
    wait_for("the wall", lambda: one.is_open)
    yield one
    one.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def open_wall(browser: Browser, wall: Wall, path: str = "/", width: int = 1440, **more: object) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, **more).new_page()  # type: ignore[arg-type]
    page.goto(wall.url + path)
    return page


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize(("scheme", "path"), [("light", "/"), ("dark", "/?lang=en")])
def test_axe_finds_no_violation(
    wall: Wall, browser: Browser, tmp_path: Path, width: int, scheme: str, path: str
) -> None:
    page = open_wall(browser, wall, path, width, color_scheme=scheme)
    assert wait_for("the first faces", lambda: page.evaluate(FIRST_LOADED))
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"
    page.screenshot(path=tmp_path / f"wall-{width}-{scheme}.png", full_page=True)


def test_what_changes_on_the_road_changes_on_the_page(wall: Wall, browser: Browser) -> None:
    page = open_wall(browser, wall)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    image = page.locator("#sign-shows img")
    assert "123" in (image.get_attribute("alt") or "")
    wall.port.written |= {
        "shows": status_of("shows", shown=Shown(at=datetime.now(UTC), text=MULTI.replace("123", "77"), matches=True))
    }
    page.wait_for_selector("#sign-shows img[alt*='77']")
    assert wait_for("its picture", lambda: image.evaluate("(image) => image.naturalWidth > 0"))
    wall.port.written.pop("shows")
    page.wait_for_selector("#sign-shows[data-state='not_known']")
    assert said == []


def test_a_page_that_hears_nothing_for_a_minute_shows_no_face(wall: Wall, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.clock.install()
    page.goto(wall.url)
    page.wait_for_selector("#live:visible")
    wall.stop()
    page.clock.run_for(70_000)
    page.wait_for_selector("#lost:visible")
    assert page.locator("article img:visible").count() == 0
    assert page.locator("#live").is_hidden()


def test_without_a_script_it_says_the_same_and_looks_again_by_itself(wall: Wall, browser: Browser) -> None:
    page = open_wall(browser, wall, java_script_enabled=False)
    assert page.locator("article").count() == len(wall.port.inventory)
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1


def test_everything_can_be_reached_by_keyboard(wall: Wall, browser: Browser) -> None:
    page = open_wall(browser, wall)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "signs"
