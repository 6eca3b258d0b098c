"""What a city states for drivers in the French schema: from the file to the card, in French and in English."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import House
from tests.e2e.test_map import CHROMIUM, FLAGS
from tests.sensors.test_french_schema import DETAILS, FULL
from tests.support import ROOT, free_ports, wait_for

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium")
SHOWN = {
    "fr-FR": {
        "Ouvert à": "tous", "Tarifs": "1 h 2,50 € · 2 h 5,00 € · 3 h 7,50 € · 4 h 10,00 € · 24 h 24,00 €",
        "Abonnement mensuel": "résident 60,99 € · non-résident 79,99 €", "Tarif personnes handicapées": "tarif normal",
        "Construction": "ouvrage (couvert ou souterrain)", "Bon à savoir": "Ouvert 24 h ; gardé & sûr",
        "En savoir plus": "example.org/p", "Exploitant": "SIRET 21440109300015", "Code INSEE": "44109",
    },
    "en-GB": {
        "Open to": "everyone", "Prices": "1 h €2.50 · 2 h €5.00 · 3 h €7.50 · 4 h €10.00 · 24 h €24.00",
        "Monthly season ticket": "resident €60.99 · non-resident €79.99",
        "Price for disabled people": "the normal price", "More about it": "example.org/p",
    },
}  # fmt: skip


def test_details_reach_the_document_the_terminal_and_the_card(house: House, tmp_path: Path) -> None:
    port, file = free_ports(), tmp_path / "bnls.csv"
    file.write_text(FULL.replace("44109-P-1", "halles"), encoding="utf-8")
    env = os.environ | house.env | {"PLACELIBRE_LISTEN": f"127.0.0.1:{port}", "PLACELIBRE_TENANT": "nantes"}
    house.start_worker()
    house.run("catalogue", "import", file, "--tenant", "nantes")
    gateway = subprocess.Popen([sys.executable, "-m", "ops", "serve"], cwd=ROOT, env=env)
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_for("the place", lambda: _details(url) == DETAILS, 60)
        told = " ".join(house.run("site", "halles", "--tenant", "nantes").stdout.split())
        assert "1 h 2.50 € · 2 h 5.00 €" in told
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for locale, expected in SHOWN.items():
                page = browser.new_context(locale=locale, viewport={"width": 1280, "height": 1250}).new_page()
                page.goto(url)
                page.dispatch_event("tr[data-place='halles'] button", "click")  # folded away: it never had a number
                page.wait_for_selector("#card .main-action:visible")
                wait_for("the details", lambda page=page: "example.org" in page.inner_text("#card"), 20)
                rows = {row.query_selector("dt").inner_text(): row.query_selector("dd").inner_text()  # type: ignore[union-attr]
                        for row in page.query_selector_all("#card dl div")}  # fmt: skip
                shown = {name: text.replace("\u00a0", " ").replace("\u202f", " ") for name, text in rows.items()}
                assert {name: shown.get(name) for name in expected} == expected
                assert page.get_attribute("#card dd a", "href") == "https://example.org/p"
                if "PICTURES" in os.environ:
                    page.screenshot(path=Path(os.environ["PICTURES"]) / f"card-{locale}.png")
    finally:
        gateway.kill()
        gateway.wait()


def _details(url: str) -> object:
    try:
        reply = httpx.get(f"{url}v1/sites/halles")
    except httpx.HTTPError:
        return None
    return reply.json()["details"] if reply.status_code == 200 else None
