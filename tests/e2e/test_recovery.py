"""A long changelog, and workers that join and die while it is being read: not a row is passed over."""

from __future__ import annotations

import asyncio
import time

import redis

from ops.feeding import open_producer
from parking.catalogue.model import Catalogue, Device, Place, Tenant
from parking.codec import encode_event
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import Record
from parking.fold.table_rows import encode_position, encode_state
from parking.observations import SiteCounted
from parking.words import ClockBasis
from store.changes import decode_live
from streams.appender import Appender
from streams.partitions import folded_key, partition_of
from streams.topics import names_of
from tests.conftest import House
from tests.support import TENANT, at, envelope, site, wait_for

PLACES = 6_000
GENERATIONS = 5
"""How often each place's row stands in the changelog; only the last one is right."""


def make_places() -> list[Place]:
    return [
        site(id=f"p{n}", devices=(Device(source="src", id=f"d{n}", valid_for_s=900),), name=f"P {n}")
        for n in range(PLACES)
    ]


def rows_of(places: list[Place], generation: int) -> dict[bytes, bytes]:
    """A Table row for each place, which counts so many vacant."""
    counts = [
        SiteCounted(**envelope(generation, f"d{n}", generation), vacant=(n + generation) % 90) for n in range(PLACES)
    ]
    records = [
        Record(n, places[n].key.encode(), encode_event(count), round(at(60).timestamp() * 1000))
        for n, count in enumerate(counts)
    ]
    partition = Partition()
    fold_batch(partition, records, Catalogue(places).find_place, 1)
    return {key.encode(): encode_state(held.state) for key, held in partition.places.items()}


async def write_changelog(house: House, places: list[Place]) -> None:
    count, topic = house.settings.partitions, names_of(house.settings.namespace).changelog
    async with open_producer(house.settings) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.EVENT), places)
    appender = Appender(house.settings.kafka)
    for generation in range(GENERATIONS):
        rows = rows_of(places, generation)
        for number in range(count):
            await appender.append(topic, number, [row for row in rows.items() if partition_of(row[0], count) == number])
    for number in range(count):
        await appender.append(topic, number, [(folded_key(number), encode_position(1, 0))])
    await appender.close()


def wrong(house: House) -> int:
    """Places that Redis does not have as the changelog's last rows do."""
    client = redis.Redis.from_url(house.settings.redis)
    live = {key.decode(): decode_live(value).vacant for key, value in client.hgetall(f"{{{TENANT}}}:live").items()}
    expected = {f"p{n}": (n + GENERATIONS - 1) % 90 for n in range(PLACES)}
    return sum(live.get(place) != vacant for place, vacant in expected.items())


def test_workers_that_join_and_die_during_a_recovery_pass_over_no_row(house: House) -> None:
    house.create_topics()
    asyncio.run(write_changelog(house, make_places()))
    workers = []
    for pause in (1.9, 0.7, 1.3, 0.4):
        workers.append(house.start_worker())
        time.sleep(pause)
    workers[1].kill()
    workers[1].wait()
    wait_for("all places as they were", lambda: wrong(house) == 0, 90)
    workers[0].kill()
    workers[0].wait()
    redis.Redis.from_url(house.settings.redis).flushall()
    wait_for("all places again, by those who took over", lambda: wrong(house) == 0, 90)
