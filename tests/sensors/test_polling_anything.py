"""Polling whatever a city publishes: every feed source, and every way in which servers page, move, refuse and pack."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from ops.logs import set_up
from parking.catalogue.model import Catalogue, Device, Place
from parking.observations import DeviceHeartbeat
from sensors.contract import Paging
from sensors.intake import fetching
from sensors.intake.access import Access, shown
from sensors.intake.fetching import FeedState, Polled, fetch
from sensors.intake.paging import PAGERS
from sensors.intake.polling import poll_source
from sensors.registry import ADAPTERS, FRAME_ADAPTERS, list_public
from sensors.samples import read_samples
from tests.feed_server import Answer, FeedServer, feed_server
from tests.sensors.listening import DeclaringProducer

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FEEDS = sorted(set(list_public()) - FRAME_ADAPTERS.keys())


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


async def ask(feed: FeedState) -> Polled:
    async with httpx.AsyncClient(timeout=5) as client:
        return await fetch(client, feed, NOW)


def feed_at(url: str, paging: Paging = Paging.NEXT_LINK, access: Access | None = None) -> FeedState:
    return FeedState(url, PAGERS[paging], access or Access())


async def poll_once(source: str, url: str) -> tuple[bool, DeclaringProducer]:
    producer = DeclaringProducer()
    async with httpx.AsyncClient(timeout=5) as client:
        answered = await poll_source(ADAPTERS[source], [url], "t", producer, client, None, True)  # type: ignore[arg-type]
    return answered, producer


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("source", FEEDS)
async def test_every_feed_is_polled_at_whatever_address_as_it_stands(
    source: str, packed: bool, server: FeedServer
) -> None:
    body = read_samples(source).payload
    url = server.says("/feed?key=a%20b&set=1", gzip.compress(body) if packed else body)
    answered, producer = await poll_once(source, url)
    assert answered
    wanted = ADAPTERS[source].decode(body, tenant="t", received_at=NOW, recorded=False)
    assert [one.device_id for one in producer.observations] == [one.device_id for one in wanted.observations]
    assert not producer.rejects
    assert len(server.asked) == 1, "nothing was added to the address"
    assert all(one.seq for one in producer.observations), "a process that starts may end what another one doubted"


@pytest.mark.parametrize("source", FEEDS)
async def test_what_no_source_can_read_is_a_failure_and_is_asked_for_again(source: str, server: FeedServer) -> None:
    url = server.says("/feed", Answer(b'{"error": "maintenance"', headers={"ETag": '"1"'}))
    answered, producer = await poll_once(source, url)
    assert not answered
    assert producer.rejects
    assert not producer.observations


async def test_a_source_without_a_list_declares_what_its_body_says_and_no_import_is_undone(server: FeedServer) -> None:
    body = (
        b'{"type":"FeatureCollection","features":[{"properties":{"park_id":"P1","park_name":"Nord","obs_free":3,'
        b'"obs_max":9,"obs_ts":"2026-05-04T13:59:00"},"geometry":{"coordinates":[7.8,48]}}]}'
    )
    url = server.says("/feed", body)
    _, new = await poll_once("freiburg", url)
    assert [(place.id, place.name, place.capacity) for place in new.declared] == [("P1", "Nord", 9)]

    own = Place(tenant="t", id="mine", name="Ours", devices=(Device(source="freiburg", id="P1"),))
    producer = DeclaringProducer(Catalogue([own]))
    async with httpx.AsyncClient(timeout=5) as client:
        await poll_source(ADAPTERS["freiburg"], [url], "t", producer, client, None, True)  # type: ignore[arg-type]
    assert (producer.declared, producer.observations != []) == ([], True)


async def test_pages_follow_the_next_link_wherever_it_stands(server: FeedServer) -> None:
    link = {"Link": f'<{server.url}/2?key=x>; rel="next"'}
    url = server.says("/1?key=x", Answer(b'{"a": 1}', headers=link))
    server.says("/2?key=x", b'{"next": "/3", "a": 2}')
    server.says("/3", json.dumps({"links": [{"rel": "self", "href": "/3"}, {"rel": "next", "href": "?p=4"}]}).encode())
    server.says("/3?p=4", b'{"links": {"next": {"href": "/1?key=x"}}}')
    polled = await ask(feed_at(url))
    assert polled.error is None
    assert [path for path, _ in server.asked] == ["/1?key=x", "/2?key=x", "/3", "/3?p=4"], "a circle is walked once"
    assert len(polled.bodies) == 4


async def test_a_next_page_that_is_no_address_costs_no_page_that_was_read(server: FeedServer) -> None:
    polled = await ask(feed_at(server.says("/1", b'{"next": "http://[::1", "results": [1]}')))
    assert len(polled.bodies) == 1
    assert "names a next one that is no address" in str(polled.error)
    deep = b'{"a": ' + b"[" * 2000 + b"]" * 2000 + b', "total_count": 3}'
    polled = await ask(feed_at(server.says("/records?limit=100&offset=0", deep), Paging.OPENDATASOFT))
    assert polled.bodies == (deep,) or polled.error, "and whatever is nested is an answer or an error"


async def test_pages_are_numbered_until_one_has_no_records(server: FeedServer) -> None:
    for number, body in enumerate((b'{"data": [1, 2]}', b'{"data": [3]}', b'{"data": []}'), start=1):
        server.says(f"/lots?city=x&page={number}", body)
    polled = await ask(feed_at(f"{server.url}/lots?city=x", Paging.PAGE_NUMBER))
    assert polled.error is None
    assert len(server.asked) == 3


async def test_opendatasofts_own_parameters_are_kept_and_its_exports_are_whole(server: FeedServer) -> None:
    server.says("/records?where=open&limit=2&offset=0", b'{"total_count": 3, "results": [1, 2]}')
    server.says("/records?where=open&limit=2&offset=2", b'{"total_count": 3, "results": [3]}')
    polled = await ask(feed_at(f"{server.url}/records?where=open&limit=2", Paging.OPENDATASOFT))
    assert (polled.error, len(polled.bodies)) == (None, 2)
    for path, body in (("/exports/json", b"[]"), ("/exports/csv?delimiter=%3B", b"a;b\n"), ("/x.xml", b"<a/>")):
        assert (await ask(feed_at(server.says(path, body), Paging.OPENDATASOFT))).bodies == (body,)


@pytest.mark.parametrize("said", [{"ETag": '"1"'}, {"Last-Modified": "Mon, 04 May 2026 11:00:00 GMT"}])
async def test_what_the_server_says_is_unchanged_is_not_read_again(server: FeedServer, said: dict[str, str]) -> None:
    feed = feed_at(server.says("/feed", Answer(b"[]", headers=said)))
    await ask(feed)
    assert (await ask(feed)).unchanged
    assert {"if-none-match", "if-modified-since"} & server.asked[1][1].keys()


async def test_an_unchanged_page_in_the_middle_still_leads_to_the_next(server: FeedServer) -> None:
    feed = feed_at(server.says("/1", Answer(b'{"next": "/2"}', headers={"ETag": '"1"'})))
    server.says("/2", b"[1]", b"[2]")
    await ask(feed)
    assert (await ask(feed)).bodies == (b"[2]",)


async def test_a_redirect_is_followed_and_said_once(server: FeedServer, caplog: pytest.LogCaptureFixture) -> None:
    feed = feed_at(server.says("/old", Answer(status=301, headers={"Location": "/new"})))
    server.says("/new", b"[1]", b"[2]")
    with caplog.at_level(logging.WARNING):
        assert [(await ask(feed)).bodies for _ in range(2)] == [(b"[1]",), (b"[2]",)]
    [said] = [line for line in caplog.messages if "moved for good" in line]
    assert "/new" in said


async def test_redirects_without_end_are_an_error(server: FeedServer) -> None:
    url = server.says("/round", Answer(status=302, headers={"Location": "/round"}))
    assert "redirects" in str((await ask(feed_at(url))).error)


async def test_keys_go_to_the_feeds_own_server_alone_and_into_no_log(
    server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    access = Access({"X-Api-Key": "sesame-1"}, {"token": "sesame-2"}, "me", "sesame-3")
    with feed_server() as elsewhere, caplog.at_level(logging.DEBUG):
        set_up("debug", "text")
        logging.getLogger().addHandler(caplog.handler)
        target = elsewhere.says("/b", b"[1]")
        url = server.says("/a?apikey=sesame-4&token=sesame-2", Answer(status=302, headers={"Location": target}))
        polled = await ask(feed_at(url.partition("&")[0], access=access))
        [(_, own)], [(_, other)] = server.asked, elsewhere.asked
        assert (own["x-api-key"], own["authorization"][:6]) == ("sesame-1", "Basic ")
        assert not {"x-api-key", "authorization"} & other.keys()
        elsewhere.says("/b", Answer(status=401))
        refused = await ask(feed_at(url.partition("&")[0], access=access))
    assert polled.bodies == (b"[1]",)
    assert "poll_secrets" in str(refused.error)
    assert "sesame" not in caplog.text + str(refused.error) + repr(access)


async def test_a_next_page_on_another_server_is_not_asked(server: FeedServer) -> None:
    with feed_server() as elsewhere:
        polled = await ask(feed_at(server.says("/1", json.dumps({"next": f"{elsewhere.url}/2"}).encode())))
        assert (polled.error, elsewhere.asked) == (None, [])


def test_an_address_is_shown_without_what_may_be_a_key() -> None:
    assert shown("https://me:pw@x.example/a?apikey=k&limit=5") == "https://x.example/a?apikey=…&limit=5"
    assert "pw" not in shown("https://me:pw@x.example:99999999/")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Answer(b"<!DOCTYPE html><p>down"), "HTML"),
        (Answer(b"\xef\xbb\xbf\n <html>", headers={"Content-Type": "application/json"}), "HTML"),
        (Answer(b""), "empty"),
        (Answer(gzip.compress(b"[1]" * 99)[:-9]), "cut off"),
        (Answer(b"\x1f\x8bno"), "gzip"),
        (Answer(gzip.compress(b"0" * 5000)), "larger"),
        (Answer(b"0" * 5000), "larger"),
        (Answer(status=500), "HTTP 500"),
    ],
)
async def test_what_is_no_body_is_an_error_that_says_what_it_was(
    server: FeedServer, answer: Answer, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_POLLED_BYTES", 4000)
    polled = await ask(feed_at(server.says("/feed", answer)))
    assert polled.bodies == ()
    assert word in str(polled.error)


async def test_204_is_a_sign_of_life(server: FeedServer) -> None:
    answered, producer = await poll_once("ulm", server.says("/feed?apikey=k", Answer(status=204)))
    assert answered
    [beat] = producer.observations
    assert isinstance(beat, DeviceHeartbeat)
    assert "apikey=k" not in beat.device_id


async def test_a_body_that_trickles_is_left(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAGE_WITHIN_S", 0.0)
    assert "longer than" in str((await ask(feed_at(server.says("/feed", b"[]")))).error)


@pytest.mark.parametrize(("header", "asked"), [("NGSILD-Results-Count", 2), ("Fiware-Total-Count", 2), ("X-Other", 3)])
async def test_a_counted_feed_goes_on_until_its_header_or_a_page_that_is_not_full(
    server: FeedServer, header: str, asked: int
) -> None:
    url = server.says("/entities?limit=2&count=true", Answer(b"[1, 2]", headers={header: "4"}))
    server.says("/entities?limit=2&count=true&offset=2", Answer(b"[3, 4]", headers={header: "4"}))
    server.says("/entities?limit=2&count=true&offset=4", Answer(b"[]", headers={header: "4"}))
    polled = await ask(feed_at(url, Paging.COUNTED))
    assert polled.error is None
    assert len(server.asked) == asked


async def test_a_server_that_gives_fewer_than_were_asked_for_is_asked_for_the_rest(server: FeedServer) -> None:
    said = {"NGSILD-Results-Count": "3"}
    url = server.says("/entities?limit=1000", Answer(b"[1, 2]", headers=said))
    server.says("/entities?limit=1000&offset=2", Answer(b"[3]", headers=said))
    assert (await ask(feed_at(url, Paging.COUNTED))).bodies == (b"[1, 2]", b"[3]")
    torn = await ask(feed_at(server.says("/torn", b"[1, 2"), Paging.COUNTED))
    assert "incomplete" in str(torn.error)


async def test_a_next_id_that_stands_still_is_asked_for_once(server: FeedServer) -> None:
    url = server.says("/sites?start=2", b'{"items": [1], "next_id": 2}')
    polled = await ask(feed_at(url, Paging.NEXT_ID))
    assert (len(polled.bodies), len(server.asked)) == (1, 1)
