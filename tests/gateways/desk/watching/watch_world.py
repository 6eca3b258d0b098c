"""A watcher without servers: what it sees is set, what it records is a list, and Kafka and Redis can be away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from redis.exceptions import ConnectionError as RedisAwayError

from gateways.desk.watching.book import AlarmBook
from gateways.desk.watching.sighting import Seen
from gateways.desk.watching.turn import NotOursError
from gateways.desk.watching.watcher import Watcher
from parking.decisions.acting import Confirmation, DecisionNow, NotRecordedError, Recorded
from parking.decisions.model import Decision
from parking.health.alarms.sight import Component, Probed
from store.mirror import Mirror
from tests.support import NOON, TENANT


class Kept:
    """The record, and Redis which shows the latest of each subject."""

    def __init__(self) -> None:
        self.events: list[Decision | Confirmation] = []
        self.is_kafka_away = self.is_redis_away = False

    async def __call__(self, event: Decision | Confirmation, /) -> Recorded:
        if self.is_kafka_away:
            raise NotRecordedError("Kafka is away")
        self.events.append(event)
        return Recorded(0, len(self.events), NOON)

    async def latest(self) -> list[DecisionNow]:
        if self.is_redis_away:
            raise RedisAwayError("away")
        last: dict[str, DecisionNow] = {}
        for event in self.events:
            if isinstance(event, Decision):
                last[event.subject] = DecisionNow(event)
            elif event.subject in last and last[event.subject].decision.occasion == event.occasion:
                last[event.subject] = DecisionNow(last[event.subject].decision, event)
        return list(last.values())

    @property
    def decisions(self) -> list[Decision]:
        return [event for event in self.events if isinstance(event, Decision)]


class FakeProber:
    def __init__(self) -> None:
        self.last: list[Probed] = []

    def is_well(self, component: Component) -> bool:
        return all(probed.is_there for probed in self.last if probed.component is component)


class FakeEyes:
    def __init__(self) -> None:
        self.prober, self.trouble = FakeProber(), None
        self.seen = Seen(probes=[])

    async def see(self, now: datetime) -> Seen:
        return self.seen._replace(probes=self.prober.last)

    def find(self, component: Component, is_there: bool, since: datetime) -> None:
        self.prober.last = [
            *(one for one in self.prober.last if one.component is not component),
            Probed(component=component, name=component.value, is_there=is_there, since=since),
        ]


class FakeStanding:
    def __init__(self) -> None:
        self.is_ours = True

    async def fence(self, is_redis_there: bool) -> int | None:
        if not self.is_ours:
            raise NotOursError("another has it")
        return 7


class WatchWorld:
    def __init__(self, kept: Kept | None = None, told: Any = None) -> None:
        self.kept = kept or Kept()
        self.eyes, self.standing = FakeEyes(), FakeStanding()
        self.mirror = Mirror(TENANT)
        self.mirror.is_loaded = True
        self.book = AlarmBook(self.kept.latest)
        self.watcher = Watcher(self.mirror, self.eyes, self.book, self.standing, self.kept, told)  # type: ignore[arg-type]
