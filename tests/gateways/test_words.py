"""The words: every language says everything, everything is used, and Python and the page say it alike."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.applications import Starlette

import parking.words
from gateways.api.openapi import describe
from gateways.api.pages import WEB, page_routes
from gateways.words.choosing import of_environment
from gateways.words.city_clock import clock_of
from gateways.words.language import CODES, GROUPS, LANGUAGES_FOLDER, Sentence, get_language, list_sentences, read_file
from parking.catalogue.model import Tenant
from parking.words import ClockBasis, FillLevel, SpaceState
from tests.support import ROOT

PARIS = ZoneInfo("Europe/Paris")
COUNTS = (0, 1, 2, 3, 4, 5, 9, 11, 21, 22, 71, 100, 1_000, 1_000_000)
SETS = [one for one in vars(parking.words).values() if isinstance(one, type) and issubclass(one, StrEnum)]
SETS += [one for one in GROUPS if one not in SETS]
NODE = shutil.which("node")
HERE = Path(__file__).parent / "page"


def sentences(code: str) -> dict[str, Sentence]:
    return dict(list_sentences(read_file(code).words))


def texts(sentence: Sentence) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence.values())


def values(sentence: Sentence) -> set[str]:
    return {name for text in texts(sentence) for name in re.findall(r"\{(\w+)\}", text)}


def test_the_languages_are_the_files_that_are_there() -> None:
    assert sorted(CODES) == sorted(file.stem for file in LANGUAGES_FOLDER.iterdir())
    assert [read_file(code).code for code in CODES] == list(CODES)


def test_french_and_english_say_the_same_things() -> None:
    assert list(sentences("fr")) == list(sentences("en")), "the same keys in the same order"


@pytest.mark.parametrize("code", CODES)
def test_what_is_missing_in_a_language_is_said_in_its_fallback(code: str) -> None:
    file = read_file(code)
    missing = sentences("fr").keys() - sentences(code).keys()
    assert sentences(code).keys() <= sentences("fr").keys(), "no language has a key of its own"
    assert not missing or file.fallback == "fr"
    for key in sentences("fr"):
        assert get_language(code).say(key, **dict.fromkeys(values(sentences("fr")[key]), 3))


@pytest.mark.parametrize("code", CODES)
def test_the_values_of_a_sentence_are_the_same_in_every_language(code: str) -> None:
    differing = {key for key, sentence in sentences(code).items() if values(sentence) != values(sentences("fr")[key])}
    assert differing == set()


def test_breton_is_marked_as_read_by_nobody_and_given_to_nobody_unasked() -> None:
    assert [read_file(code).reviewed for code in ("fr", "en", "br")] == [True, True, False]
    assert of_environment({"LANG": "br_FR.UTF-8"}) == "fr"


@pytest.mark.parametrize("words", SETS, ids=lambda words: words.__name__)
def test_every_member_of_the_domains_sets_has_its_word(words: type[StrEnum]) -> None:
    for code in ("fr", "en"):
        for member in words:
            key = f"{'space' if words is SpaceState else GROUPS[words]}.{member.value}"
            assert key in sentences(code), "worded in no file"


def test_no_sentence_is_kept_that_nobody_says() -> None:
    sources = [*ROOT.glob("gateways/**/*.py"), *ROOT.glob("ops/**/*.py"), *(WEB / "static").glob("*.js")]
    code = "\n".join(file.read_text() for file in [*sources, WEB / "index.html"])
    literals = set(re.findall(r"""["'`]([\w.]+)["'`]""", code))
    names = literals | {member.value for words in SETS for member in words}
    in_part = set(re.findall(r"""["'`](\w+\.\w*)\$?\{""", code)) | {f"{group}." for group in GROUPS.values()}
    unsaid = [
        key
        for key in sentences("fr")
        if key not in literals and not any(key.startswith(part) and key[len(part) :] in names for part in in_part)
    ]
    assert unsaid == []


def test_the_french_of_the_page_without_script_is_that_of_the_file() -> None:
    class Named(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[tuple[str, str]] = []
            self.open: str | None = None

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            named = dict(attributes)
            self.open = named.get("data-word")
            if "data-word-label" in named:
                self.found.append((named["data-word-label"] or "", named["aria-label"] or ""))

        def handle_data(self, data: str) -> None:
            if self.open:
                self.found.append((self.open, data))
                self.open = None

    reader = Named()
    reader.feed((WEB / "index.html").read_text())
    reader.close()
    assert len(reader.found) > 10
    for key, text in reader.found:
        assert text == sentences("fr")[key]


async def test_the_page_is_given_the_file_itself_and_no_body_twice() -> None:
    gateway = httpx.ASGITransport(Starlette(routes=page_routes(None, str)))
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        first = await client.get("/static/words/fr.json")
        assert first.content == (LANGUAGES_FOLDER / "fr.json").read_bytes()
        again = await client.get("/static/words/fr.json", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.skipif(NODE is None, reason="no node here to run the page's scripts: install Node.js 20 or newer")
@pytest.mark.parametrize("code", CODES)
def test_python_and_the_page_say_the_same(code: str) -> None:
    language = get_language(code)
    said = {
        f"{key}/{count}/{form}": language.say(key, form, **dict.fromkeys(values(sentence), count))
        for key, sentence in sentences("fr").items()
        for count in COUNTS
        for form in ("long", "short")
    }
    command = [NODE, HERE / "say.mjs", LANGUAGES_FOLDER, code, json.dumps(COUNTS)]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == said


def test_a_sentence_takes_the_plural_of_its_count() -> None:
    french, english = get_language("fr"), get_language("en")
    assert [french.say("count.never_heard", count=n) for n in (0, 1, 2)] == [
        "0 lieu sans données",
        "1 lieu sans données",
        "2 lieux sans données",
    ]
    assert [english.say("count.never_heard", count=n) for n in (0, 1)] == [
        "0 places without data",
        "1 place without data",
    ]


def test_where_there_is_less_room_there_is_a_shorter_word() -> None:
    french = get_language("fr")
    assert french.word(FillLevel.ALMOST_FULL) == "presque complet"
    assert french.word(FillLevel.ALMOST_FULL, "short") == "presque"
    assert french.word(FillLevel.FULL, "short") == "complet", "where there is no shorter one, the same"


def test_an_instant_is_told_by_the_citys_clock_and_says_whose_it_is() -> None:
    noon, city = (
        datetime(2026, 5, 4, 12, tzinfo=UTC),
        Tenant(id="n", clock=ClockBasis.WALL, name="Nantes", zone=PARIS.key),
    )
    nantes = clock_of("n", city)
    assert nantes.tell(get_language("en"), noon) == "4 May 2026, 14:00:00 local time (Nantes)"
    assert nantes.tell_hour(get_language("fr"), noon) == "14:00, heure locale (Nantes)"
    assert clock_of("n", None).tell_hour(get_language("fr"), noon) == "12:00 UTC", "where nobody has said whose"


def test_numbers_and_days_are_those_of_the_language() -> None:
    night = datetime(2026, 4, 30, 22, 30, tzinfo=UTC)
    assert get_language("fr").day(night, PARIS) == "vendredi 1er mai 2026", "by the city's clock"
    assert get_language("en").day(night, PARIS) == "Friday, 1 May 2026"
    assert get_language("en").number(12_345.6) == "12,345.6"
    assert get_language("fr").number(12_345.6) == "12\u202f345,6"
    assert get_language("fr").share(0.123, decimals=1) == "12,3\u00a0%"


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_CA"}, "fr"),
    ],
)
def test_a_command_speaks_the_language_of_its_locale_or_english(environ: dict[str, str], code: str) -> None:
    assert of_environment(environ) == code


def test_every_field_of_the_api_says_what_it_means() -> None:
    schemas = describe()["components"]["schemas"]
    silent = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, about in schema["properties"].items()
        if "$ref" not in about and "description" not in about and "description" not in about.get("items", {})
        and "$ref" not in about.get("items", {}) and "const" not in about
    ]  # fmt: skip
    assert silent == ["Site.areas", "About.languages"], "lists of objects whose fields say it"
