"""Overview, places and a place in a real Chromium: axe finds nothing, all goes by keys, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.gateways.desk.pages.desk_world import ServedDesk

pytestmark = pytest.mark.real
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {"overview": "/?lang=fr", "places": "/places", "place": "/places/p0009", "zone": "/places/z0001"}
LARGE = "document.documentElement.style.fontSize = '187.5%'"
FOCUSED = "document.activeElement.closest('form')?.dataset.post ?? document.activeElement.tagName"


@pytest.fixture
def served() -> Iterator[ServedDesk]:
    with ServedDesk().running() as one:
        yield one


@pytest.fixture
def page(served: ServedDesk, browser: Browser) -> Iterator[Page]:
    """The overview, live."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    one = context.new_page()
    one.goto(f"{served.url}/?lang=fr")
    expect(one.locator("html.live")).to_be_attached()
    yield one
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024])
def test_axe_finds_no_violation(served: ServedDesk, browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(served.url + path)
        expect(page.locator("html.live")).to_be_attached()
        page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png")
        if name == "overview" and width == 1440:
            assert page.locator(".bar").bounding_box()["height"] < 60, "the header is one line"  # type: ignore[index]
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        for state in ("as it is", "all shown"):
            found = Axe().run(page, options=RULES).response["violations"]
            assert [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found] == [], (name, state)
            page.evaluate("document.getElementById('said').textContent = 'Fait.'")
            page.evaluate("for (const one of document.querySelectorAll('.notice')) one.hidden = false")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        page.evaluate(LARGE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} at 200 % text"
    context.close()


def test_by_tab_and_enter_alone_the_worst_alarm_is_acknowledged_and_focus_stays(served: ServedDesk, page: Page) -> None:
    post = f"/v1/desk/alarms/{served.worst.id}/acknowledge"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == post:
            break
    else:
        pytest.fail("not reached")
    served.tell(served.worst, 2_500)
    row = page.locator(f"#alarm-{served.worst.id}".replace(":", "\\:"))
    expect(row).to_contain_text("500 places")
    assert page.evaluate(FOCUSED) == post, "the row was exchanged beneath the finger"
    page.keyboard.press("Enter")
    expect(page.locator(f'form[data-post="{post}"]')).to_have_count(0)
    assert page.evaluate(FOCUSED) == f"/v1/desk/alarms/{served.worst.id}/own"
    assert row.get_attribute("class") == "acknowledged"
    expect(page.locator("#said")).to_have_text("Fait.")
    assert len(served.kept.decisions) == 4


def test_what_is_half_typed_is_left_alone_and_said_to_have_changed(served: ServedDesk, page: Page) -> None:
    row = page.locator(f'tr:has(form[data-post="/v1/desk/alarms/{served.next.id}/note"])')
    row.locator("summary").click()
    field = row.locator("input[name=text]")
    field.type("appelé l'aste")
    served.tell(served.next, 1_700)
    served.tell(served.worst, 2_600)
    expect(row).to_have_class("unacknowledged changed")
    expect(row.locator(".changed-note")).to_have_text("▲ a changé depuis que vous écrivez")
    expect(page.locator("#said")).to_contain_text("a changé depuis que vous écrivez")
    field.type("reinte ?a/")
    assert field.input_value() == "appelé l'astereinte ?a/"
    assert page.url.endswith("/?lang=fr")
    assert not page.locator("#keys").is_visible()
    field.press("Enter")
    expect(row).to_contain_text("Ada Lovelace : appelé l'astereinte ?a/")
    expect(row).to_have_class("unacknowledged")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_keys(served: ServedDesk, page: Page) -> None:
    for word in (served.worst, served.last, served.next):
        page.keyboard.press("a")
        assert page.evaluate(FOCUSED) == f"/v1/desk/alarms/{word.id}/acknowledge"
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    found = Axe().run(page, options=RULES).response["violations"]
    assert [one["id"] for one in found] == []
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.url.endswith("/?lang=fr"), "they are off"
    page.locator("#keys-open").click()
    page.locator("#keys-on").check()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/places")
    page.keyboard.press("a")
    page.wait_for_url("**/#next-alarm")
    assert page.evaluate(FOCUSED) == f"/v1/desk/alarms/{served.worst.id}/acknowledge"
