"""The desk's watcher put together: what it looks at, whose turn it is, where alarms are recorded, who is told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import redis.asyncio as aioredis
from aiokafka.client import AIOKafkaClient

from gateways.desk.live.alarm_rows import AlarmRows
from gateways.desk.live.overview import LiveOverview
from gateways.desk.serve import DeskRoom
from gateways.desk.watching.asking import Require
from gateways.desk.watching.book import AlarmBook
from gateways.desk.watching.described import WATCHING_PATHS, WATCHING_SCHEMAS
from gateways.desk.watching.eyes import Eyes
from gateways.desk.watching.handling import AlarmDesk
from gateways.desk.watching.heartbeat import DeadMansSwitch
from gateways.desk.watching.probing import Knock, Probe, Prober, http_probes
from gateways.desk.watching.refusals import RefusalDesk
from gateways.desk.watching.turn import WatchTurn
from gateways.desk.watching.watcher import Watcher
from gateways.words.city_clock import clock_of
from ops.clocks import read_all
from ops.desk_rejects import finish_redrives, redriver, tailing
from ops.desk_telling import open_telling
from ops.settings import Settings
from parking.decisions.acting import DecisionNow, RecordPort
from parking.health.alarms.notices import may_reassure
from parking.health.alarms.recorded import ALARM_SUBJECTS
from parking.health.alarms.sight import ClockSeen, Component
from parking.signs.status import SignStatus
from parking.words import ClockBasis
from store.decisions import list_latest
from store.following import Following, Listener, Listeners, Silent
from store.mirror import Mirror
from streams.access import access_options
from streams.closing import closed
from streams.reject_tail import RejectTail

log = logging.getLogger(__name__)
_AGAIN_S = 5.0
_LEAST_OFF_S = 1.0
SILENT = Silent()


def desk_job(tenant: str) -> str:
    """The job of which one process at a time has the lease."""
    return f"desk/{tenant}"


async def _again_and_again(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A mistake of ours, or a right that Redis refuses, ends no desk: it is said, and what it ended is begun anew."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a part of the watcher has ended and is begun again in %.0f s", _AGAIN_S)
        await asyncio.sleep(_AGAIN_S)


class ClockReader:
    """How the clocks stand, and since when one of them stands as it does."""

    def __init__(self, client: "aioredis.Redis", tenant: str) -> None:
        self._client, self._tenant = client, tenant
        self._since: datetime | None = None

    async def __call__(self, now: datetime) -> ClockSeen | None:
        """Raises RedisError where Redis is away. None before the city has a clock."""
        found = await read_all(self._client, self._tenant)
        if not found.city:
            return None
        behind = [found.here - clock.at for clock in found.city if clock.basis is ClockBasis.WALL]
        stopped_s = max((one.total_seconds() for one in behind), default=0.0)
        off = (found.ahead.total_seconds(), found.redis_ahead.total_seconds(), max(0.0, stopped_s))
        if all(abs(seconds) < _LEAST_OFF_S for seconds in off):
            self._since = None
        elif self._since is None:
            self._since = now
        return ClockSeen(city_ahead_s=off[0], redis_ahead_s=off[1], stopped_s=off[2], since=self._since)


def redis_knock(client: "aioredis.Redis") -> Knock:
    """Whether Redis answers."""

    async def knock() -> str | None:
        await client.ping()
        return None

    return knock


def kafka_knock(bootstrap: str) -> Knock:
    """Whether Kafka tells who its brokers are, by a connection of its own."""

    async def knock() -> str | None:
        client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=2_500, **access_options(bootstrap))
        try:
            await client.bootstrap()
        finally:
            await closed(client.close())
        return None

    return knock


class WatchRoom:
    """The desk's rooms of rejects and alarms over one mirror, and what runs beside them.

    ``overview`` is the same city as pages show it: read from Redis once for both. ``listener`` is told, too, of what
    changes.
    """

    def __init__(
        self, settings: Settings, client: "aioredis.Redis", record: RecordPort, require: Require, mirror: Mirror,
        listener: Listener = SILENT,
    ) -> None:  # fmt: skip
        tenant = mirror.tenant
        self._settings, self._tenant, self._client, self._record = settings, tenant, client, record
        self._mirror = mirror
        self.book = AlarmBook(self._latest)
        self.overview = LiveOverview(mirror, AlarmRows(self.book), self._statuses, self._trouble)
        self._following = Following(client, mirror, Listeners(self.overview, listener))
        self._tail = RejectTail(settings.kafka, settings.namespace, tenant)
        self._http = httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False)
        self.prober = Prober(
            [
                Probe(Component.BROKER, "kafka", kafka_knock(settings.kafka)),
                Probe(Component.REDIS, "redis", redis_knock(client)),
                *http_probes(settings.desk_probes, self._http),
            ]
        )
        self._turn = WatchTurn(client, desk_job(tenant))
        eyes = Eyes(client, tenant, self._following, self.prober, self._tail, ClockReader(client, tenant))
        self._telling = open_telling(settings, tenant, record, lambda: clock_of(tenant, self._mirror.about))
        self.watcher = Watcher(self._mirror, eyes, self.book, self._turn, record, self._telling)
        self._redriving = redriver(settings, tenant)
        self._refusals = RefusalDesk(tenant, self._tail, self._redriving, record, require, self.watcher.now)
        self._alarms = AlarmDesk(tenant, self.book, record, require, self.watcher.now, self.watcher.document)

    @property
    def refused(self) -> RejectTail:
        """What was refused within the last day."""
        return self._tail

    def room(self) -> DeskRoom:
        """What the desk's app is given."""
        routes = [*self._refusals.routes(), *self._alarms.routes()]
        return DeskRoom("watching", routes, WATCHING_PATHS, WATCHING_SCHEMAS, running=self.running)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow, look and beat for as long as the ``with`` lasts."""
        works = [self._following.run, self._turn.run, self.watcher.run]
        if (url := self._settings.desk_heartbeat_url) is not None:
            works.append(DeadMansSwitch(url.get_secret_value(), self.is_well, self._http).run)
        tasks = [asyncio.create_task(_again_and_again(work)) for work in works]
        try:
            async with tailing(self._tail, self._finish):
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._telling.close()
            await self._http.aclose()

    def is_well(self) -> bool:
        """Whether everything is, that is needed for somebody to be told of what is not."""
        watcher, parts = self.watcher, (Component.BROKER, Component.REDIS, Component.WORKER)
        would_tell = may_reassure(
            datetime.now(UTC), watcher.looked_at, watcher.unrecorded_since, self._telling.failing_since
        )
        return would_tell and watcher.is_ours and watcher.is_seeing and all(map(self.prober.is_well, parts))

    def _statuses(self) -> Mapping[str, SignStatus] | None:
        return self.watcher.seen.statuses

    def _trouble(self) -> str | None:
        return self._following.trouble

    async def _latest(self) -> list[DecisionNow]:
        return await list_latest(self._client, self._tenant, ALARM_SUBJECTS)

    async def _finish(self) -> None:
        await finish_redrives(self._client, self._tenant, self._redriving, self._record, datetime.now(UTC))
