"""The clocks of a city and of the machines it lives on, side by side; and a city's clock taken back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import redis.asyncio as aioredis

from ops.console import live_state
from ops.feeding import open_producer
from ops.settings import Settings
from parking.clock import Clock
from parking.errors import ParkingError
from parking.instants import AHEAD_TOLERANCE, in_text
from parking.wall import LEAP, length_of
from parking.words import ClockBasis
from store.reader import read_clocks

TAKEN_WITHIN_S = 15.0


class ClockError(ParkingError):
    """A city's clock cannot be taken back as things are; the message says why and what to do."""


class Clocks(NamedTuple):
    """What each says at one moment: this machine, Redis', and the city in each of its partitions."""

    here: datetime
    redis: datetime
    city: list[Clock]

    @property
    def ahead(self) -> timedelta:
        """How far the wall clock of the city is ahead of this machine; 0 for one that is not, or is recorded."""
        gaps = [clock.at - self.here for clock in self.city if clock.basis is ClockBasis.WALL]
        return max([timedelta(0), *gaps])

    @property
    def redis_ahead(self) -> timedelta:
        """How far Redis' machine is ahead of this one (negative: behind)."""
        return self.redis - self.here


async def read_all(client: "aioredis.Redis", tenant: str) -> Clocks:
    """The clocks as they are now. Raises redis.exceptions.RedisError where Redis cannot be reached."""
    seconds, microseconds = await client.time()
    here = datetime.now(UTC)
    redis = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)
    return Clocks(here, redis, await read_clocks(client, tenant))


async def look(settings: Settings, tenant: str) -> Clocks:
    """The clocks of a city as they are now."""
    async with live_state(settings) as client:
        return await read_all(client, tenant)


async def take_back(settings: Settings, tenant: str) -> Clocks:
    """Take a city's clock back to this machine's time, and return the clocks once every partition has.

    Raises ClockError where there is nothing to take back, where clocks differ so that nobody knows which is right, or
    where no worker has done it in time.
    """
    async with live_state(settings) as client:
        before = await read_all(client, tenant)
        _require(tenant, before)
        async with open_producer(settings) as producer:
            await producer.take_back(tenant, datetime.now(UTC))
        for _ in range(round(TAKEN_WITHIN_S / 0.2)):
            after = await read_all(client, tenant)
            if after.ahead <= AHEAD_TOLERANCE:
                return after
            await asyncio.sleep(0.2)
    raise ClockError(
        f"it was said in Kafka, but {tenant}'s clock is still {length_of(after.ahead)} ahead after "
        f"{TAKEN_WITHIN_S:.0f} s: is a worker running (`placelibre doctor`)? Was it refused (`placelibre rejects`), "
        f"because Kafka's clock is another than this machine's?"
    )


def _require(tenant: str, clocks: Clocks) -> None:
    if not clocks.city:
        raise ClockError(f"{tenant} has no clock yet: no worker has ticked for it")
    if all(clock.basis is ClockBasis.EVENT for clock in clocks.city):
        raise ClockError(f"{tenant} lives by a recording's clock, which is not taken back: replay it as another city")
    if abs(clocks.redis_ahead) > LEAP:
        raise ClockError(
            f"this machine says {in_text(clocks.here)} and Redis' says {in_text(clocks.redis)}: set right whichever is "
            f"wrong, then try again"
        )
    if clocks.ahead <= AHEAD_TOLERANCE:
        raise ClockError(
            f"nothing to take back: {tenant}'s clock is not ahead of this machine's ({in_text(clocks.here)})"
        )
