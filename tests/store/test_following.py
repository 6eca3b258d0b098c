"""Following against a real Valkey: a snapshot, every change once, a reset where there would be a gap, and patience."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import redis.asyncio as aioredis

from ops.local import process, valkey
from ops.settings import Settings
from parking.published.availability import Availability, Change
from parking.words import Basis
from store.changes import StreamResetError
from store.connecting import open_redis
from store.following import Following, follow
from store.keys import keys_of
from store.mirror import Loaded, Mirror
from store.writer import LiveWriter
from tests.support import TENANT, free_ports, site


class Heard:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def snapshot(self, loaded: Loaded) -> None:
        self.told.append(("snapshot", loaded.changed))

    def changed(self, changes: list[Change]) -> None:
        self.told += [(change.place_id, change.availability.vacant) for change in changes]

    def expired(self, place_ids: list[str]) -> None:
        self.told.append(("expired", place_ids))

    def reset(self, because: StreamResetError) -> None:
        self.told.append("reset")

    def status(self) -> None:
        self.told.append("status")


def now_counted(place: str, vacant: int, revision: int, valid_for: timedelta = timedelta(minutes=15)) -> Change:
    now = datetime.now(UTC)
    value = Availability(
        vacant=vacant, observed_at=now, valid_until=now + valid_for, basis=Basis.COUNTED, revision=(1, revision)
    )
    return Change(TENANT, place, value)


async def filled(client: aioredis.Redis) -> LiveWriter:
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(site(id="a"), (1, 0)), (site(id="b"), (1, 1))])
    await writer.apply_changes(TENANT, 0, [now_counted("a", 10, 1)], None)
    return writer


@asynccontextmanager
async def running(work: Callable[[], object]) -> AsyncIterator[None]:
    task = asyncio.create_task(work())  # type: ignore[arg-type]
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not check():
            await asyncio.sleep(0.02)


async def test_a_snapshot_then_every_change_then_expiry_by_the_clock_alone(client: aioredis.Redis) -> None:
    writer, mirror, heard = await filled(client), Mirror(TENANT), Heard()
    async with running(Following(client, mirror, heard).run):
        await until(lambda: mirror.availability("a").vacant == 10)
        await writer.apply_changes(TENANT, 0, [now_counted("b", 3, 2, timedelta(seconds=1.5))], None)
        await until(lambda: ("b", 3) in heard.told)
        await until(lambda: ("expired", ["b"]) in heard.told)
        assert mirror.availability("b").vacant is None
    assert heard.told[:2] == ["status", ("snapshot", ["a"])]
    assert heard.told.count(("b", 3)) == 1


async def test_a_catalogue_that_grew_is_a_snapshot_and_no_reset(client: aioredis.Redis) -> None:
    writer, mirror, heard = await filled(client), Mirror(TENANT), Heard()
    async with running(Following(client, mirror, heard).run):
        await until(lambda: mirror.is_loaded)
        await writer.apply_catalogue(TENANT, [(site(id="c"), (1, 2))])
        await until(lambda: "c" in mirror.places)
    assert "reset" not in heard.told


async def test_a_stream_that_was_cut_is_a_reset_and_a_snapshot(client: aioredis.Redis) -> None:
    writer, mirror, heard = await filled(client), Mirror(TENANT), Heard()
    async with running(Following(client, mirror, heard).run):
        await until(lambda: mirror.is_loaded)
    for revision in range(2, 200):
        await writer.apply_changes(TENANT, 0, [now_counted("a", revision % 50, revision)], None)
    await client.xtrim(keys_of(TENANT).changes, maxlen=3, approximate=False)
    async with running(Following(client, mirror, heard).run):
        await until(lambda: mirror.availability("a").vacant == 199 % 50)
    assert [told for told in heard.told if told != "status"][-2:] == ["reset", ("snapshot", ["a"])]


async def test_redis_killed_is_trouble_and_emptied_takes_nothing_back(servers: Settings, tmp_path) -> None:
    port = free_ports()
    own = servers.model_copy(update={"redis": f"redis://127.0.0.1:{port}/0", "data_dir": tmp_path})
    valkey.up(own, attached=True)
    client, mirror, heard = open_redis(own.redis, 1, 3), Mirror(TENANT), Heard()
    await filled(client)
    following = Following(client, mirror, heard)
    try:
        async with running(following.run):
            await until(lambda: following.trouble is None and mirror.is_loaded)
            process.find("valkey", own.data_dir).kill()
            await until(lambda: following.is_gone)
            assert following.trouble == "Redis does not answer", "and where it is, the public is not told"
            assert mirror.availability("a").vacant == 10, "it ages, and is not forgotten"
            valkey.up(own, attached=True)
            await until(lambda: "holds nothing" in (following.trouble or ""))
            await LiveWriter(client, 1).apply_catalogue(TENANT, [(site(id="a"), (1, 0)), (site(id="b"), (1, 1))])
            await until(lambda: following.trouble is None)
            assert mirror.availability("a").vacant == 10
            assert "reset" in heard.told
    finally:
        await client.aclose()
        process.stop("valkey", own.data_dir)


class TinyGateway:
    """All that a new way out needs: one sentence of a city, kept true by following it."""

    def __init__(self, tenant: str) -> None:
        self.mirror = Mirror(tenant)

    def sentence(self) -> str:
        now = [self.mirror.availability(place) for place in self.mirror.places]
        return f"{sum(one.vacant or 0 for one in now)} libres, {sum(one.vacant is None for one in now)} inconnus"


async def test_a_new_gateway_follows_a_city_in_a_few_lines(client: aioredis.Redis) -> None:
    writer, gateway = await filled(client), TinyGateway(TENANT)
    async with running(lambda: follow(client, gateway.mirror)):
        await until(lambda: gateway.sentence() == "10 libres, 1 inconnus")
        await writer.apply_changes(TENANT, 0, [now_counted("b", 3, 2)], None)
        await until(lambda: gateway.sentence() == "13 libres, 0 inconnus")


async def test_a_mistake_of_ours_ends_the_following_loudly(client: aioredis.Redis) -> None:
    class Broken(Heard):
        def snapshot(self, loaded: Loaded) -> None:
            raise ZeroDivisionError

    await filled(client)
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(follow(client, Mirror(TENANT), Broken()), 20)
