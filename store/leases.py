"""Leases: one active process for a job, and a fencing number that only grows (decision 20).

    async with hold_lease(client, "signs:nantes") as lease:    # waits until it is ours
        fence = await lease.check()                             # before each act; LeaseLostError: stop
        act(fence)

The lease runs by the server's clock; its holder counts by its own, from before it asked, and believes itself a tenth
less long. So it stops before anybody else may begin, also where Redis is out of reach. A process that was paused finds
out at its next ``check``. Not promised: that it is not paused between that and the act. Whatever can refuse an older
fence should be told the number.
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from parking.errors import ParkingError
from store.functions import call
from store.heeding import heeding
from store.keys import lease_key
from store.rights import RightRefusedError

log = logging.getLogger(__name__)
TTL_S = 10.0
"""All who want one lease must ask for it with one and the same time to live."""

MARGIN = 0.1
"""The share of it that a holder gives away: clocks of two machines do not run equally fast."""

RENEWALS = 3
Monotonic = Callable[[], float]


class LeaseLostError(ParkingError):
    """The job is, or may be, somebody else's by now: nothing may be acted on under this fence any more."""


def name_holder() -> str:
    """A name that no other process has: host, process and something random."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


class Lease:
    """A lease that was granted. ``lost`` is set as soon as it is known that it is not ours any more."""

    def __init__(
        self, client: "aioredis.Redis", job: str, holder: str, fence: int, ttl_s: float, deadline: float, now: Monotonic
    ) -> None:
        self.job, self.holder, self.fence = job, holder, fence
        self.lost = asyncio.Event()
        self._client, self._ttl_s, self._deadline, self._now = client, ttl_s, deadline, now

    @property
    def left_s(self) -> float:
        """Seconds for which it is certainly ours by our own clock; 0 once it is lost."""
        return 0.0 if self.lost.is_set() else max(0.0, self._deadline - self._now())

    async def check(self) -> int:
        """The fence, for the act that follows at once. Raises LeaseLostError where the lease is, or may be, lost.

        Where Redis does not answer, our own clock decides: until it says so, nobody else can have been given the lease.
        """
        self._require_time()
        try:
            async with _within(self.left_s):
                if not await self._ask("check"):
                    self._lose("another holds it, or Redis has restarted")
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("lease %s: Redis does not answer (%s); ours for %.1f s more", self.job, error, self.left_s)
        self._require_time()
        return self.fence

    async def renew(self) -> None:
        """Hold it for another while. Raises LeaseLostError where it is lost, RedisError where Redis is away."""
        self._require_time()
        asked = self._now()
        if not await self._ask("renew", str(_ms(self._ttl_s)).encode()):
            self._lose("another holds it, or Redis has restarted")
        self._deadline = asked + self._ttl_s * (1 - MARGIN)

    async def release(self) -> None:
        """Let the next one have it at once; where Redis is away it runs out by itself."""
        if not self.lost.is_set():
            self.lost.set()
            with suppress(RedisError, OSError, TimeoutError):
                async with _within(self._ttl_s):
                    await self._ask("release")

    async def keep(self) -> None:
        """Renew it again and again; returns when it is lost."""
        step_s = self._ttl_s / RENEWALS
        due = self._now() + step_s
        try:
            while True:
                await asyncio.sleep(max(0.0, min(due - self._now(), self.left_s)))
                self._require_time()
                due = self._now() + step_s
                try:
                    # No longer than one step: a connection that died unseen swallows a request, and a new one does not.
                    async with _within(min(step_s, self.left_s)):
                        await self.renew()
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("lease %s cannot be renewed (%r); ours for %.1f s more", self.job, error, self.left_s)
        except LeaseLostError as error:
            log.error("%s", error)
        except Exception:
            self.lost.set()  # nobody renews it any more, so whoever works under it must stop
            log.exception("lease %s is given up: keeping it met a mistake of ours", self.job)

    async def _ask(self, what: str, *more: bytes) -> bool:
        arguments = (self.holder.encode(), str(self.fence).encode(), *more)
        name = f"placelibre_lease_{what}"
        return bool(await call(self._client, name, (lease_key(self.job),), *arguments, read_only=what == "check"))

    def _require_time(self) -> None:
        if self.left_s <= 0:
            self._lose("it has run out by our own clock")

    def _lose(self, why: str) -> None:
        self.lost.set()
        raise LeaseLostError(f"lease {self.job} ({self.fence}) is lost: {why}")


async def acquire_lease(
    client: "aioredis.Redis",
    job: str,
    holder: str,
    ttl_s: float = TTL_S,
    above: int = 0,
    now: Monotonic = time.monotonic,
) -> Lease | float:
    """The lease; or, where it cannot be had now, the seconds after which to ask again.

    Its fence is greater than every earlier one of the job and than ``above``, the greatest that the caller knows of.
    Raises RedisError where Redis is away.
    """
    asked = now()
    arguments = (holder.encode(), str(_ms(ttl_s)).encode(), str(above).encode())
    granted, *rest = await call(client, "placelibre_lease_acquire", (lease_key(job),), *arguments)
    if not granted:
        return float(rest[0]) / 1000
    return Lease(client, job, holder, int(rest[0]), ttl_s, asked + ttl_s * (1 - MARGIN), now)


async def await_lease(
    client: "aioredis.Redis", job: str, holder: str | None = None, ttl_s: float = TTL_S, above: int = 0
) -> Lease:
    """Wait until the lease is ours, also while Redis is away. Raises RightRefusedError where Redis refuses its user."""
    holder = holder or name_holder()
    while True:
        try:
            async with _within(ttl_s):
                found = await acquire_lease(client, job, holder, ttl_s, above)
        except RightRefusedError:
            raise  # that is for a person to mend, and waiting mends nothing
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("lease %s: Redis is away (%s)", job, error)
            found = ttl_s / RENEWALS
        if isinstance(found, Lease):
            log.info("lease %s is ours, fence %d", job, found.fence)
            return found
        await asyncio.sleep(min(found, ttl_s / RENEWALS) + 0.01)


@asynccontextmanager
async def hold_lease(
    client: "aioredis.Redis", job: str, holder: str | None = None, ttl_s: float = TTL_S, above: int = 0
) -> AsyncIterator[Lease]:
    """Wait for the lease, keep it while the ``with`` lasts, and let go of it. ``lease.lost`` says when it is lost."""
    lease = await await_lease(client, job, holder, ttl_s, above)
    keeping = asyncio.create_task(lease.keep())
    try:
        yield lease
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await lease.release()


async def work_under_lease(
    client: "aioredis.Redis", job: str, work: Callable[[Lease], Awaitable[None]], ttl_s: float = TTL_S, above: int = 0
) -> None:
    """Run ``work`` whenever the lease is ours: it is cancelled when the lease is lost, and begun anew with the next.

    Returns when ``work`` does; what it raises is raised, but for LeaseLostError.
    """
    while True:
        async with hold_lease(client, job, ttl_s=ttl_s, above=above) as lease:
            above = lease.fence
            working = asyncio.ensure_future(work(lease))
            losing = asyncio.create_task(lease.lost.wait())
            try:
                await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    with suppress(LeaseLostError):
                        return await working
            finally:
                working.cancel()
                losing.cancel()
                await asyncio.gather(working, losing, return_exceptions=True)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """TimeoutError after so long; CancelledError where we were told to end, whatever was made of it inside."""
    async with asyncio.timeout(seconds):
        with heeding():
            yield


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
