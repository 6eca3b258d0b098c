"""Whose turn it is to watch: one process of a city at a time, under a lease; and who goes on while Redis is away.

Without Redis nobody can be given the lease. Whoever had it last, or has met no other since it started, goes on by
itself until Redis answers: somebody has to say that Redis is away. Two that started meanwhile may then say the same
thing twice; what they record is one alarm all the same.
"""

import asyncio

import redis.asyncio as aioredis

from parking.errors import ParkingError
from store.leases import Lease, LeaseLostError, hold_lease


class NotOursError(ParkingError):
    """Another process watches: nothing is to be recorded or sent by this one."""


class WatchTurn:
    """``run`` beside the watcher; ``fence`` before each act."""

    def __init__(self, client: "aioredis.Redis", job: str, above: int = 0) -> None:
        self._client, self._job, self._above = client, job, above
        self._lease: Lease | None = None
        self._is_alone = True

    @property
    def is_ours(self) -> bool:
        """Whether this process watches, as far as it knows."""
        return self._is_alone or (self._lease is not None and self._lease.left_s > 0)

    async def run(self) -> None:
        """Have the lease whenever it can be had, for ever; ends when cancelled."""
        while True:
            async with hold_lease(self._client, self._job, above=self._above) as lease:
                self._above, self._lease, self._is_alone = lease.fence, lease, True
                await lease.lost.wait()
            self._lease = None

    async def fence(self, is_redis_there: bool) -> int | None:
        """The number under which this process may act now; None while it goes on without Redis.

        Raises NotOursError where another may.
        """
        lease = self._lease
        if lease is not None:
            try:
                return await lease.check()
            except LeaseLostError:
                await asyncio.sleep(0)
        if is_redis_there:
            self._is_alone = False
        if not self._is_alone:
            raise NotOursError(f"another process has the lease {self._job}")
        return None
