"""Keeps a city up to date: a snapshot first, then every change, exactly once over, or all of it again.

Redis gone: the city stays and ages. Back again: followed on from where we were, or, where the stream cannot be followed
without a gap, from a new snapshot; whoever listens is told which.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import msgspec
import redis.asyncio as aioredis
from redis.exceptions import RedisError

from gateways.api.city import City
from gateways.api.hub import Hub
from parking.words import ClockBasis
from serving.problems import ProblemDocument
from store.changes import Changes, StreamResetError, read_changes, wait_for_change
from store.reader import read_snapshot

log = logging.getLogger(__name__)
PATIENCE_MS = 1_000
PACE_S = 0.1
"""Changes are passed on at most ten times a second, together."""

RETRY_S = 0.5
SILENT_AFTER = timedelta(seconds=10)


class Follower:
    """Follows one tenant's stream into ``city`` and tells ``hub``."""

    def __init__(self, client: "aioredis.Redis", city: City, hub: Hub) -> None:
        self.city, self.hub = city, hub
        self._client = client
        self._reached_at: datetime | None = None
        self._trouble: str | None = "Redis has not been read yet"
        self._since = _now()

    @property
    def trouble(self) -> str | None:
        """Why what we say may be behind, or None."""
        if self._trouble is None and self._reached_at and _now() - self._reached_at > SILENT_AFTER:
            return f"Redis has not answered since {self._reached_at.isoformat()}"
        return self._trouble

    def status(self) -> bytes:
        """Whether Redis answers, since when that is so, and the city's time, as JSON."""
        state = "ok" if self._trouble is None else "gone"
        now, clock = self.city.now(_now()).isoformat(), self.city.basis.value
        return msgspec.json.encode({"redis": state, "since": self._since.isoformat(), "now": now, "clock": clock})

    async def run(self) -> None:
        """Follow for ever; ends only when cancelled."""
        while True:
            try:
                if self.city.position.incarnation == "":
                    await self._start()
                await self._follow()
            except (RedisError, OSError, TimeoutError) as error:
                self._set_trouble(f"Redis does not answer: {error}")
            await asyncio.sleep(RETRY_S)

    async def age(self) -> None:
        """Make unknown what expires, every second; listeners do the same by themselves."""
        while True:
            self.city.expire(_now())
            await asyncio.sleep(1)

    async def _start(self, because: StreamResetError | None = None) -> None:
        """Begin, or begin again, with a snapshot. A Redis with nothing in it has just started and will be filled."""
        snapshot = await read_snapshot(self._client, self.city.tenant, _now())
        self._reached()
        if not snapshot.places:
            self._set_trouble(f"Redis holds nothing of {self.city.tenant}: is a worker running, and a feed?")
            return
        if because is not None:
            log.warning("%s: started over from a snapshot", because)
            self.hub.publish("reset", msgspec.json.encode(reset_problem(because).document()))
        self.city.take_snapshot(snapshot, _now())
        for refused in self.city.areas.refused:
            log.warning("%s", refused)
        self._set_trouble(None)
        self.publish_snapshot()

    async def _follow(self) -> None:
        """Take changes as they come, until something is wrong."""
        while self.city.position.incarnation:
            try:
                found = await read_changes(self._client, self.city.tenant, self.city.position)
            except StreamResetError as error:
                await self._start(error)
                return
            self._reached()
            self._set_trouble(None)
            if found.catalogue_changed:
                await self._start()
                return
            self._take(found)
            if found.is_complete:
                await wait_for_change(self._client, self.city.tenant, self.city.position, PATIENCE_MS)
                await asyncio.sleep(PACE_S)

    def _take(self, found: Changes) -> None:
        before = self.city.now(_now())
        changed = self.city.take_changes(found.changes, found.position, found.clock, _now())
        if changed:
            body = self.city.changes_body(changed, self.city.now(_now()))
            self.hub.publish("changes", body, found.position)
        elif self.city.basis is ClockBasis.EVENT and self.city.now(_now()) != before:
            self.hub.publish("status", self.status())  # a replay's time moves by its ticks alone

    def publish_snapshot(self) -> None:
        """The whole city to every listener."""
        self.city.expire(_now())
        self.hub.publish("snapshot", self.city.sites_body(self.city.now(_now())), self.city.position)

    def _reached(self) -> None:
        self._reached_at = _now()

    def _set_trouble(self, trouble: str | None) -> None:
        was, self._trouble = self._trouble, trouble
        if was != trouble:
            log.warning("%s", trouble or f"following {self.city.tenant}")
        if (was is None) != (trouble is None):
            self._since = _now()
            self.hub.publish("status", self.status())


def reset_problem(error: StreamResetError) -> ProblemDocument:
    """Why a listener must start over, and which positions could have been followed."""
    allowed = f"a position from {error.first} to {error.last}" if error.last.order > (0, 0) else "none yet"
    return ProblemDocument(409, "Start over", f"{error}; a snapshot follows", "Last-Event-ID", allowed)


def _now() -> datetime:
    return datetime.now(UTC)
