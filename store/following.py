"""Keeps a mirror up to date: a snapshot first, then every change, exactly once over, or all of it again.

Redis gone: the mirror stays and ages. Back again: followed on from where we were, or, where the stream cannot be
followed without a gap, from a new snapshot; the listener is told which.

    await follow(client, mirror, listener)       for ever; a gateway with no state of its own needs no more
"""

import asyncio
import logging
import random
from datetime import UTC, datetime, timedelta
from logging import INFO, WARNING
from typing import Protocol

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from parking.delays import delays
from parking.instants import in_text
from parking.published.availability import Change
from parking.words import ClockBasis
from store.changes import NewChanges, StreamResetError, read_changes, wait_for_change
from store.heeding import heeding
from store.mirror import Loaded, Mirror
from store.reader import read_stored
from store.rights import RightRefusedError

log = logging.getLogger(__name__)
WAIT_MS = 1_000
PACE_S = 0.1
"""Changes are passed on at most ten times a second, together."""

REDIS_PAUSES_S = (0.5, 2.0)
SILENT_AFTER = timedelta(seconds=10)
REDIS_AWAY = (RedisError, OSError, TimeoutError)


class Listener(Protocol):
    """Who is told, after the mirror has taken it in. Nothing here may wait: what takes long belongs into a queue."""

    def snapshot(self, loaded: Loaded) -> None:
        """The mirror was loaded anew, from the beginning or after ``reset``."""

    def changed(self, changes: list[Change]) -> None:
        """These places say something else; the mirror's position has moved past them."""

    def expired(self, place_ids: list[str]) -> None:
        """These places say something else by the clock alone; nothing was written, and no position has moved."""

    def reset(self, because: StreamResetError) -> None:
        """The stream cannot be followed without a gap; ``snapshot`` comes next."""

    def status(self) -> None:
        """Redis went or came back (``Following.trouble``), or a replay's time moved though nothing changed."""


class Silent:
    """A listener to whom nothing matters but the mirror itself."""

    def snapshot(self, loaded: Loaded) -> None:
        """See Listener."""

    def changed(self, changes: list[Change]) -> None:
        """See Listener."""

    def expired(self, place_ids: list[str]) -> None:
        """See Listener."""

    def reset(self, because: StreamResetError) -> None:
        """See Listener."""

    def status(self) -> None:
        """See Listener."""


class Listeners:
    """Several listeners as one, each told in turn."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners

    def snapshot(self, loaded: Loaded) -> None:
        """See Listener."""
        for one in self._listeners:
            one.snapshot(loaded)

    def changed(self, changes: list[Change]) -> None:
        """See Listener."""
        for one in self._listeners:
            one.changed(changes)

    def expired(self, place_ids: list[str]) -> None:
        """See Listener."""
        for one in self._listeners:
            one.expired(place_ids)

    def reset(self, because: StreamResetError) -> None:
        """See Listener."""
        for one in self._listeners:
            one.reset(because)

    def status(self) -> None:
        """See Listener."""
        for one in self._listeners:
            one.status()


class Following:
    """Follows one tenant's stream into ``mirror``, tells ``listener``. ``since`` is when Redis went, or came back.

    ``left_out`` counts the entries of the stream that were none of ours, or could not be read.
    """

    def __init__(self, client: "aioredis.Redis", mirror: Mirror, listener: Listener) -> None:
        self._client, self._mirror, self._listener = client, mirror, listener
        self._reached_at: datetime | None = None
        self._trouble: str | None = "Redis has not been read yet"
        self._pauses = delays(*REDIS_PAUSES_S, random.random)
        self.since = _now()
        self.left_out = 0

    @property
    def trouble(self) -> str | None:
        """Why what the mirror says may be behind, or None."""
        if self._trouble is None and self._reached_at and _now() - self._reached_at > SILENT_AFTER:
            return f"Redis has not answered since {in_text(self._reached_at)}"
        return self._trouble

    @property
    def is_gone(self) -> bool:
        """Whether Redis was away, or held nothing, when it was last asked."""
        return self._trouble is not None

    async def run(self) -> None:
        """Follow, and let what is past its limit expire, for ever; ends when cancelled, or by a mistake of ours.

        So does a right that Redis refuses from the start; one that is taken away later is waited for, for what is held
        stays good until its limits.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_for_ever())
                tasks.create_task(self._age_for_ever())
        except* RightRefusedError as refused:
            raise refused.exceptions[0] from None

    async def _follow_for_ever(self) -> None:
        while True:
            try:
                with heeding():
                    if self._mirror.position.incarnation == "":
                        await self._start()
                    await self._follow()
            except RightRefusedError as error:
                if self._mirror.position.incarnation == "":
                    raise
                self._set_trouble("Redis refuses a right that it has given before", f": {error}")
            except REDIS_AWAY as error:
                self._set_trouble("Redis does not answer", f": {error}")
            await asyncio.sleep(next(self._pauses))

    async def _age_for_ever(self) -> None:
        while True:
            if expired := self._mirror.expire(_now()):
                self._listener.expired(expired)
            await asyncio.sleep(1)

    async def _start(self, because: StreamResetError | None = None) -> None:
        """Begin, or begin again, with a snapshot. A Redis with nothing in it has just started and will be filled."""
        stored = await read_stored(self._client, self._mirror.tenant)
        self._reached()
        if not stored.places:
            self._set_trouble(f"Redis holds nothing of {self._mirror.tenant}: is a worker running, and a feed?")
            return
        if because is not None:
            log.warning("%s: started over from a snapshot", because)
            self._listener.reset(because)
        loaded = self._mirror.take_snapshot(stored, _now())
        self._set_trouble(None)
        self._listener.snapshot(loaded)

    async def _follow(self) -> None:
        """Take changes as they come, until something is wrong."""
        mirror = self._mirror
        while mirror.position.incarnation:
            try:
                found = await read_changes(self._client, mirror.tenant, mirror.position)
            except StreamResetError as error:
                await self._start(error)
                return
            self._reached()
            self._set_trouble(None)
            self.left_out += found.left_out
            if found.catalogue_changed:
                await self._start()
                return
            self._take(found)
            if found.is_complete:
                await wait_for_change(self._client, mirror.tenant, mirror.position, WAIT_MS)
                await asyncio.sleep(PACE_S)

    def _take(self, found: NewChanges) -> None:
        before = self._mirror.now(_now())
        changed = self._mirror.take_changes(found.changes, found.position, found.clock, _now())
        if changed:
            self._listener.changed(changed)
        elif self._mirror.basis is ClockBasis.EVENT and self._mirror.now(_now()) != before:
            self._listener.status()  # a replay's time moves by its ticks alone

    def _reached(self) -> None:
        self._reached_at = _now()
        self._pauses = delays(*REDIS_PAUSES_S, random.random)

    def _set_trouble(self, trouble: str | None, inside: str = "") -> None:
        """``trouble`` is shown to the public; ``inside``, which may name a server's address, is for the log alone."""
        was, self._trouble = self._trouble, trouble
        if was != trouble:
            log.log(WARNING if trouble else INFO, "%s%s", trouble or f"following {self._mirror.tenant}", inside)
        if (was is None) != (trouble is None):
            self.since = _now()
            self._listener.status()


async def follow(client: "aioredis.Redis", mirror: Mirror, listener: Listener | None = None) -> None:
    """Keep ``mirror`` as Redis has it, and tell ``listener``, until cancelled.

    Raises only what is a mistake of ours; a Redis that is away is waited for.
    """
    await Following(client, mirror, listener or Silent()).run()


def _now() -> datetime:
    return datetime.now(UTC)
