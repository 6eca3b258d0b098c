"""Listeners of /v1/changes: exactly what followed, or a reset; through a gateway that dies and a Redis that is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis.asyncio as aioredis
from jsonschema import Draft202012Validator

from gateways.api.openapi import describe
from ops.local import process, valkey
from ops.settings import Settings
from store.connecting import open_redis
from store.keys import keys_of
from store.writer import LiveWriter
from tests.gateways.serving import counted, eventually, listening, serving, take, until_ready
from tests.support import TENANT, free_ports, site


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Settings]:
    """A Valkey of this test's own, to be killed."""
    settings = Settings(redis=f"redis://127.0.0.1:{free_ports()}/0", data_dir=tmp_path)
    valkey.up(settings, attached=True)
    yield settings
    process.stop("valkey", tmp_path)


async def begin(settings: Settings) -> tuple[aioredis.Redis, LiveWriter]:
    live = open_redis(settings.redis, 5, 10)
    await live.flushall()
    writer = LiveWriter(live, 1)
    await writer.apply_catalogue(TENANT, [(site(id="a"), (1, 0)), (site(id="b"), (1, 1))])
    await writer.apply_changes(TENANT, 0, [counted("a", 10, 1)], None)
    return live, writer


def vacancies(places: list[dict]) -> dict[str, int | None]:
    return {place["id"]: place["vacant"] for place in places}


async def test_first_a_snapshot_then_what_follows(servers: Settings) -> None:
    live, writer = await begin(servers)
    async with serving(servers.redis) as client:
        await until_ready(client)
        async with listening(client) as events:
            assert (await take(events, "status")).data["redis"] == "ok"
            snapshot = await take(events, "snapshot")
            assert vacancies(snapshot.data["places"]) == {"a": 10, "b": None}
            assert snapshot.id == snapshot.data["position"]
            await writer.apply_changes(TENANT, 0, [counted("a", 9, 2), counted("b", 5, 3)], None)
            await writer.apply_changes(TENANT, 0, [counted("a", 8, 4)], None)
            seen: dict[str, int | None] = {}
            while seen != {"a": 8, "b": 5}:
                seen |= vacancies((await take(events, "changes")).data["places"])
    await live.aclose()


async def test_every_event_is_as_the_api_describes_it(servers: Settings) -> None:
    document = describe()
    described = document["paths"]["/v1/changes"]["get"]["x-events"]
    live, writer = await begin(servers)
    heard: set[str] = set()
    async with serving(servers.redis) as client:
        await until_ready(client)
        for resume in (None, "1-1-0"):  # an id of another stream: a reset
            async with listening(client, resume) as events, asyncio.timeout(15):
                async for event in events:
                    whole = {**described[event.name], "components": document["components"]}
                    Draft202012Validator(whole).validate(event.data)
                    assert (event.id is None) == (event.name in ("status", "reset"))
                    heard.add(event.name)
                    if event.name == "snapshot":
                        await writer.apply_changes(TENANT, 0, [counted("a", 9, 2 + len(heard))], None)
                    if event.name == "changes":
                        break
    assert heard == described.keys()
    await live.aclose()


async def test_who_comes_back_gets_exactly_what_followed_even_from_another_gateway(servers: Settings) -> None:
    live, writer = await begin(servers)
    async with serving(servers.redis) as client:
        await until_ready(client)
        async with listening(client) as events:
            last = (await take(events, "snapshot")).id
    await writer.apply_changes(TENANT, 0, [counted("a", 9, 2)], None)
    await writer.apply_changes(TENANT, 0, [counted("a", 8, 3), counted("b", 5, 4)], None)
    async with serving(servers.redis) as client:
        await until_ready(client)
        async with listening(client, last) as events:
            caught_up = await take(events, "changes")
            assert vacancies(caught_up.data["places"]) == {"a": 8, "b": 5}
        async with listening(client, caught_up.id) as events:
            await take(events, "status")
            await writer.apply_changes(TENANT, 0, [counted("b", 4, 5)], None)
            assert vacancies((await take(events, "changes")).data["places"]) == {"b": 4}
    await live.aclose()


@pytest.mark.parametrize("how", ["made_up", "other_stream", "trimmed"])
async def test_who_cannot_resume_is_reset_and_told_why(servers: Settings, how: str) -> None:
    live, writer = await begin(servers)
    async with serving(servers.redis) as client:
        await until_ready(client)
        async with listening(client) as events:
            last = (await take(events, "snapshot")).id
        assert last is not None
        incarnation, rest = last.split("-", 1)
        if how == "made_up":
            last = f"{incarnation}-9999999999999-0"
        elif how == "other_stream":
            last = f"{int(incarnation) - 5}-{rest}"
        else:
            await writer.apply_changes(TENANT, 0, [counted("a", n % 50, n) for n in range(2, 300)], None)
            await live.xtrim(keys_of(TENANT).changes, maxlen=5, approximate=False)

            async def has_caught_up() -> bool:
                return vacancies((await client.get("/v1/sites")).json()["places"])["a"] == 299 % 50

            await eventually(has_caught_up, 15, "the gateway to take 298 changes")
        async with listening(client, last) as events:
            reset = await take(events, "reset")
            assert (reset.data["field"], reset.id) == ("Last-Event-ID", None)
            assert reset.data["allowed"].startswith("a position from ")
            snapshot = await take(events, "snapshot")
            assert snapshot.id != last
            await writer.apply_changes(TENANT, 0, [counted("b", 3, 400)], None)
            assert vacancies((await take(events, "changes")).data["places"]) == {"b": 3}
    await live.aclose()


async def test_a_new_place_reaches_who_listens(servers: Settings) -> None:
    live, writer = await begin(servers)
    async with serving(servers.redis) as client:
        await until_ready(client)
        async with listening(client) as events:
            await take(events, "snapshot")
            await writer.apply_catalogue(TENANT, [(site(id="c", name="Nouveau"), (1, 9))])
            assert vacancies((await take(events, "snapshot")).data["places"]) == {"a": 10, "b": None, "c": None}
            await writer.apply_changes(TENANT, 0, [counted("c", 3, 10)], None)
            assert vacancies((await take(events, "changes")).data["places"]) == {"c": 3}
        hits = (await client.get("/v1/nearest", params={"lon": -1.55, "lat": 47.21})).json()["hits"]
        assert [hit["id"] for hit in hits] == ["a", "c"]
    await live.aclose()


@pytest.mark.slow
async def test_redis_gone_values_age_and_expire_and_back_again_nothing_is_missed(own: Settings) -> None:
    live, writer = await begin(own)
    await writer.apply_changes(TENANT, 0, [counted("b", 7, 2, valid_for=timedelta(seconds=3))], None)
    async with serving(own.redis) as client:
        await until_ready(client)
        async with listening(client) as events:
            assert vacancies((await take(events, "snapshot")).data["places"]) == {"a": 10, "b": 7}
            server = process.find("valkey", own.data_dir)
            assert server is not None
            server.kill()
            assert (await take(events, "status")).data["redis"] == "gone"
            problem = (await client.get("/readyz")).json()
            assert (problem["status"], "Redis does not answer" in problem["detail"]) == (503, True)

            async def expired() -> bool:
                places = (await client.get("/v1/sites")).json()["places"]
                return vacancies(places) == {"a": 10, "b": None} and all(place["age_s"] >= 0 for place in places)

            await eventually(expired, 8, "b to expire by itself")
            hits = (await client.get("/v1/nearest", params={"lon": -1.55, "lat": 47.21})).json()["hits"]
            assert [hit["id"] for hit in hits] == ["a"]
            process.stop("valkey", own.data_dir)
            valkey.up(own, attached=True)
            await live.connection_pool.disconnect()

            async def says_it_is_empty() -> bool:
                return "holds nothing" in (await client.get("/readyz")).json()["detail"]

            await eventually(says_it_is_empty, 15, "the gateway to say that Redis holds nothing")
            await writer.apply_catalogue(TENANT, [(site(id="a"), (1, 0)), (site(id="b"), (1, 1))])
            await writer.apply_changes(TENANT, 0, [counted("b", 6, 3)], None)
            assert (await take(events, "reset")).data["field"] == "Last-Event-ID"
            snapshot = await take(events, "snapshot")
            assert vacancies(snapshot.data["places"])["a"] == 10, "what Redis forgot and we still know stays"
            seen = vacancies(snapshot.data["places"])
            await writer.apply_changes(TENANT, 0, [counted("a", 4, 4)], None)
            while seen != {"a": 4, "b": 6}:
                seen |= vacancies((await take(events, "changes")).data["places"])
        await until_ready(client)
    await live.aclose()


@pytest.mark.slow
async def test_redis_stopped_for_a_while_is_resumed_without_a_reset(own: Settings) -> None:
    live, writer = await begin(own)
    async with serving(own.redis, timeout_s=1.5) as client:
        await until_ready(client)
        async with listening(client) as events:
            await take(events, "snapshot")
            server = process.find("valkey", own.data_dir)
            assert server is not None
            server.suspend()
            assert (await take(events, "status")).data["redis"] == "gone"
            server.resume()
            await live.connection_pool.disconnect()
            await writer.apply_changes(TENANT, 0, [counted("a", 3, 2)], None)
            async for event in events:
                assert event.name != "reset"
                if event.name == "changes":
                    assert vacancies(event.data["places"]) == {"a": 3}
                    break
    await live.aclose()


async def test_who_resumes_while_redis_is_gone_is_reset_from_memory(own: Settings) -> None:
    live, _ = await begin(own)
    async with serving(own.redis) as client:
        await until_ready(client)
        async with listening(client) as events:
            last = (await take(events, "snapshot")).id
        assert last is not None
        server = process.find("valkey", own.data_dir)
        assert server is not None
        server.kill()
        incarnation, milliseconds, _ = last.split("-")
        async with listening(client, f"{incarnation}-{int(milliseconds) - 1}-0") as events:  # as good as any older one
            assert "Redis does not answer" in (await take(events, "reset")).data["detail"]
            assert vacancies((await take(events, "snapshot")).data["places"]) == {"a": 10, "b": None}
    await live.aclose()
