"""What all signs of a controller share: mirror, record, lease, and lanes so that no sign waits for a silent one."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from parking.catalogue.model import Place
from parking.decisions.acting import RecordPort
from parking.published.availability import Availability
from parking.words import ClockBasis
from store.mirror import Mirror

MINUTES = 4
"""For which a face is commanded at most; it is extended when half of them are left."""

LIGHTS_LATE = timedelta(seconds=15)
"""A sign counts its minutes from when it lights up, which slow ones and lost packets put off by so much."""

SIGNS_AT_ONCE = 96
SILENT_AT_ONCE = 16
"""Signs that did not answer last time share these among them."""


class Fence(Protocol):
    """What is needed of ``store.leases.Lease``."""

    @property
    def fence(self) -> int:
        """The number under which we act."""
        ...

    @property
    def left_s(self) -> float:
        """Seconds for which the job is certainly ours."""
        ...

    async def check(self) -> int:
        """Raises LeaseLostError where the job may be somebody else's."""
        ...


def _pass(point: str) -> None:
    """Where no test waits."""


class Bench:
    """What a post needs beside its own sign.

    ``minutes`` are what a sign is given at most, and so how long it may go on without us. ``passing`` is where a test
    may kill us, between two acts.
    """

    def __init__(
        self,
        mirror: Mirror,
        record: RecordPort,
        lease: Fence,
        minutes: int = MINUTES,
        passing: Callable[[str], None] = _pass,
    ) -> None:
        self.minutes = minutes
        self.mirror, self.record, self.lease, self.passing = mirror, record, lease, passing
        self.random = random.Random()
        self._well, self._suspects = asyncio.Semaphore(SIGNS_AT_ONCE), asyncio.Semaphore(SILENT_AT_ONCE)

    def now(self) -> datetime:
        """The city's time."""
        return self.mirror.now(self.wall())

    def wall(self) -> datetime:
        """This machine's time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that have really passed."""
        return time.monotonic()

    @property
    def pace(self) -> float:
        """How many seconds of the city's pass in one of ours."""
        return self.mirror.about.pace if self.mirror.about else 1.0

    @property
    def is_real(self) -> bool:
        """Whether the city's time is the wall's: only then may a real sign show what it says."""
        return self.mirror.basis is ClockBasis.WALL and self.pace == 1.0

    @property
    def zone(self) -> ZoneInfo:
        """In which people there read the time."""
        return ZoneInfo(self.mirror.about.zone if self.mirror.about else "UTC")

    def until(self, at: datetime) -> float:
        """Seconds of ours until the city's clock says so."""
        return max(0.0, (at - self.now()).total_seconds() / self.pace)

    def look(self, place_ids: tuple[str, ...]) -> tuple[dict[str, Availability], dict[str, Place]]:
        """What may be said of these places now, and what they are."""
        self.mirror.expire(self.wall())
        places = {name: self.mirror.places[name] for name in place_ids if name in self.mirror.places}
        return {name: self.mirror.availability(name) for name in places}, places

    @asynccontextmanager
    async def lane(self, is_suspect: bool) -> AsyncIterator[None]:
        """Our turn to speak."""
        async with self._suspects if is_suspect else self._well:
            yield


def minutes_left(valid_until: datetime | None, now: datetime, most: int) -> int:
    """Whole minutes that a sign may be told, which end before the number does; 0 where not even one is left."""
    if valid_until is None:
        return most
    return max(0, min(most, (valid_until - now - LIGHTS_LATE) // timedelta(minutes=1)))
