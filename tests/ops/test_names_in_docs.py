"""What the documents name can be set, and can be asked of a process: no setting and no metric that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ops.settings import CONFIG, IN_FILES, Settings
from tests.support import ROOT

SETTINGS = {f"PLACELIBRE_{name.upper()}" for name in Settings.model_fields}
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "docker/README.md"]
COMPOSE = (ROOT / "docker/compose.yaml").read_text()
ROOMS = ("gateways", "streams", "sensors", "serving")


def test_the_page_of_settings_has_a_row_for_each_and_no_other() -> None:
    page = (ROOT / "docs/settings.md").read_text()
    assert set(re.findall(r"^\| `(PLACELIBRE_\w+)` \|", page, re.MULTILINE)) == SETTINGS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_setting_that_a_page_names_is_one(page: Path) -> None:
    of_compose = set(re.findall(r"\$\{(PLACELIBRE_\w+):-", COMPOSE))
    named = set(re.findall(r"PLACELIBRE_[A-Z_]+[A-Z]", page.read_text()))
    in_files = {f"PLACELIBRE_{name.upper()}_FILE" for name in IN_FILES}
    assert named <= SETTINGS | of_compose | in_files | {CONFIG}


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs"], ids=lambda page: page.name)
def test_a_metric_that_a_page_names_is_served(page: Path) -> None:
    code = "\n".join(file.read_text() for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    served = set(re.findall(r'"(placelibre_[a-z_]+)"', code))
    assert set(re.findall(r"placelibre_[a-z_]+[a-z]", page.read_text())) <= served
