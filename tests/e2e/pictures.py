"""The pictures of README and site: the page, the terminal and a day's plot, over made-up numbers that say so.

    make pictures                                all of them into docs/pictures/, in about a minute
    python -m tests.e2e.pictures --out FOLDER    elsewhere

Nothing of it is reached from outside or kept: servers, a worker and a gateway on ports of loopback, in a folder that is
removed. A picture is drawn in few colours, so that it is small enough for a repository.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.text import Text

from gateways.signs.software.server import running
from ops.demo_signs import make_demo_signs
from ops.feeding import open_producer, simulated_tenant
from ops.local import stack
from ops.settings import Settings
from parking.words import ClockBasis
from sensors.simulator.bays import make_zones, observe_bays
from sensors.simulator.nantes_day import decode_simulated, simulate_body
from sensors.sources.nantes import adapter as nantes
from sensors.sources.nantes.places import car_park_ids
from tests.conftest import House
from tests.e2e.face_pictures import draw_faces
from tests.support import ROOT, free_ports, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]
LIVE, DAY = simulated_tenant("nantes"), "nantes-made-up-day"
PARIS = ZoneInfo(nantes.INFO.zone)
SHOWN = "288"
SILENT = "677"
CROWD = 1.3
A_DAY = datetime(2026, 5, 5, tzinfo=PARIS)
LATE_MORNING = A_DAY + timedelta(hours=11, minutes=20)
STEP = timedelta(minutes=5)
UNHEARD = (A_DAY + timedelta(hours=12, minutes=40), A_DAY + timedelta(hours=14, minutes=10))
MOST_BYTES = 150_000
COLOURS = 200


async def _play(settings: Settings, until: threading.Event) -> None:
    """A market day's late morning, whatever the hour is here: some are full, some nearly, and one says nothing."""
    declared = nantes.places(None, {}, tenant=LIVE, received_at=datetime.now(UTC))
    parks = [place for place in declared.places if place.id in car_park_ids()]
    zones = make_zones(LIVE, parks)
    before, signs = None, make_demo_signs(LIVE, parks)
    async with open_producer(settings) as producer, running(signs):
        await producer.declare(declared.as_tenant(LIVE, ClockBasis.WALL, nantes.INFO), [*parks, *zones])
        await producer.declare_signs(signs)
        while not until.is_set():
            now, local = datetime.now(UTC), LATE_MORNING
            body = _crowded(simulate_body([one for one in parks if one.id != SILENT], local, now))
            heard = decode_simulated(nantes, body, LIVE, now)
            await producer.send([*heard.observations, *observe_bays(zones, before, local, now)], heard.rejects)
            before = local
            await asyncio.sleep(1)


def _crowded(body: bytes) -> bytes:
    """The same body with more cars in every car park, as far as there is room."""
    document = json.loads(body)
    for record in document["results"]:
        taken = record["grp_exploitation"] - record["grp_disponible"]
        record["grp_disponible"] = max(0, round(record["grp_exploitation"] - CROWD * taken))
    return json.dumps(document).encode()


async def _send_a_day(settings: Settings) -> None:
    """A whole day by its own clock; for an hour and a half nothing is heard."""
    declared = nantes.places(None, {}, tenant=DAY, received_at=A_DAY.astimezone(UTC))
    parks = [place for place in declared.places if place.id in car_park_ids()]
    async with open_producer(settings) as producer:
        await producer.declare(declared.as_tenant(DAY, ClockBasis.EVENT, nantes.INFO), parks)
        for number in range(24 * 12):
            local = A_DAY + number * STEP
            now = local.astimezone(UTC)
            if not UNHEARD[0] <= local < UNHEARD[1]:
                decoded = decode_simulated(nantes, simulate_body(parks, local, now), DAY, now)
                await producer.send(decoded.observations, decoded.rejects)
            await producer.tick(DAY, now, ClockBasis.EVENT)


@contextmanager
def _city(settings: Settings, folder: Path) -> Iterator[tuple[House, str, str]]:
    """A worker, a gateway, signs and a feed; gives the house, and where page and wall are once all speaks."""
    house, done, port = House(settings, folder), threading.Event(), free_ports()
    feeding = threading.Thread(target=lambda: asyncio.run(_play(house.settings, done)))
    address = f"http://127.0.0.1:{port}/"
    wall = f"http://127.0.0.1:{port + 1}/"
    env = os.environ | house.env | {"PLACELIBRE_LISTEN": f"127.0.0.1:{port}", "PLACELIBRE_TENANT": LIVE}
    env["PLACELIBRE_SIGNS_LISTEN"] = f"127.0.0.1:{port + 1}"
    env["PLACELIBRE_DESK_LISTEN"] = ""
    house.create_topics()
    house.start_worker()
    servers = [
        subprocess.Popen([sys.executable, "-m", "ops", *words], cwd=ROOT, env=env)
        for words in (("serve",), ("signs", "run"))
    ]
    try:
        feeding.start()
        wait_for("the made-up city", lambda: _speaks(address), 90)
        wait_for("the signs", lambda: _count_lit(wall) >= len(car_park_ids()) // 3, 60)
        yield house, address, wall
    finally:
        done.set()
        feeding.join()
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait()
        house.stop()


def _speaks(address: str) -> bool:
    try:
        places = httpx.get(f"{address}v1/sites").json().get("places", [])
    except httpx.HTTPError:
        return False
    return sum(place["vacant"] is not None for place in places) > 2 * len(car_park_ids())


def _count_lit(wall: str) -> int:
    try:
        signs = httpx.get(f"{wall}v1/signs").json().get("signs", [])
    except httpx.HTTPError:
        return 0
    return sum(sign["state"] == "showing" for sign in signs)


def _open(browser: Browser, address: str, width: int, height: int, locale: str = "fr-FR") -> Page:
    """The driver's page once its map is drawn and still."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-map='shown']", timeout=30_000)
    page.wait_for_selector(f"tr[data-place='{SHOWN}']")
    wait_for("the map", lambda: page.evaluate("placelibre.map.loaded() && placelibre.map.areTilesLoaded()"), 30)
    return page


def _draw_in_chromium(address: str, wall: str, house: House) -> dict[str, bytes]:
    """The page on a desk, with a car park opened, and on a phone; the wall; and what ``placelibre sites`` prints."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        whole = _open(browser, address, 1280, 800).screenshot()
        page = _open(browser, address, 1280, 800)
        page.click(f"tr[data-place='{SHOWN}'] button")
        page.wait_for_selector("#card:visible")
        wait_for("the map", lambda: page.evaluate("placelibre.map.loaded()"), 30)
        card = page.screenshot()
        phone = _open(browser, address, 390, 844).screenshot()
        signs = browser.new_page(viewport={"width": 1280, "height": 800}, locale="fr-FR")
        signs.goto(wall, wait_until="networkidle")
        paper = browser.new_page(viewport={"width": 1100, "height": 900})
        paper.set_content(f"<body style='margin:0'>{_print_sites(house)}</body>")
        terminal = paper.locator("svg").first.screenshot()
        return {"map": whole, "place": card, "phone": phone, "wall": signs.screenshot(), "terminal": terminal}


def _print_sites(house: House) -> str:
    """What ``placelibre sites`` prints, as an SVG of a terminal."""
    env = os.environ | house.env | {"FORCE_COLOR": "1", "COLUMNS": "92", "PLACELIBRE_LANG": "fr"}
    command = [sys.executable, "-m", "ops", "sites", "--tenant", LIVE]
    printed = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    console = Console(record=True, width=92, file=io.StringIO())
    console.print(Text.from_ansi("\n".join(printed.splitlines()[:36])))
    return console.export_svg(title="placelibre sites")


def _draw_plot(house: House, folder: Path) -> bytes:
    """A made-up day, through the whole house into the history, as ``placelibre plot`` draws it."""
    asyncio.run(_send_a_day(house.settings))
    last = (A_DAY + timedelta(days=1) - STEP).astimezone(UTC)
    house.wait_for_clock(DAY, last.isoformat())
    house.run("history")
    picture = folder / "plot.png"
    house.run("--lang", "fr", "plot", SHOWN, "--day", f"{A_DAY:%Y-%m-%d}", "--tenant", DAY, "--out", picture)
    return picture.read_bytes()


def save_small(png: bytes, path: Path) -> int:
    """Write a picture in few colours and say how many bytes it has; a ValueError where it is still too large."""
    colours = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    colours.save(path, optimize=True)
    if (size := path.stat().st_size) > MOST_BYTES:
        raise ValueError(f"{path} has {size} bytes; at most {MOST_BYTES} are kept in the repository")
    return size


def main() -> None:
    """Draw all pictures."""
    given = argparse.ArgumentParser(description="draw the pictures of README and site")
    given.add_argument("--out", type=Path, default=ROOT / "docs/pictures")
    out: Path = given.parse_args().out
    if CHROMIUM is None:
        sys.exit("pictures need Chromium: apt-get install chromium fonts-dejavu-core")
    out.mkdir(parents=True, exist_ok=True)
    port = free_ports()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(
            kafka=f"127.0.0.1:{port}", redis=f"redis://127.0.0.1:{port + 2}/0", data_dir=folder / "servers",
            namespace="pictures",
        )  # fmt: skip
        stack.up(settings, print, attached=True)
        try:
            with _city(settings, folder) as (house, address, wall):
                pictures = _draw_in_chromium(address, wall, house) | {
                    "plot": _draw_plot(house, folder),
                    "faces": draw_faces(),
                }
        finally:
            stack.down(settings)
    for name, png in pictures.items():
        print(f"{out / name}.png  {save_small(png, out / f'{name}.png'):,} bytes")


if __name__ == "__main__":
    main()
