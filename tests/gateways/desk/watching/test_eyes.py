"""What cannot be read is None: with Kafka away nothing is known of new rejects, with Redis away nothing of the city."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAwayError

from gateways.desk.watching import eyes
from gateways.desk.watching.eyes import Eyes
from gateways.desk.watching.probing import Probe, Prober
from parking.desk.refused import RefusedDay
from parking.health.alarms.sight import ClockSeen, Component
from tests.support import TENANT, at


class Around:
    """What can be away."""

    def __init__(self) -> None:
        self.is_kafka_there = self.is_redis_there = True
        self.trouble: str | None = None

    async def knock(self) -> str | None:
        return None if self.is_kafka_there else "gone"

    async def read(self, *_: object) -> dict[str, Any]:
        if not self.is_redis_there:
            raise RedisAwayError("away")
        return {}

    async def clock(self, now: datetime) -> ClockSeen | None:
        await self.read()
        return ClockSeen()

    def eyes(self) -> Eyes:
        prober = Prober([Probe(Component.BROKER, "kafka", self.knock)])
        tail = SimpleNamespace(day=RefusedDay(TENANT), is_complete=True)
        return Eyes(None, TENANT, self, prober, tail, self.clock)  # type: ignore[arg-type]


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Around:
    one = Around()
    monkeypatch.setattr(eyes, "read_repairs", one.read)
    monkeypatch.setattr(eyes, "read_status", one.read)
    return one


async def test_all_is_seen_while_all_is_there(around: Around) -> None:
    seen = await around.eyes().see(at(0))
    assert seen.is_followed
    assert None not in (seen.findings, seen.statuses, seen.rejects, seen.clock)


async def test_with_kafka_away_no_rejects_are_none_and_not_zero(around: Around) -> None:
    around.is_kafka_there = False
    seen = await around.eyes().see(at(0))
    assert seen.rejects is None
    assert seen.is_followed


async def test_with_redis_away_nothing_is_seen_of_the_city(around: Around) -> None:
    around.is_redis_there = False
    seen = await around.eyes().see(at(0))
    assert (seen.is_followed, seen.findings, seen.statuses, seen.clock) == (False, None, None, None)
    assert seen.rejects is not None
