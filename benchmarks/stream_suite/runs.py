"""One run of one rival: a fresh group, fresh files, an empty Redis, a clock, and a look at the answer."""

import asyncio
import time
from pathlib import Path
from typing import Any, NamedTuple

import redis

from benchmarks.rivals.stream_rival import GUARD, Job, StreamRival
from benchmarks.stream_suite.machine import Worker
from benchmarks.stream_suite.work import Load, create_topic
from ops.settings import Settings

PATIENCE_S = 90
"""How long a rival may take to begin, and how long it may show no progress."""

LOOK_S = 0.25
RIGHT = "right"


class Look(NamedTuple):
    """How far a rival had come at an instant."""

    at: float
    folded: int


class RunError(Exception):
    """The rival ended or stood still; the message says what it last said."""


def measure(rival: StreamRival, settings: Settings, load: Load, core: set[int]) -> dict[str, Any]:
    """Run a rival over a load; its row. Its ``verdict``: right; right, but ... (no pace); wrong: ...; failed: ...."""
    job = _prepare(rival, settings, load)
    client = redis.Redis.from_url(settings.redis)
    kept = _changelog_bytes(settings)
    log = job.state_dir.parent / f"{rival.name}.log"
    row: dict[str, Any] = {"rival": rival.name, "durable": rival.durable, "keeps": rival.keeps, "events": load.events}
    try:
        with Worker(rival.command(job), rival.environment(job), log, core) as worker:
            row |= _watch(rival, job, client, worker)
        row["changelog_bytes_per_event"] = round((_changelog_bytes(settings) - kept) / load.events, 1)
        verdict = judge(rival.vacant(client), load.truth)
        if verdict == RIGHT and 2 * row["counted"] < load.events:
            verdict += ", but most of it showed at once: to time it takes more --events"
        return row | {"verdict": verdict}
    except RunError as error:
        return row | {"verdict": f"failed: {error}"}
    finally:
        client.close()


def _prepare(rival: StreamRival, settings: Settings, load: Load) -> Job:
    """Nothing is left of who ran before."""
    client = redis.Redis.from_url(settings.redis)
    client.flushall()
    client.function_load(GUARD.read_text(encoding="utf-8"), replace=True)
    client.close()
    state_dir = settings.data_dir / "rivals" / rival.name
    state_dir.mkdir(parents=True)
    changes = f"{load.namespace}.{rival.name}.changes"
    asyncio.run(create_topic(settings, changes))
    return Job(
        settings.kafka, settings.redis, load.namespace, changes, f"{load.namespace}.{rival.name}", state_dir,
        load.ends, load.last_tick_us,
    )  # fmt: skip


def _watch(rival: StreamRival, job: Job, client: "redis.Redis", worker: Worker) -> dict[str, float]:
    """From the first effect to the last; what showed at the first look is taken off what is counted."""
    launched = time.perf_counter()
    while not rival.begun(client, job):
        _require(worker, time.perf_counter() - launched)
        time.sleep(0.005)
    before = rival.folded(client, job)
    began, cpu = time.perf_counter(), worker.cpu_s()
    looks = [Look(began, before)]
    moved = asked = began
    while not rival.finished(client, job):
        now = time.perf_counter()
        if now - asked > LOOK_S:  # seldom: whoever watches shares a core with Kafka and Redis
            asked = now
            worker.cpu_s()
            looks.append(Look(time.perf_counter(), rival.folded(client, job)))
            moved = now if looks[-1].folded != looks[-2].folded else moved
            _require(worker, now - moved)
        time.sleep(0.01)
    took = time.perf_counter() - began
    looks.append(Look(began + took, sum(job.ends)))
    counted = sum(job.ends) - before
    return {
        "events_per_s": round(counted / took),
        "second_half_per_s": round(_second_half(looks)),
        "counted": counted,
        "seconds": round(took, 3),
        "seconds_to_first_effect": round(began - launched, 2),
        "cpu_s": round(worker.cpu_s() - cpu, 2),
        "peak_mb": round(worker.peak_mb, 1),
    }


def _second_half(looks: list[Look]) -> float:
    """Events a second from the first look at which half of them showed: what a warm JVM, say, goes on with."""
    last = looks[-1]
    half = next((look for look in looks if 2 * look.folded >= looks[0].folded + last.folded), last)
    start = half if half is not last else looks[0]
    return (last.folded - start.folded) / (last.at - start.at)


def _require(worker: Worker, idle_s: float) -> None:
    if (said := worker.ended) is not None:
        raise RunError(said)
    if idle_s > PATIENCE_S:
        raise RunError(f"nothing happened for {PATIENCE_S} s: {worker.said()}")


def judge(found: dict[str, int | None], truth: dict[str, int]) -> str:
    """Whether the places say what is true."""
    differ = sorted(place for place in found.keys() | truth.keys() if found.get(place) != truth.get(place))
    if not differ:
        return RIGHT
    first = differ[0]
    return f"wrong: {len(differ)} of {len(truth)} places, {first} is {found.get(first)}, not {truth.get(first)}"


def _changelog_bytes(settings: Settings) -> int:
    """What changelog topics hold on Kafka's disk."""
    logs: Path = settings.data_dir / "kafka" / "logs"
    return sum(segment.stat().st_size for segment in logs.glob("*changelog*/*.log"))
