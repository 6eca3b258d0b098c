"""The same pages in a real Chromium: axe finds nothing, light and dark; at 200 % text none scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from gateways.desk.pages.live import DeskView
from gateways.desk.pages.serve import DeskPages
from gateways.desk.serve import DeskRoom
from ops.desk_past import DeskPast
from store.mirror import Mirror
from tests.gateways.desk.pages.books_world import CITY, BooksDesk
from tests.gateways.desk.pages.in_thread import DeskInThread
from tests.gateways.desk.test_looking_back import folder, past

__all__ = ["folder", "past"]
pytestmark = pytest.mark.real
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    "rejects": "/rejects",
    "round": "/round",
    "audit": "/audit",
    "report": "/report",
    "past": "/past?time=2026-05-04T14:05",
    "day": "/places/677/day?date=2026-05-04",
}
LARGE = "document.documentElement.style.fontSize = '187.5%'"


class NoPort:
    """Of the pages that are not looked at here."""

    async def statuses(self) -> dict[str, object]:
        """None."""
        return {}


class ServedBooks(DeskInThread):
    """A desk in a thread of its own."""

    def __init__(self, past: DeskPast) -> None:
        super().__init__()
        self.desk = BooksDesk(past)

    def rooms(self) -> list[DeskRoom]:
        pages = DeskPages(DeskView(Mirror(CITY)), NoPort(), self.desk.require, lambda request, pieces: pieces)  # type: ignore[arg-type]
        return [self.desk.books.room(), pages.room()]


@pytest.fixture
def served(past: DeskPast) -> Iterator[ServedBooks]:
    with ServedBooks(past).running() as one:
        yield one


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1024)])
def test_axe_finds_no_violation(served: ServedBooks, browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(served.url + path)
        for details in page.query_selector_all("details"):
            details.evaluate("one => { one.open = true; }")
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found] == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=name != "audit")
        page.evaluate(LARGE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} at 200 % text"
    context.close()


def test_the_past_stays_named_however_far_one_scrolls_and_has_no_clock_of_now(
    served: ServedBooks, browser: Browser
) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 300}).new_page()
    page.goto(served.url + PAGES["past"])
    page.mouse.wheel(0, 4000)
    page.wait_for_function("scrollY > 0")
    banner = page.locator(".past").bounding_box()
    assert banner is not None
    assert banner["y"] >= 0
    assert page.locator("#time").is_hidden()
    assert page.locator("#link").is_hidden()
