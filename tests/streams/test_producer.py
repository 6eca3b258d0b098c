"""The producing side and the catalogue follower, against a real Kafka."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from ops.settings import Settings
from parking import codec
from parking.catalogue.model import Catalogue, Tenant
from parking.observations import OPERATOR, ClockTicked, DeviceHeartbeat, SiteCounted, SiteRecounted
from parking.rejects import Redriven, Reject, make_reject
from parking.words import ClockBasis, RejectReason
from streams.catalogue_follower import CatalogueFollower
from streams.known import KnownCatalogue, find_tenant
from streams.producer import ObservationProducer
from streams.rejects import read_rejects
from streams.topics import create_topics, names_of
from tests.conftest import House
from tests.support import TENANT, at, envelope, site

WALL = Tenant(id=TENANT, clock=ClockBasis.WALL)


async def ready(settings: Settings) -> ObservationProducer:
    await create_topics(settings.kafka, settings.namespace, settings.partitions)
    return ObservationProducer(settings.kafka, settings.namespace, settings.partitions, Catalogue())


async def read_all(settings: Settings, topic: str, count: int) -> list:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def test_everything_about_a_place_meets_in_one_partition(house: House) -> None:
    async with await ready(house.settings) as producer:
        await producer.declare(WALL, [site()])
        sent = await producer.send([SiteCounted(**envelope(n), vacant=n) for n in range(20)])
    assert (sent.observations, list(sent.rejects)) == (20, [])
    records = await read_all(house.settings, names_of(house.settings.namespace).observations, 20)
    assert {record.key for record in records} == {site().key.encode()}
    assert len({record.partition for record in records}) == 1
    assert [codec.decode_observation(record.value).vacant for record in records] == list(range(20))


async def test_an_unknown_device_is_a_reject_with_its_bytes(house: House) -> None:
    stray = SiteCounted(**envelope(device="stray"), vacant=1)
    async with await ready(house.settings) as producer:
        await producer.declare(WALL, [site()])
        sent = await producer.send([stray])
    assert sent.observations == 0
    found = [kept.reject for kept in await read_rejects(house.settings.kafka, house.settings.namespace)]
    assert [(reject.reason, reject.device_id) for reject in found] == [(RejectReason.UNKNOWN_SITE, "stray")]
    assert codec.decode_observation(found[0].raw) == stray


async def test_what_people_say_goes_to_the_place_that_they_speak_of(house: House) -> None:
    said = [
        SiteRecounted(**envelope(device=place, source=OPERATOR), vacant=1, author="Ada") for place in (site().id, "no")
    ]
    async with await ready(house.settings) as producer:
        await producer.declare(WALL, [site()])
        sent = await producer.send(said)
    assert sent.observations == 1
    assert [reject.detail for reject in sent.rejects] == ["city testville has no place 'no': nothing was ordered"]
    [record] = await read_all(house.settings, names_of(house.settings.namespace).observations, 1)
    assert record.key == site().key.encode()
    assert codec.decode_observation(record.value) == said[0]


async def test_the_heartbeat_of_a_feed_is_sent_and_is_about_no_place(house: House) -> None:
    async with await ready(house.settings) as producer:
        assert (await producer.send([DeviceHeartbeat(**envelope(device="https://feed"))])).observations == 1
    record = (await read_all(house.settings, names_of(house.settings.namespace).observations, 1))[0]
    assert record.key == b"testville/@src"


async def test_a_tick_reaches_every_partition(house: House) -> None:
    async with await ready(house.settings) as producer:
        await producer.tick(TENANT, at(3), ClockBasis.EVENT)
    records = await read_all(house.settings, names_of(house.settings.namespace).observations, 4)
    assert sorted(record.partition for record in records) == [0, 1, 2, 3]
    ticks = [codec.decode_observation(record.value) for record in records]
    assert all(isinstance(one, ClockTicked) and one.observed_at == at(3) for one in ticks)


async def test_a_follower_that_caught_up_knows_what_was_declared_before(house: House) -> None:
    told: list[str] = []

    async def on_entries(fresh: list) -> None:
        told.extend(entry.id for entry, _ in fresh)

    names = names_of(house.settings.namespace)
    async with await ready(house.settings) as producer:
        known = KnownCatalogue(1)
        follower = CatalogueFollower(house.settings.kafka, names.catalogue, known, on_entries)
        task = asyncio.create_task(follower.follow())
        try:
            async with asyncio.timeout(20):
                await follower.catch_up()
                assert len(known.places) == 0
                for n in range(3):
                    await producer.declare(WALL, [site(id=f"p{n}")])
                    await follower.catch_up()
                    assert known.places.find_place(f"{TENANT}/p{n}") is not None
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert told == [TENANT, "p0", TENANT, "p1", TENANT, "p2"]
    assert known.tenants == {TENANT: WALL}
    assert known.revisions[f"{TENANT}/p2"][1] > known.revisions[f"{TENANT}/p0"][1]


async def test_no_rejects_is_an_empty_answer_not_a_wait(house: House) -> None:
    await create_topics(house.settings.kafka, house.settings.namespace, house.settings.partitions)
    async with asyncio.timeout(20):
        assert [kept.reject for kept in await read_rejects(house.settings.kafka, house.settings.namespace)] == []


async def test_a_poisonous_catalogue_entry_is_left_out_and_stops_nobody(house: House) -> None:
    names = names_of(house.settings.namespace)
    async with await ready(house.settings):
        pass
    raw = AIOKafkaProducer(bootstrap_servers=house.settings.kafka)
    await raw.start()
    for key, value in ((b"\xff", b"{}"), (b"a/b", b"{"), (b"tenant", b"5")):
        await raw.send_and_wait(names.catalogue, value, key)
    await raw.stop()
    async with await ready(house.settings) as producer:
        await producer.declare(WALL, [site()])
    assert await find_tenant(house.settings.kafka, house.settings.namespace, TENANT) == WALL
    assert await find_tenant(house.settings.kafka, house.settings.namespace, "atlantis") is None


async def test_a_reject_that_the_fold_says_again_after_a_crash_is_one(house: House) -> None:
    raw = codec.encode_event(SiteCounted(**envelope(), vacant=1))

    def refused(offset: int) -> Reject:
        return make_reject(TENANT, "src", RejectReason.LATE, "late", raw, at(0), found_at=(1, offset))

    async with await ready(house.settings) as producer:
        await producer.send((), [refused(7), refused(7), refused(8)])
        (kept,) = await read_rejects(house.settings.kafka, house.settings.namespace)
        assert kept.times == 2
        await producer.note([Redriven(redriven=kept.reject.reject_id, up_to_ms=kept.logged_ms)])
        await asyncio.sleep(0.01)
        await producer.send((), [refused(8)])
        (kept,) = await read_rejects(house.settings.kafka, house.settings.namespace)
        assert (kept.times, kept.is_open) == (2, False)
        await producer.send((), [refused(9)])
        (kept,) = await read_rejects(house.settings.kafka, house.settings.namespace)
        assert (kept.times, kept.is_open) == (3, True)
