"""Events a second through the whole path: decode, fold, changes topic, Redis, Table.

    python -m benchmarks.stream --events 20000 --partitions 4 --json

50,000 random spaces in zones of 100 and 100 counted sites, on a Kafka, a Valkey and one worker of its own. The clock
runs from the first change that Redis shows to the last event folded in, so start-up and recovery are not in it.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import redis
from rich.console import Console

from ops.local import stack
from ops.settings import Settings, load_settings
from parking.catalogue import Catalogue, Device, Place, PlaceKind, Space, Tenant
from parking.instants import to_us
from parking.observations import Observation, SiteCounted, SpaceObserved, make_event_id
from parking.words import ClockBasis, SpaceState, TimeBasis
from store.keys import keys_of
from streams.producer import ObservationProducer
from streams.topics import names_of

TENANT, SOURCE = "bench", "bench"
ZONES, PER_ZONE, SITES = 500, 100, 100
START = datetime(2026, 5, 4, tzinfo=UTC)
PORT = 29092
err = Console(stderr=True)


def places() -> list[Place]:
    """500 zones of 100 spaces, and 100 sites."""
    zones = [
        Place(
            tenant=TENANT, id=f"z{z}", name=f"zone {z}", kind=PlaceKind.ZONE,
            spaces=tuple(Space(id=str(s)) for s in range(PER_ZONE)),
            devices=tuple(
                Device(source=SOURCE, id=f"z{z}s{s}", slot=s, valid_for_s=86_400) for s in range(PER_ZONE)
            ),
        )
        for z in range(ZONES)
    ]  # fmt: skip
    sites = [
        Place(tenant=TENANT, id=f"c{c}", name=f"site {c}", capacity=500, devices=(Device(source=SOURCE, id=f"c{c}"),))
        for c in range(SITES)
    ]
    return zones + sites


def events(count: int, seed: int) -> Iterator[Observation]:
    """One event in fifty is a count, the others are single spaces; each a moment after the one before."""
    chance = random.Random(seed)
    states = (SpaceState.FREE, SpaceState.OCCUPIED)
    for number in range(count):
        at = START + timedelta(milliseconds=number)
        of_site = chance.random() < 0.02
        device = (
            f"c{chance.randrange(SITES)}" if of_site else f"z{chance.randrange(ZONES)}s{chance.randrange(PER_ZONE)}"
        )
        base = {
            "event_id": make_event_id(SOURCE, device, at),
            "tenant": TENANT, "source": SOURCE, "device_id": device,
            "observed_at": at, "received_at": at, "time_basis": TimeBasis.DEVICE,
        }  # fmt: skip
        if of_site:
            yield SiteCounted(**base, vacant=chance.randrange(500))  # type: ignore[arg-type]
        else:
            yield SpaceObserved(**base, state=chance.choice(states))  # type: ignore[arg-type]


async def produce(settings: Settings, count: int, seed: int) -> datetime:
    """Declare the places, send the events and the tick that closes them; returns the tick's time."""
    end = START + timedelta(milliseconds=count)
    async with ObservationProducer(settings.kafka, settings.namespace, settings.partitions, Catalogue()) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.EVENT), places())
        await producer.send(events(count, seed))
        await producer.tick(TENANT, end, ClockBasis.EVENT)
    return end


def fold_all(settings: Settings, end: datetime) -> dict[str, float]:
    """Run a worker until every partition stands at ``end``; seconds and peak memory."""
    client = redis.Redis.from_url(settings.redis, decode_responses=True)
    keys = keys_of(TENANT)
    names = ("kafka", "redis", "namespace", "partitions", "data_dir")
    env = {f"PLACELIBRE_{name.upper()}": str(getattr(settings, name)) for name in names}
    with (settings.data_dir / "worker.log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-m", "ops", "worker"], env=os.environ | env, stdout=log, stderr=log)
    try:
        process = psutil.Process(worker.pid)
        while not client.exists(keys.changes):
            _require_alive(worker, settings)
            time.sleep(0.005)
        began, peak, cpu = time.perf_counter(), 0, sum(process.cpu_times()[:2])
        while [row.split()[1] for row in client.hgetall(keys.clock).values()] != (
            [str(to_us(end))] * settings.partitions
        ):
            _require_alive(worker, settings)
            peak = max(peak, process.memory_info().rss)
            time.sleep(0.02)
        took = time.perf_counter() - began
        cpu_s = sum(process.cpu_times()[:2]) - cpu
        return {"seconds": took, "worker_cpu_s": cpu_s, "worker_peak_mb": peak / 1e6}
    finally:
        worker.terminate()
        worker.wait()
        client.close()


def _require_alive(worker: "subprocess.Popen[bytes]", settings: Settings) -> None:
    if worker.poll() is not None:
        raise SystemExit("the worker ended:\n" + (settings.data_dir / "worker.log").read_text()[-2000:])


def logged_bytes(settings: Settings) -> int:
    """What the Table's changelog holds on disk."""
    partitions = (settings.data_dir / "kafka" / "logs").glob(f"{names_of(settings.namespace).changelog}-*")
    return sum(segment.stat().st_size for partition in partitions for segment in partition.glob("*.log"))


def main() -> None:
    """Measure, and print one table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=44109)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="placelibre-bench-") as scratch:
        settings = load_settings(
            kafka=f"127.0.0.1:{PORT}", redis=f"redis://127.0.0.1:{PORT + 2}/0", partitions=asked.partitions,
            data_dir=Path(scratch),
        )  # fmt: skip
        started = stack.up(settings, lambda line: err.print(f"· {line}"), attached=True)
        try:
            with err.status(f"producing {asked.events:,} events"):
                end = asyncio.run(produce(settings, asked.events, asked.seed))
            with err.status("folding"):
                row = fold_all(settings, end)
            row["changelog_bytes_per_event"] = logged_bytes(settings) / asked.events
        finally:
            stack.down(settings, started)
    result = {"rival": "placelibre, stock Faust transport", "events": asked.events, "partitions": asked.partitions,
              "events_per_s": round(asked.events / row["seconds"]),
              **{name: round(value, 2) for name, value in row.items()}}  # fmt: skip
    if asked.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:16} {value}")


if __name__ == "__main__":
    main()
