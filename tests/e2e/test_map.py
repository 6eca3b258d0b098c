"""The driver's page in a real Chromium: from an observation in Kafka to a number on the map and in the table."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from gateways.api.pages import WEB
from parking.catalogue.model import Catalogue, Device, Place, Point
from parking.observations import OpeningChanged, SiteCounted, make_event_id
from parking.words import ClockBasis, Opening, TimeBasis
from sensors.contract import Declared
from sensors.simulator.bays import make_zones, observe_bays
from sensors.sources.nantes.adapter import INFO
from sensors.sources.nantes.places import ATTRIBUTION, NAME, read_communes
from streams.producer import ObservationProducer
from tests.conftest import House
from tests.support import ROOT, free_ports, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium")
TENANT = "nantes"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FLAGS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]

CAR_PARKS = {"677": ("Parking Commerce", -1.557713, 47.21312), "288": ("Parking Graslin", -1.562572, 47.21431)}
PLACES = [
    Place(
        tenant=TENANT, id=id_, name=name, point=Point(lon, lat), capacity=500, height_cm=190,
        devices=(Device(source="src", id=id_, valid_for_s=900),),
    )
    for id_, (name, lon, lat) in CAR_PARKS.items()
]  # fmt: skip
SILENT = Place(tenant=TENANT, id="1", name="P+R Silencieux", point=Point(-1.53, 47.22), capacity=50)


SHIFTED = """() => new Promise((resolve) => {
  let shifted = 0;
  const add = (entries) => { for (const { hadRecentInput, value } of entries) if (!hadRecentInput) shifted += value; };
  new PerformanceObserver((list) => add(list.getEntries())).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(shifted), 500);
})"""
OVER_THE_EDGE = """() => {
  const { right } = document.querySelector(".list-part").getBoundingClientRect();
  const over = (element) => element.getBoundingClientRect().right > right + 0.5;
  const found = [...document.querySelectorAll("table, tbody td, .nearest *, .tools *")].filter(over);
  return found.map((element) => element.outerHTML.slice(0, 80));
}"""


class City:
    """A worker, a gateway, and a hand on the producer."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.port = free_ports()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.gateway: subprocess.Popen[bytes] | None = None
        self._zones = make_zones(TENANT, PLACES, 60)
        self._number = 0

    def start_gateway(self) -> None:
        env = {"PLACELIBRE_LISTEN": f"127.0.0.1:{self.port}", "PLACELIBRE_TENANT": TENANT}
        self.gateway = subprocess.Popen(
            [sys.executable, "-m", "ops", "serve"], cwd=ROOT, env=os.environ | self.house.env | env
        )
        wait_for("the gateway", self._is_ready, 30)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(self.url + "readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def kill_gateway(self) -> None:
        if self.gateway is not None:
            self.gateway.kill()
            self.gateway.wait()

    def say(self, **vacant: int) -> None:
        """Counts of now, into Kafka; the first time with the catalogue and the bays before them."""
        counts = {name.removeprefix("p"): count for name, count in vacant.items()}
        with ThreadPoolExecutor(1) as thread:  # playwright's own loop runs in this one
            thread.submit(lambda: asyncio.run(self._say(counts))).result()

    async def _say(self, vacant: dict[str, int]) -> None:
        settings, now = self.house.settings, datetime.now(UTC)
        self._number += 1
        catalogue = Catalogue([*PLACES, SILENT, *self._zones])
        async with ObservationProducer(settings.kafka, settings.namespace, settings.partitions, catalogue) as producer:
            if self._number == 1:
                tenant = Declared((), (), NAME, ATTRIBUTION, read_communes()).as_tenant(TENANT, ClockBasis.WALL, INFO)
                await producer.declare(tenant, [*PLACES, SILENT, *self._zones])
                await producer.send(observe_bays(self._zones, None, now, now))
            for id_, count in vacant.items():
                fields = {
                    "event_id": make_event_id("src", id_, now, count), "tenant": TENANT, "source": "src",
                    "device_id": id_, "observed_at": now, "received_at": now, "time_basis": TimeBasis.DEVICE,
                }  # fmt: skip
                opened = fields | {"event_id": make_event_id("src", id_, now, "open")}
                await producer.send(
                    [SiteCounted(**fields, vacant=count, capacity=500), OpeningChanged(**opened, opening=Opening.OPEN)]
                )


@pytest.fixture
def city(house: House) -> Iterator[City]:
    one = City(house)
    house.start_worker()
    one.say(p677=283, p288=4)
    one.start_gateway()
    wait_for("the first counts", lambda: _vacant(one, "677") == 283, 60)
    wait_for("the bays", lambda: _vacant(one, "sim-01") is not None, 30)
    yield one
    one.kill_gateway()


def _vacant(city: City, id_: str) -> int | None:
    reply = httpx.get(f"{city.url}v1/sites/{id_}")
    return reply.json()["vacant"] if reply.status_code == 200 else None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def open_page(browser: Browser, city: City, width: int = 1440, height: int = 900, **more: Any) -> Page:
    """The page, once it shows its table, and its map or that there is none."""
    options = {"locale": "fr-FR", "reduced_motion": "reduce"} | more
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(20_000)
    page.errors = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]
    page.goto(city.url)
    page.wait_for_selector("tr[data-place='677']")
    page.wait_for_selector("html[data-map]")
    return page


def shows(page: Page, id_: str, vacant: object) -> None:
    page.wait_for_selector(f"tr[data-place='{id_}'][data-vacant='{vacant}']")


def map_shows(page: Page, id_: str, number: str) -> None:
    if not (WEB / "node_modules").is_dir():
        pytest.skip("the map library was not installed: make web")
    page.wait_for_selector("html[data-map='shown']")
    until(page, f"placelibre.shownOnMap('{id_}')?.number === '{number}'")


def until(page: Page, expression: str) -> None:
    """Wait for an expression to hold (the page's policy forbids what wait_for_function does)."""
    wait_for(expression, lambda: page.evaluate(expression), 20)


def test_a_change_in_kafka_appears_on_the_map_and_in_the_table(city: City, browser: Browser) -> None:
    page = open_page(browser, city)
    shows(page, "677", 283)
    map_shows(page, "677", "283")
    assert "Licence Ouverte" in page.inner_text("footer")
    city.say(p677=41)
    shows(page, "677", 41)
    map_shows(page, "677", "41")
    assert "presque complet" in page.inner_text("tr[data-place='677']"), "41 of 500"
    city.say(p677=0)
    shows(page, "677", 0)
    assert page.get_attribute("tr[data-place='677']", "data-state") == "full"
    assert page.evaluate("placelibre.store.get('1').vacant") is None
    assert "simul" in page.inner_text("tr[data-place='sim-01']")
    assert "simul" not in page.inner_text("tr[data-place='677']")
    assert page.errors == []  # type: ignore[attr-defined]


def test_the_page_outlives_its_gateway_and_misses_nothing(city: City, browser: Browser) -> None:
    page = open_page(browser, city)
    shows(page, "677", 283)
    page.evaluate("window.sameOne = true")
    city.kill_gateway()
    page.wait_for_selector("#lost:visible")
    assert page.get_attribute("tr[data-place='677']", "data-vacant") == "283", "the last number stays, with its age"
    city.say(p677=77)
    city.start_gateway()
    shows(page, "677", 77)
    page.wait_for_selector("#lost", state="hidden")
    assert page.evaluate("window.sameOne")


def test_what_expires_becomes_unknown_by_itself(city: City, browser: Browser) -> None:
    page = open_page(browser, city)
    shows(page, "677", 283)
    city.kill_gateway()
    page.evaluate(
        "() => { const one = placelibre.store.get('677');"
        " placelibre.store.merge([{...one, valid_until: new Date(placelibre.store.now() + 1500).toISOString()}], 'x') }"
    )
    shows(page, "677", "unknown")
    row = page.inner_text("tr[data-place='677']")
    assert "?" in row
    assert "inconnu" in row
    assert "283" not in row


def test_everything_can_be_done_with_the_keyboard(city: City, browser: Browser) -> None:
    page = open_page(browser, city)
    shows(page, "677", 283)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    page.focus("#filter")
    page.keyboard.type("commerce")
    until(page, "document.querySelectorAll('tr[data-place]').length === 1")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('tr[data-place]') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#card:visible")
    assert "Commerce" in page.inner_text("#card")
    page.focus("#pause")
    page.keyboard.press("Escape")
    page.wait_for_selector("#card", state="hidden")
    assert page.evaluate("document.activeElement.closest('tr[data-place]') !== null"), "back where it was opened"
    page.keyboard.press("Enter")
    page.wait_for_selector("#card:visible")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('main-action')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#nearest:visible")
    until(page, "document.querySelector('#nearest').innerText.includes('Graslin')")
    page.keyboard.press("Escape")
    page.focus("#filter")
    page.fill("#filter", "")
    page.wait_for_selector("tr[data-place='288']")
    if page.get_attribute("html", "data-map") == "shown":
        page.focus("#map canvas")
        page.keyboard.press("Enter")
        until(page, "document.activeElement.id === 'nearest-title'")
        page.focus("#map canvas")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement !== document.querySelector('#map canvas')"), "no trap"


def test_a_tap_on_the_map_gives_the_nearest_with_their_distance(city: City, browser: Browser) -> None:
    page = open_page(browser, city, 390, 844)
    map_shows(page, "677", "283")
    page.click("#map canvas", position={"x": 30, "y": 200})
    page.wait_for_selector("#nearest li")
    text = page.inner_text("#nearest")
    assert "Commerce" in text
    assert "vol d" in text


def test_the_table_and_the_map_say_the_same(city: City, browser: Browser) -> None:
    page = open_page(browser, city, locale="en-GB")
    map_shows(page, "677", "283")
    said = page.evaluate(
        "[...document.querySelectorAll('tr[data-place]')].map((line) => [{...line.dataset},"
        " placelibre.shownOnMap(line.dataset.place),"
        " line.querySelector('[data-part=number]').textContent.replaceAll(/\\s/g, '')])"
    )
    assert {line["place"] for line, _, _ in said} >= {"677", "288", "sim-01"}
    for line, shown, number in said:
        assert (shown["number"], shown["mark"]) == (number, line["state"]), line["place"]


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1120, 800), (1440, 900)])
def test_nothing_is_pushed_about_nor_hangs_over_the_edge(city: City, browser: Browser, width: int, height: int) -> None:
    page = open_page(browser, city, width, height)
    shows(page, "677", 283)
    if page.get_attribute("html", "data-map") == "shown":
        until(page, "placelibre.map.loaded()")
    assert page.evaluate(SHIFTED) < 0.1, "what a reader is looking at stays where it is"
    page.click("tr[data-place='sim-01'] button")
    page.click("#card .main-action")
    page.wait_for_selector("#nearest li")
    assert page.evaluate("[document.documentElement.scrollWidth <= innerWidth, scrollX]") == [True, 0]
    assert page.evaluate(OVER_THE_EDGE) == []
    if width == 1440:
        assert page.evaluate("document.documentElement.scrollHeight") == height, "the list scrolls, not the page"


def test_a_phone_in_new_york_is_told_the_citys_time_and_whose_it_is(city: City, browser: Browser) -> None:
    page = open_page(browser, city, 390, 844, locale="de-DE", timezone_id="America/New_York")
    assert page.evaluate("document.documentElement.lang") == "en", "who speaks none of our languages gets English"
    until(page, "document.querySelector('#clock').innerText.includes('local time (Nantes)')")
    page.click("tr[data-place='677'] button")
    page.wait_for_selector("#card:visible")
    until(page, "document.querySelector('#card').innerText.includes('local time (Nantes)')")
    observed = httpx.get(f"{city.url}v1/sites/677").json()["observed_at"]
    paris = datetime.fromisoformat(observed).astimezone(ZoneInfo("Europe/Paris"))
    assert f"{paris:%H:%M:%S} local time (Nantes)" in page.inner_text("#card")


def test_who_is_far_away_is_told_so(city: City, browser: Browser) -> None:
    place = {"latitude": 48.85, "longitude": 2.35}
    page = open_page(browser, city, locale="en-GB", geolocation=place, permissions=["geolocation"])
    page.click("#around")
    until(page, "document.querySelector('#nearest').innerText.includes('You are not in Nantes')")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
@pytest.mark.parametrize(("scheme", "locale"), [("light", "fr-FR"), ("dark", "en-GB")])
def test_axe_finds_no_violation(
    city: City, browser: Browser, tmp_path: Path, width: int, height: int, scheme: str, locale: str
) -> None:
    page = open_page(browser, city, width, height, color_scheme=scheme, locale=locale)
    for state in ("plain", "everything open"):
        if state != "plain":
            page.click("tr[data-place='sim-01'] button")
            page.click("#card .main-action")
            page.wait_for_selector("#nearest:visible")
            page.click("#pause")
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], state
        page.screenshot(path=tmp_path / f"{width}-{scheme}-{state[:5]}.png")
    assert page.evaluate("document.documentElement.lang") == locale[:2]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"
