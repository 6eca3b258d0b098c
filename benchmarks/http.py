"""Nearest over HTTP: our gateway, and the same Starlette app asking Redis GEOSEARCH in two ways, in one run.

    python -m benchmarks.http --json
    python -m benchmarks.http --places 3000 --seconds 5

A Valkey of its own holds the places; 90 % of them are full. Each server is one process; one client process keeps 16
connections busy, so on two cores client and server have one each. Requests/s are those of the median round, server time
is the server's own histogram. Not promised: what a network adds.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import redis
import redis.asyncio as aioredis
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.rivals import http_geosearch
from gateways.documents import place_document
from ops.local import process, valkey
from ops.settings import Settings, load_settings
from parking.catalogue.model import Place, Point
from parking.published.availability import Availability, CategoryCount, Change
from parking.words import Audience, Basis, FillLevel, Opening
from store.writer import LiveWriter

TENANT = "bench"
PORT = 29192
CONNECTIONS = 16
PROBES = PORT + 1
RIVALS = {"geosearch, at once": (PORT + 4, 2_000.0), "geosearch, growing": (PORT + 5, 250.0)}
SAMPLED = 50
MUST, AIM, MUST_P99_MS = 3.0, 5.0, 1.0
err = Console(stderr=True)


def make_city(places: int, occupied: float) -> list[tuple[Place, Availability]]:
    """Places around Nantes at a city's density, of which that share is full."""
    draw = random.Random(44109)
    spread = 0.02 * (places / 3000) ** 0.5
    now = datetime.now(UTC)
    rows = []
    for number in range(places):
        point = Point(round(-1.5536 + draw.gauss(0, spread * 1.5), 6), round(47.2173 + draw.gauss(0, spread), 6))
        place = Place(tenant=TENANT, id=f"p{number:06}", name=f"Place {number}", point=point, capacity=100)
        vacant = 0 if draw.random() < occupied else draw.randrange(1, 100)
        rows.append((place, _counted(vacant, now, number)))
    return rows


def _counted(vacant: int, now: datetime, offset: int) -> Availability:
    return Availability(
        vacant=vacant,
        vacant_low=vacant,
        vacant_high=vacant,
        capacity=100,
        level=FillLevel.SPACES_AVAILABLE if vacant else FillLevel.FULL,
        opening=Opening.OPEN,
        by_category={Audience.PUBLIC: CategoryCount(vacant, 100)},
        reporting_share=1.0,
        observed_at=now,
        valid_until=now + timedelta(hours=2),
        basis=Basis.COUNTED,
        revision=(1, offset),
    )


async def fill(url: str, rows: list[tuple[Place, Availability]]) -> None:
    """The live state for ours, and the geo set with bodies for the rival."""
    client = aioredis.from_url(url)
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(place, (1, number)) for number, (place, _) in enumerate(rows)])
    await writer.apply_changes(TENANT, 0, [Change(TENANT, place.id, seen) for place, seen in rows], None)
    free = [(place, seen) for place, seen in rows if seen.vacant]
    for start in range(0, len(free), 1000):
        part = free[start : start + 1000]
        points = [value for place, _ in part if place.point for value in (place.point.lon, place.point.lat, place.id)]
        await client.geoadd(http_geosearch.FREE, points)
        bodies: dict[str | bytes | int | float | bytearray | memoryview, Any] = {
            place.id: msgspec.json.encode(place_document(place, seen))[1:] for place, seen in part
        }
        await client.hset(http_geosearch.BODIES, mapping=bodies)
    await client.aclose()


@contextlib.contextmanager
def server(command: list[str], port: int, env: dict[str, str]) -> Iterator[str]:
    """A server process that answers /v1/nearest, and /metrics at its probes' port or, a rival's, at its only one."""
    running = subprocess.Popen([sys.executable, "-m", *command], env=os.environ | env, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/v1/nearest?lon=-1.55&lat=47.2").status_code == 200:
                    break
            if running.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{command[0]} did not start")
            time.sleep(0.1)
        yield url
    finally:
        running.terminate()
        running.wait(10)


class Asking(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, requests: list[bytes], draw: random.Random) -> None:
        self._requests, self._draw = requests, draw
        self._buffer = b""
        self.answers = self.looked = self.hits = self.failed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._draw.choice(self._requests))

    def data_received(self, data: bytes) -> None:
        """Count an answer that has arrived whole, and ask again."""
        self._buffer += data
        if not self._buffer.endswith(b"]}"):  # how our answers end; _look checks that they do
            return
        if self.answers % SAMPLED == 0:
            self._look(self._buffer)
        self.answers += 1
        self._buffer = b""
        self._transport.write(self._draw.choice(self._requests))

    def _look(self, answer: bytes) -> None:
        """Hold one answer in so many against what it says of itself."""
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        self.failed += not (head.startswith(b"HTTP/1.1 200") and length == len(body))
        self.looked += 1
        self.hits += len(json.loads(body)["hits"])


async def ask(port: int, requests: list[bytes], seconds: float) -> dict[str, float]:
    """Keep the connections busy for so long; answers a second and hits an answer."""
    loop = asyncio.get_running_loop()
    pairs = [
        await loop.create_connection(lambda n=n: Asking(requests, random.Random(n)), "127.0.0.1", port)  # type: ignore[misc]
        for n in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    asking = [protocol for _, protocol in pairs]
    answers = sum(one.answers for one in asking)
    for transport, _ in pairs:
        transport.abort()
    if any(one.failed for one in asking):
        raise SystemExit("a server refused the benchmark's questions")
    return {"per_s": answers / took, "hits": sum(one.hits for one in asking) / sum(one.looked for one in asking)}


def server_time_ms(url: str, share: float) -> float:
    """A quantile of the server's own histogram, interpolated within its bucket."""
    start = 'placelibre_http_seconds_bucket{le="'
    lines = [line for line in httpx.get(f"{url}/metrics").text.splitlines() if line.startswith(start)]
    rows = [
        (float(line.removeprefix(start).split('"')[0]), float(line.rsplit(" ", 1)[1]))
        for line in lines
        if 'path="/v1/nearest"' in line
    ]
    wanted = share * rows[-1][1]
    below, count_below = 0.0, 0.0
    for limit, count in rows:
        if count >= wanted:
            top = limit if limit < float("inf") else 2 * below
            return 1000 * (below + (top - below) * (wanted - count_below) / (count - count_below))
        below, count_below = limit, count
    return float("inf")


def requests_for(rows: list[tuple[Place, Availability]], count: int = 2000) -> list[bytes]:
    """Questions near the places: k = 10 within 2 km."""
    draw = random.Random(7)
    points = [place.point for place, _ in rows if place.point]
    asked = []
    for _ in range(count):
        near = draw.choice(points)
        path = f"/v1/nearest?lon={near.lon + draw.gauss(0, 0.003):.6f}&lat={near.lat + draw.gauss(0, 0.002):.6f}&k=10"
        asked.append(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    return asked


def measure(settings: Settings, rows: list[tuple[Place, Availability]], seconds: float, rounds: int) -> dict[str, Any]:
    """All servers at once, asked in turn, so that a noisy machine is as noisy for all."""
    commands = {
        "ours": (PORT, ["ops", "serve", "--listen", f"127.0.0.1:{PORT}"]),
        **{
            name: (port, ["benchmarks.rivals.http_geosearch", settings.redis, str(port), str(first_m)])
            for name, (port, first_m) in RIVALS.items()
        },
    }
    asked = requests_for(rows)
    env = {
        "PLACELIBRE_REDIS": settings.redis,
        "PLACELIBRE_TENANT": TENANT,
        "PLACELIBRE_METRICS": f"127.0.0.1:{PROBES}",
        "PLACELIBRE_RATE_LIMIT": "1000000000/minute",  # counted like any, and never reached
    }
    found: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    with contextlib.ExitStack() as stack:
        urls = {name: stack.enter_context(server(command, port, env)) for name, (port, command) in commands.items()}
        for port, _ in commands.values():
            uvloop.run(ask(port, asked, 1.0))
        for _ in range(rounds):
            for name, (port, _) in commands.items():
                found[name].append(uvloop.run(ask(port, asked, seconds)))
        times = {
            name: {"p50_ms": round(server_time_ms(url, 0.5), 3), "p99_ms": round(server_time_ms(url, 0.99), 3)}
            for name, url in (urls | {"ours": f"http://127.0.0.1:{PROBES}"}).items()
        }
    return {
        name: {
            "requests_per_s": round(statistics.median(run["per_s"] for run in runs)),
            "hits_per_answer": round(runs[-1]["hits"], 2),
            **times[name],
        }
        for name, runs in found.items()
    }


def report(result: dict[str, Any]) -> Table:
    """The result for people."""
    table = Table(title="nearest over HTTP, k = 10, 2 km", caption=f"ratio {result['ratio']}x (must 3x, aim 5x)")
    for name in ("server", "requests/s", "server p50 ms", "server p99 ms", "hits an answer"):
        table.add_column(name, justify="left" if name == "server" else "right")
    for name in ("ours", *RIVALS):
        row = result[name]
        cells = (row["requests_per_s"], row["p50_ms"], row["p99_ms"], row["hits_per_answer"])
        table.add_row(name, *map(str, cells))
    return table


def main() -> None:
    """Measure, print, and end with 1 where a must is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=50_000)
    parser.add_argument("--occupied", type=float, default=0.9)
    parser.add_argument("--seconds", type=float, default=4.0, help="of one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = make_city(args.places, args.occupied)
    with tempfile.TemporaryDirectory(prefix="placelibre-bench-") as home:
        settings = load_settings(redis=f"redis://127.0.0.1:{PORT + 2}/0", data_dir=Path(home))
        valkey.up(settings, attached=True)
        try:
            with err.status("filling Valkey"):
                asyncio.run(fill(settings.redis, rows))
            with err.status("asking both"):
                result = measure(settings, rows, args.seconds, args.rounds)
            memory = redis.Redis.from_url(settings.redis).info("memory")["used_memory"]
        finally:
            process.stop("valkey", Path(home))
    ratio = result["ours"]["requests_per_s"] / max(result[name]["requests_per_s"] for name in RIVALS)
    p99 = result["ours"]["p99_ms"]
    result |= {
        "places": args.places,
        "ratio": round(ratio, 2),
        "redis_mb": round(memory / 1e6, 1),
        "musts": {"ratio": ratio >= MUST, "server_p99_ms": p99 <= MUST_P99_MS},
        "aims": {"ratio": ratio >= AIM},
    }
    print(json.dumps(result, indent=2)) if args.json else Console().print(report(result))
    sys.exit(0 if all(result["musts"].values()) else 1)


if __name__ == "__main__":
    main()
