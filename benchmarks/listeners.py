"""How much memory a gateway takes with so many listeners of /v1/changes, honest ones and ones that never read.

    python -m benchmarks.listeners                                   180 places, 500 and 1,000 listeners, 200 mute ones
    python -m benchmarks.listeners --places 4000 --listeners 500,2000 --mute 1000 --json

A real Valkey, a real gateway; 0.5 % of the places change twice a second, and events come as gzip. Memory is the highest
resident size while so many listened. Ends with 1 where an honest listener was let go, or more than ``LIMIT_MB`` taken.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.http import PORT, PROBES, TENANT, fill, make_city, server
from ops.local import process, valkey
from ops.settings import Settings
from parking.catalogue.model import Place
from parking.published.availability import Availability, Change
from store.connecting import open_redis
from store.writer import LiveWriter

LIMIT_MB = 512
SETTLE_S = 8.0
_ASKED = b"GET /v1/changes HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n"
Rows = list[tuple[Place, Availability]]


class Crowd:
    """Listeners of one gateway, and how many of them were let go."""

    def __init__(self, *, reads: bool) -> None:
        self.reads, self.gone = reads, 0
        self.tasks: list[asyncio.Task[None]] = []

    async def grow(self, count: int) -> None:
        """Until there are so many, some at a time as phones come."""
        while len(self.tasks) < count:
            more = min(25, count - len(self.tasks))
            self.tasks += [asyncio.create_task(self._listen()) for _ in range(more)]
            await asyncio.sleep(0.1)

    async def leave(self) -> None:
        """All hang up."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _listen(self) -> None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=65_536)
            try:
                writer.write(_ASKED)
                await writer.drain()
                while self.reads and await reader.read(65_536):
                    pass
                if not self.reads:
                    writer.transport.pause_reading()  # type: ignore[attr-defined]
                    await writer.wait_closed()
            finally:
                writer.close()
        self.gone += 1


class Gateway:
    """The process that is watched."""

    def __init__(self) -> None:
        ours = psutil.Process().children(recursive=True)
        self.process = next(one for one in ours if "serve" in one.cmdline())
        self.highest = 0

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Keep the highest size while the block lasts."""
        self.highest = 0
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            self.highest = max(self.highest, self.process.memory_info().rss)
            await asyncio.sleep(0.1)


async def measure(settings: Settings, rows: Rows, steps: list[int], mute: int) -> dict[str, Any]:
    """The gateway's size with nobody, with so many listeners, and with mute ones beside them."""
    gateway, honest, silent = Gateway(), Crowd(reads=True), Crowd(reads=False)
    changing = asyncio.create_task(_change(settings, rows))
    sizes, slowest = {"nobody": _mb(gateway.process.memory_info().rss)}, 0.0
    async with httpx.AsyncClient(timeout=30) as client:
        for count in steps:
            async with gateway.watched():
                await honest.grow(count)
                slowest = max(slowest, await _slowest(client))
            sizes[str(count)] = _mb(gateway.highest)
        async with gateway.watched():
            await silent.grow(mute)
            slowest = max(slowest, await _slowest(client))
        sizes[f"and {mute} mute"] = _mb(gateway.highest)
    result = {"places": len(rows), "mb": sizes, "let_go": honest.gone, "mute_let_go": silent.gone}
    changing.cancel()
    await asyncio.gather(honest.leave(), silent.leave())
    return result | {"nearest_slowest_ms": round(slowest)}


def _mb(size: int) -> int:
    return round(size / 1e6)


async def _slowest(client: httpx.AsyncClient) -> float:
    """The slowest of some answers to somebody else, in milliseconds, while the crowd settles."""
    slowest, until = 0.0, time.monotonic() + SETTLE_S
    while time.monotonic() < until:
        began = time.perf_counter()
        (await client.get(f"http://127.0.0.1:{PORT}/v1/nearest?lon=-1.55&lat=47.21")).raise_for_status()
        slowest = max(slowest, 1000 * (time.perf_counter() - began))
        await asyncio.sleep(0.5)
    return slowest


async def _change(settings: Settings, rows: Rows) -> None:
    """0.5 % of the places twice a second."""
    client = open_redis(settings.redis, 1, 30)
    writer, revision, part = LiveWriter(client, 1), len(rows), max(1, len(rows) // 200)
    while True:
        changes = []
        for number in range(revision, revision + part):
            place, seen = rows[number * 7 % len(rows)]
            changes.append(Change(TENANT, place.id, _replaced(seen, number)))
        revision += part
        await writer.apply_changes(TENANT, 0, changes, None)
        await asyncio.sleep(0.5)


def _replaced(seen: Availability, number: int) -> Availability:
    vacant = 1 + number % 90
    return Availability(
        vacant=vacant, vacant_low=vacant, vacant_high=vacant, capacity=100, level=seen.level, opening=seen.opening,
        by_category=seen.by_category, reporting_share=1.0, observed_at=seen.observed_at, valid_until=seen.valid_until,
        basis=seen.basis, revision=(1, number),
    )  # fmt: skip


def main() -> None:
    """Measure, print, and end with 1 where an honest listener was let go or the limit was passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=180)
    parser.add_argument("--listeners", default="500,1000", help="how many at a time, rising")
    parser.add_argument("--mute", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(20_000, hard), hard))
    rows, steps = make_city(asked.places, 0.2), [int(one) for one in asked.listeners.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        at: dict[str, Any] = {"redis": f"redis://127.0.0.1:{PORT + 2}/0", "data_dir": Path(scratch)}
        settings = Settings(**at)
        valkey.up(settings, attached=True)
        try:
            asyncio.run(fill(settings.redis, rows))
            env = {
                "PLACELIBRE_REDIS": settings.redis, "PLACELIBRE_TENANT": TENANT, "PLACELIBRE_RATE_LIMIT": "0",
                "PLACELIBRE_METRICS": f"127.0.0.1:{PROBES}", "PLACELIBRE_ADDRESS_CONNECTIONS": "10000",
            }  # fmt: skip
            with server(["ops", "serve", "--listen", f"127.0.0.1:{PORT}"], PORT, env):
                result = asyncio.run(measure(settings, rows, steps, asked.mute))
        finally:
            process.stop("valkey", settings.data_dir.absolute())
    print(json.dumps(result) if asked.json else "\n".join(f"{name}: {value}" for name, value in result.items()))
    sys.exit(bool(result["let_go"]) or max(result["mb"].values()) > LIMIT_MB)


if __name__ == "__main__":
    main()
