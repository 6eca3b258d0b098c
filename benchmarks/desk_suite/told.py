"""Numbers are written as a worker writes them, and looked for where people look: each is told once."""

import asyncio
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from typing import Any

import redis.asyncio as aioredis

from benchmarks.desk_suite.city import TENANT, BadMorning
from parking.catalogue.model import Place
from store.writer import LiveWriter

_EVERY_S = 0.12
_STIRRED_EVERY = 4
_STIRRED_SHARE = 0.005


async def tell(
    client: "aioredis.Redis", city: BadMorning, among: Sequence[Place], first: int, count: int
) -> dict[int, float]:
    """Tell so many numbers from ``first`` on, at uneven times, while other places change; when each write began."""
    writer, draw, told = LiveWriter(client, 1), random.Random(14), {}
    others = max(1, round(_STIRRED_SHARE * (len(city.sites) + len(city.zones))))
    for turn in range(count):
        if turn % _STIRRED_EVERY == 0:
            await writer.apply_changes(TENANT, 0, city.stir(others), None)
        number = first + turn
        change = city.told(among[turn % len(among)], number)
        told[number] = time.time()
        await writer.apply_changes(TENANT, 0, [change], None)
        await asyncio.sleep(draw.uniform(0.5, 1.5) * _EVERY_S)
    await asyncio.sleep(2)
    return told


def screen_delays_ms(numbers: dict[str, list[float]], told: dict[int, float]) -> list[float]:
    """From each write to the paint with its number; one that was painted before it was told is somebody else's."""
    found = []
    for number, began in told.items():
        after = [at for at in numbers.get(str(number), []) if at >= 1000 * began]
        found += [min(after) - 1000 * began] if after else []
    return found


def spread(values: Iterable[float]) -> dict[str, Any]:
    """How many, their median, their 95th percentile and the worst; all None where there are none."""
    ordered = sorted(values)
    if not ordered:
        return {"count": 0, "p50": None, "p95": None, "worst": None}
    at = min(len(ordered) - 1, int(0.95 * len(ordered)))
    middle = statistics.median(ordered)
    return {"count": len(ordered), "p50": round(middle), "p95": round(ordered[at]), "worst": round(ordered[-1])}
