"""``placelibre why``: from a sign's line or a place's number back to what the counter said, and honest."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from ops.deciding import open_record
from ops.feeding import open_producer
from parking.catalogue.model import Tenant
from parking.decisions.acting import ActResult, confirm
from parking.decisions.model import Decision, DecisionInput, decide
from parking.observations import SiteCounted
from parking.words import ClockBasis
from streams.partitions import partition_of
from streams.topics import names_of
from tests.conftest import House
from tests.support import TENANT, envelope, site, wait_for


def why(house: House, *args: str) -> dict[str, Any]:
    return json.loads(house.run("why", *args, "--tenant", TENANT, "--json").stdout)


@pytest.fixture
def counted(house: House) -> House:
    """A car park of which 40 were vacant a moment ago."""
    house.start_worker()
    now = datetime.now(UTC).replace(microsecond=0)

    async def send() -> None:
        async with open_producer(house.settings) as producer:
            await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL), [site()])
            await producer.send([SiteCounted(**envelope(observed_at=now), vacant=40, capacity=100)])

    house.create_topics()
    asyncio.run(send())
    wait_for("40 vacant", lambda: house.sites(TENANT).get("p1", {}).get("vacant") == 40)
    return house


def test_a_place_says_why(counted: House) -> None:
    said = why(counted, "p1")
    assert (said["published"]["vacant"], said["published_in"], said["expired"]) == (40, "redis", None)
    heard = said["heard"]
    assert (heard["observation"]["type"], heard["observation"]["vacant"]) == ("site_counted", 40)
    assert heard["offset"] == said["revision"][1]
    assert heard["source"] == {"id": "src"}
    shown = counted.run("why", "p1", "--tenant", TENANT).stdout
    assert "vacant 40" in shown
    assert "the last word folded in" in shown


def test_a_sign_says_why_and_says_what_is_no_longer_kept(counted: House) -> None:
    revision = tuple(why(counted, "p1")["revision"])
    now = datetime.now(UTC)
    line = decide(
        TENANT, "sign:A12/1", ("signs.plan", 1),
        [DecisionInput(place_id="p1", revision=revision, limits={"vacant_low": 40}), DecisionInput(thing="rain")],
        {"text": "COMMERCE 40"}, now, now + timedelta(minutes=1),
    )  # fmt: skip
    later = decide(TENANT, "sign:A12/1", ("signs.plan", 1), [], {"text": ""}, now + timedelta(seconds=9),
                   now + timedelta(minutes=2), reason="a drill")  # fmt: skip

    async def record(*decisions: Decision) -> None:
        async with open_record(counted.settings) as port:
            for one in decisions:
                await port(one)
            await port(confirm(line, ActResult.ACTED, {"status": 4}, now))

    asyncio.run(record(line))
    for _ in ("from Redis", "from the topic"):
        said = why(counted, "sign:A12/1")
        assert (said["decision"]["id"], said["state"], said["confirmation"]["said"]) == (
            line.id,
            "acted",
            {"status": 4},
        )
        place, rain = said["decision"]["inputs"]
        assert (place["published"]["vacant"], place["heard"]["observation"]["vacant"]) == (40, 40)
        assert rain == {"thing": "rain"}
        assert "COMMERCE 40" in counted.run("why", "sign:A12/1", "--tenant", TENANT).stdout
        with redis.Redis.from_url(counted.settings.redis) as client:
            client.delete(f"{{{TENANT}}}:decided", f"{{{TENANT}}}:live")
    assert place["published_in"] == "changes", "Redis has lost it, and nothing was rolled into the history yet"
    asyncio.run(record(later))
    assert why(counted, "sign:A12/1")["decision"]["reason"] == "a drill"
    assert why(counted, "sign:A12/1", "--at", now.isoformat())["decision"]["id"] == line.id
    asyncio.run(_forget_observations(counted))
    (gone, _) = why(counted, "sign:A12/1", "--at", now.isoformat())["decision"]["inputs"]
    assert gone["heard"] is None
    assert "no longer kept" in gone["not_heard"]


async def _forget_observations(house: House) -> None:
    partition = partition_of(f"{TENANT}/p1".encode(), house.settings.partitions)
    tp = TopicPartition(names_of(house.settings.namespace).observations, partition)
    admin = AIOKafkaAdminClient(bootstrap_servers=house.settings.kafka)
    await admin.start()
    try:
        await admin.delete_records({tp: RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()


def test_a_question_without_an_answer_says_what_can_be_asked(counted: House) -> None:
    for subject, words in (("p9", "no place 'p9'"), ("sign:nobody", "no decision about 'sign:nobody'")):
        done = counted.run("why", subject, "--tenant", TENANT, check=False)
        assert done.returncode == 2
        assert words in " ".join(done.stderr.split())
