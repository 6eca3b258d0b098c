"""The worker's round of its devices, against a real Valkey; the partitions it owns are made here."""

from __future__ import annotations

from typing import Any

import pytest
import redis.asyncio as aioredis
from redis.exceptions import ConnectionError as RedisAwayError

from parking.catalogue.model import Catalogue
from parking.clock import Clock
from parking.fold.batch import Held, Partition
from parking.fold.registering import register
from parking.fold.state import EMPTY
from parking.health.repairs import Finding
from parking.words import ClockBasis, Problem, SpaceState
from serving.probes import exposition
from store.device_words import read_words
from store.keys import device_words_key, keys_of
from store.repairs import read_repairs, write_repairs
from streams import examining
from streams.examining import ROUND_EVERY_S, Examiner
from streams.meters import WorkerMeters
from streams.ownership import OwnedPartition
from tests.parking.health.test_repairs import busy, street, word
from tests.support import TENANT, at


class Worker:
    """As much of Ownership and Mending as the examiner looks at: a street whose slot 0 has died."""

    def __init__(self) -> None:
        self.place = street(valid_for_s=3600)
        state = EMPTY
        for one in [*busy(180), word(0, 0, "free")]:  # type: ignore[arg-type]
            state = register(state, one, self.place, None)
        self.held = Held(state)
        self.catalogue = Catalogue([self.place])
        self.partitions = {0: OwnedPartition(Partition(places={self.place.key: self.held}))}
        self.assignment, self.server, self.meters = 1, "a", WorkerMeters()
        self.now(180)

    def now(self, minutes: float) -> None:
        self.partitions[0].state.clocks[TENANT] = Clock(at(minutes), ClockBasis.EVENT)

    def hear(self, *words: Any) -> None:
        for one in words:
            self.held.state = register(self.held.state, one, self.place, None)

    def examiner(self, client: Any) -> Examiner:
        return Examiner(self, self, self.catalogue, self.meters, client)  # type: ignore[arg-type]


async def again(examiner: Examiner) -> None:
    """Another look, as if it were time for another round."""
    examiner._begun_s = -ROUND_EVERY_S
    await examiner.look()


async def listed(client: aioredis.Redis) -> dict[str, list[Problem]]:
    return {place: [one.problem for one in found] for place, found in (await read_repairs(client, TENANT)).items()}


async def test_what_is_found_is_listed_and_leaves_the_list_once_it_is_mended(client: aioredis.Redis) -> None:
    worker = Worker()
    examiner = worker.examiner(client)
    await examiner.look()
    assert Problem.SILENT in (await listed(client))["z1"]
    await again(examiner)
    assert b'placelibre_repairs{problem="silent",tenant="testville"} 1.0' in exposition(worker.meters.registry)
    worker.now(185)
    worker.hear(word(184, 0, "occupied"), *(word(184, slot, "free") for slot in range(1, 8)))  # type: ignore[arg-type]
    await again(examiner)
    assert await listed(client) == {}
    assert await client.exists(keys_of(TENANT).repairs) == 0


async def test_what_each_device_said_last_is_written_once_and_goes_with_its_place(client: aioredis.Redis) -> None:
    worker = Worker()
    examiner = worker.examiner(client)
    assert await read_words(client, TENANT, "z1") == ()
    await examiner.look()
    said = await read_words(client, TENANT, "z1")
    assert [word.device_id for word in said] == [device.id for device in worker.place.devices]
    assert (said[0].state, said[0].said_at) == (SpaceState.FREE, at(0))
    await client.delete(device_words_key(TENANT))
    worker.now(182)
    await again(examiner)
    assert await read_words(client, TENANT, "z1") == (), "nothing is new, so nothing was written"
    worker.hear(word(183, 0, "occupied"))  # type: ignore[arg-type]
    worker.now(184)
    await again(examiner)
    assert (await read_words(client, TENANT, "z1"))[0].state is SpaceState.OCCUPIED
    worker.catalogue.drop(worker.place.key)
    await again(examiner)
    assert await client.exists(device_words_key(TENANT)) == 0
    await client.hset(device_words_key(TENANT), "z1", b"\xc1")  # type: ignore[misc]
    assert await read_words(client, TENANT, "z1") == (), "what was written over is no word"


async def test_a_place_is_looked_at_once_a_minute_of_its_clock(client: aioredis.Redis) -> None:
    worker = Worker()
    examiner = worker.examiner(client)
    await examiner.look()
    await client.delete(keys_of(TENANT).repairs)
    worker.now(180.5)
    await again(examiner)
    assert await listed(client) == {}
    worker.now(181.5)
    await again(examiner)
    assert await listed(client) != {}


async def test_what_was_found_before_a_crash_is_remembered(client: aioredis.Redis) -> None:
    flapped = Finding(
        place_id="z1", source="src", device_id="s3", slot=3, problem=Problem.FLAPPING, certainty=0.9, seen_at=at(100)
    )
    await write_repairs(client, TENANT, {"z1": [flapped]})
    await Worker().examiner(client).look()
    assert Problem.FLAPPING in (await listed(client))["z1"]


async def test_a_redis_that_is_away_hears_it_the_next_time(client: aioredis.Redis) -> None:
    class Away:
        async def hgetall(self, _: str) -> dict[bytes, bytes]:
            raise RedisAwayError("away")

    worker = Worker()
    examiner = worker.examiner(Away())
    await examiner.look()
    examiner._client = client
    await again(examiner)
    assert await listed(client) != {}


async def test_a_write_that_failed_is_repeated_though_the_clock_stands(client: aioredis.Redis) -> None:
    class Broken:
        hgetall = client.hgetall

        def pipeline(self, **_: Any) -> Any:
            raise RedisAwayError("away")

    worker = Worker()
    examiner = worker.examiner(Broken())
    await examiner.look()
    examiner._client = client
    await again(examiner)
    assert await listed(client) != {}


async def test_a_bug_in_the_rules_stops_nothing(client: aioredis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> list[Finding]:
        raise ZeroDivisionError

    monkeypatch.setattr(examining, "find_repairs", broken)
    await Worker().examiner(client).look()
    assert await listed(client) == {}


async def test_what_cannot_be_read_is_left_out(client: aioredis.Redis) -> None:
    await client.hset(keys_of(TENANT).repairs, mapping={"z1": b"\xff", "z2": b"\x90", b"\xff": b"\x90"})  # type: ignore[misc]
    assert await read_repairs(client, TENANT) == {"z2": []}


async def test_a_place_that_left_the_catalogue_is_passed_over(client: aioredis.Redis) -> None:
    worker = Worker()
    examiner = worker.examiner(client)
    await examiner.look()
    assert await listed(client) != {}
    worker.catalogue.drop(worker.place.key)
    await again(examiner)
    assert await listed(client) == {}


async def test_a_redis_that_was_emptied_or_restored_is_told_again(client: aioredis.Redis) -> None:
    worker = Worker()
    examiner = worker.examiner(client)
    await examiner.look()
    await client.delete(keys_of(TENANT).repairs)
    await again(examiner)
    assert await listed(client) == {}
    worker.server = "b"
    await again(examiner)
    assert await listed(client) != {}
