"""A worker under steady load for a while: what its memory does, and whether it keeps up.

    make soak                                            10 minutes at 2,000 observations a second
    python -m benchmarks.soak --minutes 60 --rate 5000   longer, harder

50,000 random spaces in 500 zones on a Kafka, a Valkey and one worker of its own. Prints one line (or JSON), and draws
the worker's resident memory and its lag over time. Growth is the slope of a straight line through what came after the
warm-up, which is the first fifth. Ends with 1 if the worker ended, or was behind in the end.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import httpx
import matplotlib as mpl
import psutil
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.progress import Progress

from benchmarks.stream_suite import machine
from benchmarks.stream_suite.own import declare, observe, observe_all, sending, worker
from benchmarks.stream_suite.work import PER_ZONE, ZONES
from ops.local import stack
from ops.settings import Settings, load_settings
from streams.topics import names_of
from tests.support import free_ports

SAMPLE_S = 2.0
WARM_SHARE = 0.2
NAMESPACE, METRICS = "soak", "PLACELIBRE_METRICS"
err = Console(stderr=True)


class Sample(NamedTuple):
    """The worker at one moment: seconds since the beginning, resident MB, records it is behind."""

    at_s: float
    rss_mb: float
    behind: int


async def soak(settings: Settings, minutes: float, rate: float) -> list[Sample]:
    """Send at that rate for that long, and look at the worker every two seconds."""
    await declare(settings, NAMESPACE)
    own, others = machine.cores()
    machine.pin(others)
    topic, samples = names_of(NAMESPACE).observations, []
    with worker(settings, NAMESPACE, own) as ours, Progress(console=err, transient=True) as progress:
        bar = progress.add_task("soaking", total=minutes * 60)
        async with sending(settings) as producer:
            await observe_all(producer, topic)
            began = time.perf_counter()
            sender = asyncio.create_task(_send(producer, topic, rate, minutes * 60))
            while not sender.done():
                await asyncio.sleep(SAMPLE_S)
                if ours.ended is not None:
                    raise SystemExit(f"the worker {ours.ended}")
                samples.append(await _look(ours, began))
                progress.update(bar, completed=samples[-1].at_s)
            await sender
            await asyncio.sleep(3 * SAMPLE_S)  # the gauges are read every five seconds
            samples.append(await _look(ours, began))
    return samples


async def _send(producer: AIOKafkaProducer, topic: str, rate: float, seconds: float) -> None:
    chance, began, sent = random.Random(rate), time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds:
        while sent < rate * passed:
            await observe(producer, topic, chance.randrange(ZONES), chance.randrange(PER_ZONE), chance.random() < 0.5)
            sent += 1
        await asyncio.sleep(0.002)


async def _look(ours: machine.Worker, began: float) -> Sample:
    """Its memory, and its own lag gauge summed over partitions."""
    rss_mb = psutil.Process(ours.pid).memory_info().rss / 1e6
    async with httpx.AsyncClient(timeout=5) as client:
        text = (await client.get(f"http://{os.environ[METRICS]}/metrics")).text
    rows = [row for family in text_string_to_metric_families(text) for row in family.samples]
    behind = sum(row.value for row in rows if row.name == "placelibre_lag_records")
    return Sample(time.perf_counter() - began, float(rss_mb), int(behind))


def growth_mb_per_hour(samples: list[Sample]) -> float:
    """The slope after warm-up, by least squares."""
    late = samples[int(len(samples) * WARM_SHARE) :]
    times, sizes = [one.at_s / 3600 for one in late], [one.rss_mb for one in late]
    middle_t, middle_s = sum(times) / len(late), sum(sizes) / len(late)
    spread = sum((at - middle_t) ** 2 for at in times)
    both = sum((at - middle_t) * (size - middle_s) for at, size in zip(times, sizes, strict=True))
    return both / spread if spread else 0.0


def draw(samples: list[Sample], rate: float, to: Path) -> None:
    """Memory and lag over time."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    minutes = [one.at_s / 60 for one in samples]
    figure, (memory, lag) = plt.subplots(2, 1, sharex=True, figsize=(9, 5), height_ratios=(2, 1), layout="constrained")
    memory.plot(minutes, [one.rss_mb for one in samples], color="#1f5f8b")
    memory.axvspan(0, minutes[-1] * WARM_SHARE, color="#eeeeee", label="échauffement · warm-up")
    memory.axhline(250, color="#b03030", linestyle="--", linewidth=1, label="250 MB")
    memory.set(ylim=(0, 280), ylabel="mémoire · memory (MB)")
    memory.set_title(
        f"Un worker à {rate:,.0f} observations/s, 50 000 places · one worker, 50,000 spaces".replace(",", " ", 1)
    )
    memory.legend(loc="lower right", frameon=False)
    lag.plot(minutes, [one.behind for one in samples], color="#555555", linewidth=1)
    lag.set(xlabel="minutes", ylabel="retard · behind\n(records)", ylim=(0, None), xlim=(0, minutes[-1]))
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, dpi=120)


def main() -> None:
    """Soak, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=2_000)
    parser.add_argument("--plot", type=Path, default=Path("benchmarks/out/soak.png"))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="placelibre-soak-") as scratch:
        port, metrics = free_ports(), free_ports()
        settings = load_settings(
            kafka=f"127.0.0.1:{port}", redis=f"redis://127.0.0.1:{port + 2}/0", data_dir=Path(scratch),
        )  # fmt: skip
        os.environ[METRICS] = f"127.0.0.1:{metrics}"  # the worker inherits it
        started = stack.up(settings, lambda line: err.print(f"· {line}"), attached=True)
        try:
            samples = asyncio.run(soak(settings, asked.minutes, asked.rate))
        finally:
            stack.down(settings, started)
    draw(samples, asked.rate, asked.plot)
    told = {
        "minutes": round(samples[-1].at_s / 60, 1), "rate": asked.rate,
        "peak_mb": round(max(one.rss_mb for one in samples), 1), "last_mb": round(samples[-1].rss_mb, 1),
        "growth_mb_per_hour": round(growth_mb_per_hour(samples), 1), "most_behind": max(one.behind for one in samples),
        "behind_in_the_end": samples[-1].behind,
    }  # fmt: skip
    print(json.dumps(told) if asked.json else "soak: " + ", ".join(f"{name} {value}" for name, value in told.items()))
    err.print(f"· {asked.plot}")
    sys.exit(told["behind_in_the_end"] > asked.rate * 10)


if __name__ == "__main__":
    main()
