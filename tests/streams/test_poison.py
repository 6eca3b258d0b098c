"""Poison in every topic: whoever reads it goes on, and what is sound beside it is answered as if it were alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from parking.codec import encode_event
from parking.fold.records import Record
from parking.observations import SiteCounted
from parking.words import ClockBasis
from sensors.intake.redrive import read_again
from store.history.decided import DecidedReader, DecidedWriter
from store.history.folder import Batch
from store.history.reader import HistoryReader
from store.history.writer import HistoryWriter
from streams.catalogue_news import CatalogueNews
from streams.decided import find_logged
from streams.history import _Pending
from streams.kernel import KERNEL
from streams.rejects import _Seen
from streams.tracing import _change, _heard
from tests import poison
from tests.streams.fakes import NAMES, FakeWorker, World
from tests.support import TENANT, envelope, site, tick

GOOD = site(id="good")


class Read(NamedTuple):
    """A record as Kafka's consumer hands it over."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def read(topic: str) -> Iterator[Read]:
    for one in poison.records(topic):
        yield Read(0, one.offset, one.key, one.value, one.timestamp)


def count(minute: float, vacant: int) -> SiteCounted:
    return SiteCounted(**envelope(minute, content=(vacant,)), vacant=vacant)


async def shown(worker: FakeWorker) -> int | None:
    """What is said of the good place once it has spoken."""
    worker.world.say("", tick(5))
    worker.world.say(GOOD.key, count(5, 11))
    worker.source.position = worker.ownership.partitions[0].next_offset
    await worker.fold_all(cut=500)
    return worker.world.redis.live[TENANT, GOOD.id].vacant


async def test_in_the_observations() -> None:
    made = World(site(), GOOD)
    made.observations += poison.records("observations")
    worker = await made.worker(KERNEL).start()
    await worker.fold_all(cut=500)
    assert await shown(worker) == 11
    refused = {value for _, value in made.kafka.rows[NAMES.rejects]}
    assert len(refused) > 1_000, "and what it was is kept"
    assert (await made.worker().start()).ownership.partitions[0].next_offset == len(made.observations)


async def test_in_the_catalogue() -> None:
    made = World(GOOD)
    worker = await made.worker().start()
    fresh = [entry for one in poison.records("catalogue") if (entry := worker.follower.known.take(one)) is not None]
    news = CatalogueNews(worker.ownership, worker.live)
    await news.learn(fresh)
    for place in list(worker.follower.known.places):
        made.say(place.key, count(4, 3))
    assert worker.follower.known.take(Record(1, GOOD.key.encode(), encode_event(GOOD), 0)) is not None
    assert await shown(worker) == 11
    assert all(entry.id for entry in worker.follower.known.tenants.values())


async def test_in_the_changelog() -> None:
    made = World(site(), GOOD)
    await shown(await made.worker().start())
    kinds = [value for topic in poison.sound() for value in poison.values(topic)][::7]
    for kind in (*poison.RAW, *kinds):
        if kind:  # Faust takes a row of nothing for one that was deleted
            made.kafka.rows[NAMES.changelog].append((site().key.encode(), kind))
            worker = await made.worker().start()
            assert worker.losses.latest[site().key]
    worker.state_table.data |= {key: b"poison" for key in poison.KEYS if key}
    await worker.start()
    assert await shown(worker) == 11


async def test_in_the_rejects() -> None:
    seen = _Seen()
    for record in read("rejects"):
        seen.take(record)
    kept = seen.kept()
    assert kept
    for one in kept:
        read_again(one.reject, ClockBasis.WALL)
        assert one.is_open in (True, False)


async def test_in_the_decisions(tmp_path: Path) -> None:
    found = [entry for record in read("decisions") if (entry := find_logged(record)) is not None]
    assert found
    with DecidedWriter(tmp_path / "decisions", "t.decisions") as writer:
        pending = _Pending(writer)
        for record in read("decisions"):
            pending.take(record)
        rolled = writer.append(Batch(pending.stretches, pending.published, pending.unreadable))
    assert rolled.unreadable > 100
    assert rolled.written
    assert DecidedReader(tmp_path / "decisions").list_entries(found[0].tenant)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["decisions"]


async def test_in_the_changes(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path / "history", "t.changes") as writer:
        pending = _Pending(writer)
        for record in read("changes"):
            pending.take(record)
            _change(record.value or b"")
            _heard(record)
        rolled = writer.append(Batch(pending.stretches, pending.published, pending.unreadable))
    assert rolled.unreadable > 100
    reader = HistoryReader(tmp_path / "history")
    assert TENANT in reader.list_tenants()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history"]
