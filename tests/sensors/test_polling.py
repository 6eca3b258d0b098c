"""Polling, against a local stand-in for the Opendatasoft API that pages, caches, refuses and tears."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from sensors.contract import Paging
from sensors.intake.fetching import FEED_PAUSES_S, FeedState, Polled, fetch, pause_after
from sensors.intake.paging import PAGERS
from tests.stand_in import StandIn

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[StandIn]:
    one = StandIn()
    yield one
    one.close()


def paged(url: str) -> FeedState:
    return FeedState(url, PAGERS[Paging.OPENDATASOFT])


async def ask(feed: FeedState) -> Polled:
    async with httpx.AsyncClient(timeout=5) as client:
        return await fetch(client, feed, NOW)


async def test_all_pages_are_read(api: StandIn) -> None:
    polled = await ask(paged(api.url))
    assert [offset for offset, _ in api.asked] == [0, 100, 200]
    ids = [row["idobj"] for body in polled.bodies for row in json.loads(body)["results"]]
    assert ids == [str(n) for n in range(250)]
    assert polled.error is None


async def test_a_304_is_silence_not_news(api: StandIn) -> None:
    feed = paged(api.url)
    await ask(feed)
    again = await ask(feed)
    assert (again.bodies, again.unchanged, again.error) == ((), True, None)
    assert all(etag for _, etag in api.asked[3:])


async def test_an_unchanged_body_is_silence_even_where_the_server_says_200(api: StandIn) -> None:
    api.with_etags = False
    feed = paged(api.url)
    await ask(feed)
    assert (await ask(feed)).unchanged


async def test_only_the_page_that_changed_is_news(api: StandIn) -> None:
    feed = paged(api.url)
    await ask(feed)
    api.records[150] = {"idobj": "new"}
    polled = await ask(feed)
    assert len(polled.bodies) == 1
    assert b'"new"' in polled.bodies[0]


async def test_a_data_set_that_shrinks_forgets_its_last_pages(api: StandIn) -> None:
    feed = paged(api.url)
    await ask(feed)
    api.records = api.records[:90]
    await ask(feed)
    assert len(feed.pages) == 1
    api.records += [{"idobj": "back"}] * 20
    assert len((await ask(feed)).bodies) == 2


@pytest.mark.parametrize("mood", [("cut line",), ("cut json",)])
async def test_a_torn_body_is_an_error_and_is_asked_for_again_in_full(api: StandIn, mood: tuple) -> None:
    feed = paged(api.url)
    api.moods = [("fine",), mood]
    torn = await ask(feed)
    assert torn.error is not None
    assert json.loads(torn.bodies[0])["results"], "the page before it lives"
    api.asked.clear()
    whole = await ask(feed)
    assert whole.error is None
    assert api.asked[1] == (100, None)
    assert len(whole.bodies) == 2


async def test_500_backs_off_ever_longer_and_recovers(api: StandIn) -> None:
    feed = paged(api.url)
    api.moods = [("status", 500, {})] * 12
    pauses = [pause_after(await ask(feed), feed, 60) for _ in range(12)]
    assert pauses[0] < 3
    assert pauses[1] > pauses[0]
    assert 0.7 * FEED_PAUSES_S[1] < pauses[-1] < 1.3 * FEED_PAUSES_S[1]
    assert pause_after(await ask(feed), feed, 60) == 60
    api.moods = [("status", 500, {})]
    assert pause_after(await ask(feed), feed, 60) < 3, "the next failure is a first one again"


async def test_429_waits_as_long_as_the_server_asks_in_seconds_or_by_date(api: StandIn) -> None:
    feed = paged(api.url)
    later = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    api.moods = [("status", 429, {"Retry-After": "17"}), ("status", 503, {"Retry-After": later})]
    assert pause_after(await ask(feed), feed, 60) == 17
    assert pause_after(await ask(feed), feed, 60) == 90


@pytest.mark.parametrize("nonsense", ["soon", "0", "\u00b2", "Mon, 01 Jan 99999999999 00:00:00 GMT", "-5"])
async def test_a_nonsense_retry_after_neither_stops_us_nor_makes_us_hammer(api: StandIn, nonsense: str) -> None:
    feed = paged(api.url)
    api.moods = [("status", 429, {"Retry-After": nonsense})]
    assert 1 < pause_after(await ask(feed), feed, 60) < 3


async def test_a_retry_after_in_the_past_is_no_invitation(api: StandIn) -> None:
    feed = paged(api.url)
    api.moods = [("status", 429, {"Retry-After": format_datetime(NOW - timedelta(hours=1), usegmt=True)})]
    assert 1 < pause_after(await ask(feed), feed, 60) < 3


async def test_a_server_that_is_not_there_is_an_error_not_a_crash(api: StandIn) -> None:
    gone = paged("http://127.0.0.1:9/records")
    polled = await ask(gone)
    assert polled.error
    assert not polled.unchanged


async def test_a_feed_of_one_body_is_asked_as_its_address_stands_and_read_whatever_it_holds(api: StandIn) -> None:
    feed = FeedState(f"{api.url}?limit=7&offset=3", PAGERS[Paging.WHOLE_BODY])
    polled = await ask(feed)
    assert (polled.error, len(polled.bodies)) == (None, 1)
    assert [row["idobj"] for row in json.loads(polled.bodies[0])["results"]] == list("3456789")
    assert (await ask(feed)).unchanged
    assert [offset for offset, _ in api.asked] == [3, 3]


async def test_one_body_that_is_cut_off_on_the_line_is_an_error(api: StandIn) -> None:
    api.moods = [("cut line",)]
    polled = await ask(FeedState(f"{api.url}?limit=7&offset=3", PAGERS[Paging.WHOLE_BODY]))
    assert polled.error is not None
    assert polled.bodies == ()


@pytest.mark.parametrize(("total", "asked"), [(0, 1), (1, 1), (100, 1), (101, 2)])
def test_opendatasofts_pages_are_counted_by_its_records(total: int, asked: int) -> None:
    pager = PAGERS[Paging.OPENDATASOFT]
    following = pager.following(pager.first("http://x/records"), b'{"total_count":%d}' % total, None)
    assert (following is not None) == (asked == 2)


def test_every_way_of_paging_has_its_pager() -> None:
    assert set(PAGERS) == set(Paging)
