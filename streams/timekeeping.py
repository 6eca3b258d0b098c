"""The time that a worker tells its cities, and what is wrong with the clocks around it (``parking.wall``)."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from parking.instants import AHEAD_TOLERANCE, from_ms
from parking.wall import LEAP, TimeTold, WallWatch, ahead_of_us, length_of
from parking.words import ClockBasis
from streams.ownership import Ownership

log = logging.getLogger(__name__)
NOTE_EVERY_S = 60.0
_UP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that nobody sets and that goes on while the machine sleeps."""


def _wall() -> datetime:
    return datetime.now(UTC)


def _up_s() -> float:
    return time.clock_gettime(_UP)


class Timekeeper:
    """Reads this machine's clocks, and remembers what Kafka's said last."""

    def __init__(self, wall: Callable[[], datetime] = _wall, up_s: Callable[[], float] = _up_s) -> None:
        self._wall, self._up_s = wall, up_s
        self._watch = WallWatch()
        self._kafka_ahead: timedelta | None = None
        self._told = TimeTold(wall())
        self._noted_s: float | None = None

    @property
    def leapt(self) -> timedelta:
        """How far this machine's wall clock is off what is told."""
        return self._told.leapt

    @property
    def kafka_ahead(self) -> timedelta:
        """How far the broker's clock is ahead of what was told last (negative: behind it)."""
        return self._kafka_ahead or timedelta(0)

    def now(self) -> TimeTold:
        """The time to tell now."""
        agrees = self._kafka_ahead is not None and abs(self._kafka_ahead) <= LEAP
        self._told = self._watch.tell(self._wall(), self._up_s(), confirmed=agrees)
        return self._told

    def logged(self, at: datetime, logged_ms: int) -> None:
        """When Kafka took what was told at ``at`` (0, or -1 of a topic with other times: it did not say)."""
        if logged_ms > 0:
            self._kafka_ahead = from_ms(logged_ms) - at

    def find_trouble(self, ownership: Ownership) -> str | None:
        """What is wrong with a clock, in a sentence that says what to do; None where nothing is."""
        if self._told.leapt:
            return _leap(self._told.leapt)
        if abs(self.kafka_ahead) > AHEAD_TOLERANCE:
            return _kafka(self.kafka_ahead)
        ahead = {tenant: gap for tenant, gap in self.cities_ahead(ownership).items() if gap > AHEAD_TOLERANCE}
        return ahead_of_us(*max(ahead.items(), key=lambda one: one[1])) if ahead else None

    def note(self, trouble: str | None) -> None:
        """Say in the log what is wrong, once a minute, and when that is over."""
        now_s = self._up_s()
        if trouble is None and self._noted_s is not None:
            log.warning("the clocks agree again")
            self._noted_s = None
        elif trouble is not None and (self._noted_s is None or now_s - self._noted_s >= NOTE_EVERY_S):
            log.error("%s", trouble)
            self._noted_s = now_s

    def cities_ahead(self, ownership: Ownership) -> dict[str, timedelta]:
        """How far the clock of each city that lives by the wall is ahead of what was told last, at worst."""
        found: dict[str, timedelta] = {}
        for owned in ownership.partitions.values():
            for tenant, clock in owned.state.clocks.items():
                if clock.basis is ClockBasis.WALL:
                    found[tenant] = max(found.get(tenant, timedelta(0)), clock.at - self._told.at)
        return found


def _leap(leapt: timedelta) -> str:
    way = "ahead" if leapt > timedelta(0) else "back"
    return (
        f"this machine's clock leapt {length_of(leapt)} {way}; the time that has passed is told instead, and what is "
        f"stamped ahead of it is refused. Set the clock right (timedatectl, chronyc tracking); a new time is believed "
        f"after ten minutes"
    )


def _kafka(ahead: timedelta) -> str:
    if ahead > timedelta(0):
        return f"Kafka's clock is {length_of(ahead)} ahead of this machine's: set right whichever is wrong"
    return (
        f"Kafka's clock is {length_of(ahead)} behind this machine's, so that it seems to take everything before it was "
        f"sent: all is refused as from the future. Set right whichever is wrong, then `placelibre rejects redrive`"
    )
