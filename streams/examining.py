"""The worker looks after the devices of its places, a few at a time: repair list and last words in Redis.

What is found is a diagnosis, not part of the fold: it is made anew from the states, and what shows only while it
happens is remembered in Redis. So it may be a minute old, and after a crash a place may miss one look. What each device
said last is as old, for the people at the desk.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import perf_counter
from typing import NamedTuple

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from parking.catalogue.model import Catalogue, place_key
from parking.desk.last_words import encode_words, last_words_of
from parking.health.repairs import Finding, find_repairs, keep
from store.device_words import write_words
from store.repairs import read_repairs, write_repairs
from streams.mending import Mending
from streams.meters import WorkerMeters
from streams.ownership import Ownership

log = logging.getLogger(__name__)

EXAMINE_EVERY_S = 0.25
BUDGET_S = 0.008
"""So long one look may examine: 3 % of the worker's time. Writing what was found comes on top."""

ROUND_EVERY_S = 2.0

AGAIN_AFTER = timedelta(seconds=60)
"""A place is looked at once a minute of its tenant's clock at most."""


class _Looked(NamedTuple):
    """By place, of one tenant, what differs from what was written: findings, and last words, encoded."""

    findings: dict[str, list[Finding]]
    words: dict[str, bytes | None]


class Examiner:
    """Goes round all places that this worker owns, and on from where it stopped."""

    def __init__(
        self, ownership: Ownership, mending: Mending, places: Catalogue, meters: WorkerMeters, client: "aioredis.Redis"
    ) -> None:
        self._ownership, self._mending, self._places = ownership, mending, places
        self._meters, self._client = meters, client
        self._world: tuple[int, str | None] = (-1, None)
        self._begun_s = -ROUND_EVERY_S
        self._is_redis_away = False
        self._known: dict[str, dict[str, list[Finding]]] = {}
        self._looked: dict[str, datetime] = {}
        self._words: dict[str, int] = {}
        self._round: Iterator[tuple[int, str]] = iter(())

    async def look(self) -> None:
        """Examine some places and write what has changed; a Redis that is away hears it the next time."""
        world = self._ownership.assignment, self._mending.server
        if self._world != world:  # other partitions, or another Redis than the one that was told
            self._known.clear()
            self._looked.clear()
            self._words.clear()
            self._world = world
        found: dict[str, _Looked] = {}
        try:
            await self._remember()
            found = self._examine()
            for tenant, (findings, words) in found.items():
                if findings:
                    await write_repairs(self._client, tenant, findings)
                    self._known[tenant].update(findings)
                if words:
                    await write_words(self._client, tenant, words)
                    self._words |= {place_key(tenant, place_id): hash(said) for place_id, said in words.items()}
            self._is_redis_away = False
        except RedisError as error:
            for tenant, (findings, words) in found.items():
                for place_id in findings.keys() | words.keys():
                    self._looked.pop(place_key(tenant, place_id), None)
            if not self._is_redis_away:
                log.warning("the repair list waits for Redis: %s", error)
            self._is_redis_away = True

    async def _remember(self) -> None:
        """What was found before, of tenants that are new here."""
        owned = {tenant for partition in self._ownership.partitions.values() for tenant in partition.state.clocks}
        for tenant in owned - self._known.keys():
            self._known[tenant] = await read_repairs(self._client, tenant)

    def _examine(self) -> dict[str, _Looked]:
        """By tenant, what differs from what is known; as many places as the budget allows."""
        found: dict[str, _Looked] = defaultdict(lambda: _Looked({}, {}))
        began = perf_counter()
        while perf_counter() - began < BUDGET_S:
            number, key = next(self._round, (-1, ""))
            if number < 0:
                if began - self._begun_s < ROUND_EVERY_S:
                    break
                self._begin_round(began)
                continue
            tenant, _, place_id = key.partition("/")
            self._examine_place(number, key, place_id, found[tenant])
        return found

    def _begin_round(self, now_s: float) -> None:
        self._begun_s = now_s
        self._round = iter(
            [(n, key) for n, partition in self._ownership.partitions.items() for key in partition.state.places]
        )
        self._gauge()

    def _examine_place(self, number: int, key: str, place_id: str, found: _Looked) -> None:
        """Put into ``found`` what is not as before at one place; nothing where it is not its time."""
        tenant = key.removesuffix(f"/{place_id}")
        known, partition = self._known.get(tenant), self._ownership.partitions.get(number)
        held = partition.state.places.get(key) if partition else None
        clock = partition.state.clock_of(tenant) if partition else None
        if known is None or held is None or clock is None:
            return
        place = self._places.find_place(key)
        if place is None:  # it left the catalogue, and so does what was the matter there, and what was said
            if known.get(place_id):
                found.findings[place_id] = []
            if self._words.get(key) != hash(None):
                found.words[place_id] = None
            return
        if (last := self._looked.get(key)) is not None and clock - last < AGAIN_AFTER:
            return
        self._looked[key] = clock
        before = known.get(place_id, [])
        try:
            now = keep(before, find_repairs(held.state, place, clock), place, clock)
            words = encode_words(last_words_of(held.state, place, clock))
        except Exception:  # a doubtful diagnosis must not stop what tells people where there is room
            log.exception("the devices of %s could not be examined", key)
            return
        if now != before:
            found.findings[place_id] = now
        if self._words.get(key) != hash(words):
            found.words[place_id] = words

    def _gauge(self) -> None:
        gauge = self._meters.repairs
        gauge.clear()
        mine = {key for partition in self._ownership.partitions.values() for key in partition.state.places}
        for tenant, places in self._known.items():
            of_ours = [finding for id_, found in places.items() if f"{tenant}/{id_}" in mine for finding in found]
            for problem, count in Counter(finding.problem for finding in of_ours).items():
                gauge.labels(tenant, problem).set(count)
