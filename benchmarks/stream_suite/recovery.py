"""How long a city is blind: from kill -9 of a worker that holds 50,000 spaces to the first new change after it.

The dead worker is replaced at once, as a supervisor would. Kafka gives its partitions to the new one when the session
of the dead one has timed out (6 s, the least that the broker allows); then the Table is read back from its changelog.
Sensors go on talking: one zone in each partition says something right after the kill, and nothing else is new, since
what the new worker writes again bears revisions that Redis already has.
"""

import asyncio
import time
from typing import Any

import redis.asyncio as aioredis

from benchmarks.stream_suite.own import (
    declare,
    follow,
    last_id,
    observe,
    observe_all,
    sending,
    worker,
    zone_of_each_partition,
)
from benchmarks.stream_suite.work import PER_ZONE, TENANT, ZONES
from ops.settings import Settings
from store.keys import keys_of
from streams.topics import names_of

PATIENCE_S, QUIET_S = 120.0, 3.0


async def measure(settings: Settings, core: set[int]) -> dict[str, Any]:
    """Fill, kill, replace; seconds from the kill to the first new change, and until every partition had one."""
    namespace = "recovery"
    topic = names_of(namespace).observations
    await declare(settings, namespace)
    client = aioredis.from_url(settings.redis)
    async with sending(settings) as producer:
        with worker(settings, namespace, core) as first:
            await observe_all(producer, topic)
            await _quiet(client)
            held = await client.hlen(keys_of(TENANT).live)
            first.kill()
        killed, after = time.perf_counter(), await last_id(client)
        zones = zone_of_each_partition(settings.partitions)
        said = {f"z{zone}": await observe(producer, topic, zone, 0, True) for zone in zones.values()}
        with worker(settings, namespace, core) as second:
            async with asyncio.timeout(PATIENCE_S):
                seconds = await _first_changes(client, after, said, killed)
            second.cpu_s()
            peak = second.peak_mb
    await client.aclose()
    return {"spaces": ZONES * PER_ZONE, "places_held": held, "first_change_s": round(min(seconds), 2),
            "every_partition_s": round(max(seconds), 2), "peak_mb": round(peak, 1)}  # fmt: skip


async def _quiet(client: "aioredis.Redis") -> None:
    """Wait until every zone shows and nothing has changed for a while."""
    before, since = "", time.monotonic()
    async with asyncio.timeout(PATIENCE_S):
        while time.monotonic() - since < QUIET_S:
            now = await last_id(client)
            if now != before or await client.hlen(keys_of(TENANT).live) < ZONES:
                before, since = now, time.monotonic()
            await asyncio.sleep(0.1)


async def _first_changes(client: "aioredis.Redis", after: str, said: dict[str, int], killed: float) -> list[float]:
    """Seconds from the kill until each of these places shows what was said of it."""
    waiting, seconds = dict(said), []
    async for found in follow(client, after):
        now = time.perf_counter()
        for seen in found:
            if seen.observed_us >= waiting.get(seen.place, seen.observed_us + 1):
                del waiting[seen.place]
                seconds.append(now - killed)
        if not waiting:
            break
    return seconds
