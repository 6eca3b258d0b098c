"""Reading a topic to its end, and following the catalogue: against a real Kafka, and where there is none."""

from __future__ import annotations

import asyncio
import gc

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams import catalogue_follower
from streams.catalogue_follower import CatalogueFollower
from streams.known import Entry, KnownCatalogue, read_catalogue
from streams.reading import KafkaAddressError, open_topic
from streams.retry import AbandonedError
from streams.topics import TopicsError, create_topics, names_of
from tests.conftest import House

NOWHERE = "127.0.0.1:9"
IMPATIENT_S = 20


async def ignore(_: list[Entry]) -> None:
    return None


async def fill(house: House, count: int) -> str:
    """Records 0, 1, 2… in turn into all partitions of the observations."""
    at = house.settings
    await create_topics(at.kafka, at.namespace, at.partitions)
    topic = names_of(at.namespace).observations
    async with AIOKafkaProducer(bootstrap_servers=at.kafka) as producer:
        for number in range(count):
            await producer.send_and_wait(topic, b"%d" % number, partition=number % at.partitions)
    return topic


async def read(house: House, topic: str, starts: dict[int, int] | None = None) -> list[tuple[int, bytes]]:
    async with asyncio.timeout(IMPATIENT_S), open_topic(house.settings.kafka, topic) as reader:
        return [(record.partition, record.value) async for record in reader.read(starts)]


async def test_everything_is_read_once_and_in_order_and_an_empty_topic_is_not_waited_for(house: House) -> None:
    topic = await fill(house, 40)
    found = await read(house, topic)
    assert sorted(int(value) for _, value in found) == list(range(40))
    for partition in range(house.settings.partitions):
        mine = [int(value) for number, value in found if number == partition]
        assert mine == sorted(mine)
    assert await read(house, names_of(house.settings.namespace).rejects) == []


async def test_reading_begins_where_it_is_told_and_one_record_can_be_asked_for(house: House) -> None:
    topic = await fill(house, 12)
    async with open_topic(house.settings.kafka, topic) as reader:
        assert (reader.begins[0], reader.ends[0]) == (0, 3)
        assert (await reader.first_at(1, 2)).value == b"9"
    assert sorted(await read(house, topic, {0: 2, 1: 3, 2: 3})) == [(0, b"8"), (3, b"11"), (3, b"3"), (3, b"7")]


@pytest.mark.parametrize("address", ["kafka:x", "[::1", ":"])
async def test_what_is_no_address_is_said_so_and_leaves_nothing_open(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with asyncio.timeout(IMPATIENT_S):
        with pytest.raises(KafkaAddressError, match="host:port"):
            await read_catalogue(address, "any")
    gc.collect()
    assert "Unclosed" not in caplog.text


async def test_a_kafka_that_is_not_there_is_not_waited_for_and_a_missing_topic_is_named(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with asyncio.timeout(IMPATIENT_S):
        with pytest.raises(KafkaError, match="bootstrap"):
            await read_catalogue(NOWHERE, "any")
        with pytest.raises(TopicsError, match=r"nothing-here\.catalogue"):
            await read_catalogue(house.settings.kafka, "nothing-here")
    gc.collect()
    assert "Unclosed" not in caplog.text


async def test_who_waits_for_the_catalogue_hears_what_ended_the_reading(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(catalogue_follower, "new_consumer", refuse)
    follower = CatalogueFollower(NOWHERE, "any", KnownCatalogue(1), ignore)
    waiting = asyncio.create_task(follower.catch_up())
    async with asyncio.timeout(IMPATIENT_S):
        with pytest.raises(ZeroDivisionError):
            await follower.follow()
        with pytest.raises(ZeroDivisionError):
            await waiting


async def test_a_follower_that_was_stopped_while_kafka_is_away_leaves_nothing_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    follower = CatalogueFollower(NOWHERE, "any", KnownCatalogue(1), ignore)
    async with asyncio.timeout(IMPATIENT_S):
        following = asyncio.create_task(follower.follow())
        waiting = asyncio.create_task(follower.catch_up())
        while "again in" not in caplog.text:
            await asyncio.sleep(0.01)
        following.cancel()
        with pytest.raises(AbandonedError):
            await waiting
        await asyncio.gather(following, return_exceptions=True)
    gc.collect()
    assert "Unclosed" not in caplog.text
