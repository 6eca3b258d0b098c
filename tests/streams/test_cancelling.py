"""What reads and writes Kafka ends when it is told to, at whatever step: while Kafka answers, hangs, is away."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from aiokafka.errors import KafkaError

import streams.retry
from ops.local import process
from streams.appender import Appender
from streams.catalogue_follower import CatalogueFollower
from streams.kafka_watch import KafkaWatch
from streams.known import KnownCatalogue
from streams.reading import open_topic
from streams.retry import until_done
from streams.topics import names_of
from tests.cancelling import list_deaf
from tests.conftest import House

pytestmark = [
    pytest.mark.slow,
    # aiokafka leaves a connection open whose very beginning is cancelled
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
STATES = ["answers", "hangs", "away"]


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """What aiokafka left open is found here and not in somebody else's test."""
    yield
    gc.collect()


@contextmanager
def being(house: House, state: str) -> Iterator[str]:
    """The address of a Kafka in this state."""
    running = process.find("kafka", house.settings.data_dir.absolute())
    assert running is not None
    try:
        if state == "hangs":
            running.send_signal(signal.SIGSTOP)
        yield "127.0.0.1:9" if state == "away" else house.settings.kafka
    finally:
        running.send_signal(signal.SIGCONT)


async def appending(kafka: str, namespace: str) -> None:
    appender = Appender(kafka)

    async def once() -> None:
        await appender.append(names_of(namespace).changes, 0, [(b"key", b"value")])

    try:
        while True:
            await until_done(once, (KafkaError, TimeoutError, OSError), "writing")
    finally:
        await appender.close()


async def reading(kafka: str, namespace: str) -> None:
    async def once() -> None:
        async with open_topic(kafka, names_of(namespace).changes) as topic:
            async for _ in topic.read():
                pass

    while True:
        await until_done(once, KafkaError, "reading")
        await asyncio.sleep(0)


async def following(kafka: str, namespace: str) -> None:
    async def ignore(_: object) -> None:
        return None

    await CatalogueFollower(kafka, names_of(namespace).catalogue, KnownCatalogue(1), ignore).follow()


async def watching(kafka: str, namespace: str) -> None:
    watch = KafkaWatch(kafka, namespace, 4)
    while True:
        await watch.look()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("work", [appending, reading, following, watching])
async def test_it_ends_at_whatever_step_it_is_told_to(
    house: House, work: Callable[[str, str], Awaitable[None]], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(house.create_topics)
    monkeypatch.setattr(streams.retry, "RETRY_PAUSES_S", (0.001, 0.004))
    steps = {"answers": 25, "hangs": 4, "away": 12}[state]
    with being(house, state) as kafka:
        late = (False,) if state == "hangs" else (False, True)  # what it waits for is not done there for 40 s
        assert await list_deaf(lambda: work(kafka, house.settings.namespace), steps, late) == []
