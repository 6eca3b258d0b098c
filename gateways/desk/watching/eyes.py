"""What the watcher reads at each look: the live state beside the mirror, the rejects, every process it can ask."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias

import redis.asyncio as aioredis

from gateways.desk.watching.probing import Prober
from gateways.desk.watching.refusals import Refusals
from gateways.desk.watching.sighting import Seen
from parking.health.alarms.sight import ClockSeen, Component
from store.following import REDIS_AWAY, Following
from store.heeding import heeding
from store.repairs import read_repairs
from store.sign_status import read_status

_READ_WITHIN_S = 5.0
ReadClock: TypeAlias = Callable[[datetime], Awaitable[ClockSeen | None]]
"""How the clocks stand; its argument is the city's time. Raises RedisError where Redis is away."""


class Eyes:
    """Looks once when asked; never raises. What cannot be read is None."""

    def __init__(
        self,
        client: "aioredis.Redis",
        tenant: str,
        following: Following,
        prober: Prober,
        refusals: Refusals,
        read_clock: ReadClock,
    ) -> None:
        self._client, self._tenant, self._following = client, tenant, following
        self.prober, self._refusals, self._read_clock = prober, refusals, read_clock

    @property
    def trouble(self) -> str | None:
        """Why the city's numbers cannot be seen now."""
        return self._following.trouble

    async def see(self, now: datetime) -> Seen:
        """All that can be seen; ``now`` is the city's time."""
        probes, read = await asyncio.gather(self.prober.look(now), self._read(now))
        is_kafka_there = all(probed.is_there for probed in probes if probed.component is Component.BROKER)
        findings, statuses, clock = read if read is not None else (None, None, None)
        return Seen(
            is_followed=self.trouble is None and read is not None,
            findings=findings,
            statuses=statuses,
            rejects=self._refusals.day if self._refusals.is_complete and is_kafka_there else None,
            probes=probes,
            clock=clock,
        )

    async def _read(self, now: datetime) -> tuple[Any, ...] | None:
        if self.trouble is not None:
            return None
        try:
            async with asyncio.timeout(_READ_WITHIN_S):
                with heeding():
                    return (
                        await read_repairs(self._client, self._tenant),
                        await read_status(self._client, self._tenant),
                        await self._read_clock(now),
                    )
        except REDIS_AWAY:
            return None
