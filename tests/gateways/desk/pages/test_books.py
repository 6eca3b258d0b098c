"""The pages to look things up in: whole without a script, inert whatever others wrote, and honest about the past."""

from __future__ import annotations

import re
from datetime import date

import httpx
import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from gateways.desk.pages.report_page import list_months
from gateways.desk.serve import create_desk_app
from ops.desk_past import DeskPast
from tests.gateways.desk.pages.books_world import GUEST, BooksDesk
from tests.gateways.desk.test_looking_back import folder, past

__all__ = ["folder", "past"]
PAGES = ["/rejects", "/round", "/audit", "/report", "/past", "/past?time=2026-05-04T14:05", "/places/677/day"]


@pytest.fixture
def desk(past: DeskPast) -> BooksDesk:
    return BooksDesk(past)


async def read(desk: BooksDesk, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(create_desk_app([desk.books.room()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("path", PAGES)
async def test_each_page_is_whole_without_a_script_and_what_others_wrote_does_nothing(
    desk: BooksDesk, path: str
) -> None:
    answer = await read(desk, path)
    assert answer.status_code == 200
    page = answer.text
    assert page.startswith('<!doctype html>\n<html lang="fr">')
    assert "<script>alert" not in page
    assert "<img" not in page
    assert not set("\x1b\u202e") & set(page)
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="/static/desk.js">'], "no inline script"
    assert " style=" not in page
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_read_in_english_by_who_asks_for_that(desk: BooksDesk, path: str) -> None:
    answer = await read(desk, path + ("&" if "?" in path else "?") + "lang=en")
    assert '<html lang="en">' in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_looks_who_may_not(desk: BooksDesk, path: str) -> None:
    desk.operator = GUEST.__class__(name="Eve", subject="3")
    assert (await read(desk, path)).status_code == 403


async def test_rejects_have_their_bytes_and_a_button_for_who_may_send_them_again(desk: BooksDesk) -> None:
    page = (await read(desk, "/rejects")).text
    assert "1 enregistrement refusé" in page
    assert "bad_time" in page
    assert "\\x1b[2J" in page, "what cannot be seen is spelt out"
    assert 'data-post="/v1/desk/rejects/redrive"' in page
    assert "La lecture n’est pas finie" in page
    desk.operator = GUEST
    assert "data-post" not in (await read(desk, "/rejects")).text


async def test_the_round_can_be_taken_along(desk: BooksDesk) -> None:
    page = (await read(desk, "/round?start=&stops=1&minutes=&problem=")).text
    assert "1 arrêts" in page
    assert "Hors tournée" in page, "what is left out, or nowhere, is said"
    assert '<input type="hidden" name="stops" value="1">' in page, "CSV is of the same round"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/round?stops=0", "stops is &#x27;0&#x27;"),
        ("/audit?since=yesterday", "is no time with its zone"),
        ("/past?time=soon", "soon"),
        ("/past?time=1999-01-01T00:00", "1999"),
        ("/places/nobody/day", "no place"),
        ("/places/677/day?date=2031-01-01", "goes from"),
    ],
)
async def test_where_there_is_no_answer_the_page_says_why_and_keeps_its_form(
    desk: BooksDesk, path: str, says: str
) -> None:
    answer = await read(desk, path)
    assert answer.status_code == 200
    assert says in answer.text
    assert "<form" in answer.text


async def test_the_round_says_that_redis_is_away(desk: BooksDesk) -> None:
    desk.past.is_redis_away = True
    assert "cannot be read now" in (await read(desk, "/round")).text


async def test_the_audit_is_read_a_page_at_a_time_by_the_citys_clock(desk: BooksDesk) -> None:
    first = (await read(desk, "/audit?since=2026-05-04T14:00&until=")).text
    assert "150 décisions" in first, "14:00 in Nantes is noon UTC"
    older = re.findall(r'href="(/audit\?[^"]*after=[^"]*)"', first)
    second = (await read(desk, older[0].replace("&amp;", "&"))).text
    assert [page.count('<tr><th scope="row"') for page in (first, second)] == [100, 50]
    none = (await read(desk, "/audit?author=Bob")).text
    assert "0 décisions" in none
    assert "Rien." in none


async def test_the_past_is_framed_and_says_that_it_is_the_past(desk: BooksDesk) -> None:
    page = (await read(desk, "/past?time=2026-05-04T14:05")).text
    assert '<div class="then"><div class="past" role="note">' in page
    assert re.search(r"14:05:00, heure locale \(\w+\)\. C’est le passé, pas maintenant\.", page)
    assert 'href="/">Revenir à maintenant' in page
    assert ">24<" in page, "what stood then"
    assert 'class="then"' not in (await read(desk, "/past")).text, "nothing is shown before a time is asked"


async def test_a_day_is_a_curve_and_the_same_numbers_as_a_table(desk: BooksDesk) -> None:
    page = (await read(desk, "/places/677/day?date=2026-05-04&lang=en")).text
    assert page.count('class="band"') == 49, "as many quarters as were ever known"
    assert 'class="line-now"' in page
    rows = re.findall(r'<tr><th scope="row">(\d\d:\d\d)</th><td[^>]*>([^<]*)</td><td>([^<]*)</td><td>([^<]*)', page)
    assert ("14:00", "24", "11–21 (17)", "more than usual") in rows
    assert ("03:00", "?", "–", "unknown") in rows, "unknown is no number"


def test_the_running_month_comes_last() -> None:
    assert list_months(date(2026, 2, 3)) == [
        "2026-01", "2025-12", "2025-11", "2025-10", "2025-09", "2025-08", "2026-02"
    ]  # fmt: skip
