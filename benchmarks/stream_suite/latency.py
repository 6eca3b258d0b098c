"""How long from a sensor's word to a reader of the change stream, at a steady rate.

Each observation carries the moment just before ``producer.send``. A change names the newest observation in it, so it
also shows everything older that was said of its place: each of those counts with the moment the change was read. The
producer and the reader share one process, and one core with Kafka and Valkey; what they wait for each other is in the
numbers, and so is the acknowledgement of one broker. A network is not. The first ten seconds are not counted: a broker
that has just started answers slowly.
"""

import asyncio
import random
import time
from collections import defaultdict, deque
from contextlib import suppress
from typing import Any

import redis.asyncio as aioredis
from aiokafka import AIOKafkaProducer

from benchmarks.stream_suite.own import declare, follow, now_us, observe, sending, worker
from benchmarks.stream_suite.work import PER_ZONE, ZONES
from ops.settings import Settings
from streams.topics import names_of

SECONDS, WARM_S, START_PATIENCE_S, SETTLE_S = 20.0, 10.0, 60.0, 10.0


class Delays:
    """Observations that no change has shown yet, by place, and the delays of those that were shown."""

    def __init__(self) -> None:
        self.since_us = 0
        self.delays_us: list[int] = []
        self._sent: dict[str, deque[int]] = defaultdict(deque)

    def sent(self, place: str, at_us: int) -> None:
        """An observation went out."""
        self._sent[place].append(at_us)

    def shown(self, place: str, up_to_us: int, now: int) -> None:
        """A change of this place was read now. Observations from before ``since_us`` do not count."""
        waiting = self._sent[place]
        while waiting and waiting[0] <= up_to_us:
            at = waiting.popleft()
            if at >= self.since_us:
                self.delays_us.append(now - at)

    def left(self) -> int:
        """How many are still waiting."""
        return sum(map(len, self._sent.values()))


async def measure(settings: Settings, rate: float, core: set[int]) -> dict[str, Any]:
    """Warm up for 10 s, send for 20 s, wait for the rest; milliseconds."""
    namespace = "latency"
    topic = names_of(namespace).observations
    await declare(settings, namespace)
    client = aioredis.from_url(settings.redis)
    delays = Delays()
    with worker(settings, namespace, core) as ours:
        async with sending(settings) as producer:
            reading = asyncio.create_task(_read(client, delays))
            delays.sent("z0", await observe(producer, topic, 0, 0, True))
            await _shown(delays, START_PATIENCE_S)
            await _send(producer, topic, rate, WARM_S, delays)
            delays.since_us, delays.delays_us = now_us(), []
            sent, took = await _send(producer, topic, rate, SECONDS, delays)
            await _shown(delays, SETTLE_S)
            reading.cancel()
        ours.cpu_s()
        peak = ours.peak_mb
    await client.aclose()
    return {"asked_per_s": rate, "sent_per_s": round(sent / took), "sent": sent, "never_shown": delays.left(),
            **quantiles(delays.delays_us), "peak_mb": round(peak, 1)}  # fmt: skip


async def _read(client: "aioredis.Redis", delays: Delays) -> None:
    async for found in follow(client, "0-0"):
        now = now_us()
        for seen in found:
            delays.shown(seen.place, seen.observed_us, now)


async def _send(
    producer: AIOKafkaProducer, topic: str, rate: float, seconds: float, delays: Delays
) -> tuple[int, float]:
    """Random spaces at a steady rate; how many were sent, and in how many seconds."""
    chance = random.Random(rate)
    began, sent = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds:
        while sent < rate * passed:
            zone = chance.randrange(ZONES)
            at = await observe(producer, topic, zone, chance.randrange(PER_ZONE), chance.random() < 0.5)
            delays.sent(f"z{zone}", at)
            sent += 1
        await asyncio.sleep(0.001)
    return sent, passed


async def _shown(delays: Delays, patience_s: float) -> None:
    """Wait until everything was shown, within reason."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            while delays.left():  # noqa: ASYNC110 - a counter that two tasks move, and nothing to wait for
                await asyncio.sleep(0.02)


def quantiles(delays_us: list[int]) -> dict[str, float]:
    """Milliseconds: p50, p99 and the slowest."""
    ordered = sorted(delays_us)
    if not ordered:
        return {}
    last = len(ordered) - 1
    places = {"p50_ms": len(ordered) // 2, "p99_ms": len(ordered) * 99 // 100, "max_ms": last}
    return {name: round(ordered[min(last, place)] / 1e3, 2) for name, place in places.items()}
