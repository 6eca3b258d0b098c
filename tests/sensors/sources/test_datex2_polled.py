"""DATEX II from a server: packed, unchanged, and a table at an address of its own beside the status."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator

import httpx
import pytest

from parking.observations import DeviceHeartbeat, SiteCounted
from sensors.intake.polling import poll_source
from sensors.registry import ADAPTERS
from tests.feed_server import Answer, FeedServer, feed_server
from tests.sensors.listening import DeclaringProducer
from tests.sensors.sources.datex2_bodies import described, publication, site, table


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


async def poll(producer: DeclaringProducer, *urls: str) -> bool:
    async with httpx.AsyncClient(timeout=5) as client:
        return await poll_source(ADAPTERS["datex2"], urls, "t", producer, client, None, True)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_a_packed_publication_is_its_counts_and_declares_its_places(server: FeedServer, encoding: str) -> None:
    body = gzip.compress(publication(site()).decode().encode(encoding))
    url = server.says("/d2", Answer(body, headers={"Content-Encoding": "gzip", "Content-Type": "text/xml"}))
    producer = DeclaringProducer()
    assert await poll(producer, url)
    assert [one.vacant for one in producer.observations if isinstance(one, SiteCounted)] == [40]
    assert [place.id for place in producer.catalogue] == ["DE-X:P1"]
    assert not producer.rejects


async def test_an_unchanged_publication_is_a_sign_of_life_and_no_observation(server: FeedServer) -> None:
    url = server.says("/d2", Answer(publication(site()), headers={"ETag": '"7"'}), Answer(status=304))
    producer = DeclaringProducer()
    assert await poll(producer, url)
    assert await poll(producer, url)
    assert [type(one).__name__ for one in producer.observations].count("SiteCounted") == 1
    assert isinstance(producer.observations[-1], DeviceHeartbeat)


async def test_a_table_in_the_same_body_tells_name_and_place(server: FeedServer) -> None:
    about = f"<parkingTable>{described('P1', 'Dom', 100)}</parkingTable>"
    body = publication(
        f"{about}</n:parkingTablePublication><n:parkingStatusPublication>{site()}</n:parkingStatusPublication>"
        "<n:parkingTablePublication>",
        kind="parkingTablePublication",
    )
    producer = DeclaringProducer()
    assert await poll(producer, server.says("/d2", body))
    (place,) = producer.catalogue
    assert (place.name, place.capacity, place.point.lat) == ("Dom", 100, 47.65)


async def test_a_table_at_its_own_address_is_no_failure_and_describes_what_the_status_talks_of(
    server: FeedServer,
) -> None:
    status, static = server.says("/d2", publication(site())), server.says("/static", table(described("P1", "Dom", 100)))
    producer = DeclaringProducer()
    assert await poll(producer, static)
    assert not producer.rejects
    async with httpx.AsyncClient(timeout=5) as client, asyncio.timeout(20):
        polls = asyncio.create_task(
            poll_source(ADAPTERS["datex2"], [status, static], "t", producer, client, 0.02, False)  # type: ignore[arg-type]
        )
        number = 40
        while [place.name for place in producer.catalogue] != ["Dom"]:
            await asyncio.sleep(0.05)
            number -= 1  # a body that has not changed is a sign of life and nothing else
            server.says("/d2", publication(site(vacant=max(0, number))))
        for number in range(40, 60):
            server.says("/d2", publication(site(vacant=number)))
            await asyncio.sleep(0.03)
        polls.cancel()
        await asyncio.gather(polls, return_exceptions=True)
    (place,) = producer.catalogue
    assert (place.name, place.capacity) == ("Dom", 100), "an id is no name: the status does not unsay the table's"
