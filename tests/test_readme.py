"""What README says of itself: the same in both languages, figures that were measured, links that lead somewhere."""

from __future__ import annotations

import re

import pytest

from tests.readme import README, find_missing, half, list_steps
from tests.support import ROOT

BENCHMARKS = ROOT / "docs" / "benchmarks.md"
LANGUAGES = ("fr", "en")


def test_both_halves_type_the_same_commands() -> None:
    french, english = ([step.commands for step in list_steps(half(language))] for language in LANGUAGES)
    assert french == english
    assert sum(map(len, french)) > 20


def test_both_halves_show_an_answer_to_the_same_commands() -> None:
    french, english = ([len(step.shown) for step in list_steps(half(language))] for language in LANGUAGES)
    assert french == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ratio_was_measured(language: str) -> None:
    measured = set(re.findall(r"\d+(?:\.\d+)?(?= ×)", BENCHMARKS.read_text(encoding="utf-8")))
    claimed = {figure.replace(",", ".") for figure in re.findall(r"\d+(?:[.,]\d+)?(?=\s×)", half(language))}
    assert claimed
    assert claimed <= measured


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pace_was_measured(language: str) -> None:
    figures = re.findall(r"\d{1,3}(?:[\s,]\d{3})+(?= requ| obs)", half(language))
    assert len(figures) == 3
    measured = BENCHMARKS.read_text(encoding="utf-8")
    assert [figure for figure in figures if re.sub(r"\s", ",", figure) not in measured] == []


def test_every_link_leads_to_a_file() -> None:
    text = README.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_what_is_shown_is_found_in_its_order_and_whatever_the_spaces() -> None:
    printed = "┃ Halles   57  220 ┃\n  Lilas\u00a0: 1+ of 10\n"
    assert find_missing(("Halles 57", "Lilas : … 10"), printed) is None
    assert find_missing(("Lilas : … 10", "Halles 57"), printed) == "Halles 57"
    assert find_missing(("Halles … 58",), printed) == "Halles … 58"
