"""Rolling a real topic: duplicates, rubbish, a roller that is killed again and again, a topic that begins anew."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.codec import encode_event
from parking.decisions.acting import ActResult, confirm
from parking.decisions.chain import check_chains
from parking.published.timeline import Published
from store.history import HistoryError
from store.history.decided import DecidedReader, DecidedWriter
from store.history.writer import HistoryWriter
from streams import history
from streams.decided import read_decided
from streams.record import open_recorder
from streams.topics import create_topics, names_of
from tests.conftest import House
from tests.parking.decisions.test_decisions import decided
from tests.store.history_logs import everything, said
from tests.support import ROOT, TENANT, at, wait_for

PARTITIONS = 2
ROLLER = """
import asyncio, sys
from pathlib import Path
from store.history.writer import HistoryWriter
from streams import history
history.MAX_BATCH = 25
kafka, namespace, folder = sys.argv[1:]
with HistoryWriter(Path(folder), namespace + ".changes") as writer:
    asyncio.run(history.roll(kafka, writer, lambda progress: print(progress.read, flush=True)))
"""


@asynccontextmanager
async def admin_of(house: House) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=house.settings.kafka)
    await admin.start()
    yield admin
    await admin.close()


async def send(house: House, values: Iterable[tuple[int, bytes]]) -> None:
    """Values into partitions of the topic, which is made where it is missing."""
    await create_topics(house.settings.kafka, house.settings.namespace, PARTITIONS)
    topic = names_of(house.settings.namespace).changes
    async with AIOKafkaProducer(bootstrap_servers=house.settings.kafka) as producer:
        futures = [await producer.send(topic, value, partition=partition) for partition, value in values]
        await asyncio.gather(*futures)


def changes(count: int, epoch: int = 1, first: int = 0) -> list[tuple[int, bytes]]:
    """Changes of a few places over two days in both partitions, every fifth of them sent twice."""
    log: list[tuple[int, bytes]] = []
    for number in range(first, first + count):
        one = said(0, (epoch, number), f"p{number % 6}", at(number * 2), vacant=number)
        log += [(number % PARTITIONS, encode_event(one.change))] * (2 if number % 5 == 0 else 1)
    return log


async def roll(house: House, folder: Path) -> history.RollProgress:
    with HistoryWriter(folder, names_of(house.settings.namespace).changes) as writer:
        return await history.roll(house.settings.kafka, writer, lambda _: None)


def vacancies(rows: Iterable[Published]) -> list[int | None]:
    return sorted(one.change.availability.vacant for one in rows)  # type: ignore[type-var]


async def test_what_is_in_the_topic_is_rolled_once_and_rubbish_is_counted(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rubbish = [(0, b"{torn"), (1, b""), (0, b'{"tenant":"../x","place_id":"p","availability":{}}')]
    await send(house, [*changes(10), *rubbish])
    progress = await roll(house, tmp_path / "h")
    assert (progress.written, progress.repeated, progress.unreadable, progress.lost) == (10, 2, 3, 0)
    assert (progress.read, progress.total) == (15, 15)
    assert caplog.text.count("was left out") == 3
    again = await roll(house, tmp_path / "h")
    assert (again.read, again.written, again.unreadable) == (0, 0, 0)
    await send(house, changes(5, first=10))
    assert (await roll(house, tmp_path / "h")).written == 5
    rows = everything(tmp_path / "h")
    assert vacancies(rows) == list(range(15))
    assert {one.logged_at.tzinfo is not None for one in rows} == {True}


async def test_a_roller_killed_again_and_again_loses_nothing_and_repeats_nothing(house: House, tmp_path: Path) -> None:
    await send(house, changes(800))
    command = [sys.executable, "-c", ROLLER, house.settings.kafka, house.settings.namespace, str(tmp_path / "h")]
    for lines in (3, 8, 5):
        with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=-1) as roller:
            assert roller.stdout is not None
            for _ in range(lines):
                assert roller.stdout.readline()
            roller.send_signal(signal.SIGKILL)
    before = everything(tmp_path / "h")
    assert 0 < len(before) < 800, "it was killed in the middle"
    assert len(before) == len({one.revision for one in before})
    await send(house, changes(10, first=800))
    await roll(house, tmp_path / "h")
    assert vacancies(everything(tmp_path / "h")) == list(range(810))


async def test_it_follows_what_comes(house: House, tmp_path: Path) -> None:
    await send(house, changes(3))
    settings, folder = house.settings, tmp_path / "h"
    with HistoryWriter(folder, names_of(settings.namespace).changes) as writer:
        rolled = asyncio.Event()
        following = asyncio.create_task(history.follow(settings.kafka, writer, lambda _: rolled.set(), 1.5))
        await asyncio.to_thread(wait_for, "3 rows", lambda: len(writer.position.reached) == PARTITIONS, 20)
        await send(house, changes(4, first=3))
        await asyncio.to_thread(wait_for, "7 rows", lambda: len(everything(folder)) == 7, 20)
        rolled.clear()
        await rolled.wait()  # not in the first moment of a pass: aiokafka then leaves a connection open
        following.cancel()
        async with asyncio.timeout(10):
            await asyncio.gather(following, return_exceptions=True)


async def test_a_topic_made_anew_is_read_from_its_beginning_under_a_greater_epoch_only(
    house: House, tmp_path: Path
) -> None:
    await send(house, changes(8))
    await roll(house, tmp_path / "h")
    topic = names_of(house.settings.namespace).changes
    async with admin_of(house) as admin:
        await admin.delete_topics([topic])
        while topic in await admin.list_topics():
            await asyncio.sleep(0.1)
    await send(house, changes(20, first=2))  # longer than the old one was: only its last record betrays it
    with pytest.raises(HistoryError, match="raise PLACELIBRE_STREAM_EPOCH above 1"):
        await roll(house, tmp_path / "h")
    async with admin_of(house) as admin:
        await admin.delete_topics([topic])
        while topic in await admin.list_topics():
            await asyncio.sleep(0.1)
    await send(house, changes(3, epoch=2))
    assert (await roll(house, tmp_path / "h")).written == 3
    assert len(everything(tmp_path / "h")) == 11


async def test_what_retention_took_before_it_was_rolled_is_counted(house: House, tmp_path: Path) -> None:
    await send(house, changes(4))
    await roll(house, tmp_path / "h")
    await send(house, changes(20, first=4))
    topic = names_of(house.settings.namespace).changes
    async with admin_of(house) as admin:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=9)})
    progress = await roll(house, tmp_path / "h")
    assert progress.lost == 6
    assert progress.read == 24 - 6
    assert (await roll(house, tmp_path / "h")).lost == 0


async def test_decisions_are_rolled_beside_the_changes_as_they_stand_in_kafka(house: House, tmp_path: Path) -> None:
    await create_topics(house.settings.kafka, house.settings.namespace, PARTITIONS)
    first = decided()
    async with open_recorder(house.settings.kafka, house.settings.namespace, PARTITIONS) as record:
        await asyncio.gather(*(record(decided(subject=f"sign:{number}")) for number in range(20)))
        await record(first)
        await record(confirm(first, ActResult.ACTED, {"status": 4}, at(1)))
    topic = names_of(house.settings.namespace).decisions
    folder = tmp_path / "decisions"
    for expected in (22, 0):  # once, and not again
        with DecidedWriter(folder, topic) as writer:
            progress = await history.roll(house.settings.kafka, writer, lambda _: None)
        assert (progress.written, progress.unreadable) == (expected, 0)
    rolled = DecidedReader(folder).list_entries(TENANT)
    assert rolled == sorted(
        [one async for one in read_decided(house.settings.kafka, house.settings.namespace)],
        key=lambda one: (one.partition, one.offset),
    )
    assert check_chains((one.entry.link, one.value) for one in rolled) == []
    found = DecidedReader(folder).find_standing(TENANT, "sign:A12/1", at(1))
    assert found
    assert (found.decision, found.state) == (first, "acted")
